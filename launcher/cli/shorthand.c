/* shorthand.c - a recursive descent over code points
 *
 * The grammar is the AWS CLI's with its corners: where a comma ends a value or
 * separates a list's elements is decided by trying the next element and, when
 * an '=' shows that it was a key, going back to the comma before it.
 */
#include "launcher/cli/shorthand.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/digest.h"
#include "launcher/cli/paramfile.h"

#define END 0xffffffffu
#define DEPTH_MOST 64

/* What stopped the parser; told only if nobody could go back. */
struct snag {
	bool set;
	bool told; /* the complaint has it already; going back cannot help */
	const char *expected;
	const char *actual; /* NULL: the character at `at`, or EOF */
	size_t at;
};

struct parser {
	uint32_t *text;
	size_t size;
	size_t at;
	bool files; /* values of this key name files ("Key@=") */
	int depth;
	struct snag snag;
	struct buf *complaint;
};

static uint32_t current(const struct parser *p)
{
	return p->at < p->size ? p->text[p->at] : END;
}

static bool snag(struct parser *p, const char *expected, const char *actual)
{
	if (!p->snag.set)
		p->snag = (struct snag){ .set = true,
					 .expected = expected,
					 .actual = actual,
					 .at = p->at };
	return false;
}

static void add_code(struct buf *buf, uint32_t code)
{
	if (code < 0x80) {
		buf_char(buf, (char)code);
	} else if (code < 0x800) {
		buf_char(buf, (char)(0xc0 | code >> 6));
		buf_char(buf, (char)(0x80 | (code & 0x3f)));
	} else if (code < 0x10000) {
		buf_char(buf, (char)(0xe0 | code >> 12));
		buf_char(buf, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_char(buf, (char)(0x80 | (code & 0x3f)));
	} else {
		buf_char(buf, (char)(0xf0 | code >> 18));
		buf_char(buf, (char)(0x80 | (code >> 12 & 0x3f)));
		buf_char(buf, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_char(buf, (char)(0x80 | (code & 0x3f)));
	}
}

/* The text is valid UTF-8. */
static void decode(struct parser *p, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	while (*c) {
		uint32_t code = *c++;
		int more = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : code >= 0xc0;

		if (more)
			code &= 0x3fu >> more;
		for (; more; more--)
			code = code << 6 | (*c++ & 0x3f);
		p->text[p->size++] = code;
	}
}

/* Appends the text and, under its broken line, a '^'. */
static void show_place(const struct parser *p, size_t at, struct buf *out)
{
	size_t blanks = at;
	size_t i = 0;

	for (size_t j = 0; j < at && j < p->size; j++)
		if (p->text[j] == '\n')
			blanks = at - j - 1;
	for (; i < p->size && !(i >= at && p->text[i] == '\n'); i++)
		add_code(out, p->text[i]);
	buf_char(out, '\n');
	while (blanks--)
		buf_char(out, ' ');
	buf_char(out, '^');
	for (; i < p->size; i++)
		add_code(out, p->text[i]);
}

static void tell(const struct parser *p)
{
	buf_printf(p->complaint, "Expected: '%s', received: '",
		   p->snag.expected);
	if (p->snag.actual)
		buf_str(p->complaint, p->snag.actual);
	else if (p->snag.at < p->size)
		add_code(p->complaint, p->text[p->snag.at]);
	else
		buf_str(p->complaint, "EOF");
	buf_str(p->complaint, "' for input:\n");
	show_place(p, p->snag.at, p->complaint);
}

static bool ascii_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool any_space(uint32_t c)
{
	return ascii_space(c) || (c >= 0x1c && c <= 0x1f) || c == 0x85 ||
	       c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	       c == 0x3000;
}

static void skip_space(struct parser *p)
{
	while (p->at < p->size && ascii_space(p->text[p->at]))
		p->at++;
}

static bool expect(struct parser *p, uint32_t c, const char *name)
{
	if (current(p) != c)
		return snag(p, name, NULL);
	p->at++;
	return true;
}

static bool expect_spaced(struct parser *p, uint32_t c, const char *name)
{
	skip_space(p);
	if (!expect(p, c, name))
		return false;
	skip_space(p);
	return true;
}

/* Makes the string of a value, or of the file that it names. */
static json_t *make_value(struct parser *p, struct buf *value)
{
	auto_buf data = BUF_INIT;
	auto_free char *base64 = NULL;
	const char *text = buf_text(value);
	enum paramfile kind = p->files ? paramfile_kind(text) : PARAMFILE_NONE;

	if (kind == PARAMFILE_NONE)
		return json_string(text);
	if (!paramfile_read(text, kind == PARAMFILE_BINARY, &data,
			    p->complaint)) {
		p->snag.set = p->snag.told = true;
		return NULL;
	}
	if (kind == PARAMFILE_TEXT)
		return json_string(buf_text(&data));
	base64 = base64_encode(buf_text(&data), data.size);
	return base64 ? json_string(base64) : NULL;
}

/* Replaces every "\c" by "c", from left to right. */
static void unescape(uint32_t *text, size_t *size, uint32_t c)
{
	size_t used = 0;

	for (size_t i = 0; i < *size; i++) {
		if (text[i] == '\\' && i + 1 < *size && text[i + 1] == c)
			i++;
		text[used++] = text[i];
	}
	*size = used;
}

/* The string of a stretch of the text, without blanks at its end unless it
 * was quoted. */
static json_t *make_string(struct parser *p, size_t from, size_t to,
			   uint32_t quote)
{
	size_t size = to - from;
	auto_free uint32_t *copy = malloc((size + 1) * sizeof(*copy));
	auto_buf value = BUF_INIT;

	if (!copy)
		return NULL;
	memcpy(copy, p->text + from, size * sizeof(*copy));
	unescape(copy, &size, quote ? quote : ',');
	if (quote)
		unescape(copy, &size, '\\');
	while (!quote && size && any_space(copy[size - 1]))
		size--;
	for (size_t i = 0; i < size; i++)
		add_code(&value, copy[i]);
	return value.broken ? NULL : make_value(p, &value);
}

/* A quoted value ends at the first quote without a backslash; when there is
 * none, at the last quote there is. */
static json_t *quoted_value(struct parser *p, uint32_t quote)
{
	size_t from = p->at + 1, last = 0, i = from;

	for (; i < p->size && p->text[i] != quote; i++)
		if (p->text[i] == '\\' && i + 1 < p->size &&
		    (p->text[i + 1] == '\\' || p->text[i + 1] == quote))
			if (p->text[++i] == quote)
				last = i;
	if (i >= p->size)
		i = last;
	if (!i) {
		snag(p, quote == '"' ? "<double quoted>" : "<singled quoted>",
		     "<none>");
		return NULL;
	}
	p->at = i + 1;
	return make_string(p, from, i, quote);
}

static bool starts_word(uint32_t c)
{
	return c == '!' || (c >= '#' && c <= '&') || (c >= '(' && c <= '+') ||
	       (c >= '-' && c <= '<') || (c >= '>' && c <= 'Z') ||
	       (c >= '\\' && c <= 'z') || (c >= '|' && c != END);
}

static bool follows_first(uint32_t c)
{
	return any_space(c) || c == '!' || (c >= '#' && c <= '&') ||
	       (c >= '(' && c <= '+') || (c >= '-' && c <= '\\') ||
	       (c >= '^' && c <= '|') || (c >= '~' && c != END);
}

static bool follows_second(uint32_t c)
{
	return any_space(c) || c == '!' || (c >= '#' && c <= '&') ||
	       (c >= '(' && c <= '+') || (c >= '-' && c <= '<') ||
	       (c >= '>' && c != END);
}

/* How far an unquoted word goes from here; "\," belongs to it. */
static size_t word_end(const struct parser *p, bool (*follows)(uint32_t))
{
	size_t i = p->at;

	while (i < p->size) {
		if (p->text[i] == '\\' && i + 1 < p->size &&
		    p->text[i + 1] == ',')
			i += 2;
		else if (i == p->at ? starts_word(p->text[i]) :
				      follows(p->text[i]))
			i++;
		else
			break;
	}
	return i;
}

static json_t *first_value(struct parser *p)
{
	size_t from = p->at;

	if (current(p) == '\'' || current(p) == '"')
		return quoted_value(p, current(p));
	p->at = word_end(p, follows_first);
	return p->at > from ? make_string(p, from, p->at, 0) : json_string("");
}

static json_t *second_value(struct parser *p)
{
	size_t from = p->at;

	if (current(p) == '\'' || current(p) == '"')
		return quoted_value(p, current(p));
	p->at = word_end(p, follows_second);
	if (p->at > from)
		return make_string(p, from, p->at, 0);
	snag(p, "<second>", "<none>");
	return NULL;
}

/* One more element of "a,b,c": true with *ret_last unset when a comma follows.
 * False: not an element; the caller goes back. */
static bool csv_element(struct parser *p, json_t *list, bool *ret_last)
{
	json_t *value = second_value(p);

	*ret_last = false;
	if (!value)
		return false;
	skip_space(p);
	*ret_last = p->at >= p->size;
	if (*ret_last || expect_spaced(p, ',', ","))
		return json_array_append_new(list, value) == 0;
	json_decref(value);
	return false;
}

static json_t *csv_value(struct parser *p)
{
	json_t *first = first_value(p);
	json_t *list;
	bool last = false;

	if (!first)
		return NULL;
	skip_space(p);
	if (current(p) != ',')
		return first;
	expect_spaced(p, ',', ",");
	list = json_array();
	if (!list || json_array_append(list, first) != 0) {
		json_decref(list);
		json_decref(first);
		return NULL;
	}
	while (!last && csv_element(p, list, &last))
		;
	if (!last && (p->at >= p->size || p->snag.told || !p->snag.set)) {
		json_decref(first);
		json_decref(list);
		return NULL;
	}
	if (!last) {
		p->snag.set = false;
		while (p->at && p->text[p->at] != ',')
			p->at--;
	}
	if (json_array_size(list) == 1) {
		json_decref(list);
		return first;
	}
	json_decref(first);
	return list;
}

static json_t *explicit_values(struct parser *p);

static json_t *explicit_list(struct parser *p)
{
	json_t *list = json_array();

	if (!list || !expect_spaced(p, '[', "["))
		goto failed;
	while (current(p) != ']') {
		json_t *value = explicit_values(p);

		if (!value || json_array_append_new(list, value) != 0)
			goto failed;
		skip_space(p);
		if (current(p) == ']')
			break;
		if (!expect(p, ',', ","))
			goto failed;
		skip_space(p);
	}
	p->at++;
	return list;
failed:
	json_decref(list);
	return NULL;
}

/* A key may be empty; "@" after it says that its values name files. */
static bool parse_key(struct parser *p, struct buf *key)
{
	static const char others[] = "-_.#/:";

	for (; p->at < p->size; p->at++) {
		uint32_t c = p->text[p->at];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    !(c < 0x80 && c && strchr(others, (int)c)))
			break;
		buf_char(key, (char)c);
	}
	skip_space(p);
	p->files = current(p) == '@';
	if (p->files)
		p->at++;
	return expect_spaced(p, '=', "=");
}

static json_t *hash_literal(struct parser *p)
{
	json_t *object = json_object();

	if (!object || !expect_spaced(p, '{', "{"))
		goto failed;
	while (current(p) != '}') {
		auto_buf key = BUF_INIT;
		json_t *value = NULL;

		if (parse_key(p, &key))
			value = explicit_values(p);
		if (!value)
			goto failed;
		skip_space(p);
		if (current(p) != '}') {
			if (!expect(p, ',', ",")) {
				json_decref(value);
				goto failed;
			}
			skip_space(p);
		}
		if (json_object_set_new(object, buf_text(&key), value) != 0)
			goto failed;
	}
	p->at++;
	return object;
failed:
	json_decref(object);
	return NULL;
}

static json_t *explicit_values(struct parser *p)
{
	json_t *value;

	if (current(p) != '[' && current(p) != '{')
		return first_value(p);
	if (p->depth == DEPTH_MOST) {
		snag(p, "<less nesting>", NULL);
		return NULL;
	}
	p->depth++;
	value = current(p) == '[' ? explicit_list(p) : hash_literal(p);
	p->depth--;
	return value;
}

static bool duplicate(struct parser *p, const char *key, size_t at)
{
	buf_printf(p->complaint,
		   "Second instance of key \"%s\" encountered for input:\n",
		   key);
	show_place(p, at, p->complaint);
	buf_str(p->complaint, "\nThis is often because there is a preceding "
			      "\",\" instead of a space.");
	p->snag.set = p->snag.told = true;
	return false;
}

static bool key_value(struct parser *p, json_t *object, size_t began)
{
	auto_buf key = BUF_INIT;
	json_t *value;

	if (!parse_key(p, &key))
		return false;
	if (p->at >= p->size)
		value = json_string("");
	else if (current(p) == '[' || current(p) == '{')
		value = explicit_values(p);
	else
		value = csv_value(p);
	if (!value)
		return false;
	if (json_object_get(object, buf_text(&key))) {
		json_decref(value);
		return duplicate(p, buf_text(&key), began);
	}
	return json_object_set_new(object, buf_text(&key), value) == 0;
}

static bool parameter(struct parser *p, json_t *object)
{
	size_t last;

	if (!key_value(p, object, 0))
		return false;
	last = p->at;
	while (p->at < p->size) {
		if (!expect_spaced(p, ',', ",") ||
		    !key_value(p, object, last + 1))
			return false;
		last = p->at;
	}
	return true;
}

json_t *shorthand_parse(const char *text, struct buf *complaint)
{
	size_t size = strlen(text);
	struct parser p = { .complaint = complaint };
	json_t *object;

	if (!text_valid(text, size)) {
		buf_str(complaint, "not UTF-8");
		return NULL;
	}
	p.text = malloc((size + 1) * sizeof(*p.text));
	object = p.text ? json_object() : NULL;
	if (object) {
		decode(&p, text);
		if (!parameter(&p, object)) {
			json_decref(object);
			object = NULL;
			if (p.snag.set && !p.snag.told)
				tell(&p);
		}
	}
	if (!object && !complaint->size)
		buf_str(complaint, "out of memory");
	free(p.text);
	return object;
}
