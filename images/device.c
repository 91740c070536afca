/* device.c - the names that disks have in block device mappings */
#include "images/device.h"

#include <stdlib.h>
#include <string.h>

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Nothing, or a partition's number: 1 to 15. */
static bool is_partition(const char *text)
{
	if (!*text)
		return true;
	if (*text < '1' || *text > '9')
		return false;
	if (!text[1])
		return true;
	return *text == '1' && text[1] >= '0' && text[1] <= '5' && !text[2];
}

bool device_valid(const char *name)
{
	if (strncmp(name, "sd", 2) == 0)
		return is_letter(name[2]) && is_partition(name + 3);
	if (strncmp(name, "vd", 2) == 0)
		return is_letter(name[2]) && !name[3];
	if (strncmp(name, "xvd", 3) != 0 || !is_letter(name[3]))
		return false;
	return !name[4] || ((name[3] == 'b' || name[3] == 'c') &&
			    is_letter(name[4]) && !name[5]);
}

static const char *bare(const char *name)
{
	return strncmp(name, "/dev/", 5) == 0 ? name + 5 : name;
}

bool device_same(const char *one, const char *two)
{
	return strcmp(bare(one), bare(two)) == 0;
}

int ephemeral_number(const char *name)
{
	const char *digits = name + strlen("ephemeral");
	size_t size;
	int number;

	if (strncmp(name, "ephemeral", strlen("ephemeral")) != 0)
		return -1;
	size = strspn(digits, "0123456789");
	if (size < 1 || size > 2 || digits[size] ||
	    (size == 2 && *digits == '0'))
		return -1;
	number = atoi(digits);
	return number < EPHEMERAL_MOST ? number : -1;
}
