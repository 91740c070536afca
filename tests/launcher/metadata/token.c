/* token.c - a token is one instance's, one process's, and its time's */
#include "launcher/metadata/token.h"

#include <assert.h>
#include <string.h>

static const struct token_key key = { { 1, 2, 3 } };

static bool good(const struct token_key *with, const char *instance,
		 const char *token, int64_t now)
{
	int64_t left = -1;
	bool ok = token_check(with, instance, token, now, &left);

	/* nothing is said about a bad one */
	assert(ok ? left > 0 : left == -1);
	return ok;
}

static void check_ttl(void)
{
	static const char *const bad[] = { "",	"0",	 "21601",  "-1", "+1",
					   " 1", "1 ",	 "1.0",	   "1s", "0x1",
					   "99999", "000001" };
	int64_t seconds;

	assert(token_ttl("1", &seconds) && seconds == 1);
	assert(token_ttl("21600", &seconds) && seconds == TOKEN_TTL_MOST);
	assert(!token_ttl(NULL, &seconds));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert(!token_ttl(bad[i], &seconds));
}

static void check_token(void)
{
	const struct token_key other = { { 1, 2, 4 } };
	char token[TOKEN_SIZE];
	int64_t left;

	token_make(&key, "i-1", 100, token);
	assert(strlen(token) == TOKEN_SIZE - 1);
	assert(token_check(&key, "i-1", token, 40, &left) && left == 60);
	assert(good(&key, "i-1", token, 99));
	assert(!good(&key, "i-1", token, 100));
	assert(!good(&key, "i-2", token, 40));
	assert(!good(&key, "", token, 40));
	assert(!good(&other, "i-1", token, 40));
	assert(!good(&key, "i-1", "", 40));
	assert(!good(&key, "i-1", token + 1, 40));
}

/* Each bit counts, those too that base64 does not need. */
static void check_forged(void)
{
	char token[TOKEN_SIZE];

	token_make(&key, "i-1", 100, token);
	for (size_t i = 0; i < TOKEN_SIZE - 1; i++)
		for (int bit = 0; bit < 7; bit++) {
			token[i] ^= (char)(1 << bit);
			assert(!good(&key, "i-1", token, 40));
			token[i] ^= (char)(1 << bit);
		}
	assert(good(&key, "i-1", token, 40));
}

int main(void)
{
	check_ttl();
	check_token();
	check_forged();
	return 0;
}
