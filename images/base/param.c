/* param.c - "DescribeImages" to "describe-images", as the AWS CLI derives it
 *
 * A '-' goes before a capital that starts a word ("xAbc", "XYAbc") or ends a
 * run of small letters ("xY"); a plural acronym at the end ("ImageARNs") is one
 * word. That is the AWS SDK's rule, and the verbs must agree with it.
 */
#include "images/base/param.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where a closing "ARNs" begins: two capitals or more and an 's'. */
static size_t plural_acronym(const char *name, size_t size)
{
	size_t at = size;

	if (size < 3 || name[size - 1] != 's')
		return size;
	for (at = size - 1; at > 0 && is_upper(name[at - 1]); at--)
		;
	return size - 1 - at >= 2 ? at : size;
}

void name_to_kebab(const char *name, char ret_text[NAME_SIZE])
{
	size_t size = strlen(name), used = 0;
	size_t acronym;

	if (strchr(name, '-')) {
		snprintf(ret_text, NAME_SIZE, "%s", name);
		return;
	}
	acronym = plural_acronym(name, size);
	for (size_t i = 0; i < size && used + 2 < NAME_SIZE; i++) {
		char c = name[i];
		char before = i ? name[i - 1] : 0;
		bool word = is_upper(c) && is_lower(name[i + 1]);

		if (i == acronym && i)
			ret_text[used++] = '-';
		else if (i && i < acronym && is_upper(c) &&
			 (word || is_lower(before) || is_digit(before)))
			ret_text[used++] = '-';
		ret_text[used++] = (char)(is_upper(c) ? c + 32 : c);
	}
	ret_text[used] = 0;
}
