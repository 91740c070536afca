/* reply.c - building an answer
 *
 * Nodes and texts go into one arena and are freed together: an answer of
 * 100 000 images is a few dozen allocations.
 */
#include "launcher/action/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool reply_init(struct reply *reply, struct error *err)
{
	*reply = (struct reply){ .arena = arena_new() };
	if (reply->arena)
		reply->root = arena_alloc(reply->arena, sizeof(struct node));
	if (!reply->root) {
		reply_done(reply);
		return fail_memory(err);
	}
	reply->root->type = NODE_STRUCT;
	reply->root->reply = reply;
	return true;
}

void reply_done(struct reply *reply)
{
	arena_free(reply->arena);
	*reply = (struct reply){ 0 };
}

/* Hangs a new node under a structure or list. When memory ran out there is
 * none, and what is then added to "none" goes nowhere. */
static struct node *node_add(struct node *into, enum node_type type,
			     const char *sdk, const char *wire)
{
	struct node *node;

	if (!into)
		return NULL;
	node = arena_alloc(into->reply->arena, sizeof(*node));
	if (!node) {
		into->reply->broken = true;
		return NULL;
	}
	*node = (struct node){ .type = type, .sdk = sdk, .wire = wire };
	node->reply = into->reply;
	if (into->children.last)
		into->children.last->next = node;
	else
		into->children.first = node;
	into->children.last = node;
	return node;
}

void node_str(struct node *into, const char *sdk, const char *wire,
	      const char *text)
{
	struct node *node;

	if (!text)
		return;
	node = node_add(into, NODE_STRING, sdk, wire);
	if (!node)
		return;
	node->text = arena_str(node->reply->arena, text);
	if (!node->text) {
		node->text = "";
		node->reply->broken = true;
	}
}

static void node_number(struct node *into, enum node_type type, const char *sdk,
			const char *wire, int64_t value)
{
	struct node *node = node_add(into, type, sdk, wire);

	if (node)
		node->integer = value;
}

void node_int(struct node *into, const char *sdk, const char *wire,
	      int64_t value)
{
	node_number(into, NODE_INTEGER, sdk, wire, value);
}

void node_bool(struct node *into, const char *sdk, const char *wire, bool value)
{
	node_number(into, NODE_BOOLEAN, sdk, wire, value);
}

void node_time(struct node *into, const char *sdk, const char *wire,
	       usec_t time)
{
	node_number(into, NODE_TIME, sdk, wire, time);
}

void node_double(struct node *into, const char *sdk, const char *wire,
		 double value)
{
	struct node *node = node_add(into, NODE_DOUBLE, sdk, wire);

	if (node)
		node->real = value;
}

struct node *node_struct(struct node *into, const char *sdk, const char *wire)
{
	return node_add(into, NODE_STRUCT, sdk, wire);
}

struct node *node_list(struct node *into, const char *sdk, const char *wire)
{
	return node_add(into, NODE_LIST, sdk, wire);
}

struct node *node_item(struct node *list)
{
	return node_add(list, NODE_STRUCT, NULL, NULL);
}

void node_item_str(struct node *list, const char *text)
{
	node_str(list, NULL, NULL, text);
}

void reply_body(struct reply *reply, const void *data, size_t size)
{
	void *copy = arena_alloc(reply->arena, size);

	if (!copy) {
		reply->broken = true;
		return;
	}
	reply->body = memcpy(copy, data, size);
	reply->body_size = size;
}

void reply_return(struct reply *reply)
{
	node_bool(reply->root, NULL, "return", true);
}

void time_format_sdk(usec_t time, char ret_text[TIME_SDK_SIZE])
{
	char text[TIME_SIZE];
	const char *point;
	int milli;

	time_format(time, text);
	point = strchr(text, '.');
	milli = point ? atoi(point + 1) : 0;
	if (milli)
		snprintf(ret_text, TIME_SDK_SIZE, "%.*s.%03d000+00:00",
			 (int)(point - text), text, milli);
	else
		snprintf(ret_text, TIME_SDK_SIZE, "%.19s+00:00", text);
}

void double_format(double value, char ret_text[DOUBLE_SIZE])
{
	char text[DOUBLE_SIZE];
	int digits = 0, exponent;

	do
		snprintf(text, sizeof(text), "%.*e", digits, value);
	while (strtod(text, NULL) != value && digits++ < 17);
	exponent = strchr(text, 'e') ? atoi(strchr(text, 'e') + 1) : 99;
	if (exponent < -4 || exponent > 15) {
		strcpy(ret_text, text);
		return;
	}
	digits = digits > exponent ? digits - exponent : 0;
	snprintf(ret_text, DOUBLE_SIZE, "%.*f", digits ? digits : 1, value);
}
