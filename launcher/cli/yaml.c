/* yaml.c - the answer as YAML, in blocks, names in alphabetical order
 *
 * The AWS CLI has libyaml write it. What a text looks like there, plain, in
 * single or in double quotes, and where it breaks into lines, follows from a
 * few rules about its characters; they are libyaml's, with YAML 1.2's notion
 * of what is no text.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "launcher/action/utf8.h"
#include "launcher/cli/render.h"

#define WIDTH 80
#define STEP 2
#define KEY_MOST 128

struct yaml {
	FILE *out;
	int column;
	int indent;
};

enum style { STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE };

static void put(struct yaml *yaml, const char *bytes, size_t size)
{
	fwrite_unlocked(bytes, 1, size, yaml->out);
	yaml->column++; /* a character, however many bytes it has */
}

static void put_ascii(struct yaml *yaml, const char *text)
{
	for (; *text; text++)
		put(yaml, text, 1);
}

static void new_line(struct yaml *yaml, int indent)
{
	putc_unlocked('\n', yaml->out);
	for (yaml->column = 0; yaml->column < indent;)
		put(yaml, " ", 1);
}

/* The code point of a character, which is UTF-8. */
static unsigned long code_point(const char *text, size_t size)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned long code = (unsigned char)*text & masks[size];

	for (size_t i = 1; i < size; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

static bool is_printable(unsigned long code)
{
	return code == '\n' || (code >= 0x20 && code <= 0x7e) ||
	       (code >= 0xa0 && code <= 0xfffd && code != 0xfeff);
}

static bool is_break(unsigned long code)
{
	return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 ||
	       code == 0x2029;
}

static bool is_blank_or_end(const char *text)
{
	size_t size = utf8_size(text);

	return !*text || *text == ' ' || *text == '\t' ||
	       is_break(code_point(text, size));
}

static const char *skip(const char *text, const char *set)
{
	return text + strspn(text, set);
}

/* The exponent, or nothing; `sign` says whether it must have a sign. */
static bool ends_as_exponent(const char *text, bool sign, bool needed)
{
	if (!*text)
		return !needed;
	if (*text != 'e' && *text != 'E')
		return false;
	text++;
	if (*text != '-' && *text != '+' && sign)
		return false;
	text += *text == '-' || *text == '+';
	return *text && !*skip(text, "0123456789");
}

static bool is_integer(const char *text)
{
	static const char hex[] = "0123456789abcdefABCDEF_";

	if (*text == '_')
		return false;
	text += *text == '-' || *text == '+';
	if (text[0] == '0' && text[1] == 'b' && text[2] &&
	    !*skip(text + 2, "01_"))
		return true;
	if (text[0] == '0' && text[1] == 'x' && text[2] &&
	    !*skip(text + 2, hex))
		return true;
	if (text[0] == '0' && text[1] == 'o' && text[2] &&
	    !*skip(text + 2, "01234567_"))
		return true;
	return *text && !*skip(text, "0123456789_");
}

static bool is_float(const char *text)
{
	const char *rest;

	if (strcmp(text, ".nan") == 0 || strcmp(text, ".NaN") == 0 ||
	    strcmp(text, ".NAN") == 0)
		return true;
	text += *text == '-' || *text == '+';
	if (strcmp(text, ".inf") == 0 || strcmp(text, ".Inf") == 0 ||
	    strcmp(text, ".INF") == 0)
		return true;
	if (*text == '.') {
		rest = skip(text + 1, "0123456789_");
		return rest > text + 1 && ends_as_exponent(rest, true, false);
	}
	if (!isdigit((unsigned char)*text))
		return false;
	rest = skip(text, "0123456789_");
	if (*rest != '.')
		return ends_as_exponent(rest, false, true);
	return ends_as_exponent(skip(rest + 1, "0123456789_"), false, false);
}

/* Reads `least` to `most` digits; NULL when there are fewer. */
static const char *digits(const char *text, int least, int most)
{
	int count = 0;

	while (count < most && isdigit((unsigned char)text[count]))
		count++;
	return count < least ? NULL : text + count;
}

static const char *after(const char *text, char c)
{
	return text && *text == c ? text + 1 : NULL;
}

static bool is_zone(const char *text)
{
	text = skip(text, " \t");
	if (!*text || strcmp(text, "Z") == 0)
		return true;
	if (*text != '-' && *text != '+')
		return false;
	text = digits(text + 1, 1, 2);
	if (!text || !*text)
		return text;
	text = after(text, ':');
	text = text ? digits(text, 2, 2) : NULL;
	return text && !*text;
}

/* A date, or a point in time as ISO 8601 and its loose relatives have it. */
static bool is_time(const char *text)
{
	const char *date = text;

	text = after(digits(text, 4, 4), '-');
	text = text ? after(digits(text, 1, 2), '-') : NULL;
	text = text ? digits(text, 1, 2) : NULL;
	if (!text)
		return false;
	if (!*text)
		return text - date == 10;
	if (*text == 'T' || *text == 't')
		text++;
	else if (skip(text, " \t") > text)
		text = skip(text, " \t");
	else
		return false;
	text = after(digits(text, 1, 2), ':');
	text = text ? after(digits(text, 2, 2), ':') : NULL;
	text = text ? digits(text, 2, 2) : NULL;
	if (!text)
		return false;
	if (*text == '.')
		text = skip(text + 1, "0123456789");
	return *skip(text, " \t") ? is_zone(text) : !*text;
}

/* Whether a text that stands there plain would be taken for something else. */
static bool is_other(const char *text)
{
	static const char *const words[] = {
		"",	"~",	"null",	 "Null",  "NULL", "true", "True",
		"TRUE", "false", "False", "FALSE", "<<",   "=",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return is_integer(text) || is_float(text) || is_time(text);
}

/* What a character means at its place, beyond being itself. */
static bool is_indicator(const char *text, const char *at, bool after_blank)
{
	bool before_blank = is_blank_or_end(at + utf8_size(at));

	if (at == text && strchr("#,[]{}&*!|>'\"%@`", *at))
		return true;
	if (at == text && strchr("?-", *at))
		return before_blank;
	return (*at == ':' && before_blank) || (*at == '#' && after_blank);
}

static enum style choose(const char *text)
{
	bool indicator = strncmp(text, "---", 3) == 0 ||
			 strncmp(text, "...", 3) == 0;
	bool lines = false, blank = true, blank_ends = *text == ' ';
	bool space = false, line_end = false;
	size_t size;

	for (const char *c = text; *c; c += size) {
		unsigned long code;

		size = utf8_size(c);
		code = code_point(c, size);
		if (!is_printable(code))
			return STYLE_DOUBLE;
		indicator |= is_indicator(text, c, blank);
		blank = is_blank_or_end(c);
		lines |= is_break(code);
		if ((code == ' ' && line_end) || (is_break(code) && space))
			return STYLE_DOUBLE;
		space = code == ' ';
		line_end = is_break(code);
	}
	blank_ends |= space;
	return indicator || lines || blank_ends || is_other(text) ?
		       STYLE_SINGLE :
		       STYLE_PLAIN;
}

static void put_escape(struct yaml *yaml, unsigned long code)
{
	static const char from[] = "\a\b\t\n\v\f\r\033\"\\";
	static const char to[] = "abtnvfre\"\\";
	const char *found = code < 0x80 ? strchr(from, (int)code) : NULL;
	char text[16];

	if (found)
		snprintf(text, sizeof(text), "\\%c", to[found - from]);
	else if (code == 0x85)
		strcpy(text, "\\N");
	else if (code == 0x2028)
		strcpy(text, "\\L");
	else if (code == 0x2029)
		strcpy(text, "\\P");
	else
		snprintf(text, sizeof(text),
			 code <= 0xff	? "\\x%02lX" :
			 code <= 0xffff ? "\\u%04lX" :
					  "\\U%08lX",
			 code);
	put_ascii(yaml, text);
}

/* Whether a line may end at a blank, which it stands for then. */
static bool may_break(const struct yaml *yaml, const char *text, const char *at,
		      enum style style, bool space, bool key)
{
	if (key || *at != ' ' || space || yaml->column <= WIDTH)
		return false;
	if (style != STYLE_PLAIN && (at == text || !at[1]))
		return false;
	return style == STYLE_DOUBLE || at[1] != ' ';
}

/* One character inside single quotes or none; *breaks: line ends came before.
 */
static void put_simple(struct yaml *yaml, const char *c, size_t size,
		       enum style style, bool *breaks)
{
	if (is_break(code_point(c, size))) {
		if (!*breaks && *c == '\n')
			putc_unlocked('\n', yaml->out);
		if (*c == '\n')
			putc_unlocked('\n', yaml->out);
		else
			fwrite_unlocked(c, 1, size, yaml->out);
		yaml->column = 0;
		*breaks = true;
		return;
	}
	if (*breaks)
		while (yaml->column < yaml->indent + STEP)
			put(yaml, " ", 1);
	*breaks = false;
	if (style == STYLE_SINGLE && *c == '\'')
		put(yaml, "'", 1);
	put(yaml, c, size);
}

static void put_styled(struct yaml *yaml, const char *text, enum style style,
		       bool key)
{
	bool space = false, breaks = false;
	size_t size;

	for (const char *c = text; *c; c += size) {
		unsigned long code;

		size = utf8_size(c);
		code = code_point(c, size);
		if (may_break(yaml, text, c, style, space, key)) {
			new_line(yaml, yaml->indent + STEP);
			if (style == STYLE_DOUBLE && c[1] == ' ')
				put(yaml, "\\", 1);
		} else if (style != STYLE_DOUBLE) {
			put_simple(yaml, c, size, style, &breaks);
		} else if (!is_printable(code) || is_break(code) ||
			   *c == '"' || *c == '\\') {
			put_escape(yaml, code);
		} else {
			put(yaml, c, size);
		}
		space = *c == ' ';
	}
	if (breaks)
		while (yaml->column < yaml->indent + STEP)
			put(yaml, " ", 1);
}

/* The text with what is no UTF-8 replaced; caller frees. */
static char *clean(const char *text)
{
	char *copy = malloc(strlen(text) * strlen(UTF8_REPLACEMENT) + 1);
	char *to = copy;

	if (!copy)
		abort();
	while (*text) {
		size_t size = utf8_size(text);

		to = mempcpy(to, size ? text : UTF8_REPLACEMENT,
			     size ? size : strlen(UTF8_REPLACEMENT));
		text += size ? size : 1;
	}
	*to = 0;
	return copy;
}

static void put_text(struct yaml *yaml, const char *dirty, bool key)
{
	auto_free char *text = clean(dirty);
	enum style style = choose(text);

	if (style != STYLE_PLAIN)
		put(yaml, style == STYLE_SINGLE ? "'" : "\"", 1);
	put_styled(yaml, text, style, key);
	if (style != STYLE_PLAIN)
		put(yaml, style == STYLE_SINGLE ? "'" : "\"", 1);
}

static void put_scalar(struct yaml *yaml, const struct node *node)
{
	char buffer[SCALAR_SIZE];

	switch (node->type) {
	case NODE_BOOLEAN:
		put_ascii(yaml, node->integer ? "true" : "false");
		break;
	case NODE_NULL:
		put_ascii(yaml, "null");
		break;
	case NODE_INTEGER:
	case NODE_DOUBLE:
		put_ascii(yaml, node_text(node, buffer));
		break;
	case NODE_STRING:
	case NODE_TIME:
	case NODE_STRUCT:
	case NODE_LIST:
		put_text(yaml, node_text(node, buffer), false);
		break;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;

	return strcmp((*x)->sdk, (*y)->sdk);
}

/* The members of a structure by their names; caller frees. */
static const struct node **sorted(const struct node *node, size_t *ret_count)
{
	const struct node **members;
	size_t count = 0;

	for (const struct node *c = node_first(node); c; c = node_next(c))
		count++;
	members = calloc(count + 1, sizeof(*members));
	if (!members)
		abort();
	*ret_count = count;
	count = 0;
	for (const struct node *c = node_first(node); c; c = node_next(c))
		members[count++] = c;
	qsort(members, count, sizeof(*members), by_name);
	return members;
}

static void put_node(struct yaml *yaml, const struct node *node, bool member);

/* Whether a text can stand before a colon without saying first that it will;
 * only a query makes others. */
static bool is_simple(const char *text)
{
	if (strlen(text) > KEY_MOST)
		return false;
	for (size_t size; *text; text += size ? size : 1) {
		size = utf8_size(text);
		if (size && is_break(code_point(text, size)))
			return false;
	}
	return true;
}

/* The first member stands where we are, the others on lines of their own. */
static void put_members(struct yaml *yaml, const struct node *node)
{
	size_t count;
	auto_free const struct node **members = sorted(node, &count);

	for (size_t i = 0; i < count; i++) {
		bool simple = is_simple(members[i]->sdk);

		if (i)
			new_line(yaml, yaml->indent);
		if (!simple)
			put_ascii(yaml, "? ");
		put_text(yaml, members[i]->sdk, simple);
		if (!simple)
			new_line(yaml, yaml->indent);
		put(yaml, ":", 1);
		put_node(yaml, members[i], simple);
	}
}

static void put_items(struct yaml *yaml, const struct node *list)
{
	for (const struct node *c = node_first(list); c; c = node_next(c)) {
		if (c != node_first(list))
			new_line(yaml, yaml->indent);
		put(yaml, "-", 1);
		put_node(yaml, c, false);
	}
}

/* What follows a name and its colon, or the dash of an item. A list below a
 * name begins in the name's column. */
static void put_node(struct yaml *yaml, const struct node *node, bool member)
{
	bool list = node->type == NODE_LIST;
	int indent = yaml->indent;

	if (node_scalar(node)) {
		put(yaml, " ", 1);
		put_scalar(yaml, node);
		return;
	}
	if (!node_first(node)) {
		put_ascii(yaml, list ? " []" : " {}");
		return;
	}
	yaml->indent += list && member ? 0 : STEP;
	if (member)
		new_line(yaml, yaml->indent);
	else
		put(yaml, " ", 1);
	if (list)
		put_items(yaml, node);
	else
		put_members(yaml, node);
	yaml->indent = indent;
}

void render_yaml(const struct node *node, bool stream, FILE *out)
{
	struct yaml yaml = { .out = out };

	if (node->type == NODE_STRUCT && !node_first(node))
		return;
	if (stream) {
		put(&yaml, "-", 1);
		put_node(&yaml, node, false);
	} else if (node_scalar(node)) {
		render_json(node, out);
		return;
	} else if (!node_first(node)) {
		put_ascii(&yaml, "[]");
	} else if (node->type == NODE_LIST) {
		put_items(&yaml, node);
	} else {
		put_members(&yaml, node);
	}
	putc_unlocked('\n', out);
}
