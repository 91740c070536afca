/* manifest-read.c - a manifest from strangers
 *
 * What is signed is found as every tool finds it: as the bytes between two
 * tags. Only those bytes are then parsed for what they say, so that nothing
 * around them, be it a comment or a second element, can make "signed" and
 * "used" differ. libxml2 is loaded when the first manifest is read; most
 * commands read none.
 */
#include "bundle/manifest.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "images/base/file.h"
#include "images/base/hex.h"
#include "images/base/library.h"

/* Between two '<': real manifests stay below 1100, the digits of RSA-4096. It
 * bounds the attributes of one element, which libxml2 compares with each
 * other. */
#define TAG_MOST 8192
/* Real manifests have more than 20 bytes for each tag, and 60 for each
 * attribute. It bounds the tree. */
#define TAG_BYTES 18
#define ATTRIBUTE_BYTES 40
#define FREE 1000 /* of either, whatever the size */
#define NAME_MOST 255	  /* bytes of a file's name */
#define KEY_DIGITS_MOST 2048 /* of RSA's answers */

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

static void doc_free(struct _xmlDoc *doc)
{
	if (doc)
		xml.FreeDoc(doc);
}
AUTO_DEFINE(_xmlDoc, doc_free)

/* What is being read, and where its strings go. */
struct reading {
	struct manifest *manifest;
	struct arena *arena;
	struct error *err;
};

static bool bad(const struct reading *reading, const char *what,
		const char *why)
{
	return fail(reading->err, FAULT_INVALID_MANIFEST,
		    "the manifest's %s %s", what, why);
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

/* What makes a tree large or slow to build, or comes from outside, is refused
 * before any parser sees it. */
static bool text_check(const char *text, size_t size, struct error *err)
{
	const char *why = NULL;

	if (size > MANIFEST_SIZE_MOST)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the manifest is larger than %d bytes",
			    MANIFEST_SIZE_MOST);
	if (size && (*text == 1 || *text == 2))
		why = "is encrypted, as those before version 3 were: get it"
		      " from who made it";
	else if (memchr(text, 0, size))
		why = "holds a NUL byte";
	else if (memmem(text, size, "<!DOCTYPE", 9) ||
		 memmem(text, size, "<!ENTITY", 8))
		why = "has a document type or entities";
	else if (longest(text, size) > TAG_MOST)
		why = "has a tag or text that is longer than any tool's";
	else if (count(text, size, '<') > size / TAG_BYTES + FREE ||
		 count(text, size, '=') > size / ATTRIBUTE_BYTES + FREE)
		why = "is made of tags";
	return !why ||
	       fail(err, FAULT_INVALID_MANIFEST, "the manifest %s", why);
}

static xmlDocPtr doc_read(const char *text, size_t size, struct error *err)
{
	xmlDocPtr doc = xml.ReadMemory(text, (int)size, NULL, "UTF-8",
				       XML_PARSE_NONET | XML_PARSE_NOERROR |
					       XML_PARSE_NOWARNING |
					       XML_PARSE_IGNORE_ENC);
	const xmlError *why;
	const char *line;

	if (doc)
		return doc;
	why = xml.GetLastError();
	line = why && why->message ? why->message : "it cannot be parsed";
	fail(err, FAULT_INVALID_MANIFEST, "the manifest is no XML: %.*s",
	     (int)strcspn(line, "\n"), line);
	return NULL;
}

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)node->name, name) == 0;
}

static bool is_signed(const xmlNode *node)
{
	return is_element(node, "image") ||
	       is_element(node, "machine_configuration");
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

/* The only child of that name, or NULL. */
static bool child(const struct reading *reading, const xmlNode *parent,
		  const char *name, const xmlNode **ret_child)
{
	*ret_child = NULL;
	for (const xmlNode *node = parent->children; node; node = node->next) {
		if (!is_element(node, name))
			continue;
		if (*ret_child)
			return bad(reading, name, "is there twice");
		*ret_child = node;
	}
	return true;
}

/* The text of an element that holds nothing else, "" when empty. */
static bool leaf(const struct reading *reading, const xmlNode *node,
		 const char **ret_text)
{
	const char *name = (const char *)node->name;
	const xmlNode *only = node->children;
	const char *text = only ? (const char *)only->content : "";

	if (only && (only->type != XML_TEXT_NODE || only->next))
		return bad(reading, name, "is not just a text");
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 127)
			return bad(reading, name, "has a control character");
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
		return bad(reading, what,
			   "is not a number of 1 to 18 decimal digits");
	for (; *text; text++)
		value = 10 * value + (uint64_t)(*text - '0');
	*ret_number = value;
	return true;
}

/* The readers of a field: from an element into a member of the manifest. */
typedef bool field_reader(const struct reading *reading, const xmlNode *node,
			  void *to);

static bool read_text(const struct reading *reading, const xmlNode *node,
		      void *to)
{
	const char *text;

	return leaf(reading, node, &text) && keep(reading, text, to);
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

	if (!leaf(reading, node, &text))
		return false;
	if (!name_ok(text))
		return bad(reading, (const char *)node->name,
			   "is not the name of a file");
	return keep(reading, text, to);
}

static bool read_type(const struct reading *reading, const xmlNode *node,
		      void *to)
{
	const char *text;

	if (!leaf(reading, node, &text))
		return false;
	if (strcmp(text, "machine") != 0 && strcmp(text, "kernel") != 0 &&
	    strcmp(text, "ramdisk") != 0)
		return bad(reading, "type",
			   "is not machine, kernel or ramdisk");
	return keep(reading, text, to);
}

static bool read_size(const struct reading *reading, const xmlNode *node,
		      void *to)
{
	const char *text;

	return leaf(reading, node, &text) &&
	       number(reading, (const char *)node->name, text, to);
}

static bool read_digest(const struct reading *reading, const xmlNode *node,
			void *to)
{
	const char *text;
	uint8_t digest[(SHA1_TEXT_SIZE - 1) / 2];

	if (!leaf(reading, node, &text) || !algorithm(reading, node, "SHA1"))
		return false;
	if (!hex_read(text, digest, sizeof(digest)))
		return bad(reading, "digest", "is not 40 hexadecimal digits");
	hex_write(digest, sizeof(digest), to);
	return true;
}

static bool read_digits(const struct reading *reading, const xmlNode *node,
			void *to)
{
	const char *text;

	if (!leaf(reading, node, &text))
		return false;
	if (*text && (!hex_ok(text) || strlen(text) > KEY_DIGITS_MOST))
		return bad(reading, (const char *)node->name,
			   "is not hexadecimal digits");
	return keep(reading, text, to);
}

static bool read_key(const struct reading *reading, const xmlNode *node,
		     void *to)
{
	return algorithm(reading, node, "AES-128-CBC") &&
	       read_digits(reading, node, to);
}

/* The texts of all children of one name, in their order. */
static bool read_texts(const struct reading *reading, const xmlNode *node,
		       const char *name, const char *const **ret_texts,
		       size_t *ret_count)
{
	const char **texts = NULL;
	size_t count = 0;

	for (const xmlNode *at = node->children; at; at = at->next) {
		if (!is_element(at, name))
			continue;
		texts = arena_more(reading->arena, texts, count,
				   sizeof(*texts));
		if (!texts)
			return fail_memory(reading->err);
		if (!read_text(reading, at, &texts[count++]))
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

struct field {
	const char *name;
	field_reader *read;
	size_t to;
	bool required;
};

#define FIELD(element, reader, member, required)                          \
	{                                                                 \
		element, reader, offsetof(struct manifest, member), required \
	}

/* Reads the children that a table names into `to`. */
static bool read_fields(const struct reading *reading, const xmlNode *parent,
			const struct field *fields, void *to)
{
	for (const struct field *field = fields; field->name; field++) {
		const xmlNode *node;

		if (!child(reading, parent, field->name, &node))
			return false;
		if (!node && field->required)
			return bad(reading, field->name, "is missing");
		if (node && !field->read(reading, node, (char *)to + field->to))
			return false;
	}
	return true;
}

static bool read_mappings(const struct reading *reading, const xmlNode *node,
			  void *to)
{
	static const struct field fields[] = {
		{ "virtual", read_text,
		  offsetof(struct manifest_mapping, virtual_name), true },
		{ "device", read_text,
		  offsetof(struct manifest_mapping, device), true },
		{ 0 },
	};
	struct manifest *manifest = to;
	struct manifest_mapping *mappings = NULL;
	size_t count = 0;

	for (const xmlNode *at = node->children; at; at = at->next) {
		if (!is_element(at, "mapping"))
			continue;
		mappings = arena_more(reading->arena, mappings, count,
				      sizeof(*mappings));
		if (!mappings)
			return fail_memory(reading->err);
		if (!read_fields(reading, at, fields, &mappings[count++]))
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
			return bad(reading, "filename", "is that of two parts");
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
		return bad(reading, "index",
			   "is not below the number of parts");
	if (parts[index].name)
		return bad(reading, "index", "is that of two parts");
	return read_fields(reading, node, fields, &parts[index]);
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
		found += is_element(at, "part");
	if (count < 1 || count > MANIFEST_PARTS_MOST || found != count)
		return fail(reading->err, FAULT_INVALID_MANIFEST,
			    "the manifest has %llu parts, and says %llu",
			    (unsigned long long)found,
			    (unsigned long long)count);
	parts = arena_alloc(reading->arena, count * sizeof(*parts));
	if (!parts)
		return fail_memory(reading->err);
	for (const xmlNode *at = node->children; at; at = at->next)
		if (is_element(at, "part") &&
		    !read_part(reading, at, parts, count))
			return false;
	manifest->parts = parts;
	manifest->part_count = count;
	return names_differ(reading, parts, count);
}

static const struct field image_fields[] = {
	FIELD("name", read_name, name, true),
	FIELD("user", read_text, user, true),
	FIELD("type", read_type, type, false),
	FIELD("kernel_name", read_text, kernel_name, false),
	{ "ancestry", read_ancestry, 0, false },
	FIELD("digest", read_digest, digest, true),
	FIELD("size", read_size, size, true),
	FIELD("bundled_size", read_size, bundled_size, true),
	FIELD("ec2_encrypted_key", read_key, ec2_key, false),
	FIELD("user_encrypted_key", read_key, user_key, false),
	FIELD("ec2_encrypted_iv", read_digits, ec2_iv, false),
	FIELD("user_encrypted_iv", read_digits, user_iv, false),
	{ "parts", read_parts, 0, true },
	{ 0 },
};

static const struct field machine_fields[] = {
	FIELD("architecture", read_text, architecture, true),
	{ "block_device_mapping", read_mappings, 0, false },
	FIELD("kernel_id", read_text, kernel, false),
	FIELD("ramdisk_id", read_text, ramdisk, false),
	{ "product_codes", read_product_codes, 0, false },
	{ 0 },
};

static const struct field bundler_fields[] = {
	FIELD("name", read_text, bundler_name, false),
	FIELD("version", read_text, bundler_version, false),
	FIELD("release", read_text, bundler_release, false),
	{ 0 },
};

static bool read_bundler(const struct reading *reading, const xmlNode *node,
			 void *to)
{
	return read_fields(reading, node, bundler_fields, to);
}

/* Unsigned manifests say so, or have an empty element or none. */
static bool read_signature(const struct reading *reading, const xmlNode *node,
			   void *to)
{
	const char **signature = to, *text;

	if (!leaf(reading, node, &text))
		return false;
	if (strcmp(text, "UNSIGNED") == 0)
		return true;
	if (!read_digits(reading, node, to))
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

	if (!read_text(reading, node, to))
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
	const xmlNode *root = doc ? xml.DocGetRootElement(doc) : NULL, *node;

	if (!doc)
		return false;
	if (!root || !is_element(root, "manifest"))
		return fail(reading->err, FAULT_INVALID_MANIFEST,
			    "the XML is not a bundle's manifest");
	if (!tree_check(doc->children, true, reading->err))
		return false;
	if (!read_fields(reading, root, version_field, reading->manifest))
		return false;
	if (!child(reading, root, "image", &node))
		return false;
	if (!node)
		return bad(reading, "image", "is missing");
	if (!child(reading, root, "machine_configuration", &node))
		return false;
	if (!node != (version_of(reading->manifest->version) == VERSION_3))
		return bad(reading, "machine_configuration",
			   node ? "is not of its version" : "is missing");
	return read_fields(reading, root, fields, reading->manifest);
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
		return bad(reading, name,
			   "does not begin and end exactly once");
	to += strlen(tag);
	doc = doc_read(from, (size_t)(to - from), reading->err);
	if (!doc || !read_fields(reading, xml.DocGetRootElement(doc), fields,
				 reading->manifest))
		return false;
	if (ret_signed)
		buf_add(ret_signed, from, (size_t)(to - from));
	return true;
}

static bool sizes_check(const struct reading *reading)
{
	const struct manifest *manifest = reading->manifest;

	if (manifest->size < 1)
		return bad(reading, "size", "is 0");
	if (manifest->bundled_size < 16 || manifest->bundled_size % 16)
		return bad(reading, "bundled_size",
			   "is not a multiple of 16 that is not 0");
	return true;
}

/* What older versions leave out. */
static bool complete(const struct reading *reading, enum version version)
{
	struct manifest *manifest = reading->manifest;

	if (!manifest->type && version == VERSION_200710)
		return bad(reading, "type", "is missing");
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

	if (!text_check(text, size, err) || !load(err) ||
	    !read_document(&reading, text, size))
		return false;
	version = version_of(manifest.version);
	if (version != VERSION_3 &&
	    !read_slice(&reading, text, size, "machine_configuration",
			machine_fields, &covered))
		return false;
	if (!read_slice(&reading, text, size, "image", image_fields,
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
