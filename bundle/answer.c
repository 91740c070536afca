/* answer.c - failures, listings and locations, by libxml2
 *
 * libxml2 is loaded when the first of them is read. What would make its tree
 * large or slow to build is refused before it sees it.
 */
#include "bundle/answer.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "images/base/hex.h"
#include "images/base/library.h"

#define TAGS_MOST 50000 /* 1000 objects of 12 elements each have half of it */
#define TAG_MOST 16384	/* between two '<': a key has at most 3072 */

#define XML_CALLS(CALL)         \
	CALL(ReadMemory)        \
	CALL(FreeDoc)           \
	CALL(DocGetRootElement) \
	CALL(InitParser)

static struct {
#define CALL(name) __typeof__(xml##name) *name;
	XML_CALLS(CALL)
#undef CALL
} xml;

static void start(void)
{
	xml.InitParser();
}

static bool load(struct error *err)
{
	static const struct library_call calls[] = {
#define CALL(name) { "xml" #name, &xml.name },
		XML_CALLS(CALL)
#undef CALL
			{ NULL, NULL },
	};
	static pthread_once_t started = PTHREAD_ONCE_INIT;

	if (!library_load("libxml2.so.2", calls, err))
		return false;
	pthread_once(&started, start);
	return true;
}

static void doc_free(struct _xmlDoc *doc)
{
	if (doc)
		xml.FreeDoc(doc);
}
AUTO_DEFINE(_xmlDoc, doc_free)

static bool text_ok(const struct buf *text)
{
	const char *end = text->data + text->size, *last = text->data;
	size_t tags = 0;

	if (!text->size || memchr(text->data, 0, text->size) ||
	    memmem(text->data, text->size, "<!", 2))
		return false;
	for (const char *at = last; at < end; last = at++) {
		at = memchr(at, '<', (size_t)(end - at));
		if (!at)
			at = end;
		if (at - last > TAG_MOST || ++tags > TAGS_MOST)
			return false;
	}
	return true;
}

/* The tree of an answer whose root has that name, else NULL. */
static xmlDocPtr doc_read(const struct buf *text, const char *root,
			  struct error *err)
{
	auto_of(_xmlDoc) doc = NULL;
	const xmlNode *top;

	if (!load(err))
		return NULL;
	if (text_ok(text))
		doc = xml.ReadMemory(text->data, (int)text->size, NULL, "UTF-8",
				     XML_PARSE_NONET | XML_PARSE_NOERROR |
					     XML_PARSE_NOWARNING |
					     XML_PARSE_IGNORE_ENC);
	top = doc ? xml.DocGetRootElement(doc) : NULL;
	if (top && strcmp((const char *)top->name, root) == 0)
		return take(doc);
	fail(err, FAULT_UNAVAILABLE, "the server's answer is no %s", root);
	return NULL;
}

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)node->name, name) == 0;
}

/* The text of an element, "" when there is none. */
static const char *text_of(const xmlNode *node)
{
	const xmlNode *only = node->children;

	return only && !only->next && only->type == XML_TEXT_NODE ?
		       (const char *)only->content :
		       "";
}

/* The text of a child, "" when there is none. */
static const char *child_text(const xmlNode *parent, const char *name)
{
	for (const xmlNode *node = parent->children; node; node = node->next)
		if (is_element(node, name))
			return text_of(node);
	return "";
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
	const xmlNode *root = doc ? xml.DocGetRootElement(doc) : NULL;

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
	const xmlNode *root = doc ? xml.DocGetRootElement(doc) : NULL;
	struct bucket_object *objects = NULL;
	struct answer_page page = { 0 };
	const char *next;
	bool encoded;

	if (!doc)
		return false;
	encoded = strcmp(child_text(root, "EncodingType"), "url") == 0;
	for (const xmlNode *node = root->children; node; node = node->next) {
		if (!is_element(node, "Contents"))
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
	const xmlNode *root = doc ? xml.DocGetRootElement(doc) : NULL;
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
