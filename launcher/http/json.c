/* json.c - parameters and answers as the services that speak JSON have them
 *
 * One reading for all of them: what is no object, or has a name twice, is
 * refused before anybody asks what its members mean.
 */
#include "launcher/http/json.h"

#include <unistd.h>

bool json_body(const struct exchange *exchange, const void **ret_data,
	       struct error *err)
{
	size_t size = (size_t)exchange->body_size, got = 0;
	char *data;

	if (exchange->body_size > JSON_BODY_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The request's body has more than %d bytes.",
			    JSON_BODY_MOST);
	*ret_data = exchange->body ? exchange->body : "";
	if (exchange->body || exchange->body_fd < 0)
		return true;
	data = arena_alloc(exchange->arena, size + 1);
	if (!data)
		return fail_memory(err);
	while (got < size) {
		ssize_t now = pread(exchange->body_fd, data + got, size - got,
				    (off_t)got);

		if (now <= 0)
			return fail_errno(err, "cannot read a request's body");
		got += (size_t)now;
	}
	*ret_data = data;
	return true;
}

bool json_args(const char *data, size_t size, struct args *args,
	       struct error *err)
{
	json_error_t where;
	json_t *object = json_loadb(data, size, JSON_REJECT_DUPLICATES, &where);

	if (!json_is_object(object)) {
		json_decref(object);
		return fail(err, FAULT_MALFORMED_QUERY,
			    "The request's body is not an object of JSON.");
	}
	json_decref(args->root);
	args->root = object;
	return true;
}

/* What stays out of an answer's own structure. */
struct picked {
	bool (*without)(const void *data, const char *name);
	const void *data;
};

static json_t *to_json(const struct node *node, const struct picked *picked);

/* Seconds, with thousandths as everywhere else. */
static json_t *to_seconds(usec_t time)
{
	int64_t thousandths = time / 1000;

	return json_real((double)thousandths / 1000);
}

static json_t *to_list(const struct node *node)
{
	json_t *list = json_array();

	for (const struct node *child = node->children.first; list && child;
	     child = child->next)
		if (json_array_append_new(list, to_json(child, NULL)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *to_object(const struct node *node, const struct picked *picked)
{
	json_t *object = json_object();

	for (const struct node *child = node->children.first; object && child;
	     child = child->next) {
		if (!child->sdk ||
		    (picked && picked->without &&
		     picked->without(picked->data, child->sdk)))
			continue;
		if (json_object_set_new(object, child->sdk,
					to_json(child, NULL)) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/* NULL without memory, or for a text that is none. */
static json_t *to_json(const struct node *node, const struct picked *picked)
{
	switch (node->type) {
	case NODE_STRUCT:
		return to_object(node, picked);
	case NODE_LIST:
		return to_list(node);
	case NODE_STRING:
		return json_string(node->text);
	case NODE_INTEGER:
		return json_integer(node->integer);
	case NODE_BOOLEAN:
		return json_boolean(node->integer);
	case NODE_DOUBLE:
		return json_real(node->real);
	case NODE_TIME:
		return to_seconds(node->integer);
	case NODE_NULL:
		break;
	}
	return json_null();
}

bool json_write(json_t *value, struct buf *out)
{
	/* thousandths of this century's seconds have 13 digits */
	auto_free char *text =
		json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(16));

	json_decref(value);
	if (text)
		buf_str(out, text);
	return text && !out->broken;
}

bool json_write_reply(const struct node *root,
		      bool (*without)(const void *data, const char *name),
		      const void *data, struct buf *out, struct error *err)
{
	struct picked picked = { without, data };

	return json_write(to_json(root, &picked), out) || fail_memory(err);
}
