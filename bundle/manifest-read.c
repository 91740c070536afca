/* manifest-read.c - a manifest from strangers
 *
 * What is signed is found as every tool finds it: as the bytes between two
 * tags. Only those bytes are then parsed for what they say, so that nothing
 * around them, be it a comment or a second element, can make "signed" and
 * "used" differ.
 */
#include <stdio.h>
#include <string.h>

#include "bundle/manifest-private.h"
#include "bundle/xml.h"
#include "images/base/file.h"

/* Between two '<': real manifests stay below 1100, the digits of RSA-4096. It
 * bounds the attributes of one element, which libxml2 compares with each
 * other. */
#define TAG_MOST 8192
/* Real manifests have more than 20 bytes for each tag, and 60 for each
 * attribute. It bounds the tree. */
#define TAG_BYTES 18
#define ATTRIBUTE_BYTES 40
#define FREE 1000 /* of either, whatever the size */

/* What is told apart before any XML is looked for. */
static bool form_check(const char *text, size_t size, struct error *err)
{
	if (size > MANIFEST_SIZE_MOST)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the manifest is larger than %d bytes",
			    MANIFEST_SIZE_MOST);
	if (size && (*text == 1 || *text == 2))
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the manifest is encrypted, as those before version"
			    " 3 were: get it from who made it");
	return true;
}

static xmlDocPtr doc_read(const char *text, size_t size, struct error *err)
{
	const struct xml_kind kind = {
		.name = "the manifest",
		.fault = FAULT_INVALID_MANIFEST,
		.tag = TAG_MOST,
		.tags = size / TAG_BYTES + FREE,
		.attributes = size / ATTRIBUTE_BYTES + FREE,
	};

	return xml_read(&kind, text, size, err);
}

static bool is_signed(const xmlNode *node)
{
	return xml_is(node, "image") || xml_is(node, "machine_configuration");
}

/* Nothing but elements and text; a comment only where nothing is signed, and
 * only without tags. */
static bool tree_check(const xmlNode *node, bool comments, struct error *err)
{
	for (; node; node = node->next) {
		const char *text = (const char *)node->content;

		if (node->type == XML_COMMENT_NODE && comments &&
		    !(text && strchr(text, '<')))
			continue;
		if (node->type == XML_TEXT_NODE)
			continue;
		if (node->type != XML_ELEMENT_NODE)
			return fail(err, FAULT_INVALID_MANIFEST,
				    "the manifest has a comment, an"
				    " instruction, CDATA or an entity");
		if (node->ns || node->nsDef)
			return fail(err, FAULT_INVALID_MANIFEST,
				    "the manifest has namespaces");
		if (!tree_check(node->children, comments && !is_signed(node),
				err))
			return false;
	}
	return true;
}

static const struct field bundler_fields[] = {
	FIELD("name", manifest_text, bundler_name, false),
	FIELD("version", manifest_text, bundler_version, false),
	FIELD("release", manifest_text, bundler_release, false),
	{ 0 },
};

static bool read_bundler(const struct reading *reading, const xmlNode *node,
			 void *to)
{
	return manifest_fields(reading, node, bundler_fields, to);
}

/* Unsigned manifests say so, or have an empty element or none. */
static bool read_signature(const struct reading *reading, const xmlNode *node,
			   void *to)
{
	const char **signature = to, *text;

	if (!manifest_leaf(reading, node, &text))
		return false;
	if (strcmp(text, "UNSIGNED") == 0)
		return true;
	if (!manifest_digits(reading, node, to))
		return false;
	if (!**signature)
		*signature = NULL;
	return true;
}

/* The versions that are read; those before 2007-10-10 have no image type. */
enum version { VERSION_NONE, VERSION_3, VERSION_200708, VERSION_200710 };

static enum version version_of(const char *text)
{
	if (strcmp(text, "3") == 0)
		return VERSION_3;
	if (strcmp(text, "20070829") == 0 || strcmp(text, "2007-08-29") == 0)
		return VERSION_200708;
	if (strcmp(text, "2007-10-10") == 0)
		return VERSION_200710;
	return VERSION_NONE;
}

static bool read_version(const struct reading *reading, const xmlNode *node,
			 void *to)
{
	const char **text = to;

	if (!manifest_text(reading, node, to))
		return false;
	if (strcmp(*text, "2014-01-14") == 0)
		return fail(reading->err, FAULT_INVALID_MANIFEST,
			    "this is a Eucalyptus download manifest (version"
			    " 2014-01-14), which is not a bundle's: use the"
			    " *.manifest.xml that the bundle was uploaded"
			    " with");
	if (version_of(*text) == VERSION_NONE)
		return fail(reading->err, FAULT_INVALID_MANIFEST,
			    "the manifest's version %.40s is unknown", *text);
	return true;
}

/* The whole document; what is signed is only looked for. */
static bool read_document(const struct reading *reading, const char *text,
			  size_t size)
{
	static const struct field version_field[] = {
		FIELD("version", read_version, version, true),
		{ 0 },
	};
	static const struct field fields[] = {
		{ "bundler", read_bundler, 0, false },
		FIELD("signature", read_signature, signature, false),
		{ 0 },
	};
	auto_of(_xmlDoc) doc = doc_read(text, size, reading->err);
	const xmlNode *root = xml_root(doc), *node;

	if (!doc)
		return false;
	if (!root || !xml_is(root, "manifest"))
		return fail(reading->err, FAULT_INVALID_MANIFEST,
			    "the XML is not a bundle's manifest");
	if (!tree_check(doc->children, true, reading->err))
		return false;
	if (!manifest_fields(reading, root, version_field, reading->manifest))
		return false;
	if (!manifest_child(reading, root, "image", &node))
		return false;
	if (!node)
		return manifest_bad(reading, "image", "is missing");
	if (!manifest_child(reading, root, "machine_configuration", &node))
		return false;
	if (!node != (version_of(reading->manifest->version) == VERSION_3))
		return manifest_bad(reading, "machine_configuration",
				    node ? "is not of its version" :
					   "is missing");
	return manifest_fields(reading, root, fields, reading->manifest);
}

/* The only place of a text; NULL when there is none, or a second one. */
static const char *only(const char *text, size_t size, const char *wanted)
{
	size_t length = strlen(wanted);
	const char *at = memmem(text, size, wanted, length);
	const char *next = at ? at + length : NULL;

	if (at && memmem(next, (size_t)(text + size - next), wanted, length))
		return NULL;
	return at;
}

/* Reads one of the two signed elements from exactly its own bytes. */
static bool read_slice(const struct reading *reading, const char *text,
		       size_t size, const char *name,
		       const struct field *fields, struct buf *ret_signed)
{
	char tag[64];
	const char *from, *to;
	auto_of(_xmlDoc) doc = NULL;

	snprintf(tag, sizeof(tag), "<%s>", name);
	from = only(text, size, tag);
	snprintf(tag, sizeof(tag), "</%s>", name);
	to = only(text, size, tag);
	if (!from || !to || to < from)
		return manifest_bad(reading, name,
				    "does not begin and end exactly once");
	to += strlen(tag);
	doc = doc_read(from, (size_t)(to - from), reading->err);
	if (!doc ||
	    !manifest_fields(reading, xml_root(doc), fields, reading->manifest))
		return false;
	if (ret_signed)
		buf_add(ret_signed, from, (size_t)(to - from));
	return true;
}

static bool sizes_check(const struct reading *reading)
{
	const struct manifest *manifest = reading->manifest;

	if (manifest->size < 1)
		return manifest_bad(reading, "size", "is 0");
	if (manifest->bundled_size < 16 || manifest->bundled_size % 16)
		return manifest_bad(reading, "bundled_size",
				    "is not a multiple of 16 that is not 0");
	return true;
}

/* What older versions leave out. */
static bool complete(const struct reading *reading, enum version version)
{
	struct manifest *manifest = reading->manifest;

	if (!manifest->type && version == VERSION_200710)
		return manifest_bad(reading, "type", "is missing");
	if (!manifest->type)
		manifest->type = "machine";
	if (!manifest->architecture)
		manifest->architecture = "i386";
	return sizes_check(reading);
}

bool manifest_parse(const char *text, size_t size, struct arena *arena,
		    struct manifest *ret_manifest, struct buf *ret_signed,
		    struct error *err)
{
	struct manifest manifest = { 0 };
	const struct reading reading = { &manifest, arena, err };
	auto_buf covered = BUF_INIT;
	enum version version;

	if (!form_check(text, size, err) ||
	    !read_document(&reading, text, size))
		return false;
	version = version_of(manifest.version);
	if (version != VERSION_3 &&
	    !read_slice(&reading, text, size, "machine_configuration",
			manifest_machine_fields, &covered))
		return false;
	if (!read_slice(&reading, text, size, "image", manifest_image_fields,
			&covered) ||
	    !complete(&reading, version))
		return false;
	if (covered.broken)
		return fail_memory(err);
	if (ret_signed) {
		buf_add(ret_signed, covered.data, covered.size);
		if (ret_signed->broken)
			return fail_memory(err);
	}
	*ret_manifest = manifest;
	return true;
}

bool manifest_read(int fd, struct arena *arena, struct manifest *ret_manifest,
		   struct buf *ret_signed, struct error *err)
{
	auto_buf text = BUF_INIT;

	if (!file_read_fd(fd, "the manifest", MANIFEST_SIZE_MOST, &text, err)) {
		if (err->fault == FAULT_INVALID_PARAMETER)
			err->fault = FAULT_INVALID_MANIFEST;
		return false;
	}
	return manifest_parse(buf_text(&text), text.size, arena, ret_manifest,
			      ret_signed, err);
}
