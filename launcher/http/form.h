/* form.h - names and values out of application/x-www-form-urlencoded
 *
 * What a URL's query and a POST's body have in common, read strictly: every
 * name and value is UTF-8 without a NUL, and a percent sign has two digits.
 */
#ifndef QAMI_HTTP_FORM_H
#define QAMI_HTTP_FORM_H

#include <stddef.h>

#include "images/base/arena.h"
#include "images/base/error.h"

struct form_pair {
	const char *name;
	const char *value; /* "" when nothing was said */
};

/* No call of EC2's has as many; what strangers send is read, too. */
#define FORM_PAIRS_MOST 16384

/* Pairs in order of arrival, in the arena. Begin with zeroes. */
struct form {
	struct form_pair *pairs;
	size_t count;
};

/* Adds the pairs of a text: `plus` makes '+' a blank, as in a body; in a URL,
 * where clients disagree about it, a bare '+' is refused. FAULT_MALFORMED_QUERY
 * for what is no such text. */
bool form_read(const char *text, size_t size, bool plus, struct arena *arena,
	       struct form *form, struct error *err) must_check;

/* The value of the first pair of that name; NULL without. */
const char *form_get(const struct form *form, const char *name);

#endif
