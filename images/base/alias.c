/* alias.c - a short name for a long directory, whose sockets need one */
#include "images/base/alias.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/digest.h"

/* Whether a directory is ours and nobody else can write into it. */
static bool is_private(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && !(st.st_mode & 022);
}

/* Where the links are. */
static char *alias_home(void)
{
	return format_text("/tmp/qami-%u", geteuid());
}

static char *alias_path(const char *home, const char *directory)
{
	char digest[SHA256_TEXT_SIZE];

	sha256_text(directory, strlen(directory), digest);
	return home ? format_text("%s/%.12s", home, digest) : NULL;
}

/* Whether a link leads there. */
static bool leads_to(const char *path, const char *directory)
{
	char target[PATH_MAX];
	ssize_t size = readlink(path, target, sizeof(target) - 1);

	if (size < 0)
		return false;
	target[size] = 0;
	return strcmp(target, directory) == 0;
}

char *alias_make(const char *directory)
{
	auto_free char *home = alias_home();
	auto_free char *path = alias_path(home, directory);

	if (!path || (mkdir(home, 0711) != 0 && errno != EEXIST) ||
	    !is_private(home) ||
	    /* whatever the umask was when it was made */
	    chmod(home, 0711) != 0)
		return NULL;
	if (symlink(directory, path) != 0 && !leads_to(path, directory))
		return NULL;
	return take(path);
}

void alias_remove(const char *directory)
{
	auto_free char *home = alias_home();
	auto_free char *path = alias_path(home, directory);

	if (path && is_private(home) && leads_to(path, directory))
		unlink(path);
}
