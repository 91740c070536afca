/* seed.c - what must hold of every seed: faults, mode, sameness
 *
 * With a directory as argument it writes seeds there instead, DIR/NAME.img
 * beside DIR/NAME.user, the user data alone: seed-readers.sh lets other
 * systems' readers of FAT and YAML judge them.
 */
#include "launcher/instance/seed.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/file.h"

#define MOST (256 * 1024)
#define TAGS_MOST 50
#define DATA_SIZE 100000

static const struct seed_tag tags[] = {
	{ "Name", "web 1" },
	{ "quotes", "a \"b\" 'c' \\d\\ # : { [ - ? | > % @ `" },
	{ "lines", "one\ntwo\r\n\tthree" },
	{ "control", "\001\033[31m\177" },
	{ "key: \"x\"\n# y", "" },
	{ "instance-id", "not this one" },
	{ "\303\244\342\202\254\360\237\230\200", "\303\274 \360\237\220\247" },
	{ "odd", "\302\205\302\240\342\200\250\342\200\251\357\273\277"
		 "\357\277\276\357\277\277" },
	{ "bytes", "\200\377 \300\257 \355\240\200 \364\220\200\200 \303" },
	{ "yes", "no" },
	{ "<<", "=" },
	{ "1", "0x10" },
};

static const struct seed plain = {
	.instance_id = "i-0123456789abcdef0",
	.hostname = "ip-10-0-2-15",
	.instance_type = "t3.micro",
	.ami_id = "ami-0123456789abcdef0",
	.availability_zone = "local-1a",
	.region = "local-1",
};

static void put(const char *dir, const char *name, const struct seed *seed)
{
	auto_free char *image = format_text("%s/%s.img", dir, name);
	auto_free char *user = format_text("%s/%s.user", dir, name);
	struct error err = { 0 };

	if (!seed_write(image, seed, &err) ||
	    !file_write(user, seed->user_data ? seed->user_data : "",
			seed->user_data_size, 0600, &err)) {
		fprintf(stderr, "%s: %s\n", name, err.text);
		abort();
	}
}

/* User data of some sizes around the sector; all byte values occur. */
static void put_sizes(const char *dir, unsigned char *data)
{
	static const size_t sizes[] = { 0,   1,	   511,	  512,
					513, 1024, 16384, DATA_SIZE };
	struct seed seed = plain;

	seed.user_data = data;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		auto_free char *name = format_text("size-%zu", sizes[i]);

		seed.user_data_size = sizes[i];
		put(dir, name, &seed);
	}
}

/* As much as EC2 lets anybody say, and all of it in escapes. */
static void put_most(const char *dir, const unsigned char *data)
{
	static char keys[TAGS_MOST][129], values[TAGS_MOST][257];
	struct seed_tag most[TAGS_MOST];
	struct seed seed = plain;

	for (size_t i = 0; i < TAGS_MOST; i++) {
		memset(keys[i], 1, 128);
		keys[i][i] = 2;
		memset(values[i], 3, 256);
		most[i] = (struct seed_tag){ keys[i], values[i] };
	}
	seed.tags = most;
	seed.tag_count = TAGS_MOST;
	seed.user_data = data;
	seed.user_data_size = 16384;
	put(dir, "most", &seed);
}

static void put_all(const char *dir)
{
	unsigned char data[DATA_SIZE];
	struct seed seed = plain;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	put_sizes(dir, data);
	put_most(dir, data);
	put(dir, "none", &seed);
	seed.tags = tags;
	seed.tag_count = sizeof(tags) / sizeof(*tags);
	seed.user_data = "#!/bin/sh\necho hello\n";
	seed.user_data_size = strlen(seed.user_data);
	put(dir, "tags", &seed);
	seed.public_key = "ssh-ed25519 AAAA+/w== a \"b\": #c";
	put(dir, "key", &seed);
}

static void digest_of(const char *path, char ret_text[SHA256_TEXT_SIZE])
{
	auto_buf text = BUF_INIT;
	struct error err = { 0 };

	assert(file_read(path, MOST, &text, &err));
	sha256_text(text.data, text.size, ret_text);
}

static void test_same(const char *dir)
{
	auto_free char *path = format_text("%s/same.img", dir);
	char first[SHA256_TEXT_SIZE], again[SHA256_TEXT_SIZE];
	char other[SHA256_TEXT_SIZE];
	struct seed seed = plain;
	struct error err = { 0 };
	struct stat st;

	assert(seed_write(path, &seed, &err));
	digest_of(path, first);
	assert(chmod(path, 0644) == 0);
	assert(seed_write(path, &seed, &err));
	digest_of(path, again);
	assert(strcmp(first, again) == 0);
	assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	assert(st.st_size > 0 && st.st_size <= MOST && st.st_size % 512 == 0);
	seed.user_data = "x";
	seed.user_data_size = 1;
	assert(seed_write(path, &seed, &err));
	digest_of(path, other);
	assert(strcmp(first, other) != 0);
}

/* What cannot be written leaves what was there, and no secret in the text. */
static void test_faults(const char *dir)
{
	auto_free char *path = format_text("%s/fault.img", dir);
	auto_free char *nowhere = format_text("%s/none/x.img", dir);
	auto_free char *data = calloc(1, 1024 * 1024);
	char before[SHA256_TEXT_SIZE], after[SHA256_TEXT_SIZE];
	static const size_t too_large[] = { MOST, 1024 * 1024, (size_t)-1 };
	struct error err = { 0 };
	struct seed seed = plain;

	assert(data);
	assert(seed_write(path, &seed, &err));
	digest_of(path, before);
	memset(data, 's', 1024 * 1024);
	seed.user_data = data;
	for (size_t i = 0; i < sizeof(too_large) / sizeof(*too_large); i++) {
		seed.user_data_size = too_large[i];
		assert(!seed_write(path, &seed, &err));
		assert(err.fault == FAULT_INVALID_PARAMETER);
		assert(!strstr(err.text, "sss"));
		error_clear(&err);
	}
	digest_of(path, after);
	assert(strcmp(before, after) == 0);
	seed.user_data = "secret";
	seed.user_data_size = 6;
	assert(!seed_write(nowhere, &seed, &err));
	assert(err.fault == FAULT_INTERNAL && !strstr(err.text, "secret"));
}

int main(int argc, char **argv)
{
	const char *dir = getenv("TMPDIR");

	if (argc > 1) {
		put_all(argv[1]);
		return 0;
	}
	dir = dir ? dir : "/tmp";
	test_same(dir);
	test_faults(dir);
	return 0;
}
