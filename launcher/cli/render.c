/* render.c - what the output formats share */
#include "launcher/cli/render.h"

#include <inttypes.h>
#include <string.h>

enum format format_find(const char *name)
{
	static const char *const names[] = {
		[FORMAT_JSON] = "json",
		[FORMAT_TEXT] = "text",
		[FORMAT_TABLE] = "table",
		[FORMAT_YAML] = "yaml",
		[FORMAT_YAML_STREAM] = "yaml-stream",
	};

	for (enum format i = FORMAT_JSON; i <= FORMAT_YAML_STREAM; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return FORMAT_NONE;
}

/* Elements of a list have no name either, so a hidden member is one that has
 * only the wire's. */
bool node_shown(const struct node *struct_member)
{
	return struct_member->sdk || !struct_member->wire;
}

static const struct node *shown_from(const struct node *node)
{
	while (node && !node_shown(node))
		node = node->next;
	return node;
}

const struct node *node_first(const struct node *node)
{
	return shown_from(node->children.first);
}

const struct node *node_next(const struct node *node)
{
	return shown_from(node->next);
}

bool node_scalar(const struct node *node)
{
	return node->type != NODE_STRUCT && node->type != NODE_LIST;
}

const char *node_text(const struct node *node, char buffer[SCALAR_SIZE])
{
	switch (node->type) {
	case NODE_STRING:
		return node->text;
	case NODE_INTEGER:
		snprintf(buffer, SCALAR_SIZE, "%" PRId64, node->integer);
		return buffer;
	case NODE_BOOLEAN:
		return node->integer ? "True" : "False";
	case NODE_DOUBLE:
		double_format(node->real, buffer);
		return buffer;
	case NODE_TIME:
		time_format_sdk(node->integer, buffer);
		return buffer;
	case NODE_NULL:
		return "None";
	case NODE_STRUCT:
	case NODE_LIST:
		break;
	}
	return "";
}
