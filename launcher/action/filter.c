/* filter.c - names are ANDed, a name's values ORed */
#include "launcher/action/filter.h"

#include <string.h>

#include "launcher/action/args.h"

bool filter_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	for (;;) {
		const char *p = pattern;
		bool literal = *p == '\\' && p[1];

		p += literal;
		if (!literal && *p == '*') {
			star = ++pattern;
			again = text;
		} else if (*text && (*p == *text || (!literal && *p == '?'))) {
			pattern = p + 1;
			text++;
		} else if (!*text && !*p) {
			return true;
		} else if (star && *again) {
			/* let the last star take one character more */
			pattern = star;
			text = ++again;
		} else {
			return false;
		}
	}
}

bool filter_check(const json_t *filters, const char *const *names,
		  struct error *err)
{
	size_t i;
	json_t *filter;

	json_array_foreach(filters, i, filter) {
		const char *name = arg_str(filter, "Name", "");
		const char *const *known = names;

		if (json_array_size(json_object_get(filter, "Values")) >
		    FILTER_VALUES_MOST)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "A filter has at most %d values",
				    FILTER_VALUES_MOST);
		while (*known && !filter_glob(*known, name))
			known++;
		if (!*known)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "The filter '%.100s' is invalid", name);
	}
	return true;
}

static bool pass_one(const json_t *filter, const struct filter_value *value)
{
	size_t i;
	json_t *wanted;

	json_array_foreach(json_object_get(filter, "Values"), i, wanted)
		if (filter_glob(json_string_value(wanted), value->text))
			return true;
	return false;
}

bool filter_pass(const json_t *filters, const struct filter_value *values,
		 size_t count)
{
	size_t i;
	json_t *filter;

	json_array_foreach(filters, i, filter) {
		const char *name = arg_str(filter, "Name", "");
		bool pass = false;

		for (size_t j = 0; !pass && j < count; j++)
			pass = strcmp(values[j].name, name) == 0 &&
			       values[j].text && pass_one(filter, &values[j]);
		if (!pass)
			return false;
	}
	return true;
}

bool filter_listed(const json_t *list, const char *text)
{
	size_t i;
	json_t *item;

	if (!list)
		return true;
	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(item), text) == 0)
			return true;
	return false;
}
