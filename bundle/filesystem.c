/* filesystem.c - by the tools of each type: e2fsprogs, xfsprogs */
#include "bundle/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/process.h"

static const struct {
	const char *type;
	const char *program;
	const char *package;
} makers[] = {
	{ "ext2", "mke2fs", "e2fsprogs" },
	{ "ext3", "mke2fs", "e2fsprogs" },
	{ "ext4", "mke2fs", "e2fsprogs" },
	{ "xfs", "mkfs.xfs", "xfsprogs" },
};

bool filesystem_check(const char *type, struct error *err)
{
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		if (strcmp(type, makers[i].type) != 0)
			continue;
		if (process_found(makers[i].program))
			return true;
		return fail(err, FAULT_HOST,
			    "a system on %s takes %s: install the package %s",
			    type, makers[i].program, makers[i].package);
	}
	return fail(err, FAULT_UNSUPPORTED,
		    "the root file system is %s; only ext2, ext3, ext4 and xfs "
		    "can be bundled",
		    type);
}

/* The value behind "NAME:" at a line's beginning, or behind "NAME=". */
static bool value(const char *text, const char *name, char *ret_value,
		  size_t room)
{
	size_t size = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, size) != 0)
			continue;
		line += size;
		line += strspn(line, " \t");
		snprintf(ret_value, room, "%.*s", (int)strcspn(line, "\n"),
			 line);
		return true;
	}
	return false;
}

static bool read_ext(const char *device, struct filesystem *ret_filesystem,
		     struct error *err)
{
	const char *const argv[] = { "tune2fs", "-l", device, NULL };
	const char *const environment[] = { "LC_ALL=C", NULL };
	auto_buf text = BUF_INIT;
	char list[1024], number[32];

	if (!process_run(&(struct process){ .argv = argv,
					    .environment = environment },
			 &text, err))
		return false;
	if (!value(buf_text(&text), "Filesystem features:", list,
		   sizeof(list)) ||
	    !value(buf_text(&text), "Filesystem UUID:", ret_filesystem->uuid,
		   sizeof(ret_filesystem->uuid)) ||
	    !value(buf_text(&text), "Block size:", number, sizeof(number)))
		return fail(err, FAULT_INTERNAL,
			    "tune2fs says nothing of %s that is understood",
			    device);
	ret_filesystem->block_size = (unsigned)strtoul(number, NULL, 10);
	if (value(buf_text(&text), "Inode size:", number, sizeof(number)))
		ret_filesystem->inode_size =
			(unsigned)strtoul(number, NULL, 10);
	if (value(buf_text(&text), "Filesystem volume name:",
		  ret_filesystem->label, sizeof(ret_filesystem->label)) &&
	    strcmp(ret_filesystem->label, "<none>") == 0)
		ret_filesystem->label[0] = 0;
	ext_features(list, ret_filesystem->features);
	return true;
}

static bool read_xfs(const char *device, struct filesystem *ret_filesystem,
		     struct error *err)
{
	const char *const argv[] = { "blkid", "-o", "export", "-p", device,
				     NULL };
	auto_buf text = BUF_INIT;

	if (!process_run(&(struct process){ .argv = argv }, &text, err))
		return false;
	value(buf_text(&text), "UUID=", ret_filesystem->uuid,
	      sizeof(ret_filesystem->uuid));
	value(buf_text(&text), "LABEL=", ret_filesystem->label,
	      sizeof(ret_filesystem->label));
	return true;
}

bool filesystem_read(const char *device, const char *type,
		     struct filesystem *ret_filesystem, struct error *err)
{
	memset(ret_filesystem, 0, sizeof(*ret_filesystem));
	snprintf(ret_filesystem->type, sizeof(ret_filesystem->type), "%s",
		 type);
	return strcmp(type, "xfs") == 0 ?
		       read_xfs(device, ret_filesystem, err) :
		       read_ext(device, ret_filesystem, err);
}

static bool make_ext(const struct filesystem *filesystem, const char *device,
		     struct error *err)
{
	const char *argv[24] = { "mke2fs", "-q", "-F", "-m", "1", "-t",
				 filesystem->type, "-O", filesystem->features };
	size_t count = 9;
	char inode[16], block[16];

	snprintf(inode, sizeof(inode), "%u", filesystem->inode_size);
	snprintf(block, sizeof(block), "%u", filesystem->block_size);
	if (filesystem->inode_size) {
		argv[count++] = "-I";
		argv[count++] = inode;
	}
	argv[count++] = "-b";
	argv[count++] = block;
	if (*filesystem->uuid) {
		argv[count++] = "-U";
		argv[count++] = filesystem->uuid;
	}
	if (*filesystem->label) {
		argv[count++] = "-L";
		argv[count++] = filesystem->label;
	}
	/* a new disk is zeros: nothing of it needs to be written */
	argv[count++] = "-E";
	argv[count++] = "lazy_itable_init=1,lazy_journal_init=1,nodiscard";
	argv[count] = device;
	return process_run(&(struct process){ .argv = argv }, NULL, err);
}

static bool make_xfs(const struct filesystem *filesystem, const char *device,
		     struct error *err)
{
	const char *argv[12] = { "mkfs.xfs", "-q", "-f", "-K" };
	auto_free char *uuid = format_text("uuid=%s", filesystem->uuid);
	size_t count = 4;

	if (!uuid)
		return fail_memory(err);
	if (*filesystem->uuid) {
		argv[count++] = "-m";
		argv[count++] = uuid;
	}
	if (*filesystem->label) {
		argv[count++] = "-L";
		argv[count++] = filesystem->label;
	}
	argv[count] = device;
	return process_run(&(struct process){ .argv = argv }, NULL, err);
}

bool filesystem_make(const struct filesystem *filesystem, const char *device,
		     struct error *err)
{
	return strcmp(filesystem->type, "xfs") == 0 ?
		       make_xfs(filesystem, device, err) :
		       make_ext(filesystem, device, err);
}
