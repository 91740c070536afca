/* xml.c - bounded trees by libxml2 */
#include "bundle/xml.h"

#include <libxml/parser.h>
#include <pthread.h>
#include <string.h>

#include "images/base/library.h"

#define XML_CALLS(CALL)         \
	CALL(GetLastError)      \
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

static size_t count(const char *text, size_t size, char c)
{
	const char *end = text + size;
	size_t found = 0;

	while (text < end &&
	       (text = memchr(text, c, (size_t)(end - text))) != NULL) {
		text++;
		found++;
	}
	return found;
}

/* The most bytes from one tag to the next. */
static size_t longest(const char *text, size_t size)
{
	const char *end = text + size;
	size_t most = 0;

	while (text < end) {
		const char *next =
			memchr(text + 1, '<', (size_t)(end - text - 1));

		if (!next)
			next = end;
		if ((size_t)(next - text) > most)
			most = (size_t)(next - text);
		text = next;
	}
	return most;
}

static bool text_check(const struct xml_kind *kind, const char *text,
		       size_t size, struct error *err)
{
	const char *why = NULL;

	if (memchr(text, 0, size))
		why = "holds a NUL byte";
	else if (memmem(text, size, "<!DOCTYPE", 9) ||
		 memmem(text, size, "<!ENTITY", 8))
		why = "has a document type or entities";
	else if (longest(text, size) > kind->tag)
		why = "has a tag or a text that is too long";
	else if (count(text, size, '<') > kind->tags ||
		 count(text, size, '=') > kind->attributes)
		why = "is made of tags";
	return !why || fail(err, kind->fault, "%s %s", kind->name, why);
}

xmlDocPtr xml_read(const struct xml_kind *kind, const char *text, size_t size,
		   struct error *err)
{
	const xmlError *why;
	const char *line;
	xmlDocPtr doc;

	if (!text_check(kind, text, size, err) || !load(err))
		return NULL;
	doc = xml.ReadMemory(text, (int)size, NULL, "UTF-8",
			     XML_PARSE_NONET | XML_PARSE_NOERROR |
				     XML_PARSE_NOWARNING |
				     XML_PARSE_IGNORE_ENC);
	if (doc)
		return doc;
	why = xml.GetLastError();
	line = why && why->message ? why->message : "it cannot be parsed";
	fail(err, kind->fault, "%s is no XML: %.*s", kind->name,
	     (int)strcspn(line, "\n"), line);
	return NULL;
}

void xml_free(xmlDocPtr doc)
{
	if (doc)
		xml.FreeDoc(doc);
}

const xmlNode *xml_root(xmlDocPtr doc)
{
	return doc ? xml.DocGetRootElement(doc) : NULL;
}

bool xml_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)node->name, name) == 0;
}
