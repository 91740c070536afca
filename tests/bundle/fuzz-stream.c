/* fuzz-stream.c - libFuzzer upon everything behind the manifest
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/bundle/fuzz-stream.c \
 *     bundle/unpack*.c bundle/decrypt.c bundle/queue.c bundle/inflate.c \
 *     bundle/untar.c images/base/buf.c images/base/digest.c \
 *     images/base/error.c images/base/file.c images/base/arena.c \
 *     images/base/hex.c images/base/library.c -lisal -lz -lcrypto \
 *     -pthread -o fuzz-stream
 *   ./fuzz-stream -max_len=8192 -timeout=5 -rss_limit_mb=512 CORPUS \
 *     tests/bundle/corpus/stream
 *
 * The first byte says at which stage the input comes in: as the archive, which
 * is then packed and encrypted, as gzip's stream, or as the parts. The next
 * two are the image's size. Digests are right, so that only the stage itself
 * can refuse. What is accepted is held against zlib's and a plain reading.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>

#include "tests/bundle/testing.h"

#define INFLATED_MOST (8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum stage { ARCHIVE, STREAM, PARTS };

static void must(bool right)
{
	if (!right)
		abort();
}

static bool open_part(void *data, const struct manifest_part *part, int *ret_fd,
		      struct error *err)
{
	const struct buf *sealed = data;
	int fd = memfd_create(part->name, MFD_CLOEXEC);

	(void)err;
	must(fd >= 0 && write(fd, buf_text(sealed), sealed->size) ==
				(ssize_t)sealed->size);
	must(lseek(fd, 0, SEEK_SET) == 0);
	*ret_fd = fd;
	return true;
}

/* What zlib makes of all members; false when it does not like them. */
static bool inflate_all(const struct buf *packed, struct buf *tar)
{
	z_stream stream = { 0 };
	uint8_t out[65536];
	int code = Z_STREAM_END;

	must(inflateInit2(&stream, 31) == Z_OK);
	stream.next_in = (uint8_t *)buf_text(packed);
	stream.avail_in = (unsigned)packed->size;
	while (code == Z_STREAM_END && stream.avail_in) {
		inflateReset(&stream);
		do {
			stream.next_out = out;
			stream.avail_out = sizeof(out);
			code = inflate(&stream, Z_NO_FLUSH);
			buf_add(tar, out, sizeof(out) - stream.avail_out);
		} while (code == Z_OK && tar->size < INFLATED_MOST);
	}
	inflateEnd(&stream);
	return packed->size && code == Z_STREAM_END;
}

static size_t bytes_set(const char *data, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += data[i] != 0;
	return count;
}

/* A file of the right size, with the archive's bytes in a row; a sparse one
 * may have them anywhere, but no others. */
static void image_check(int fd, const struct buf *tar, uint64_t size)
{
	auto_free char *image = malloc(size);
	struct stat st;

	must(fstat(fd, &st) == 0 && (uint64_t)st.st_size == size);
	must(image && pread(fd, image, size, 0) == (ssize_t)size);
	must(memmem(buf_text(tar), tar->size, image, size) ||
	     (memchr(buf_text(tar), 'S', tar->size) &&
	      bytes_set(image, size) <= bytes_set(buf_text(tar), tar->size)));
}

static void try(struct buf *sealed, const struct buf *tar, bool readable,
		uint64_t size)
{
	struct manifest_part part = { .name = "part" };
	struct parts parts = { open_part, sealed };
	struct manifest manifest = manifest_for(tar, size);
	const struct unpack unpack = { &manifest, &parts, &test_key };
	struct error err = { 0 };
	auto_close int fd = memfd_create("image", MFD_CLOEXEC);

	sha1_text(buf_text(sealed), sealed->size, part.digest);
	manifest.parts = &part;
	manifest.part_count = 1;
	manifest.bundled_size = sealed->size;
	must(fd >= 0);
	if (unpack_file(&unpack, fd, &err)) {
		must(readable && !err.fault);
		image_check(fd, tar, size);
	} else {
		must(err.fault == FAULT_INVALID_MANIFEST && *err.text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_buf tar = BUF_INIT, packed = BUF_INIT, sealed = BUF_INIT;
	bool readable = true;
	uint64_t wanted;
	enum stage stage;

	if (size < 3)
		return 0;
	stage = (enum stage)(data[0] % 3);
	wanted = (uint64_t)(data[1] << 8 | data[2]) + 1;
	data += 3;
	size -= 3;
	if (stage == ARCHIVE) {
		buf_add(&tar, data, size);
		gzip_add(&packed, data, size, 1);
	} else if (stage == STREAM) {
		buf_add(&packed, data, size);
		readable = inflate_all(&packed, &tar);
	}
	if (stage == PARTS) {
		buf_add(&sealed, data, size);
		readable = false;
	} else {
		encrypt(&sealed, &packed, true);
	}
	try(&sealed, &tar, readable, wanted);
	return 0;
}
