/* id.c - random identifiers */
#include "images/base/id.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void random_bytes(void *ret_data, size_t size)
{
	unsigned char *data = ret_data;

	while (size) {
		ssize_t got = getrandom(data, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		data += got;
		size -= (size_t)got;
	}
}

void id_new(const char *prefix, char ret_id[ID_SIZE])
{
	unsigned char raw[9];
	int used = snprintf(ret_id, ID_SIZE, "%s-", prefix);

	assert(used > 1 && used + ID_DIGITS < ID_SIZE);
	random_bytes(raw, sizeof(raw));
	for (size_t i = 0; i < sizeof(raw) - 1; i++)
		used += snprintf(ret_id + used, 3, "%02x", raw[i]);
	snprintf(ret_id + used, 2, "%x", raw[8] & 15);
}

/* How many hexadecimal digits follow "prefix-", -1 where anything else does. */
static int id_digits(const char *text, const char *prefix)
{
	size_t skip = strlen(prefix);
	size_t digits;

	if (strncmp(text, prefix, skip) != 0 || text[skip] != '-')
		return -1;
	digits = strspn(text + skip + 1, "0123456789abcdef");
	return text[skip + 1 + digits] || digits > ID_DIGITS ? -1 : (int)digits;
}

bool id_valid(const char *text, const char *prefix)
{
	int digits = id_digits(text, prefix);

	return digits == ID_DIGITS || digits == 8;
}

bool id_valid_prefix(const char *text, const char *prefix)
{
	return id_digits(text, prefix) > 0;
}

static void uuid_write(unsigned char b[16], char ret_uuid[UUID_SIZE])
{
	b[6] = (unsigned char)(0x40 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	snprintf(ret_uuid, UUID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
}

void uuid_new(char ret_uuid[UUID_SIZE])
{
	unsigned char b[16];

	random_bytes(b, sizeof(b));
	b[0] = 0xec;
	b[1] = (unsigned char)(0x20 | (b[1] & 0x0f));
	uuid_write(b, ret_uuid);
}

void uuid_random(char ret_uuid[UUID_SIZE])
{
	unsigned char b[16];

	random_bytes(b, sizeof(b));
	uuid_write(b, ret_uuid);
}

bool uuid_valid(const char *text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == '-' ? text[i] != '-' :
				      !strchr("0123456789abcdef", text[i]))
			return false;
	return true;
}

void mac_new(char ret_mac[MAC_SIZE])
{
	unsigned char b[5];

	random_bytes(b, sizeof(b));
	snprintf(ret_mac, MAC_SIZE, "02:%02x:%02x:%02x:%02x:%02x", b[0], b[1],
		 b[2], b[3], b[4]);
}
