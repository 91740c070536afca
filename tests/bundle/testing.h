/* testing.h - bundles made by hand, right ones and wrong ones
 *
 * Nothing here comes from what packs bundles: a reader that is held against
 * its own writer may share its mistakes. Each stage of the format is a buffer
 * that a test may change before the next stage is made from it.
 */
#ifndef TESTS_BUNDLE_TESTING_H
#define TESTS_BUNDLE_TESTING_H

#include <assert.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "bundle/key.h"
#include "bundle/manifest.h"
#include "bundle/unpack.h"
#include "images/base/arena.h"
#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/base/hex.h"

static const struct bundle_key test_key = {
	{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
	{ 9, 8, 7, 6, 5, 4, 3, 2, 1 },
};

/* Makes a header's sum right. */
static inline void tar_sum(uint8_t *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
}

/* 11 octal digits and a NUL. */
static inline void octal(void *field, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%011llo", (unsigned long long)value);
	memcpy(field, text, 12);
}

/* A header as GNU tar writes it. */
static inline void tar_header(uint8_t header[512], char type, const char *name,
			      uint64_t size)
{
	memset(header, 0, 512);
	snprintf((char *)header, 100, "%s", name);
	memcpy(header + 100, "0000644\0000000000\0000000000\0", 24);
	octal(header + 124, size);
	memcpy(header + 136, "00000000000", 12);
	header[156] = (uint8_t)type;
	memcpy(header + 257, "ustar  ", 8);
	memcpy(header + 265, "root", 5);
	memcpy(header + 297, "root", 5);
	tar_sum(header);
}

static inline void tar_zeros(struct buf *tar, size_t size)
{
	static const uint8_t zeros[512];

	for (; size > sizeof(zeros); size -= sizeof(zeros))
		buf_add(tar, zeros, sizeof(zeros));
	buf_add(tar, zeros, size);
}

/* A member with its data, filled up to whole blocks. */
static inline void tar_member(struct buf *tar, char type, const char *name,
			      const void *data, size_t size)
{
	uint8_t header[512];

	tar_header(header, type, name, size);
	buf_add(tar, header, 512);
	if (size)
		buf_add(tar, data, size);
	tar_zeros(tar, (512 - size % 512) % 512);
}

/* What ends an archive: two blocks, and zeros up to a whole record. */
static inline void tar_end(struct buf *tar)
{
	tar_zeros(tar, 1024);
	tar_zeros(tar, (10240 - tar->size % 10240) % 10240);
}

/* One gzip member. */
static inline void gzip_add(struct buf *packed, const void *data, size_t size,
			    int level)
{
	z_stream stream = { 0 };
	uint8_t out[65536];
	int code;

	assert(deflateInit2(&stream, level, Z_DEFLATED, 31, 8,
			    Z_DEFAULT_STRATEGY) == Z_OK);
	stream.next_in = (uint8_t *)data;
	stream.avail_in = (unsigned)size;
	do {
		stream.next_out = out;
		stream.avail_out = sizeof(out);
		code = deflate(&stream, Z_FINISH);
		assert(code == Z_OK || code == Z_STREAM_END);
		buf_add(packed, out, sizeof(out) - stream.avail_out);
	} while (code != Z_STREAM_END);
	deflateEnd(&stream);
}

static inline void encrypt(struct buf *sealed, const struct buf *packed,
			   bool padding)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	auto_free uint8_t *out = malloc(packed->size + 32);
	int done = 0, rest = 0;

	assert(cipher && out &&
	       EVP_EncryptInit_ex(cipher, EVP_aes_128_cbc(), NULL, test_key.key,
				  test_key.iv) == 1);
	EVP_CIPHER_CTX_set_padding(cipher, padding);
	assert(EVP_EncryptUpdate(cipher, out, &done,
				 (const uint8_t *)buf_text(packed),
				 (int)packed->size) == 1 &&
	       EVP_EncryptFinal_ex(cipher, out + done, &rest) == 1);
	buf_add(sealed, out, (size_t)(done + rest));
	EVP_CIPHER_CTX_free(cipher);
}

static inline void sha1_text(const void *data, size_t size,
			     char ret_text[SHA1_TEXT_SIZE])
{
	uint8_t digest[SHA_DIGEST_LENGTH];

	SHA1(data, size, digest);
	hex_write(digest, sizeof(digest), ret_text);
}

static inline void put(const char *dir, const char *name, const void *data,
		       size_t size)
{
	struct error err = { 0 };
	auto_free char *path = format_text("%s/%s", dir, name);
	auto_close int fd =
		path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	assert(fd >= 0 && write_all(fd, data, size, name, &err));
}

/* Cuts what was encrypted into files of a directory, and says so in a
 * manifest. */
static inline void parts_put(const struct buf *sealed, size_t part_size,
			     const char *dir, struct arena *arena,
			     struct manifest *manifest)
{
	size_t count = (sealed->size + part_size - 1) / part_size;
	struct manifest_part *parts =
		arena_alloc(arena, count * sizeof(*parts));

	assert(parts);
	for (size_t i = 0; i < count; i++) {
		const char *data = sealed->data + i * part_size;
		size_t size = sealed->size - i * part_size;

		if (size > part_size)
			size = part_size;
		parts[i].name = arena_format(arena, "image.part.%zu", i);
		sha1_text(data, size, parts[i].digest);
		put(dir, parts[i].name, data, size);
	}
	manifest->parts = parts;
	manifest->part_count = count;
	manifest->bundled_size = sealed->size;
}

/* What stays the same in all manifests. */
static inline struct manifest manifest_for(const struct buf *tar, uint64_t size)
{
	struct manifest manifest = {
		.architecture = "x86_64",
		.name = "image",
		.user = "123456789012",
		.type = "machine",
		.size = size,
	};

	sha1_text(buf_text(tar), tar->size, manifest.digest);
	return manifest;
}

/* Bytes that do not compress well, the same at every run. */
static inline void fill(uint8_t *data, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(seed >> 24);
	}
}

#endif
