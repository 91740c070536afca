/* tree.c - what is written to the socket reads back as it was */
#include "launcher/http/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/buf.h"

/* Hidden members do not travel; everything else does, in order, with its
 * type. */
static const char wanted[] =
	"{\"Z\":\"a\\u0022\\u005c\\u000a\\u001b\",\"Bytes\":{\"\":\"Yf9i\"},"
	"\"A\":[{\"Size\":-8,\"On\":true,\"Off\":false},\"\",[]],"
	"\"When\":{\"\":1795222863000001},\"Whole\":4.0,\"Part\":0.1,"
	"\"Huge\":1e+300,\"None\":{}}";

static void build(struct reply *reply)
{
	struct error err = { 0 };
	struct node *list, *item;

	assert(reply_init(reply, &err));
	node_str(reply->root, "Z", "z", "a\"\\\n\033");
	node_str(reply->root, NULL, "requestId", "hidden");
	node_str(reply->root, "Bytes", NULL,
		 "a\xff"
		 "b");
	list = node_list(reply->root, "A", "aSet");
	item = node_item(list);
	node_int(item, "Size", NULL, -8);
	node_bool(item, "On", NULL, true);
	node_bool(item, NULL, "hidden", true);
	node_bool(item, "Off", NULL, false);
	node_item_str(list, "");
	node_list(list, NULL, NULL);
	node_time(reply->root, "When", NULL, 1795222863000001);
	node_double(reply->root, "Whole", NULL, 4);
	node_double(reply->root, "Part", NULL, 0.1);
	node_double(reply->root, "Huge", NULL, 1e300);
	node_struct(reply->root, "None", NULL);
}

static void check(const struct reply *reply)
{
	auto_buf text = BUF_INIT;

	tree_write(reply->root, &text);
	if (strcmp(buf_text(&text), wanted) != 0)
		fprintf(stderr, "got:\n%s\nwant:\n%s\n", buf_text(&text),
			wanted);
	assert(strcmp(buf_text(&text), wanted) == 0);
}

static void test_back(void)
{
	struct reply reply;
	struct error err = { 0 };
	json_t *json = json_loads(wanted, 0, NULL);
	const struct node *bytes;

	build(&reply);
	check(&reply);
	reply_done(&reply);
	assert(json && reply_init(&reply, &err) &&
	       tree_read(json, &reply, &err));
	check(&reply);
	bytes = reply.root->children.first->next;
	assert(strcmp(bytes->text, "a\xff"
				   "b") == 0);
	json_decref(json);
	reply_done(&reply);
}

/* Whoever answers there may be broken. */
static void test_refused(void)
{
	static const char *const wrong[] = {
		"[]",	       "{\"A\":null}",	   "{\"A\":{\"\":true}}",
		"{\"A\":[null]}", "{\"A\":{\"\":\"!\"}}",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		json_t *json = json_loads(wrong[i], 0, NULL);
		struct error err = { 0 };
		struct reply reply;

		assert(json && reply_init(&reply, &err));
		assert(!tree_read(json, &reply, &err));
		assert(err.fault == FAULT_HOST);
		json_decref(json);
		reply_done(&reply);
	}
}

int main(void)
{
	test_back();
	test_refused();
	return 0;
}
