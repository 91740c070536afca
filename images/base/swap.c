/* swap.c - which swap areas are encrypted
 *
 * The kernel tells of a device-mapper device what made it: dm-crypt's uuid
 * begins with "CRYPT-". A logical volume is as good as all that it lies on.
 */
#include "images/base/swap.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "images/base/auto.h"
#include "images/base/file.h"

#define DEPTH_MOST 8 /* of devices that lie on each other */

static bool begins(const char *path, const char *with)
{
	struct error ignored = { 0 };
	auto_buf text = BUF_INIT;

	return file_read(path, 4096, &text, &ignored) &&
	       strncmp(buf_text(&text), with, strlen(with)) == 0;
}

/* Whether a block device, by its directory in /sys, hides what it is given. */
static bool is_hidden(const char *directory, int depth)
{
	auto_free char *uuid = format_text("%s/dm/uuid", directory);
	auto_free char *below = format_text("%s/slaves", directory);
	bool all = true, any = false;
	struct dirent *entry;
	DIR *slaves;

	if (!uuid || !below || depth == DEPTH_MOST)
		return false;
	if (begins(uuid, "CRYPT-"))
		return true;
	slaves = opendir(below);
	while (slaves && (entry = readdir(slaves))) {
		auto_free char *one =
			format_text("%s/%s", below, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		any = true;
		all = all && one && is_hidden(one, depth + 1);
	}
	if (slaves)
		closedir(slaves);
	return any && all;
}

/* The directory of what an area lies on: a device by its name, a file by its
 * filesystem's number. */
static char *directory_of(const char *root, const char *area, bool is_file)
{
	const char *name = strrchr(area, '/');
	struct stat st;

	if (!is_file)
		return format_text("%s/sys/class/block/%s", root,
				   name ? name + 1 : area);
	if (stat(area, &st) != 0)
		return NULL;
	return format_text("%s/sys/dev/block/%u:%u", root, major(st.st_dev),
			   minor(st.st_dev));
}

static bool is_plain(const char *root, const char *area, const char *type)
{
	const char *name = strrchr(area, '/');
	auto_free char *directory = NULL;

	if (strncmp(name ? name + 1 : area, "zram", 4) == 0)
		return false;
	directory = directory_of(root, area, strcmp(type, "file") == 0);
	return !directory || !is_hidden(directory, 0);
}

bool swap_plain(const char *root, struct buf *ret_names, struct error *err)
{
	auto_free char *path = format_text("%s/proc/swaps", root);
	auto_buf text = BUF_INIT;
	struct error none = { 0 };
	char *rest, *line;

	if (!path)
		return fail_memory(err);
	if (!file_read(path, 65536, &text, &none))
		return true; /* a kernel without swap */
	rest = text.data;
	strsep(&rest, "\n"); /* what the columns are called */
	while ((line = strsep(&rest, "\n"))) {
		char *area = strsep(&line, " \t"), *type;

		while ((type = strsep(&line, " \t")) && !*type)
			;
		if (type && is_plain(root, area, type))
			buf_printf(ret_names, "%s%s",
				   ret_names->size ? ", " : "", area);
	}
	return !ret_names->broken || fail_memory(err);
}
