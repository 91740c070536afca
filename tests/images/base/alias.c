/* alias - a long directory gets a short name that nobody else can have */
#include "images/base/alias.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/buf.h"

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
	return rmdir(one);
}
