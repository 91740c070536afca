/* source.c - a file's extents and bytes, and what is no file */
#include "images/base/source.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (1 << 16)

static char noise[PIECE], got[3 * PIECE];

static int make(const char *name, off_t size)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0 && ftruncate(fd, size) == 0);
	return fd;
}

/* The extents of a file with a hole at both ends and one in between. */
static void test_extents(void)
{
	static const bool kinds[] = { false, true, false, true, false };
	static const uint64_t sizes[] = { 1, 1, 2, 1, 3 };
	struct error err = { 0 };
	auto_of(source) source = NULL;
	auto_close int fd = make("holes", 8 * PIECE);
	uint64_t at = 0, size;
	bool data;

	memset(noise, 'x', sizeof(noise));
	assert(pwrite(fd, noise, PIECE, PIECE) == PIECE);
	assert(pwrite(fd, noise, PIECE, 4 * PIECE) == PIECE);
	assert(source_open_file(fd, "holes", &source, &err));
	assert(source->size == 8 * PIECE);
	for (size_t i = 0; i < 5; i++, at += size) {
		assert(source_next(source, at, &size, &data, &err));
		assert(data == kinds[i] && size == sizes[i] * PIECE);
	}
	assert(at == source->size);
	/* from within an extent */
	assert(source_next(source, PIECE + 5, &size, &data, &err));
	assert(data && size == PIECE - 5);
	assert(source_next(source, 8 * PIECE - 1, &size, &data, &err));
	assert(!data && size == 1);
	/* a file that grows has the size that it had */
	assert(ftruncate(fd, 20 * PIECE) == 0);
	assert(source_next(source, 7 * PIECE, &size, &data, &err));
	assert(!data && size == PIECE);
}

static void test_bytes(void)
{
	struct error err = { 0 };
	auto_of(source) source = NULL;
	auto_close int fd = make("bytes", 2 * PIECE);

	assert(pwrite(fd, "hello", 5, PIECE) == 5);
	assert(source_open_file(fd, "bytes", &source, &err));
	assert(source_read(source, got, 2 * PIECE, 0, &err));
	assert(!got[0] && memcmp(got + PIECE, "hello", 6) == 0);
	assert(source_read(source, got, 3, PIECE + 2, &err));
	assert(memcmp(got, "llo", 3) == 0);
	assert(source_read(source, got, 0, 2 * PIECE, &err));
	/* one that shrinks is no disk full of zeros */
	assert(ftruncate(fd, PIECE) == 0);
	assert(!source_read(source, got, 2 * PIECE, 0, &err));
	assert(strstr(err.text, "bytes became shorter"));
}

static void test_others(void)
{
	struct error err = { 0 };
	struct source *source = NULL;
	auto_close int empty = make("empty", 0);
	auto_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int closed;

	assert(source_open_file(empty, "empty", &source, &err));
	assert(source->size == 0);
	source_close(source);
	source_close(NULL);
	assert(!source_open_file(null, "/dev/null", &source, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	assert(strstr(err.text, "/dev/null is neither"));
	error_clear(&err);
	closed = dup(null);
	close(closed);
	assert(!source_open_file(closed, "gone", &source, &err));
	assert(strstr(err.text, "gone"));
}

int main(void)
{
	assert(!getenv("TMPDIR") || chdir(getenv("TMPDIR")) == 0);
	test_extents();
	test_bytes();
	test_others();
	return 0;
}
