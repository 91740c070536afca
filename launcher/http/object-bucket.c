/* object-bucket.c - buckets, and what is in them */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundle/xml.h"
#include "images/base/digest.h"
#include "images/registry/bucket.h"
#include "images/store.h"
#include "launcher/http/object-private.h"

#define PAGE 1000

static void write_owner(struct asked *asked, struct buf *out)
{
	buf_str(out, "<Owner>");
	object_element(out, "ID", asked->call.account);
	object_element(out, "DisplayName", asked->call.account);
	buf_str(out, "</Owner>");
}

bool object_list_buckets(struct asked *asked, struct error *err)
{
	const struct bucket_row *rows;
	struct buf *out;
	size_t count;

	if (!bucket_rows(asked->call.store->db, asked->call.account,
			 asked->exchange->arena, &rows, &count, err))
		return false;
	out = object_xml(asked, "ListAllMyBucketsResult");
	write_owner(asked, out);
	buf_str(out, "<Buckets>");
	for (size_t i = 0; i < count; i++) {
		char time[TIME_SIZE];

		time_format(rows[i].created, time);
		buf_str(out, "<Bucket>");
		object_element(out, "Name", rows[i].name);
		object_element(out, "CreationDate", time);
		buf_str(out, "</Bucket>");
	}
	buf_str(out, "</Buckets></ListAllMyBucketsResult>");
	return true;
}

static const char *wanted_region(const xmlNode *root)
{
	for (const xmlNode *node = root->children; node; node = node->next)
		if (xml_is(node, "LocationConstraint") && node->children &&
		    node->children->type == XML_TEXT_NODE)
			return (const char *)node->children->content;
	return "";
}

/* A bucket is where the store is; who wants it elsewhere is told so. */
static bool check_region(const struct asked *asked, struct error *err)
{
	static const struct xml_kind kind = {
		.name = "the bucket's configuration",
		.fault = FAULT_S3_XML,
		.tag = 1024,
		.tags = 32,
		.attributes = 32,
	};
	const struct exchange *exchange = asked->exchange;
	auto_of(_xmlDoc) doc = NULL;
	const char *region;

	if (!exchange->body_size)
		return true;
	if (!exchange->body)
		return fail(err, FAULT_S3_XML,
			    "The configuration is too long.");
	doc = xml_read(&kind, exchange->body, (size_t)exchange->body_size, err);
	if (!doc)
		return false;
	if (!xml_is(xml_root(doc), "CreateBucketConfiguration"))
		return fail(err, FAULT_S3_XML,
			    "The XML you provided was not well-formed or did "
			    "not validate against our published schema");
	region = wanted_region(xml_root(doc));
	if (strcmp(region, "EU") == 0)
		region = "eu-west-1";
	return !*region || strcmp(region, asked->caller->region) == 0 ||
	       fail(err, FAULT_S3_LOCATION,
		    "The %.40s location constraint is incompatible for the "
		    "region specific endpoint this request was sent to.",
		    region);
}

bool object_create_bucket(struct asked *asked, struct error *err)
{
	auto_of(bucket) bucket = NULL;
	const char *owner;
	char at[80];

	if (!check_region(asked, err) ||
	    !bucket_row_owner(asked->call.store->db, asked->location.bucket,
			      asked->exchange->arena, &owner, err))
		return false;
	/* only the first of regions lets one make what one has */
	if (owner && strcmp(owner, asked->call.account) == 0 &&
	    strcmp(asked->caller->region, "us-east-1") != 0)
		return fail(err, FAULT_S3_OWNED,
			    "Your previous request to create the named bucket "
			    "succeeded and you already own it.");
	if (!bucket_find(&asked->call, &asked->location, true, &bucket, err))
		return false;
	snprintf(at, sizeof(at), "/%s", asked->location.bucket);
	exchange_answer(asked->exchange, "Location", at);
	asked->exchange->type = "application/xml";
	return true;
}

bool object_head_bucket(struct asked *asked, struct error *err)
{
	auto_of(bucket) bucket = NULL;

	if (!object_bucket(asked, &bucket, err))
		return false;
	exchange_answer(asked->exchange, "x-amz-bucket-region",
			asked->caller->region);
	asked->exchange->type = "application/xml";
	return true;
}

bool object_delete_bucket(struct asked *asked, struct error *err)
{
	asked->exchange->status = 204;
	return bucket_erase(&asked->call, &asked->location, err);
}

bool object_location(struct asked *asked, struct error *err)
{
	auto_of(bucket) bucket = NULL;
	const char *region = asked->caller->region;
	struct buf *out;

	if (!object_bucket(asked, &bucket, err))
		return false;
	out = object_xml(asked, "LocationConstraint");
	/* the first region has no name there */
	buf_str(out, strcmp(region, "us-east-1") == 0 ? "" : region);
	buf_str(out, "</LocationConstraint>");
	return true;
}

/* Only the owner ever reads what is in a bucket, whatever a canned ACL says:
 * it is taken because clients send it, and answered with the truth. */
static bool acl(struct asked *asked, struct error *err)
{
	const struct exchange *exchange = asked->exchange;
	struct buf *out;

	if (strcmp(exchange->method, "PUT") == 0)
		return !exchange->body_size ||
		       fail(err, FAULT_S3_NOT_IMPLEMENTED,
			    "Only a canned ACL, in the header x-amz-acl, is "
			    "taken.");
	out = object_xml(asked, "AccessControlPolicy");
	write_owner(asked, out);
	buf_str(out, "<AccessControlList><Grant><Grantee xmlns:xsi="
		     "\"http://www.w3.org/2001/XMLSchema-instance\" "
		     "xsi:type=\"CanonicalUser\">");
	object_element(out, "ID", asked->call.account);
	object_element(out, "DisplayName", asked->call.account);
	buf_str(out, "</Grantee><Permission>FULL_CONTROL</Permission></Grant>"
		     "</AccessControlList></AccessControlPolicy>");
	return true;
}

bool object_bucket_acl(struct asked *asked, struct error *err)
{
	auto_of(bucket) bucket = NULL;

	return object_bucket(asked, &bucket, err) && acl(asked, err);
}

bool object_acl(struct asked *asked, struct error *err)
{
	auto_of(bucket) bucket = NULL;
	struct bucket_object object;

	return object_bucket(asked, &bucket, err) &&
	       bucket_head(bucket, asked->location.key, &object, err) &&
	       acl(asked, err);
}

/* A page of a listing. */
struct page {
	struct arena *arena;
	const char *prefix, *delimiter;
	const char *after; /* what the last page ended with */
	size_t most;
	const char **keys; /* or what several have in common */
	bool *common;
	size_t count;
	bool truncated, broken;
};

/* What a key is listed as: itself, or what it has in common with others. */
static const char *listed_as(const struct page *page, const char *key,
			     bool *ret_common)
{
	const char *rest = key + strlen(page->prefix);
	const char *cut = *page->delimiter ? strstr(rest, page->delimiter) :
					     NULL;

	*ret_common = cut;
	if (!cut)
		return arena_str(page->arena, key);
	cut += strlen(page->delimiter);
	return arena_format(page->arena, "%.*s", (int)(cut - key), key);
}

static bool add(void *data, const struct bucket_object *object)
{
	struct page *page = data;
	bool common;
	const char *key;

	if (strcmp(object->key, page->after) <= 0)
		return true;
	key = listed_as(page, object->key, &common);
	if (!key) {
		page->broken = true;
		return false;
	}
	if (common &&
	    (strcmp(key, page->after) == 0 ||
	     (page->count && strcmp(page->keys[page->count - 1], key) == 0)))
		return true;
	page->truncated = page->count == page->most;
	if (page->truncated)
		return false;
	page->common[page->count] = common;
	page->keys[page->count++] = key;
	return true;
}

static bool read_most(const struct asked *asked, size_t *ret_most,
		      struct error *err)
{
	const char *text = form_get(&asked->query, "max-keys");
	size_t digits = text ? strspn(text, "0123456789") : 0;

	*ret_most = PAGE;
	if (!text)
		return true;
	if (!digits || text[digits] || digits > 9)
		return fail(err, FAULT_S3_ARGUMENT,
			    "Argument max-keys must be an integer between 0 "
			    "and 2147483647");
	*ret_most = strtoul(text, NULL, 10);
	if (*ret_most > PAGE)
		*ret_most = PAGE;
	return true;
}

static const char *given(const struct asked *asked, const char *name)
{
	const char *value = form_get(&asked->query, name);

	return value ? value : "";
}

static bool list(struct asked *asked, const char *after, struct page *ret_page,
		 struct bucket *bucket, struct error *err)
{
	struct arena *arena = asked->exchange->arena;
	const char *encoding = form_get(&asked->query, "encoding-type");
	struct page page = {
		.arena = arena,
		.prefix = given(asked, "prefix"),
		.delimiter = given(asked, "delimiter"),
		.after = after,
	};

	if (encoding && strcmp(encoding, "url") != 0)
		return fail(err, FAULT_S3_ARGUMENT,
			    "Invalid Encoding Method specified in Request");
	if (!read_most(asked, &page.most, err))
		return false;
	page.keys = arena_alloc(arena, (page.most + 1) * sizeof(*page.keys));
	page.common = arena_alloc(arena, page.most + 1);
	if (!page.keys || !page.common)
		return fail_memory(err);
	if (page.most && !bucket_list(bucket, page.prefix, add, &page, err))
		return false;
	if (page.broken)
		return fail_memory(err);
	*ret_page = page;
	return true;
}

/* A key in an answer: percent-encoded where the client wishes that, because
 * XML cannot say every key. */
static void write_key(const struct asked *asked, struct buf *out,
		      const char *name, const char *key)
{
	auto_buf encoded = BUF_INIT;

	if (form_get(&asked->query, "encoding-type")) {
		sigv4_encode(&encoded, key, true);
		key = buf_text(&encoded);
	}
	object_element(out, name, key);
}

/* What has gone since it was listed is left out. */
static bool write_object(struct asked *asked, struct buf *out,
			 struct bucket *bucket, const char *key, bool owner,
			 struct error *err)
{
	struct object_facts facts;
	char time[TIME_SIZE];
	int fd = -1;

	if (!object_open(bucket, key, &fd, &facts, err)) {
		if (err->fault != FAULT_KEY_NOT_FOUND)
			return false;
		error_clear(err);
		return true;
	}
	close(fd);
	time_format(facts.modified, time);
	buf_str(out, "<Contents>");
	write_key(asked, out, "Key", key);
	object_element(out, "LastModified", time);
	object_element(out, "ETag", facts.etag);
	buf_printf(out, "<Size>%llu</Size>", (unsigned long long)facts.size);
	object_element(out, "StorageClass", "STANDARD");
	if (owner)
		write_owner(asked, out);
	buf_str(out, "</Contents>");
	return true;
}

static bool write_page(struct asked *asked, const struct page *page,
		       struct bucket *bucket, bool owner, struct buf *out,
		       struct error *err)
{
	object_element(out, "Name", asked->location.bucket);
	write_key(asked, out, "Prefix", page->prefix);
	if (*page->delimiter)
		write_key(asked, out, "Delimiter", page->delimiter);
	buf_printf(out, "<MaxKeys>%zu</MaxKeys>", page->most);
	if (form_get(&asked->query, "encoding-type"))
		object_element(out, "EncodingType", "url");
	object_element(out, "IsTruncated", page->truncated ? "true" : "false");
	for (size_t i = 0; i < page->count; i++) {
		if (!page->common[i]) {
			if (!write_object(asked, out, bucket, page->keys[i],
					  owner, err))
				return false;
			continue;
		}
		buf_str(out, "<CommonPrefixes>");
		write_key(asked, out, "Prefix", page->keys[i]);
		buf_str(out, "</CommonPrefixes>");
	}
	buf_str(out, "</ListBucketResult>");
	return true;
}

bool object_list(struct asked *asked, struct error *err)
{
	const char *marker = given(asked, "marker");
	auto_of(bucket) bucket = NULL;
	struct page page;
	struct buf *out;

	if (!object_bucket(asked, &bucket, err) ||
	    !list(asked, marker, &page, bucket, err))
		return false;
	out = object_xml(asked, "ListBucketResult");
	write_key(asked, out, "Marker", marker);
	if (page.truncated)
		write_key(asked, out, "NextMarker", page.keys[page.count - 1]);
	return write_page(asked, &page, bucket, true, out, err);
}

/* A token is the last key, so that nothing has to be remembered. */
static bool read_token(const struct asked *asked, const char **ret_after,
		       struct error *err)
{
	const char *token = form_get(&asked->query, "continuation-token");
	auto_free char *key = NULL;
	size_t size = 0;

	*ret_after = given(asked, "start-after");
	if (!token)
		return true;
	key = base64_decode(token, &size);
	if (!key || !size || strlen(key) != size)
		return fail(err, FAULT_S3_ARGUMENT,
			    "The continuation token provided is incorrect");
	*ret_after = arena_str(asked->exchange->arena, key);
	return *ret_after || fail_memory(err);
}

bool object_list_v2(struct asked *asked, struct error *err)
{
	const char *token = form_get(&asked->query, "continuation-token");
	const char *start = form_get(&asked->query, "start-after");
	bool owner = strcmp(given(asked, "fetch-owner"), "true") == 0;
	auto_of(bucket) bucket = NULL;
	auto_free char *next = NULL;
	const char *after;
	struct page page;
	struct buf *out;

	if (strcmp(given(asked, "list-type"), "2") != 0)
		return fail(err, FAULT_S3_ARGUMENT,
			    "There is no list-type but 2");
	if (!read_token(asked, &after, err) ||
	    !object_bucket(asked, &bucket, err) ||
	    !list(asked, after, &page, bucket, err))
		return false;
	out = object_xml(asked, "ListBucketResult");
	buf_printf(out, "<KeyCount>%zu</KeyCount>", page.count);
	if (token)
		object_element(out, "ContinuationToken", token);
	if (start)
		write_key(asked, out, "StartAfter", start);
	if (page.truncated) {
		const char *last = page.keys[page.count - 1];

		next = base64_encode(last, strlen(last));
		if (!next)
			return fail_memory(err);
		object_element(out, "NextContinuationToken", next);
	}
	return write_page(asked, &page, bucket, owner, out, err);
}
