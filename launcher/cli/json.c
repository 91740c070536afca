/* json.c - the answer as JSON: four blanks a level, members in their order */
#include <string.h>

#include "launcher/action/utf8.h"
#include "launcher/cli/render.h"

/* Below 0 nothing is set out. */
static void indent(int level, FILE *out)
{
	if (level < 0)
		return;
	putc_unlocked('\n', out);
	for (int i = 0; i < 4 * level; i++)
		putc_unlocked(' ', out);
}

static void put_special(char c, FILE *out)
{
	static const char from[] = "\"\\\n\r\t\b\f";
	static const char to[] = "\"\\nrtbf";
	const char *found = strchr(from, c);

	if (found)
		fprintf(out, "\\%c", to[found - from]);
	else
		fprintf(out, "\\u%04x", (unsigned char)c);
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static void put_string(const char *text, FILE *out)
{
	putc_unlocked('"', out);
	while (*text) {
		const char *plain = text;
		size_t size = 1;

		while (is_plain(*text) && (size = utf8_size(text)) > 0)
			text += size;
		fwrite_unlocked(plain, 1, (size_t)(text - plain), out);
		if (!size)
			fputs(UTF8_REPLACEMENT, out);
		else if (*text)
			put_special(*text, out);
		text += *text != 0;
	}
	putc_unlocked('"', out);
}

static void put_node(const struct node *node, int level, FILE *out);

static void put_children(const struct node *node, int level, FILE *out)
{
	bool list = node->type == NODE_LIST;
	const struct node *child = node_first(node);
	int inner = level < 0 ? level : level + 1;

	putc_unlocked(list ? '[' : '{', out);
	for (; child; child = node_next(child)) {
		indent(inner, out);
		if (!list) {
			put_string(child->sdk, out);
			fputs(level < 0 ? ":" : ": ", out);
		}
		put_node(child, inner, out);
		if (node_next(child))
			putc_unlocked(',', out);
	}
	if (node_first(node))
		indent(level, out);
	putc_unlocked(list ? ']' : '}', out);
}

static void put_node(const struct node *node, int level, FILE *out)
{
	char buffer[SCALAR_SIZE];

	switch (node->type) {
	case NODE_STRUCT:
	case NODE_LIST:
		put_children(node, level, out);
		break;
	case NODE_STRING:
	case NODE_TIME:
		put_string(node_text(node, buffer), out);
		break;
	case NODE_BOOLEAN:
		fputs(node->integer ? "true" : "false", out);
		break;
	case NODE_NULL:
		fputs("null", out);
		break;
	case NODE_INTEGER:
	case NODE_DOUBLE:
		fputs(node_text(node, buffer), out);
		break;
	}
}

void render_json(const struct node *node, FILE *out)
{
	if (node->type == NODE_STRUCT && !node_first(node))
		return;
	put_node(node, 0, out);
	putc_unlocked('\n', out);
}

void render_compact(const struct node *node, FILE *out)
{
	put_node(node, -1, out);
}
