/* hostile.h - one hostile bundle: opened by a child that is watched
 *
 * Whatever the bundle is, the child must end by itself, in time, within its
 * memory, with one error that says what is wrong, and leave no file.
 */
#ifndef TESTS_BUNDLE_HOSTILE_H
#define TESTS_BUNDLE_HOSTILE_H

#include <dirent.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/bundle/testing.h"

#define SECONDS 30	     /* on a busy machine; all take less than one */
#define KIB_MOST (100 << 10) /* of memory */

/* From a manifest's text to an image, as every caller does it. */
static inline bool open_bundle(const char *text, size_t size,
			       const char *key_path, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(rsa) key = NULL;
	struct manifest manifest;
	struct bundle_key secret;
	const struct unpack unpack = { &manifest, NULL, &secret,
				       NULL,	  NULL, NULL };

	assert(arena);
	return rsa_read_private(key_path, &key, err) &&
	       manifest_parse(text, size, arena, &manifest, NULL, err) &&
	       bundle_key_unwrap(&manifest, key, &secret, err) &&
	       unpack_directory(&unpack, "parts", "out", err);
}

static inline size_t entries(const char *dir)
{
	DIR *all = opendir(dir);
	size_t count = 0;

	assert(all);
	while (readdir(all))
		count++;
	closedir(all);
	return count - 2;
}

/* Opens the bundle; what the child was told, or "" when all went well. */
static inline void attempt(const char *text, size_t size, const char *key_path,
			   struct error *ret_err)
{
	size_t here = entries("."), above = entries("..");
	size_t parts = entries("parts");
	struct rusage usage;
	int report[2], status;
	pid_t pid;

	assert(entries("out") == 0 && pipe(report) == 0);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0) {
		struct error err = { 0 };

		alarm(SECONDS);
		if (!open_bundle(text, size, key_path, &err) && !err.fault)
			abort();
		assert(write(report[1], &err, sizeof(err)) == sizeof(err));
		_exit(0);
	}
	close(report[1]);
	assert(wait4(pid, &status, 0, &usage) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "ended by %d\n", status);
		abort();
	}
	assert(read(report[0], ret_err, sizeof(*ret_err)) == sizeof(*ret_err));
	close(report[0]);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	if (usage.ru_maxrss > KIB_MOST) {
		fprintf(stderr, "took %ld KiB\n", usage.ru_maxrss);
		abort();
	}
#endif
	assert(entries(".") == here && entries("..") == above &&
	       entries("parts") == parts);
	assert(entries("out") == (ret_err->fault ? 0 : 1));
}

/* It must fail, for that reason. */
static inline void refused(const char *name, const char *text, size_t size,
			   const char *key_path, enum fault fault,
			   const char *says)
{
	struct error err;

	printf("%s: ", name);
	fflush(stdout);
	attempt(text, size, key_path, &err);
	printf("%s\n", err.fault ? err.text : "unpacked");
	fflush(stdout);
	assert(err.fault == fault && strstr(err.text, says));
}

#endif
