/* answer.c - failures, listings, locations and an image */
#include "bundle/answer.h"

#include <stdio.h>
#include <string.h>

#include "bundle/xml.h"
#include "images/base/hex.h"

/* 1000 objects of 12 elements each have half of the tags; a key has at most
 * 3072 bytes. */
static const struct xml_kind kind = {
	.name = "the server's answer",
	.fault = FAULT_UNAVAILABLE,
	.tag = 16384,
	.tags = 50000,
	.attributes = 50000,
};

/* The tree of an answer whose root has that name, else NULL. */
static xmlDocPtr doc_read(const struct buf *text, const char *root,
			  struct error *err)
{
	auto_of(_xmlDoc) doc = xml_read(&kind, buf_text(text), text->size, err);
	const xmlNode *top = xml_root(doc);

	if (top && xml_is(top, root))
		return take(doc);
	if (doc)
		fail(err, FAULT_UNAVAILABLE, "the server's answer is no %s",
		     root);
	return NULL;
}

/* The text of an element, "" when there is none. */
static const char *text_of(const xmlNode *node)
{
	const xmlNode *only = node->children;

	return only && !only->next && only->type == XML_TEXT_NODE ?
		       (const char *)only->content :
		       "";
}

/* The first child of that name; NULL when there is none. */
static const xmlNode *child(const xmlNode *parent, const char *name)
{
	const xmlNode *node = parent ? parent->children : NULL;

	while (node && !xml_is(node, name))
		node = node->next;
	return node;
}

/* The text of a child, "" when there is none. */
static const char *child_text(const xmlNode *parent, const char *name)
{
	const xmlNode *node = child(parent, name);

	return node ? text_of(node) : "";
}

/* Copies for people: one line of what can be printed. */
static void copy_text(const char *text, char *ret_text, size_t room)
{
	snprintf(ret_text, room, "%s", text);
	for (char *c = ret_text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = ' ';
}

/* As copy_text(), but what does not fit is none. */
static void copy_word(const char *text, char *ret_text, size_t room)
{
	copy_text(strlen(text) < room ? text : "", ret_text, room);
}

void answer_failure(const struct buf *text, struct answer_failure *ret_failure)
{
	struct error ignored = { 0 };
	auto_of(_xmlDoc) doc = doc_read(text, "Error", &ignored);
	const xmlNode *root = xml_root(doc);

	memset(ret_failure, 0, sizeof(*ret_failure));
	if (!root)
		return;
	copy_word(child_text(root, "Code"), ret_failure->code,
		  sizeof(ret_failure->code));
	copy_text(child_text(root, "Message"), ret_failure->message,
		  sizeof(ret_failure->message));
	copy_word(child_text(root, "Region"), ret_failure->region,
		  sizeof(ret_failure->region));
	copy_word(child_text(root, "Endpoint"), ret_failure->endpoint,
		  sizeof(ret_failure->endpoint));
}

void answer_query_failure(const struct buf *text,
			  struct answer_failure *ret_failure)
{
	struct error ignored = { 0 };
	auto_of(_xmlDoc) doc = doc_read(text, "Response", &ignored);
	const xmlNode *errors = child(xml_root(doc), "Errors");
	const xmlNode *first = child(errors, "Error");

	memset(ret_failure, 0, sizeof(*ret_failure));
	copy_word(child_text(first, "Code"), ret_failure->code,
		  sizeof(ret_failure->code));
	copy_text(child_text(first, "Message"), ret_failure->message,
		  sizeof(ret_failure->message));
}

/* Undoes percent-encoding, in place; false when it is none. */
static bool url_decode(char *text)
{
	char *to = text;

	for (; *text; text++) {
		int high, low;

		*to = *text == '+' ? ' ' : *text;
		if (*text == '%') {
			high = hex_value(text[1]);
			low = high < 0 ? -1 : hex_value(text[2]);
			if (low < 0 || !(high | low))
				return false;
			*to = (char)(high << 4 | low);
			text += 2;
		}
		to++;
	}
	*to = 0;
	return true;
}

static bool read_object(const xmlNode *node, bool encoded, struct arena *arena,
			struct bucket_object *ret_object, struct error *err)
{
	char *key = arena_str(arena, child_text(node, "Key"));
	const char *size = child_text(node, "Size");
	const char *etag = child_text(node, "ETag");
	size_t digits = strspn(size, "0123456789");

	if (!key)
		return fail_memory(err);
	if (!*key || (encoded && !url_decode(key)) || !digits || digits > 18 ||
	    size[digits])
		return fail(err, FAULT_UNAVAILABLE,
			    "the server lists what is no object");
	memset(ret_object, 0, sizeof(*ret_object));
	ret_object->key = key;
	ret_object->size = strtoull(size, NULL, 10);
	etag += *etag == '"';
	snprintf(ret_object->etag, sizeof(ret_object->etag), "%.*s",
		 (int)strcspn(etag, "\""), etag);
	return true;
}

bool answer_page(const struct buf *text, struct arena *arena,
		 struct answer_page *ret_page, struct error *err)
{
	auto_of(_xmlDoc) doc = doc_read(text, "ListBucketResult", err);
	const xmlNode *root = xml_root(doc);
	struct bucket_object *objects = NULL;
	struct answer_page page = { 0 };
	const char *next;
	bool encoded;

	if (!doc)
		return false;
	encoded = strcmp(child_text(root, "EncodingType"), "url") == 0;
	for (const xmlNode *node = root->children; node; node = node->next) {
		if (!xml_is(node, "Contents"))
			continue;
		objects = arena_more(arena, objects, page.count,
				     sizeof(*objects));
		if (!objects)
			return fail_memory(err);
		if (!read_object(node, encoded, arena, &objects[page.count++],
				 err))
			return false;
	}
	page.objects = objects;
	page.more = strcmp(child_text(root, "IsTruncated"), "true") == 0;
	next = child_text(root, "NextContinuationToken");
	page.next = *next ? arena_str(arena, next) : NULL;
	if (*next && !page.next)
		return fail_memory(err);
	*ret_page = page;
	return true;
}

bool answer_region(const struct buf *text, struct arena *arena,
		   const char **ret_region, struct error *err)
{
	auto_of(_xmlDoc) doc = doc_read(text, "LocationConstraint", err);
	const xmlNode *root = xml_root(doc);
	const char *region = root ? text_of(root) : "";
	char word[65];

	if (!doc)
		return false;
	if (!*region) /* the first region needed no name, the second had one */
		region = "us-east-1";
	else if (strcmp(region, "EU") == 0)
		region = "eu-west-1";
	copy_word(region, word, sizeof(word));
	*ret_region = arena_str(arena, word);
	return *ret_region || fail_memory(err);
}

bool answer_image(const struct buf *text, struct arena *arena,
		  const char **ret_id, struct error *err)
{
	auto_of(_xmlDoc) doc = doc_read(text, "RegisterImageResponse", err);
	const char *id = child_text(xml_root(doc), "imageId");

	if (!doc)
		return false;
	if (strncmp(id, "ami-", 4) != 0 ||
	    id[4 + strspn(id + 4, "0123456789abcdef")])
		return fail(err, FAULT_UNAVAILABLE,
			    "the server's answer has no image's id");
	*ret_id = arena_str(arena, id);
	return *ret_id || fail_memory(err);
}
