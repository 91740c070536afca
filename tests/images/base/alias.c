/* alias - a long directory gets a short name that nobody else can have */
#include "images/base/alias.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/buf.h"

static void check_unused(const char *one)
{
	auto_free char *file = format_text("%s/file", one);
	auto_free char *link = alias_make(one);
	struct stat st;

	assert(link && mkdir(file, 0700) == 0);
	alias_remove_unused(one);
	assert(lstat(link, &st) == 0);
	assert(rmdir(file) == 0);
	alias_remove_unused(one);
	assert(lstat(link, &st) != 0);
}

static void check_sweep(const char *one, const char *two)
{
	static const struct timespec old[] = { { 1, 0 }, { 1, 0 } };
	auto_free char *gone = format_text("%s-gone", one);
	auto_free char *later = format_text("%s-later", one);
	auto_free char *there = alias_make(one);
	auto_free char *nowhere = alias_make(gone);
	auto_free char *young = alias_make(later);
	auto_free char *fresh = NULL;
	struct stat st;

	assert(there && nowhere && young);
	assert(utimensat(AT_FDCWD, there, old, AT_SYMLINK_NOFOLLOW) == 0);
	assert(utimensat(AT_FDCWD, nowhere, old, AT_SYMLINK_NOFOLLOW) == 0);
	fresh = alias_make(two);
	assert(fresh && lstat(fresh, &st) == 0);
	assert(lstat(nowhere, &st) != 0);
	assert(lstat(there, &st) == 0 && lstat(young, &st) == 0);
	alias_remove(one);
	alias_remove(two);
	alias_remove(later);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	auto_free char *one = format_text("%s/one", tmp ? tmp : "/tmp");
	auto_free char *two = format_text("%s/two", tmp ? tmp : "/tmp");
	auto_free char *first = alias_make(one);
	auto_free char *again = alias_make(one);
	auto_free char *other = alias_make(two);
	struct stat st;

	assert(first && again && other);
	assert(strcmp(first, again) == 0 && strcmp(first, other) != 0);
	assert(strlen(first) < 40);
	assert(mkdir(one, 0700) == 0 || access(one, F_OK) == 0);
	assert(stat(first, &st) == 0 && S_ISDIR(st.st_mode));

	/* a name that leads elsewhere is not ours: neither taken nor removed */
	assert(unlink(other) == 0 && symlink(one, other) == 0);
	assert(!alias_make(two));
	alias_remove(two);
	assert(lstat(other, &st) == 0);
	assert(unlink(other) == 0);

	alias_remove(one);
	alias_remove(one);
	assert(lstat(first, &st) != 0);

	/* it stays while something is in there */
	check_unused(one);

	/* a new one ends old ones that lead nowhere, and no others */
	check_sweep(one, two);
	return rmdir(one);
}
