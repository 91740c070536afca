/* manifest-write.c - a manifest's text, as every reader of it expects
 *
 * Written by hand: EC2 checks the elements' order, and a verifier that writes
 * the XML again before it checks the signature uses single quotes, which no
 * XML library writes.
 */
#include "bundle/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/key.h"

static void escaped(struct buf *text, const char *value)
{
	for (; *value; value++) {
		if (*value == '&')
			buf_str(text, "&amp;");
		else if (*value == '<')
			buf_str(text, "&lt;");
		else if (*value == '>')
			buf_str(text, "&gt;");
		else
			buf_char(text, *value);
	}
}

/* An element with a text; nothing at all for NULL. */
static void element(struct buf *text, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(text, "<%s>", name);
	escaped(text, value);
	buf_printf(text, "</%s>", name);
}

/* What must be there even when nothing is in it. */
static void present(struct buf *text, const char *name, const char *attributes,
		    const char *value)
{
	if (value && *value)
		buf_printf(text, "<%s%s>%s</%s>", name, attributes, value,
			   name);
	else
		buf_printf(text, "<%s%s/>", name, attributes);
}

static void number(struct buf *text, const char *name, uint64_t value)
{
	buf_printf(text, "<%s>%llu</%s>", name, (unsigned long long)value,
		   name);
}

static void list(struct buf *text, const char *name, const char *each,
		 const char *const *values, size_t count)
{
	if (!count)
		return;
	buf_printf(text, "<%s>", name);
	for (size_t i = 0; i < count; i++)
		element(text, each, values[i]);
	buf_printf(text, "</%s>", name);
}

static int compare_mappings(const void *left, const void *right)
{
	const struct manifest_mapping *a = left, *b = right;

	return strcmp(a->virtual_name, b->virtual_name);
}

static bool write_mappings(const struct manifest *manifest, struct buf *text,
			   struct error *err)
{
	size_t count = manifest->mapping_count;
	auto_free struct manifest_mapping *sorted = NULL;

	if (!count)
		return true;
	sorted = calloc(count, sizeof(*sorted));
	if (!sorted)
		return fail_memory(err);
	memcpy(sorted, manifest->mappings, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_mappings);
	buf_str(text, "<block_device_mapping>");
	for (size_t i = 0; i < count; i++) {
		buf_str(text, "<mapping>");
		element(text, "virtual", sorted[i].virtual_name);
		element(text, "device", sorted[i].device);
		buf_str(text, "</mapping>");
	}
	buf_str(text, "</block_device_mapping>");
	return true;
}

static bool write_machine(const struct manifest *manifest, const char *type,
			  struct buf *text, struct error *err)
{
	buf_str(text, "<machine_configuration>");
	element(text, "architecture", manifest->architecture);
	if (strcmp(type, "machine") == 0 &&
	    !write_mappings(manifest, text, err))
		return false;
	element(text, "kernel_id", manifest->kernel);
	element(text, "ramdisk_id", manifest->ramdisk);
	list(text, "product_codes", "product_code", manifest->product_codes,
	     manifest->product_code_count);
	buf_str(text, "</machine_configuration>");
	return true;
}

static void write_image(const struct manifest *manifest, const char *type,
			struct buf *text)
{
	static const char aes[] = " algorithm='AES-128-CBC'";

	buf_str(text, "<image>");
	element(text, "name", manifest->name);
	element(text, "user", manifest->user);
	element(text, "type", type);
	if (strcmp(type, "kernel") == 0)
		element(text, "kernel_name", manifest->kernel_name);
	list(text, "ancestry", "ancestor_ami_id", manifest->ancestors,
	     manifest->ancestor_count);
	present(text, "digest", " algorithm='SHA1'", manifest->digest);
	number(text, "size", manifest->size);
	number(text, "bundled_size", manifest->bundled_size);
	present(text, "ec2_encrypted_key", aes, manifest->ec2_key);
	present(text, "user_encrypted_key", aes, manifest->user_key);
	present(text, "ec2_encrypted_iv", "", manifest->ec2_iv);
	present(text, "user_encrypted_iv", "", manifest->user_iv);
	buf_printf(text, "<parts count='%zu'>", manifest->part_count);
	for (size_t i = 0; i < manifest->part_count; i++) {
		buf_printf(text, "<part index='%zu'>", i);
		element(text, "filename", manifest->parts[i].name);
		present(text, "digest", " algorithm='SHA1'",
			manifest->parts[i].digest);
		buf_str(text, "</part>");
	}
	buf_str(text, "</parts></image>");
}

/* Texts of users come in here: they must not break the one line. */
static bool texts_ok(const struct buf *text, struct error *err)
{
	if (text->broken)
		return fail_memory(err);
	if (text->size > MANIFEST_SIZE_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the bundle has too many parts for its manifest");
	for (size_t i = 0; i < text->size; i++)
		if ((unsigned char)text->data[i] < ' ' || text->data[i] == 127)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "a text of the manifest has a control"
				    " character");
	return true;
}

bool manifest_write(const struct manifest *manifest, const struct rsa *key,
		    struct buf *ret_text, struct error *err)
{
	const char *type = manifest->type ? manifest->type : "machine";
	auto_buf text = BUF_INIT, signature = BUF_INIT;
	size_t from;

	buf_str(&text, "<?xml version='1.0'?><manifest>");
	buf_str(&text, "<version>2007-10-10</version><bundler>");
	element(&text, "name", manifest->bundler_name);
	element(&text, "version", manifest->bundler_version);
	element(&text, "release", manifest->bundler_release);
	buf_str(&text, "</bundler>");
	from = text.size;
	if (!write_machine(manifest, type, &text, err))
		return false;
	write_image(manifest, type, &text);
	if (!texts_ok(&text, err))
		return false;
	if (!key)
		buf_str(&signature, "UNSIGNED");
	else if (!rsa_sign_sha1(key, text.data + from, text.size - from,
				&signature, err))
		return false;
	buf_add(ret_text, text.data, text.size);
	buf_printf(ret_text, "<signature>%s</signature></manifest>",
		   buf_text(&signature));
	return !ret_text->broken || fail_memory(err);
}

char *manifest_part_name(const char *prefix, size_t index, size_t count)
{
	char digits[24];
	int width = snprintf(digits, sizeof(digits), "%zu", count);

	return format_text("%s.part.%0*zu", prefix, width, index);
}

bool bundle_name_ok(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t size = strlen(name);

	return size >= 1 && size <= 200 && strspn(name, allowed) == size &&
	       *name != '-' && *name != '.';
}
