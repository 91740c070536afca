/* manifest-field.c - names, numbers, digests, parts: each element by its rule
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bundle/manifest-private.h"
#include "bundle/xml.h"
#include "images/base/hex.h"

#define NAME_MOST 255	     /* bytes of a file's name */
#define KEY_DIGITS_MOST 2048 /* of RSA's answers */

bool manifest_bad(const struct reading *reading, const char *what,
		  const char *why)
{
	return fail(reading->err, FAULT_INVALID_MANIFEST,
		    "the manifest's %s %s", what, why);
}

bool manifest_child(const struct reading *reading, const xmlNode *parent,
		    const char *name, const xmlNode **ret_child)
{
	*ret_child = NULL;
	for (const xmlNode *node = parent->children; node; node = node->next) {
		if (!xml_is(node, name))
			continue;
		if (*ret_child)
			return manifest_bad(reading, name, "is there twice");
		*ret_child = node;
	}
	return true;
}

bool manifest_leaf(const struct reading *reading, const xmlNode *node,
		   const char **ret_text)
{
	const char *name = (const char *)node->name;
	const xmlNode *only = node->children;
	const char *text = only ? (const char *)only->content : "";

	if (only && (only->type != XML_TEXT_NODE || only->next))
		return manifest_bad(reading, name, "is not just a text");
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 127)
			return manifest_bad(reading, name,
					    "has a control character");
	*ret_text = text;
	return true;
}

static bool keep(const struct reading *reading, const char *text,
		 const char **ret_text)
{
	*ret_text = arena_str(reading->arena, text);
	return *ret_text || fail_memory(reading->err);
}

/* An attribute's text; NULL when there is none. */
static const char *attribute(const xmlNode *node, const char *name)
{
	for (const xmlAttr *at = node->properties; at; at = at->next)
		if (strcmp((const char *)at->name, name) == 0)
			return !at->children ? "" :
			       at->children->content ?
					       (char *)at->children->content :
					       "";
	return NULL;
}

static bool algorithm(const struct reading *reading, const xmlNode *node,
		      const char *wanted)
{
	const char *is = attribute(node, "algorithm");

	if (is && strcasecmp(is, wanted) == 0)
		return true;
	return fail(reading->err, FAULT_INVALID_MANIFEST,
		    "the manifest's %s is not by %s", (const char *)node->name,
		    wanted);
}

static bool number(const struct reading *reading, const char *what,
		   const char *text, uint64_t *ret_number)
{
	uint64_t value = 0;
	size_t size = text ? strlen(text) : 0;

	if (size < 1 || size > 18 || strspn(text, "0123456789") != size)
		return manifest_bad(
			reading, what,
			"is not a number of 1 to 18 decimal digits");
	for (; *text; text++)
		value = 10 * value + (uint64_t)(*text - '0');
	*ret_number = value;
	return true;
}

bool manifest_text(const struct reading *reading, const xmlNode *node, void *to)
{
	const char *text;

	return manifest_leaf(reading, node, &text) && keep(reading, text, to);
}

static bool name_ok(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && strlen(name) <= NAME_MOST;
}

static bool read_name(const struct reading *reading, const xmlNode *node,
		      void *to)
{
	const char *text;

	if (!manifest_leaf(reading, node, &text))
		return false;
	if (!name_ok(text))
		return manifest_bad(reading, (const char *)node->name,
				    "is not the name of a file");
	return keep(reading, text, to);
}

static bool read_type(const struct reading *reading, const xmlNode *node,
		      void *to)
{
	const char *text;

	if (!manifest_leaf(reading, node, &text))
		return false;
	if (strcmp(text, "machine") != 0 && strcmp(text, "kernel") != 0 &&
	    strcmp(text, "ramdisk") != 0)
		return manifest_bad(reading, "type",
				    "is not machine, kernel or ramdisk");
	return keep(reading, text, to);
}

static bool read_size(const struct reading *reading, const xmlNode *node,
		      void *to)
{
	const char *text;

	return manifest_leaf(reading, node, &text) &&
	       number(reading, (const char *)node->name, text, to);
}

static bool read_digest(const struct reading *reading, const xmlNode *node,
			void *to)
{
	const char *text;
	uint8_t digest[(SHA1_TEXT_SIZE - 1) / 2];

	if (!manifest_leaf(reading, node, &text) ||
	    !algorithm(reading, node, "SHA1"))
		return false;
	if (!hex_read(text, digest, sizeof(digest)))
		return manifest_bad(reading, "digest",
				    "is not 40 hexadecimal digits");
	hex_write(digest, sizeof(digest), to);
	return true;
}

bool manifest_digits(const struct reading *reading, const xmlNode *node,
		     void *to)
{
	const char *text;

	if (!manifest_leaf(reading, node, &text))
		return false;
	if (*text && (!hex_ok(text) || strlen(text) > KEY_DIGITS_MOST))
		return manifest_bad(reading, (const char *)node->name,
				    "is not hexadecimal digits");
	return keep(reading, text, to);
}

static bool read_key(const struct reading *reading, const xmlNode *node,
		     void *to)
{
	return algorithm(reading, node, "AES-128-CBC") &&
	       manifest_digits(reading, node, to);
}

/* The texts of all children of one name, in their order. */
static bool read_texts(const struct reading *reading, const xmlNode *node,
		       const char *name, const char *const **ret_texts,
		       size_t *ret_count)
{
	const char **texts = NULL;
	size_t count = 0;

	for (const xmlNode *at = node->children; at; at = at->next) {
		if (!xml_is(at, name))
			continue;
		texts = arena_more(reading->arena, texts, count,
				   sizeof(*texts));
		if (!texts)
			return fail_memory(reading->err);
		if (!manifest_text(reading, at, &texts[count++]))
			return false;
	}
	*ret_texts = texts;
	*ret_count = count;
	return true;
}

static bool read_product_codes(const struct reading *reading,
			       const xmlNode *node, void *to)
{
	struct manifest *manifest = to;

	return read_texts(reading, node, "product_code",
			  &manifest->product_codes,
			  &manifest->product_code_count);
}

static bool read_ancestry(const struct reading *reading, const xmlNode *node,
			  void *to)
{
	struct manifest *manifest = to;

	return read_texts(reading, node, "ancestor_ami_id",
			  &manifest->ancestors, &manifest->ancestor_count);
}

bool manifest_fields(const struct reading *reading, const xmlNode *parent,
		     const struct field *fields, void *to)
{
	for (const struct field *field = fields; field->name; field++) {
		const xmlNode *node;

		if (!manifest_child(reading, parent, field->name, &node))
			return false;
		if (!node && field->required)
			return manifest_bad(reading, field->name, "is missing");
		if (node && !field->read(reading, node, (char *)to + field->to))
			return false;
	}
	return true;
}

static bool read_mappings(const struct reading *reading, const xmlNode *node,
			  void *to)
{
	static const struct field fields[] = {
		{ "virtual", manifest_text,
		  offsetof(struct manifest_mapping, virtual_name), true },
		{ "device", manifest_text,
		  offsetof(struct manifest_mapping, device), true },
		{ 0 },
	};
	struct manifest *manifest = to;
	struct manifest_mapping *mappings = NULL;
	size_t count = 0;

	for (const xmlNode *at = node->children; at; at = at->next) {
		if (!xml_is(at, "mapping"))
			continue;
		mappings = arena_more(reading->arena, mappings, count,
				      sizeof(*mappings));
		if (!mappings)
			return fail_memory(reading->err);
		if (!manifest_fields(reading, at, fields, &mappings[count++]))
			return false;
	}
	manifest->mappings = mappings;
	manifest->mapping_count = count;
	return true;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool names_differ(const struct reading *reading,
			 const struct manifest_part *parts, size_t count)
{
	const char **names =
		arena_alloc(reading->arena, count * sizeof(*names));

	if (!names)
		return fail_memory(reading->err);
	for (size_t i = 0; i < count; i++)
		names[i] = parts[i].name;
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 1; i < count; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			return manifest_bad(reading, "filename",
					    "is that of two parts");
	return true;
}

/* Each part goes to the place that its index names, once; as there are as many
 * as places, all are filled. */
static bool read_part(const struct reading *reading, const xmlNode *node,
		      struct manifest_part *parts, size_t count)
{
	static const struct field fields[] = {
		{ "filename", read_name, offsetof(struct manifest_part, name),
		  true },
		{ "digest", read_digest,
		  offsetof(struct manifest_part, digest), true },
		{ 0 },
	};
	uint64_t index;

	if (!number(reading, "index", attribute(node, "index"), &index))
		return false;
	if (index >= count)
		return manifest_bad(reading, "index",
				    "is not below the number of parts");
	if (parts[index].name)
		return manifest_bad(reading, "index", "is that of two parts");
	return manifest_fields(reading, node, fields, &parts[index]);
}

static bool read_parts(const struct reading *reading, const xmlNode *node,
		       void *to)
{
	struct manifest *manifest = to;
	struct manifest_part *parts;
	uint64_t count, found = 0;

	if (!number(reading, "count", attribute(node, "count"), &count))
		return false;
	for (const xmlNode *at = node->children; at; at = at->next)
		found += xml_is(at, "part");
	if (count < 1 || count > MANIFEST_PARTS_MOST || found != count)
		return fail(reading->err, FAULT_INVALID_MANIFEST,
			    "the manifest has %llu parts, and says %llu",
			    (unsigned long long)found,
			    (unsigned long long)count);
	parts = arena_alloc(reading->arena, count * sizeof(*parts));
	if (!parts)
		return fail_memory(reading->err);
	for (const xmlNode *at = node->children; at; at = at->next)
		if (xml_is(at, "part") && !read_part(reading, at, parts, count))
			return false;
	manifest->parts = parts;
	manifest->part_count = count;
	return names_differ(reading, parts, count);
}

const struct field manifest_image_fields[] = {
	FIELD("name", read_name, name, true),
	FIELD("user", manifest_text, user, true),
	FIELD("type", read_type, type, false),
	FIELD("kernel_name", manifest_text, kernel_name, false),
	{ "ancestry", read_ancestry, 0, false },
	FIELD("digest", read_digest, digest, true),
	FIELD("size", read_size, size, true),
	FIELD("bundled_size", read_size, bundled_size, true),
	FIELD("ec2_encrypted_key", read_key, ec2_key, false),
	FIELD("user_encrypted_key", read_key, user_key, false),
	FIELD("ec2_encrypted_iv", manifest_digits, ec2_iv, false),
	FIELD("user_encrypted_iv", manifest_digits, user_iv, false),
	{ "parts", read_parts, 0, true },
	{ 0 },
};

const struct field manifest_machine_fields[] = {
	FIELD("architecture", manifest_text, architecture, true),
	{ "block_device_mapping", read_mappings, 0, false },
	FIELD("kernel_id", manifest_text, kernel, false),
	FIELD("ramdisk_id", manifest_text, ramdisk, false),
	{ "product_codes", read_product_codes, 0, false },
	{ 0 },
};
