/* testing.h - what the tests of the chain share
 *
 * A test is a program that stops at the first thing that is not so, saying
 * where. Files are made in $TMPDIR.
 */
#ifndef QAMI_TESTS_CHAIN_TESTING_H
#define QAMI_TESTS_CHAIN_TESTING_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/error.h"
#include "images/base/process.h"
#include "images/chain/chain.h"

AUTO_DEFINE(chain, chain_close)

#define MIB (1ULL << 20)
#ifndef GIB
#define GIB (1ULL << 30)
#endif

/* The condition holds, or the test ends here. */
#define check(condition) \
	((condition) ? (void)0 : lost(__FILE__, __LINE__, #condition, NULL))

/* A call that ends in `&err` succeeds. */
#define good(call) ((call) ? (void)0 : lost(__FILE__, __LINE__, #call, &err))

/* A call that ends in `&err` fails with FAULT_wanted and says `words`. */
#define bad(wanted, words, call) \
	refused(__FILE__, __LINE__, #call, (call), FAULT_##wanted, words, &err)

__attribute__((noreturn, unused)) static void lost(const char *file, int line,
						   const char *what,
						   const struct error *err)
{
	fprintf(stderr, "%s:%d: not so: %s%s%s%s%s\n", file, line, what,
		err ? ": " : "", err ? fault_code(err->fault) : "",
		err ? ": " : "", err ? err->text : "");
	exit(1);
}

__attribute__((unused)) static void refused(const char *file, int line,
					    const char *what, bool succeeded,
					    enum fault wanted,
					    const char *words,
					    struct error *err)
{
	if (succeeded || err->fault != wanted || !strstr(err->text, words)) {
		fprintf(stderr, "wanted %s: …%s…\n", fault_code(wanted), words);
		lost(file, line, what, err);
	}
	error_clear(err);
}

__attribute__((noreturn, unused)) static void skip(const char *why)
{
	fprintf(stderr, "%s\n", why);
	exit(77);
}

/* Keeps a text until the test ends, so that a test is no list of free(). */
__attribute__((unused)) static char *keep(char *text)
{
	static char **kept;
	static size_t count;

	/* how many there are may depend on how long something takes */
	if (!(count & (count - 1)))
		kept = realloc(kept, (count ? 2 * count : 1) * sizeof(*kept));
	check(text && kept);
	kept[count++] = text;
	return text;
}

/* The path of a file in the test's directory. */
__attribute__((unused)) static char *in_dir(const char *name)
{
	const char *dir = getenv("TMPDIR");

	return keep(format_text("%s/%s", dir ? dir : "/tmp", name));
}

/* Runs a program that must succeed; returns what it printed. */
#define run(...) run_argv((const char *const[]){ __VA_ARGS__, NULL })

__attribute__((unused)) static char *run_argv(const char *const *argv)
{
	struct process process = { .argv = argv };
	struct buf out = BUF_INIT;
	struct error err = { 0 };

	good(process_run(&process, &out, &err));
	buf_str(&out, "");
	return keep(buf_take(&out));
}

/* Opens a file for reading. */
__attribute__((unused)) static int reading(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	check(fd >= 0);
	return fd;
}

/* Makes a file with some bytes in it, `size` large in all. */
__attribute__((unused)) static void make_file(const char *path,
					      const void *data, size_t bytes,
					      uint64_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	check(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	check(pwrite(fd, data, bytes, 0) == (ssize_t)bytes);
	check(close(fd) == 0);
}

/* Makes a raw disk that is neither empty nor full: noise and text in places
 * of different sizes, and zeros that are written out. */
__attribute__((unused)) static void make_disk(const char *path, uint64_t size)
{
	static uint8_t data[3 * MIB];
	uint32_t noise = 1;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	for (size_t i = 0; i < sizeof(data); i++) {
		noise = noise * 1664525 + 1013904223;
		data[i] = i % 8192 < 4096 ? (uint8_t)(noise >> 24) : 'q';
	}
	memset(data + MIB, 0, MIB / 2);
	check(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	check(pwrite(fd, data, 8192, 0) == 8192);
	for (uint64_t at = 5 * MIB; at + sizeof(data) <= size; at += 11 * MIB)
		check(pwrite(fd, data, sizeof(data), (off_t)at) ==
		      (ssize_t)sizeof(data));
	check(pwrite(fd, data, 512, (off_t)(size - 512)) == 512);
	check(close(fd) == 0);
}

/* How many files the directory holds, and how many of them are drafts. */
struct census {
	unsigned files;
	unsigned drafts;
};

__attribute__((unused)) static void count_file(void *data, const char *name)
{
	struct census *census = data;

	census->files++;
	census->drafts += strncmp(name, "new-", 4) == 0;
}

__attribute__((unused)) static struct census census(struct chain *chain)
{
	struct census all = { 0 };
	struct error err = { 0 };

	good(chain_each_file(chain, count_file, &all, &err));
	return all;
}

/* The path of a frozen file, which may be written now, also by who is not root.
 */
__attribute__((unused)) static const char *writable(const char *path)
{
	check(chmod(path, 0600) == 0);
	return path;
}

#endif
