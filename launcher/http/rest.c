/* rest.c - EBS direct and rbin: where a call's members are, and that is all
 *
 * A call is a row here that says in which part of a request each parameter
 * travels; what they mean and what is wrong with them is known to the action
 * of the same name. A block goes through as it came, in no other coding.
 */
#include "launcher/http/rest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "launcher/action/action.h"
#include "launcher/action/fault.h"
#include "launcher/http/form.h"
#include "launcher/http/json.h"

#define MEMBERS 5

/* A member by the SDK's name, and by the one it has in a query or header. */
struct member {
	const char *name;
	const char *wire;
	bool list; /* it may be there several times */
};

enum content {
	NOTHING, /* or "{}", which some clients send instead */
	OBJECT,	 /* the parameters in JSON */
	BLOCK,	 /* the parameter with PARAM_STREAM, as it is */
};

static const struct shape {
	const char *service;
	const char *action;
	const char *method;
	const char *path; /* "{Name}": any one component */
	unsigned status;  /* of success */
	enum content body;
	struct member query[MEMBERS];
	struct member headers[MEMBERS];
	struct member answered[MEMBERS]; /* in headers, not in the body */
} shapes[] = {
	{ "ebs", "StartSnapshot", "POST", "/snapshots", 201, OBJECT },
	{ "ebs", "PutSnapshotBlock", "PUT",
	  "/snapshots/{SnapshotId}/blocks/{BlockIndex}", 201, BLOCK,
	  .headers = { { "DataLength", "x-amz-Data-Length" },
		       { "Progress", "x-amz-Progress" },
		       { "Checksum", "x-amz-Checksum" },
		       { "ChecksumAlgorithm", "x-amz-Checksum-Algorithm" } },
	  .answered = { { "Checksum", "x-amz-Checksum" },
			{ "ChecksumAlgorithm", "x-amz-Checksum-Algorithm" } } },
	{ "ebs", "CompleteSnapshot", "POST",
	  "/snapshots/completion/{SnapshotId}", 202,
	  .headers = { { "ChangedBlocksCount", "x-amz-ChangedBlocksCount" },
		       { "Checksum", "x-amz-Checksum" },
		       { "ChecksumAlgorithm", "x-amz-Checksum-Algorithm" },
		       { "ChecksumAggregationMethod",
			 "x-amz-Checksum-Aggregation-Method" } } },
	{ "ebs", "ListSnapshotBlocks", "GET", "/snapshots/{SnapshotId}/blocks",
	  200,
	  .query = { { "NextToken", "pageToken" },
		     { "MaxResults", "maxResults" },
		     { "StartingBlockIndex", "startingBlockIndex" } } },
	{ "ebs", "ListChangedBlocks", "GET",
	  "/snapshots/{SecondSnapshotId}/changedblocks", 200,
	  .query = { { "FirstSnapshotId", "firstSnapshotId" },
		     { "NextToken", "pageToken" },
		     { "MaxResults", "maxResults" },
		     { "StartingBlockIndex", "startingBlockIndex" } } },
	{ "ebs", "GetSnapshotBlock", "GET",
	  "/snapshots/{SnapshotId}/blocks/{BlockIndex}", 200,
	  .query = { { "BlockToken", "blockToken" } },
	  .answered = { { "DataLength", "x-amz-Data-Length" },
			{ "Checksum", "x-amz-Checksum" },
			{ "ChecksumAlgorithm", "x-amz-Checksum-Algorithm" } } },
	{ "rbin", "CreateRule", "POST", "/rules", 201, OBJECT },
	{ "rbin", "GetRule", "GET", "/rules/{Identifier}", 200 },
	{ "rbin", "UpdateRule", "PATCH", "/rules/{Identifier}", 200, OBJECT },
	{ "rbin", "DeleteRule", "DELETE", "/rules/{Identifier}", 204 },
	{ "rbin", "LockRule", "PATCH", "/rules/{Identifier}/lock", 200,
	  OBJECT },
	{ "rbin", "UnlockRule", "PATCH", "/rules/{Identifier}/unlock", 200 },
	{ "rbin", "ListRules", "POST", "/list-rules", 200, OBJECT },
	{ "rbin", "ListTagsForResource", "GET", "/tags/{ResourceArn}", 200 },
	{ "rbin", "TagResource", "POST", "/tags/{ResourceArn}", 201, OBJECT },
	{ "rbin", "UntagResource", "DELETE", "/tags/{ResourceArn}", 204,
	  .query = { { "TagKeys", "tagKeys", true } } },
};

bool rest_looks(const struct exchange *exchange)
{
	static const char start[] = "/snapshots";
	size_t size = sizeof(start) - 1;

	return strncmp(exchange->path, start, size) == 0 &&
	       (!exchange->path[size] || exchange->path[size] == '/');
}

static bool matches(const char *pattern, const char *path)
{
	while (*pattern && *path) {
		if (*pattern == '{') {
			size_t size = strcspn(path, "/");

			if (!size)
				return false;
			pattern += strcspn(pattern, "}") + 1;
			path += size;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return !*pattern && !*path;
}

static const struct shape *find(const struct exchange *exchange,
				const char *service, struct error *err)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (strcmp(shapes[i].service, service) == 0 &&
		    strcmp(shapes[i].method, exchange->method) == 0 &&
		    matches(shapes[i].path, exchange->path))
			return &shapes[i];
	fail(err, FAULT_UNKNOWN_OPERATION,
	     "There is no operation %.10s %.100s of %s.", exchange->method,
	     exchange->path,
	     strcmp(service, "ebs") == 0 ? "EBS direct" : service);
	return NULL;
}

/* One more of a list of texts. */
static bool append(struct args *args, const char *name, json_t *value,
		   struct error *err)
{
	json_t *list = json_object_get(args->root, name);

	if (!list) {
		list = json_array();
		if (json_object_set_new(args->root, name, list) != 0) {
			json_decref(value);
			return fail_memory(err);
		}
	}
	return json_array_append_new(list, value) == 0 || fail_memory(err);
}

/* A parameter's text; what it must be is checked with the row. */
static bool set(struct args *args, const char *name, const char *text,
		size_t size, bool list, struct error *err)
{
	json_t *value = json_stringn(text, size);

	if (!value)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The parameter %s is not UTF-8.", name);
	if (list)
		return append(args, name, value, err);
	if (json_object_get(args->root, name)) {
		json_decref(value);
		return fail(err, FAULT_EBS_PARAMETER,
			    "The parameter %s is given twice.", name);
	}
	return json_object_set_new(args->root, name, value) == 0 ||
	       fail_memory(err);
}

/* What a component of the path says. EBS direct's have one way to be written,
 * names of other services may need to be decoded. */
static bool read_component(const struct exchange *exchange,
			   const struct shape *shape, const char *path,
			   size_t size, const char **ret_text,
			   struct error *err)
{
	char *text;

	if (strcmp(shape->service, "ebs") != 0)
		return sigv4_decode(path, size, exchange->arena, ret_text, err);
	text = arena_format(exchange->arena, "%.*s", (int)size, path);
	*ret_text = text;
	return text || fail_memory(err);
}

static bool read_path(const struct exchange *exchange,
		      const struct shape *shape, struct args *args,
		      struct error *err)
{
	const char *pattern = shape->path, *path = exchange->path;

	while (*pattern) {
		size_t size = strcspn(path, "/");
		char name[NAME_SIZE];
		const char *text;

		if (*pattern != '{') {
			pattern++, path++;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(pattern, "}") - 1, pattern + 1);
		if (!read_component(exchange, shape, path, size, &text, err) ||
		    !set(args, name, text, strlen(text), false, err))
			return false;
		pattern += strcspn(pattern, "}") + 1;
		path += size;
	}
	return true;
}

static const struct member *named(const struct member *members,
				  const char *wire)
{
	for (size_t i = 0; i < MEMBERS && members[i].name; i++)
		if (strcmp(members[i].wire, wire) == 0)
			return &members[i];
	return NULL;
}

/* A presigned request's own parameters were dealt with before. */
static bool read_query(const struct exchange *exchange,
		       const struct shape *shape, struct args *args,
		       struct error *err)
{
	struct form form = { 0 };

	if (!form_read(exchange->query, strlen(exchange->query), false,
		       exchange->arena, &form, err))
		return false;
	for (size_t i = 0; i < form.count; i++) {
		const struct form_pair *pair = &form.pairs[i];
		const struct member *member = named(shape->query, pair->name);

		if (!member && strncasecmp(pair->name, "X-Amz-", 6) == 0)
			continue;
		if (!member)
			return fail(err, FAULT_UNKNOWN_PARAMETER,
				    "The parameter %.100s is not recognized",
				    pair->name);
		if (!set(args, member->name, pair->value, strlen(pair->value),
			 member->list, err))
			return false;
	}
	return true;
}

static bool read_headers(const struct exchange *exchange,
			 const struct shape *shape, struct args *args,
			 struct error *err)
{
	for (size_t i = 0; i < MEMBERS && shape->headers[i].name; i++) {
		const struct member *member = &shape->headers[i];

		for (size_t j = 0; j < exchange->header_count; j++) {
			const struct sigv4_pair *header = &exchange->headers[j];

			if (strcasecmp(header->name, member->wire) == 0 &&
			    !set(args, member->name, header->value,
				 strlen(header->value), false, err))
				return false;
		}
	}
	return true;
}

static bool read_body(const struct exchange *exchange,
		      const struct shape *shape, struct args *args,
		      struct error *err)
{
	size_t size = (size_t)exchange->body_size;
	const void *data = NULL;

	if (!json_body(exchange, &data, err))
		return false;
	if (shape->body == BLOCK) {
		args->stream = data;
		args->stream_size = size;
		return true;
	}
	if (!size && shape->body == NOTHING)
		return true;
	if (!json_args(data, size, args, err))
		return false;
	return shape->body == OBJECT || !json_object_size(args->root) ||
	       fail(err, FAULT_EBS_PARAMETER,
		    "The operation takes no parameters in its body.");
}

/* What is answered in a header is not in the body again. */
static bool is_in_header(const void *data, const char *name)
{
	const struct member *members = ((const struct shape *)data)->answered;

	for (size_t i = 0; i < MEMBERS && members[i].name; i++)
		if (strcmp(members[i].name, name) == 0)
			return true;
	return false;
}

static void answer_headers(struct exchange *exchange, const struct shape *shape,
			   const struct node *root)
{
	for (const struct node *node = root->children.first; node;
	     node = node->next) {
		const struct member *member = shape->answered;
		char number[24];

		while (member < shape->answered + MEMBERS && member->name &&
		       strcmp(member->name, node->sdk) != 0)
			member++;
		if (member == shape->answered + MEMBERS || !member->name)
			continue;
		snprintf(number, sizeof(number), "%" PRId64,
			 node->type == NODE_INTEGER ? node->integer : 0);
		exchange_answer(exchange, member->wire,
				node->type == NODE_STRING ? node->text :
							    number);
	}
}

static bool answer(struct exchange *exchange, const struct shape *shape,
		   const struct reply *reply, struct error *err)
{
	if (reply->body) {
		exchange->type = "application/octet-stream";
		buf_add(&exchange->text, reply->body, reply->body_size);
	} else if (shape->status == 204) {
		exchange->type = NULL;
	} else if (!json_write_reply(reply->root, is_in_header, shape,
				     &exchange->text, err)) {
		return false;
	}
	if (exchange->text.broken)
		return fail_memory(err);
	answer_headers(exchange, shape, reply->root);
	exchange->status = shape->status;
	return true;
}

static bool run(struct exchange *exchange, const struct caller *caller,
		const struct shape *shape, struct args *args,
		struct reply *reply, struct error *err)
{
	struct call call = exchange_call(exchange, caller);
	const struct action *action =
		action_find_in(shape->service, shape->action);

	return read_body(exchange, shape, args, err) &&
	       read_path(exchange, shape, args, err) &&
	       read_query(exchange, shape, args, err) &&
	       read_headers(exchange, shape, args, err) &&
	       action_run(action, &call, args, reply, err) &&
	       answer(exchange, shape, reply, err);
}

void rest_refuse(struct exchange *exchange, const char *service,
		 struct error *err)
{
	const char *code;

	exchange_hide(exchange, err);
	fault_translate("json", err); /* what the front finds … */
	fault_translate("rest", err);
	fault_translate(service ? service : "ebs", err); /* … and we do */
	exchange->status = (unsigned)fault_status(err->fault);
	code = exchange->status >= 500 ? "InternalServerException" :
					 fault_code(err->fault);
	exchange->code = code;
	exchange->type = "application/json";
	exchange_answer(exchange, "x-amzn-ErrorType", code);
	buf_done(&exchange->text);
	/* nothing is left to be said when there is no memory for this */
	json_write(json_pack("{s:s, s:s, s:s*}", "__type", code, "Message",
			     err->text, "Reason", fault_reason(err->fault)),
		   &exchange->text);
}

void rest_answer(struct exchange *exchange, const struct caller *caller)
{
	struct error err = { 0 };
	const char *service = caller->service ? caller->service : "ebs";
	const struct shape *shape = find(exchange, service, &err);
	struct args args = { 0 };
	struct reply reply = { 0 };
	bool done = false;

	exchange->type = "application/json";
	if (shape) {
		exchange->action = shape->action;
		done = (args_init(&args) || fail_memory(&err)) &&
		       reply_init(&reply, &err) &&
		       run(exchange, caller, shape, &args, &reply, &err);
	}
	if (!done)
		rest_refuse(exchange, service, &err);
	reply_done(&reply);
	args_done(&args);
}
