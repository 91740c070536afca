/* fuzz-manifest.c - libFuzzer upon manifests from strangers
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -I/usr/include/libxml2 -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/bundle/fuzz-manifest.c \
 *     bundle/manifest-*.c bundle/xml.c bundle/key*.c images/base/arena.c \
 *     images/base/b*.c images/base/error.c images/base/file.c \
 *     images/base/hex.c images/base/id.c images/base/library.c \
 *     -lcrypto -pthread -o fuzz-manifest
 *   ./fuzz-manifest -dict=tests/bundle/manifest.dict -max_len=8192 \
 *     -timeout=5 -rss_limit_mb=512 CORPUS tests/bundle/corpus/manifest
 *
 * What is accepted must be usable without another look: names are one
 * component, indexes are complete, the signed bytes read alone say the same,
 * and what is written from it is read again as it was.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/manifest.h"
#include "images/base/arena.h"
#include "images/base/hex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right)
{
	if (!right)
		abort();
}

static void name_check(const char *name)
{
	must(name && *name && strlen(name) <= 255 && !strchr(name, '/') &&
	     strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
	for (; *name; name++)
		must((unsigned char)*name >= ' ' && *name != 127);
}

static void digest_check(const char *digest)
{
	must(strlen(digest) == 40 && hex_ok(digest));
}

static void manifest_check(const struct manifest *manifest)
{
	name_check(manifest->name);
	digest_check(manifest->digest);
	must(manifest->size >= 1 && manifest->bundled_size >= 16 &&
	     manifest->bundled_size % 16 == 0);
	must(manifest->part_count >= 1 &&
	     manifest->part_count <= MANIFEST_PARTS_MOST);
	for (size_t i = 0; i < manifest->part_count; i++) {
		name_check(manifest->parts[i].name);
		digest_check(manifest->parts[i].digest);
	}
	must(manifest->version && manifest->architecture && manifest->user &&
	     manifest->type);
	must(!manifest->signature || hex_ok(manifest->signature));
}

static bool same(const char *left, const char *right)
{
	return left && right ? strcmp(left, right) == 0 : left == right;
}

/* What we write from it, we read as it was. */
static void write_check(const struct manifest *manifest)
{
	struct arena *arena = arena_new();
	auto_buf text = BUF_INIT;
	struct manifest again;
	struct error err = { 0 };

	must(arena && manifest_write(manifest, NULL, &text, &err));
	must(manifest_parse(buf_text(&text), text.size, arena, &again, NULL,
			    &err));
	must(same(again.name, manifest->name) &&
	     same(again.user, manifest->user) &&
	     same(again.type, manifest->type) &&
	     same(again.architecture, manifest->architecture) &&
	     same(again.kernel, manifest->kernel) &&
	     again.size == manifest->size &&
	     again.bundled_size == manifest->bundled_size &&
	     again.part_count == manifest->part_count);
	for (size_t i = 0; i < again.part_count; i++)
		must(same(again.parts[i].name, manifest->parts[i].name) &&
		     same(again.parts[i].digest, manifest->parts[i].digest));
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	auto_buf covered = BUF_INIT;
	struct manifest manifest;
	struct error err = { 0 };

	must(arena);
	if (manifest_parse((const char *)data, size, arena, &manifest, &covered,
			   &err)) {
		manifest_check(&manifest);
		must(memmem(buf_text(&covered), covered.size, "<image>", 7));
		write_check(&manifest);
	} else {
		must(err.fault == FAULT_INVALID_MANIFEST && *err.text);
	}
	arena_free(arena);
	return 0;
}
