/* tree.c - an answer on its way to the command line
 *
 * Written by hand, because an answer of 10 000 images needs no second tree;
 * read by Jansson, which keeps the order of names.
 */
#include "launcher/http/tree.h"

#include <inttypes.h>
#include <string.h>

#include "images/base/digest.h"
#include "launcher/action/utf8.h"

static bool is_utf8(const char *text)
{
	while (*text) {
		size_t size = utf8_size(text);

		if (!size)
			return false;
		text += size;
	}
	return true;
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static void write_plain(const char *text, struct buf *out)
{
	buf_char(out, '"');
	while (*text) {
		const char *from = text;

		while (is_plain(*text))
			text++;
		buf_add(out, from, (size_t)(text - from));
		if (*text)
			buf_printf(out, "\\u%04x", (unsigned char)*text++);
	}
	buf_char(out, '"');
}

void tree_write_text(const char *text, struct buf *out)
{
	auto_free char *coded = NULL;

	if (is_utf8(text)) {
		write_plain(text, out);
		return;
	}
	coded = base64_encode(text, strlen(text));
	if (!coded)
		out->broken = true;
	else
		buf_printf(out, "{\"\":\"%s\"}", coded);
}

static void write_children(const struct node *node, struct buf *out)
{
	bool list = node->type == NODE_LIST, more = false;

	buf_char(out, list ? '[' : '{');
	for (const struct node *child = node->children.first; child;
	     child = child->next) {
		if (!list && !child->sdk)
			continue;
		if (more)
			buf_char(out, ',');
		more = true;
		if (!list) {
			write_plain(child->sdk, out);
			buf_char(out, ':');
		}
		tree_write(child, out);
	}
	buf_char(out, list ? ']' : '}');
}

void tree_write(const struct node *node, struct buf *out)
{
	char text[DOUBLE_SIZE];

	switch (node->type) {
	case NODE_STRUCT:
	case NODE_LIST:
		write_children(node, out);
		break;
	case NODE_STRING:
		tree_write_text(node->text, out);
		break;
	case NODE_INTEGER:
		buf_printf(out, "%" PRId64, node->integer);
		break;
	case NODE_BOOLEAN:
		buf_str(out, node->integer ? "true" : "false");
		break;
	case NODE_DOUBLE:
		double_format(node->real, text);
		buf_str(out, text);
		break;
	case NODE_TIME:
		buf_printf(out, "{\"\":%" PRId64 "}", node->integer);
		break;
	case NODE_NULL:
		buf_str(out, "null");
		break;
	}
}

bool tree_read_text(const json_t *json, struct arena *arena,
		    const char **ret_text, struct error *err)
{
	const char *coded = json_string_value(json_object_get(json, ""));
	auto_free void *bytes = NULL;
	char *text;
	size_t size;

	if (json_is_string(json)) {
		*ret_text = arena_str(arena, json_string_value(json));
		return *ret_text || fail_memory(err);
	}
	if (!coded)
		return fail(err, FAULT_HOST, "the server's text is none");
	bytes = base64_decode(coded, &size);
	if (!bytes)
		return fail(err, FAULT_HOST, "the server's base64 is none");
	text = arena_alloc(arena, size + 1);
	if (!text)
		return fail_memory(err);
	memcpy(text, bytes, size);
	*ret_text = text;
	return true;
}

static bool read_node(struct node *into, const char *name, const json_t *json,
		      struct error *err);

static bool read_members(struct node *into, const json_t *json,
			 struct error *err)
{
	const char *name;
	json_t *value;
	size_t i;

	if (!into)
		return fail_memory(err);
	json_array_foreach(json, i, value)
		if (!read_node(into, NULL, value, err))
			return false;
	if (json_is_array(json))
		return true;
	json_object_foreach((json_t *)(uintptr_t)json, name, value) {
		const char *copy = arena_str(into->reply->arena, name);

		if (!copy)
			return fail_memory(err);
		if (!read_node(into, copy, value, err))
			return false;
	}
	return true;
}

static bool read_text(struct node *into, const char *name, const json_t *json,
		      struct error *err)
{
	const char *text;

	if (!tree_read_text(json, into->reply->arena, &text, err))
		return false;
	node_str(into, name, NULL, text);
	return true;
}

static bool read_node(struct node *into, const char *name, const json_t *json,
		      struct error *err)
{
	const json_t *special = json_object_get(json, "");

	if (json_is_integer(special))
		node_time(into, name, NULL, json_integer_value(special));
	else if (special || json_is_string(json))
		return read_text(into, name, json, err);
	else if (json_is_object(json))
		return read_members(node_struct(into, name, NULL), json, err);
	else if (json_is_array(json))
		return read_members(node_list(into, name, NULL), json, err);
	else if (json_is_integer(json))
		node_int(into, name, NULL, json_integer_value(json));
	else if (json_is_real(json))
		node_double(into, name, NULL, json_real_value(json));
	else if (json_is_boolean(json))
		node_bool(into, name, NULL, json_is_true(json));
	else
		return fail(err, FAULT_HOST, "the server's answer has a null");
	return true;
}

bool tree_read(const json_t *json, struct reply *reply, struct error *err)
{
	if (!json_is_object(json))
		return fail(err, FAULT_HOST, "the server's answer is none");
	if (!read_members(reply->root, json, err))
		return false;
	return !reply->broken || fail_memory(err);
}
