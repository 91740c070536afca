/* mounts.c - /proc/self/mountinfo, and sysfs's word on block devices */
#include "bundle/mounts.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "images/base/file.h"

#define MOUNTINFO "/proc/self/mountinfo"
#define MOUNTINFO_MOST (16 << 20)

/* Takes \040 and its like, as the kernel writes blanks, out of a text. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned code;

		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = 0;
}

/* ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [FIELD…] - TYPE SOURCE OPTIONS */
static bool parse_line(char *line, struct mount *ret_mount)
{
	unsigned long first, second;
	char *path = NULL, *type, *save = NULL;
	char *fields = strstr(line, " - ");

	if (!fields || sscanf(line, "%*s %*s %lu:%lu", &first, &second) != 2)
		return false;
	type = strtok_r(fields + 3, " ", &save);
	*fields = 0;
	strtok_r(line, " ", &save);
	for (int i = 0; i < 4; i++)
		path = strtok_r(NULL, " ", &save);
	if (!path || !type)
		return false;
	unescape(path);
	*ret_mount = (struct mount){
		.path = path,
		.type = type,
		.device = makedev((unsigned)first, (unsigned)second),
	};
	return true;
}

bool mounts_parse(char *text, struct arena *arena,
		  const struct mount **ret_mounts, size_t *ret_count,
		  struct error *err)
{
	struct mount *mounts = NULL;
	size_t count = 0;
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		mounts = arena_more(arena, mounts, count, sizeof(*mounts));
		if (!mounts)
			return fail_memory(err);
		if (!parse_line(line, &mounts[count]))
			return fail(err, FAULT_INTERNAL,
				    MOUNTINFO " cannot be read");
		count++;
	}
	*ret_mounts = mounts;
	*ret_count = count;
	return true;
}

bool mounts_read(struct arena *arena, const struct mount **ret_mounts,
		 size_t *ret_count, struct error *err)
{
	auto_buf text = BUF_INIT;
	char *copy;

	if (!file_read(MOUNTINFO, MOUNTINFO_MOST, &text, err))
		return false;
	copy = arena_str(arena, buf_text(&text));
	if (!copy)
		return fail_memory(err);
	return mounts_parse(copy, arena, ret_mounts, ret_count, err);
}

/* Reads a number, or two as MAJOR:MINOR, that sysfs has of a device. */
static bool sys_read(dev_t device, const char *name, unsigned long *ret_first,
		     unsigned long *ret_second)
{
	struct error ignored = { FAULT_NONE };
	auto_buf text = BUF_INIT;
	auto_free char *path = format_text("/sys/dev/block/%u:%u/%s",
					   major(device), minor(device), name);

	return path && file_read(path, 4096, &text, &ignored) &&
	       sscanf(buf_text(&text), "%lu:%lu", ret_first, ret_second) >= 1;
}

bool mount_place(const struct mount *mount, struct place *ret_place,
		 struct error *err)
{
	unsigned long start = 0, first = 0, second = 0;
	bool partition = sys_read(mount->device, "start", &start, &second);

	if (!sys_read(mount->device, "dev", &first, &second))
		return fail(err, FAULT_UNSUPPORTED,
			    "%s (%s) lies on no block device", mount->path,
			    mount->type);
	if (sys_read(mount->device, "dm/suspended", &first, &second) ||
	    sys_read(mount->device, "md/raid_disks", &first, &second))
		return fail(err, FAULT_UNSUPPORTED,
			    "%s lies on a device mapper or RAID device, whose "
			    "disk cannot be made again",
			    mount->path);
	if (partition && !sys_read(mount->device, "../dev", &first, &second))
		return fail(err, FAULT_INTERNAL,
			    "the disk of %s cannot be found", mount->path);
	*ret_place = (struct place){
		.disk = partition ?
				makedev((unsigned)first, (unsigned)second) :
				mount->device,
		.start = partition ? (uint64_t)start * 512 : 0,
	};
	return true;
}
