/* object.c - the few calls of S3 that bundles take, over the store's buckets
 *
 * The table says which method on what is which operation and what it may be
 * asked. It is no object store: what is not in the table, and every header of
 * S3's whose promise would not be kept, is NotImplemented, with status 400,
 * because 501 would make clients think that the host is broken.
 *
 * A bucket is named by the path's first component, or by the Host header
 * BUCKET.localhost, which needs no name server.
 */
#include "launcher/http/object.h"

#include <string.h>
#include <strings.h>

#include "images/base/hex.h"
#include "launcher/action/fault.h"
#include "launcher/action/xml.h"
#include "launcher/http/object-private.h"

enum level { SERVICE, BUCKET, OBJECT };

static const struct operation {
	const char *name;
	enum level level;
	const char *method;
	const char *kind;  /* a query's name that makes it this one, or NULL */
	const char *query; /* others that it takes, each between '|' */
	object_fn *run;
} operations[] = {
	{ "ListBuckets", SERVICE, "GET", NULL, NULL, object_list_buckets },
	{ "CreateBucket", BUCKET, "PUT", NULL, NULL, object_create_bucket },
	{ "HeadBucket", BUCKET, "HEAD", NULL, NULL, object_head_bucket },
	{ "DeleteBucket", BUCKET, "DELETE", NULL, NULL, object_delete_bucket },
	{ "GetBucketLocation", BUCKET, "GET", "location", NULL,
	  object_location },
	{ "GetBucketAcl", BUCKET, "GET", "acl", NULL, object_bucket_acl },
	{ "PutBucketAcl", BUCKET, "PUT", "acl", NULL, object_bucket_acl },
	{ "ListObjectsV2", BUCKET, "GET", "list-type",
	  "|prefix|delimiter|max-keys|encoding-type|continuation-token|"
	  "start-after|fetch-owner|",
	  object_list_v2 },
	{ "ListObjects", BUCKET, "GET", NULL,
	  "|prefix|delimiter|max-keys|encoding-type|marker|", object_list },
	{ "PutObject", OBJECT, "PUT", NULL, NULL, object_put },
	{ "GetObject", OBJECT, "GET", NULL, NULL, object_get },
	{ "HeadObject", OBJECT, "HEAD", NULL, NULL, object_get },
	{ "DeleteObject", OBJECT, "DELETE", NULL, NULL, object_delete },
	{ "GetObjectAcl", OBJECT, "GET", "acl", NULL, object_acl },
	{ "PutObjectAcl", OBJECT, "PUT", "acl", NULL, object_acl },
};
#define OPERATIONS (sizeof(operations) / sizeof(*operations))

/* S3's headers that are kept, or mean nothing here; of what a value must be,
 * NULL: anything. */
static const struct {
	const char *name;
	const char *values; /* each between '|' */
} headers[] = {
	{ "x-amz-acl", "|private|public-read|public-read-write|"
		       "authenticated-read|aws-exec-read|ec2-bundle-read|"
		       "bucket-owner-read|bucket-owner-full-control|" },
	{ "x-amz-checksum-crc32", NULL },
	{ "x-amz-checksum-crc32c", NULL },
	{ "x-amz-checksum-crc64nvme", NULL },
	{ "x-amz-checksum-mode", NULL },
	{ "x-amz-checksum-sha1", NULL },
	{ "x-amz-checksum-sha256", NULL },
	{ "x-amz-content-sha256", NULL },
	{ "x-amz-date", NULL },
	{ "x-amz-expected-bucket-owner", NULL },
	{ "x-amz-sdk-checksum-algorithm", NULL },
	{ "x-amz-security-token", NULL },
	{ "x-amz-storage-class", "|STANDARD|" },
	{ "x-amz-tagging", NULL },
	{ "x-amz-user-agent", NULL },
};

/* Whether a word is among "|a|b|". */
static bool among(const char *words, const char *word)
{
	size_t size = strlen(word);

	while (words && *words) {
		const char *end = strchr(++words, '|');

		if (!end)
			break;
		if ((size_t)(end - words) == size &&
		    memcmp(words, word, size) == 0)
			return true;
		words = end;
	}
	return false;
}

/* Undoes percent-encoding. */
static const char *decode(const char *text, struct arena *arena,
			  struct error *err)
{
	char *decoded = arena_str(arena, text), *to = decoded;

	if (!decoded) {
		fail_memory(err);
		return NULL;
	}
	for (; *text; text++) {
		int high = *text == '%' ? hex_value(text[1]) : 0;
		int low = *text == '%' && high >= 0 ? hex_value(text[2]) : 0;

		if (high < 0 || low < 0 || (*text == '%' && !(high | low))) {
			fail(err, FAULT_S3_ARGUMENT,
			     "The path is not rightly encoded.");
			return NULL;
		}
		*to++ = *text == '%' ? (char)(high << 4 | low) : *text;
		text += *text == '%' ? 2 : 0;
	}
	*to = 0;
	return decoded;
}

/* The bucket that the host's name says; NULL: the path does. */
static const char *host_bucket(const struct exchange *exchange)
{
	static const char below[] = ".localhost";
	const char *host = exchange_header(exchange, "host");
	size_t size = host ? strcspn(host, ":") : 0, end = sizeof(below) - 1;

	if (size <= end || strncasecmp(host + size - end, below, end) != 0)
		return NULL;
	return arena_format(exchange->arena, "%.*s", (int)(size - end), host);
}

static bool read_path(struct asked *asked, struct error *err)
{
	struct arena *arena = asked->exchange->arena;
	const char *bucket = host_bucket(asked->exchange);
	const char *path = decode(asked->exchange->path, arena, err);
	size_t size;

	if (!path)
		return false;
	path += *path == '/';
	size = bucket ? 0 : strcspn(path, "/");
	if (!bucket)
		bucket = arena_format(arena, "%.*s", (int)size, path);
	if (!bucket)
		return fail_memory(err);
	path += size + (size && path[size]);
	asked->location = (struct location){ .bucket = bucket, .key = path };
	if (*bucket && !bucket_name_ok(bucket))
		return fail(err, FAULT_S3_BUCKET_NAME,
			    "The specified bucket is not valid.");
	if (*path && !bucket_key_ok(path))
		return fail(err, FAULT_S3_ARGUMENT,
			    "The key cannot be that of an object: it takes at "
			    "most 1024 bytes of UTF-8, without control "
			    "characters and without components that are "
			    "empty, \".\" or \"..\".");
	return true;
}

static enum level level_of(const struct asked *asked)
{
	return *asked->location.key    ? OBJECT :
	       *asked->location.bucket ? BUCKET :
					 SERVICE;
}

/* Whether a query's name belongs to every request: SDKs tell there what they
 * mean, and presigned ones bring what was dealt with before. */
static bool is_common(const char *name)
{
	return strcmp(name, "x-id") == 0 || strncasecmp(name, "X-Amz-", 6) == 0;
}

static const struct operation *find(const struct asked *asked,
				    struct error *err)
{
	enum level level = level_of(asked);
	const struct operation *found = NULL;

	for (size_t i = 0; i < OPERATIONS; i++) {
		const struct operation *one = &operations[i];

		if (one->level != level ||
		    (one->kind && !form_get(&asked->query, one->kind)))
			continue;
		if (strcmp(one->method, asked->exchange->method) == 0 &&
		    (!found || one->kind))
			found = one;
	}
	/* a query asks for something else than the thing itself */
	if (!found && asked->query.count)
		fail(err, FAULT_S3_NOT_IMPLEMENTED,
		     "%.10s with %.100s is not implemented.",
		     asked->exchange->method, asked->query.pairs[0].name);
	else if (!found)
		fail(err, FAULT_S3_METHOD,
		     "The specified method is not allowed against this "
		     "resource.");
	return found;
}

static bool check_query(const struct operation *operation,
			const struct form *query, struct error *err)
{
	for (size_t i = 0; i < query->count; i++) {
		const char *name = query->pairs[i].name;

		if (is_common(name))
			continue;
		if (!(operation->kind && strcmp(operation->kind, name) == 0) &&
		    !among(operation->query, name))
			return fail(err, FAULT_S3_NOT_IMPLEMENTED,
				    "%s does not take the parameter %.100s "
				    "here.",
				    operation->name, name);
		for (size_t j = 0; j < i; j++)
			if (strcmp(query->pairs[j].name, name) == 0)
				return fail(err, FAULT_S3_ARGUMENT,
					    "The parameter %.100s is given "
					    "twice.",
					    name);
	}
	return true;
}

static bool check_header(const char *name, const char *value, struct error *err)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		if (strcasecmp(headers[i].name, name) != 0)
			continue;
		return !headers[i].values || among(headers[i].values, value) ||
		       fail(err, FAULT_S3_ARGUMENT,
			    "The header %s cannot be '%.100s'.",
			    headers[i].name, value);
	}
	return fail(err, FAULT_S3_NOT_IMPLEMENTED,
		    "The header %.100s implies functionality that is not "
		    "implemented.",
		    name);
}

static bool check_headers(const struct asked *asked, struct error *err)
{
	const struct exchange *exchange = asked->exchange;
	const char *owner =
		exchange_header(exchange, "x-amz-expected-bucket-owner");
	const char *coding = exchange_header(exchange, "content-encoding");

	for (size_t i = 0; i < exchange->header_count; i++) {
		const struct sigv4_pair *header = &exchange->headers[i];

		if (strncasecmp(header->name, "x-amz-", 6) == 0 &&
		    !check_header(header->name, header->value, err))
			return false;
	}
	if (coding && strcasestr(coding, "aws-chunked"))
		return fail(err, FAULT_S3_NOT_IMPLEMENTED,
			    "A body that is signed in chunks is not taken.");
	if (exchange_header(exchange, "if-unmodified-since"))
		return fail(err, FAULT_S3_NOT_IMPLEMENTED,
			    "The header If-Unmodified-Since implies "
			    "functionality that is not implemented.");
	return !owner || strcmp(owner, asked->call.account) == 0 ||
	       fail(err, FAULT_S3_DENIED, "Access Denied");
}

static bool run(struct asked *asked, struct error *err)
{
	struct exchange *exchange = asked->exchange;
	const struct operation *operation;

	if (!read_path(asked, err) ||
	    !form_read(exchange->query, strlen(exchange->query), false,
		       exchange->arena, &asked->query, err))
		return false;
	operation = find(asked, err);
	if (!operation)
		return false;
	exchange->action = operation->name;
	return check_query(operation, &asked->query, err) &&
	       check_headers(asked, err) && operation->run(asked, err) &&
	       (!exchange->text.broken || fail_memory(err));
}

/* Other doors' paths are asked for before; nothing is posted here. */
bool object_looks(const struct exchange *exchange)
{
	return exchange->path[0] == '/' && exchange->path[1] &&
	       strcmp(exchange->method, "POST") != 0;
}

static const char declaration[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

void object_refuse(struct exchange *exchange, const char *service,
		   struct error *err)
{
	struct buf *out = &exchange->text;

	(void)service;
	exchange_hide(exchange, err);
	fault_translate("s3", err);
	exchange->status = (unsigned)fault_status(err->fault);
	exchange->code = exchange->status == 500 ? "InternalError" :
						   fault_code(err->fault);
	exchange->type = "application/xml";
	buf_done(out);
	if (strcmp(exchange->method, "HEAD") == 0)
		return;
	buf_str(out, declaration);
	buf_str(out, "<Error>");
	object_element(out, "Code", exchange->code);
	object_element(out, "Message", err->text);
	object_element(out, "Resource", exchange->path);
	object_element(out, "RequestId", exchange->id);
	buf_str(out, "</Error>");
}

void object_answer(struct exchange *exchange, const struct caller *caller)
{
	struct asked asked = {
		.exchange = exchange,
		.caller = caller,
		.call = exchange_call(exchange, caller),
	};
	struct error err = { 0 };

	exchange->status = 200;
	if (run(&asked, &err)) /* an error has it in its text */
		exchange_answer(exchange, "x-amz-request-id", exchange->id);
	else
		object_refuse(exchange, "s3", &err);
}

struct buf *object_xml(struct asked *asked, const char *name)
{
	struct buf *out = &asked->exchange->text;

	asked->exchange->type = "application/xml";
	buf_printf(out, "%s<%s xmlns=\"" OBJECT_NAMESPACE "\">", declaration,
		   name);
	return out;
}

void object_element(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "<%s>", name);
	xml_text(text, out);
	buf_printf(out, "</%s>", name);
}

bool object_bucket(const struct asked *asked, struct bucket **ret_bucket,
		   struct error *err)
{
	return bucket_find(&asked->call, &asked->location, false, ret_bucket,
			   err);
}
