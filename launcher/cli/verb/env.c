/* env.c - what the AWS tools read from the environment, for eval
 *
 * The account's first key that is not disabled is shown, and one is made where
 * there is none: an owner who says `eval "$(qami env)"` in every new shell
 * does not collect keys.
 */
#include <stdio.h>
#include <string.h>

#include "images/account.h"
#include "images/endpoint.h"
#include "launcher/action/action.h"

#define ENDPOINT "http://127.0.0.1:8773"

static const char *const names[] = {
	"AWS_ENDPOINT_URL",	 "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
	"AWS_DEFAULT_REGION", "AWS_REGION",	      "AWS_PAGER",
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* A key of an arena, filled by the first row that will do. */
struct choice {
	struct arena *arena;
	struct access_key key;
};

static bool choose(void *data, const struct access_key *key, struct error *err)
{
	struct choice *choice = data;

	if (!key->active || choice->key.id)
		return true;
	choice->key.id = arena_str(choice->arena, key->id);
	choice->key.secret = arena_str(choice->arena, key->secret);
	return (choice->key.id && choice->key.secret) || fail_memory(err);
}

/* Two calls at once may make a key each: the older one is shown later. */
static bool find_key(const struct call *call, struct arena *arena,
		     struct access_key *ret_key, struct error *err)
{
	struct choice choice = { .arena = arena };

	if (!access_key_list(call->store->db, call->account, choose, &choice,
			     err))
		return false;
	*ret_key = choice.key;
	return choice.key.id || account_key_create(call, arena, ret_key, err);
}

/* A word of the shell that stands for the text, whatever is in it. */
static void put_word(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	putchar('\'');
}

static int written(struct error *err)
{
	if (fflush(stdout) == 0)
		return 0;
	fail_errno(err, "cannot write the environment");
	return -1;
}

static int env(struct call *call, const struct args *args, struct error *err)
{
	auto_of(arena) arena = arena_new();
	char url[ENDPOINT_SIZE];
	struct access_key key;

	if (!arena) {
		fail_memory(err);
		return -1;
	}
	if (args_bool(args, "Unset", false)) {
		fputs("unset", stdout);
		for (size_t i = 0; i < NAMES; i++)
			printf(" %s", names[i]);
		putchar('\n');
		return written(err);
	}
	if (!find_key(call, arena, &key, err) ||
	    !endpoint_find(call->store, url, err))
		return -1;
	/* one of Amazon's would go along with our key, and be refused */
	puts("unset AWS_SESSION_TOKEN");
	for (size_t i = 0; i < NAMES; i++) {
		const char *const values[NAMES] = {
			args_str(args, "EndpointUrl", *url ? url : ENDPOINT),
			key.id,
			key.secret,
			call->store->region,
			call->store->region,
			"",
		};

		printf("export %s=", names[i]);
		put_word(values[i]);
		putchar('\n');
	}
	return written(err);
}

const struct action verb_env = {
	.name = "env",
	.brief = "print what makes the AWS tools use this store",
	.about = "Prints lines for the shell's eval: where 'qami serve' "
		 "listens, the account's (--account) access key, which is "
		 "made if there is none, and the store's region. boto3 and "
		 "awscli of versions that know nothing of AWS_ENDPOINT_URL "
		 "(before 1.31 and 2.13; Debian 12's) go to Amazon unless "
		 "they get it as their endpoint_url and --endpoint-url.",
	.params = (const struct param[]) {
		{ "EndpointUrl", PARAM_STRING, 0, NULL,
		  "where the server is; where it serves now, or " ENDPOINT
		  ", unless said",
		  NULL, NULL, 0,
		  "URL" },
		{ "Unset", PARAM_BOOLEAN, 0, NULL,
		  "print what takes it all back" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_RESOURCE_LIMIT, FAULT_NONE },
	.example = "eval \"$(qami env)\"",
	.local = true,
	.main = env,
};
