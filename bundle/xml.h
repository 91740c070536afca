/* xml.h - texts of strangers as trees, by libxml2
 *
 * libxml2 is loaded when the first text is read: most commands read none, and
 * linking it would double the time that the program takes to start. What makes
 * a tree large or slow to build, or comes from outside, is refused before the
 * parser sees it.
 */
#ifndef QAMI_BUNDLE_XML_H
#define QAMI_BUNDLE_XML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "images/base/auto.h"
#include "images/base/error.h"

/* What is read, and what bounds its tree. */
struct xml_kind {
	const char *name;  /* "the manifest"; for errors */
	enum fault fault;  /* of a text that is refused */
	size_t tag;	   /* the most bytes from one '<' to the next, which
			    * bounds the attributes of one element: they are
			    * all compared with each other */
	size_t tags;	   /* the most '<' */
	size_t attributes; /* the most '=' */
};

/* Parses a text as UTF-8, whatever it declares, without a document type or
 * entities of its own. NULL on failure. */
struct _xmlDoc *xml_read(const struct xml_kind *kind, const char *text,
			 size_t size, struct error *err) must_check;
void xml_free(struct _xmlDoc *doc);
AUTO_DEFINE(_xmlDoc, xml_free)

const xmlNode *xml_root(struct _xmlDoc *doc);

/* Whether a node is an element of that name. */
bool xml_is(const xmlNode *node, const char *name);

#endif
