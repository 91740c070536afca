/* secret.c - secrets are forgotten at a scope's end, and in no core dump */
#include "images/base/secret.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

static bool is_zero(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	unsigned all = 0;

	for (size_t i = 0; i < size; i++)
		all |= bytes[i];
	return !all;
}

int main(void)
{
	struct disk_secret digits;
	struct secret key;

	assert(prctl(PR_GET_DUMPABLE) == 1);
	secret_guard(&key, sizeof(key));
	assert(prctl(PR_GET_DUMPABLE) == 0);
	memset(&key, 0x5a, sizeof(key));
	secret_done(&key);
	assert(is_zero(&key, sizeof(key)));
	memset(&digits, 'a', sizeof(digits));
	disk_secret_done(&digits);
	assert(is_zero(&digits, sizeof(digits)));
	return 0;
}
