/* id.c - the forms of ids, UUIDs and MACs, and that they do not repeat */
#include "images/base/id.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static const struct {
	const char *text;
	bool valid, beginning;
} forms[] = {
	{ "ami-0123456789abcdef0", true, true },
	{ "ami-12345678", true, true },
	{ "ami-1234567", false, true },
	{ "ami-123456789", false, true },
	{ "ami-0123456789abcdef", false, true },
	{ "ami-0", false, true },
	{ "ami-0123456789abcdef01", false, false },
	{ "ami-0123456789ABCDEF0", false, false },
	{ "ami-0123456789abcdefg", false, false },
	{ "ami-0123456789abcdef0 ", false, false },
	{ "ami-", false, false },
	{ "ami", false, false },
	{ "amis-0123456789abcdef0", false, false },
	{ "am-0123456789abcdef0", false, false },
	{ "snap-0123456789abcdef0", false, false },
	{ "", false, false },
};

/* Whether a text has the form of another, where x is any digit. */
static bool like(const char *text, const char *form)
{
	for (; *form; text++, form++)
		if (*form == 'x' ?
			    !*text || !strchr("0123456789abcdef", *text) :
			    *text != *form)
			return false;
	return !*text;
}

static void test_ids(void)
{
	char ids[200][ID_SIZE];

	for (size_t i = 0; i < 200; i++) {
		id_new("ami", ids[i]);
		assert(like(ids[i], "ami-xxxxxxxxxxxxxxxxx"));
		assert(id_valid(ids[i], "ami"));
		assert(!id_valid(ids[i], "snap"));
		for (size_t j = 0; j < i; j++)
			assert(strcmp(ids[i], ids[j]) != 0);
	}
	id_new("thirteen-long", ids[0]);
	assert(id_valid(ids[0], "thirteen-long"));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert(id_valid(forms[i].text, "ami") == forms[i].valid);
		assert(id_valid_prefix(forms[i].text, "ami") ==
		       forms[i].beginning);
	}
}

static void test_others(void)
{
	char uuid[UUID_SIZE], other[UUID_SIZE], mac[MAC_SIZE];
	unsigned char bytes[64] = { 0 }, none[64] = { 0 };

	uuid_new(uuid);
	uuid_new(other);
	assert(like(uuid, "ec2xxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx"));
	assert(strchr("89ab", uuid[19]));
	assert(strcmp(uuid, other) != 0);
	mac_new(mac);
	assert(like(mac, "02:xx:xx:xx:xx:xx"));
	random_bytes(bytes, 0);
	assert(memcmp(bytes, none, sizeof(bytes)) == 0);
	random_bytes(bytes, sizeof(bytes));
	assert(memcmp(bytes, none, sizeof(bytes)) != 0);
}

int main(void)
{
	test_ids();
	test_others();
	return 0;
}
