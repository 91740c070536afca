/* form.c - names and values out of application/x-www-form-urlencoded */
#include "launcher/http/form.h"

#include <string.h>

#include "launcher/action/utf8.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool malformed(struct error *err, const char *why)
{
	return fail(err, FAULT_MALFORMED_QUERY,
		    "The query string is malformed: %s", why);
}

/* Decodes `size` bytes into ret_text, which has room for one more. */
static bool decode(const char *text, size_t size, bool plus, char *ret_text,
		   struct error *err)
{
	char *out = ret_text;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (c == '+' && !plus)
			return malformed(err, "a '+' must be written as %2B, "
					      "a blank as %20");
		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = size - i > 2 ? hex(text[i + 1]) : -1;
			int low = size - i > 2 ? hex(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return malformed(err, "a '%' has no two "
						      "hexadecimal digits");
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!c)
			return malformed(err, "it contains a NUL");
		*out++ = c;
	}
	*out = 0;
	for (const char *at = ret_text; *at; at += utf8_size(at))
		if (!utf8_size(at))
			return malformed(err, "it is not UTF-8");
	return true;
}

static char *decoded(const char *text, size_t size, bool plus,
		     struct arena *arena, struct error *err)
{
	char *copy = arena_alloc(arena, size + 1);

	if (!copy)
		fail_memory(err);
	return copy && decode(text, size, plus, copy, err) ? copy : NULL;
}

static bool add(const char *text, size_t size, bool plus, struct arena *arena,
		struct form *form, struct error *err)
{
	const char *equals = memchr(text, '=', size);
	size_t name_size = equals ? (size_t)(equals - text) : size;
	size_t skip = name_size + (equals ? 1 : 0);
	struct form_pair pair;
	struct form_pair *more;

	if (form->count == FORM_PAIRS_MOST)
		return malformed(err, "it has too many parameters");
	pair.name = decoded(text, name_size, plus, arena, err);
	if (!pair.name)
		return false;
	pair.value = decoded(text + skip, size - skip, plus, arena, err);
	if (!pair.value)
		return false;
	more = arena_more(arena, form->pairs, form->count, sizeof(*more));
	if (!more)
		return fail_memory(err);
	form->pairs = more;
	form->pairs[form->count++] = pair;
	return true;
}

bool form_read(const char *text, size_t size, bool plus, struct arena *arena,
	       struct form *form, struct error *err)
{
	const char *end = text + size;

	while (text < end) {
		const char *next = memchr(text, '&', (size_t)(end - text));
		size_t length = (size_t)((next ? next : end) - text);

		if (length && !add(text, length, plus, arena, form, err))
			return false;
		text += length + 1;
	}
	return true;
}

const char *form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->pairs[i].name, name) == 0)
			return form->pairs[i].value;
	return NULL;
}
