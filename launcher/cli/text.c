/* text.c - the answer as lines for cut and awk
 *
 * A structure is one line: the name of the list it is in, in capitals, and its
 * scalars sorted by name, tabs between. What is nested follows on lines of its
 * own. In a list all structures have the same columns, empty where one lacks a
 * member that another has.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "launcher/cli/render.h"

/* Names in alphabetical order; a list's structures have few, so that looking
 * through them beats hashing. */
struct keys {
	const char **names;
	size_t count;
	size_t room;
};

static void keys_add(struct keys *keys, const char *name)
{
	size_t at = 0;
	const char **names;

	for (size_t i = 0; i < keys->count; i++)
		if (keys->names[i] == name)
			return;
	while (at < keys->count && strcmp(keys->names[at], name) < 0)
		at++;
	if (at < keys->count && strcmp(keys->names[at], name) == 0)
		return;
	if (keys->count == keys->room) {
		keys->room = keys->room ? 2 * keys->room : 32;
		names = realloc(keys->names, keys->room * sizeof(*names));
		if (!names)
			abort();
		keys->names = names;
	}
	memmove(keys->names + at + 1, keys->names + at,
		(keys->count - at) * sizeof(*keys->names));
	keys->names[at] = name;
	keys->count++;
}

static void keys_add_scalars(struct keys *keys, const struct node *node,
			     bool scalars)
{
	if (node->type == NODE_STRUCT)
		for (const struct node *child = node_first(node); child;
		     child = node_next(child))
			if (node_scalar(child) == scalars)
				keys_add(keys, child->sdk);
}

static const struct node *member(const struct node *node, const char *name)
{
	for (const struct node *child = node_first(node); child;
	     child = node_next(child))
		if (child->sdk == name || strcmp(child->sdk, name) == 0)
			return child;
	return NULL;
}

static void put_upper(const char *text, FILE *out)
{
	for (; *text; text++)
		putc_unlocked(toupper((unsigned char)*text), out);
}

static void put_scalar(const struct node *node, FILE *out)
{
	char buffer[SCALAR_SIZE];

	fputs_unlocked(node_text(node, buffer), out);
}

static void put_node(const struct node *node, const char *name,
		     const struct keys *columns, FILE *out);

static void put_struct(const struct node *node, const char *name,
		       const struct keys *columns, FILE *out)
{
	struct keys own = { 0 };
	struct keys rest = { 0 };

	if (!columns) {
		keys_add_scalars(&own, node, true);
		columns = &own;
	}
	if (columns->count && name) {
		put_upper(name, out);
		putc_unlocked('\t', out);
	}
	for (size_t i = 0; i < columns->count; i++) {
		const struct node *child = member(node, columns->names[i]);

		if (child)
			put_scalar(child, out);
		putc_unlocked(i + 1 < columns->count ? '\t' : '\n', out);
	}
	keys_add_scalars(&rest, node, false);
	for (size_t i = 0; i < rest.count; i++)
		put_node(member(node, rest.names[i]), rest.names[i], NULL, out);
	free(own.names);
	free(rest.names);
}

/* The scalars of a list: a line each under a name, else one line. */
static void put_scalars(const struct node *list, const char *name, FILE *out)
{
	bool any = false;

	for (const struct node *child = node_first(list); child;
	     child = node_next(child)) {
		if (!node_scalar(child))
			continue;
		if (name)
			put_upper(name, out);
		if (name || any)
			putc_unlocked('\t', out);
		put_scalar(child, out);
		if (name)
			putc_unlocked('\n', out);
		any = true;
	}
	if (any && !name)
		putc_unlocked('\n', out);
}

static void put_list(const struct node *list, const char *name, FILE *out)
{
	struct keys columns = { 0 };
	bool structs = false;

	for (const struct node *child = node_first(list); child;
	     child = node_next(child)) {
		structs |= child->type == NODE_STRUCT;
		keys_add_scalars(&columns, child, true);
	}
	if (!structs)
		put_scalars(list, name, out);
	for (const struct node *child = node_first(list); child;
	     child = node_next(child))
		if (structs || !node_scalar(child))
			put_node(child, name, &columns, out);
	free(columns.names);
}

static void put_node(const struct node *node, const char *name,
		     const struct keys *columns, FILE *out)
{
	if (node->type == NODE_STRUCT) {
		put_struct(node, name, columns, out);
	} else if (node->type == NODE_LIST) {
		put_list(node, name, out);
	} else {
		put_scalar(node, out);
		putc_unlocked('\n', out);
	}
}

void render_text(const struct node *node, FILE *out)
{
	put_node(node, NULL, NULL, out);
}
