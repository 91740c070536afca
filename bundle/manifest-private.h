/* manifest-private.h - how a manifest's elements become its members */
#ifndef QAMI_BUNDLE_MANIFEST_PRIVATE_H
#define QAMI_BUNDLE_MANIFEST_PRIVATE_H

#include <libxml/tree.h>

#include "bundle/manifest.h"

/* What is being read, and where its strings go. */
struct reading {
	struct manifest *manifest;
	struct arena *arena;
	struct error *err;
};

/* Reads an element into a member of the manifest, or into several. */
typedef bool field_reader(const struct reading *reading, const xmlNode *node,
			  void *to);

struct field {
	const char *name;
	field_reader *read;
	size_t to; /* of the member in what is read */
	bool required;
};

#define FIELD(element, reader, member, required)                             \
	{                                                                    \
		element, reader, offsetof(struct manifest, member), required \
	}

/* Reports "the manifest's WHAT WHY". */
bool manifest_bad(const struct reading *reading, const char *what,
		  const char *why);

/* The only child of that name, or NULL; two are an error. */
bool manifest_child(const struct reading *reading, const xmlNode *parent,
		    const char *name, const xmlNode **ret_child) must_check;

/* The text of an element that holds nothing else, "" when empty. */
bool manifest_leaf(const struct reading *reading, const xmlNode *node,
		   const char **ret_text) must_check;

/* Any text, and one of hexadecimal digits or nothing. */
field_reader manifest_text, manifest_digits;

/* Reads the children that a table names into `to`. */
bool manifest_fields(const struct reading *reading, const xmlNode *parent,
		     const struct field *fields, void *to) must_check;

/* The two elements that are signed. */
extern const struct field manifest_image_fields[], manifest_machine_fields[];

#endif
