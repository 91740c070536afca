/* clone.c - a disk's root file system is made anew on another, by libguestfs
 *
 * Two appliances: one has the old disk, read-only, the other one the new. The
 * old one's tar leaves out what is not kept and streams into the new one's, so
 * that nothing of it ever comes near the new disk, nor a copy to the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "images/base/arena.h"
#include "images/base/ext.h"
#include "images/base/file.h"
#include "images/base/source.h"
#include "launcher/domain/confine.h"
#include "launcher/domain/exclude.h"
#include "launcher/domain/ops.h"

#define CPU_SECONDS 900  /* for a disk of no size; … */
#define MIB_A_SECOND 2	  /* … and at least so fast beyond that */
#define MEMORY_MIB 640	  /* of an appliance; there are two */
#define READ_MOST (1 << 20) /* of what libguestfs hands over in one call */
#define FSTAB_MOST (1 << 20)
#define DISK "/dev/sda" /* of either appliance */

/* File systems that a root may be on. */
static const char *const known[] = { "ext2", "ext3", "ext4", "xfs" };

struct work {
	const struct disk_clone *clone;
	struct arena *arena;
	guestfs_h *old, *new;
	char *root;	  /* the old root's device */
	const char *type; /* of its file system */
	char *boot;	  /* /boot's own device, or NULL */
	char target[32];  /* the new root's device */
	char *uuid;
	const char **excludes; /* tar's patterns, and a NULL */
};

/* What went wrong in an appliance. */
static bool failed(guestfs_h *g, const char *what, struct error *err)
{
	const char *why = g ? guestfs_last_error(g) : NULL;

	if (why && strstr(why, "No space left on device"))
		return fail(err, FAULT_VOLUME_CAPACITY,
			    "the root file system does not fit on the new "
			    "disk: make it larger");
	return confine_failed(why ? why : "", what, err);
}

static bool is_known(const char *type)
{
	for (size_t i = 0; type && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(type, known[i]) == 0)
			return true;
	return false;
}

static bool start(guestfs_h **ret_g, const struct work *work, const char *path,
		  const char *format, bool read_only, struct error *err)
{
	guestfs_h *g = *ret_g = confine_guestfs(work->clone->place);

	return (g && guestfs_set_memsize(g, MEMORY_MIB) == 0 &&
		guestfs_add_drive_opts(g, path, GUESTFS_ADD_DRIVE_OPTS_READONLY,
				       (int)read_only,
				       GUESTFS_ADD_DRIVE_OPTS_FORMAT, format,
				       -1) == 0 &&
		guestfs_launch(g) == 0) ||
	       failed(g, "start", err);
}

/* Whether a mounted file system looks like a system's root. */
static bool is_root(guestfs_h *g)
{
	return guestfs_is_dir(g, "/etc") == 1 &&
	       (guestfs_is_dir_opts(g, "/sbin",
				    GUESTFS_IS_DIR_OPTS_FOLLOWSYMLINKS, 1,
				    -1) == 1 ||
		guestfs_is_dir(g, "/usr/sbin") == 1);
}

/* Whether it looks like a /boot of its own. */
static bool is_boot(guestfs_h *g)
{
	return guestfs_is_dir(g, "/grub") == 1 ||
	       guestfs_is_dir(g, "/grub2") == 1;
}

/* Looks into one file system for root or /boot. */
static void look_at(struct work *work, char *device, char *type)
{
	guestfs_h *g = work->old;

	if (!is_known(type) || guestfs_mount_ro(g, device, "/") != 0)
		return;
	if (!work->root && is_root(g)) {
		work->root = arena_str(work->arena, device);
		work->type = arena_str(work->arena, type);
	} else if (!work->boot && is_boot(g)) {
		work->boot = arena_str(work->arena, device);
	}
	guestfs_umount(g, "/");
}

static bool find_root(struct work *work, struct error *err)
{
	char **found = guestfs_list_filesystems(work->old);

	if (!found)
		return failed(work->old, "read the disk", err);
	for (size_t i = 0; found[i] && found[i + 1]; i += 2) {
		look_at(work, found[i], found[i + 1]);
		free(found[i]);
		free(found[i + 1]);
	}
	free(found);
	if (!work->root)
		return fail(err, FAULT_UNSUPPORTED,
			    "no system is found on the disk: its root must be "
			    "on ext2, ext3, ext4 or xfs, in a partition or on "
			    "the whole disk");
	if (!work->type)
		return fail_memory(err);
	return guestfs_mount_ro(work->old, work->root, "/") == 0 ||
	       failed(work->old, "mount the root file system", err);
}

/* The old disk, read through its appliance. */
struct remote {
	struct source source;
	guestfs_h *g;
};

static bool remote_next(struct source *source, uint64_t offset,
			uint64_t *ret_size, bool *ret_data, struct error *err)
{
	(void)err;
	*ret_size = source->size - offset;
	*ret_data = true;
	return true;
}

static bool remote_read(struct source *source, void *ret_data, size_t size,
			uint64_t offset, struct error *err)
{
	struct remote *remote = (struct remote *)source;
	uint8_t *to = ret_data;

	while (size) {
		size_t got = 0;
		auto_free char *data = guestfs_pread_device(
			remote->g, DISK,
			(int)(size < READ_MOST ? size : READ_MOST),
			(int64_t)offset, &got);

		if (!data || !got || got > size)
			return failed(remote->g, "read the disk", err);
		memcpy(to, data, got);
		to += got;
		offset += got;
		size -= got;
	}
	return true;
}

static void remote_close(struct source *source)
{
	(void)source;
}

static const struct source_ops remote_ops = {
	.next = remote_next,
	.read = remote_read,
	.close = remote_close,
};

/* Where a device of the appliance begins on its disk, bytes. */
static bool device_start(struct work *work, const char *device,
			 uint64_t *ret_start, struct error *err)
{
	struct guestfs_partition_list *list;
	int number;
	bool found = false;

	*ret_start = 0;
	if (strcmp(device, DISK) == 0)
		return true;
	if (strncmp(device, DISK, strlen(DISK)) != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "the root file system lies on %s, which cannot be "
			    "made anew",
			    device);
	number = guestfs_part_to_partnum(work->old, device);
	list = guestfs_part_list(work->old, DISK);
	for (uint32_t i = 0; list && i < list->len; i++)
		if (list->val[i].part_num == number) {
			*ret_start = list->val[i].part_start;
			found = true;
		}
	guestfs_free_partition_list(list);
	return found || failed(work->old, "read the partition table", err);
}

static bool lay_out(struct work *work, struct error *err)
{
	const struct disk_clone *clone = work->clone;
	struct remote remote = { .source.ops = &remote_ops, .g = work->old };
	int64_t size = guestfs_blockdev_getsize64(work->old, DISK);
	auto_close int fd = open(clone->to, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	uint64_t root, boot = 0;
	unsigned partition = 0;

	if (size < 0)
		return failed(work->old, "read the disk", err);
	remote.source.size = (uint64_t)size;
	if (fd < 0)
		return fail_errno(err, "cannot open the new disk");
	if (!device_start(work, work->root, &root, err) ||
	    (work->boot && !device_start(work, work->boot, &boot, err)) ||
	    !clone->lay_out(clone->data, &remote.source, root, boot, fd,
			    &partition, err))
		return false;
	snprintf(work->target, sizeof(work->target),
		 partition ? DISK "%u" : DISK, partition);
	return true;
}

/* The value of a name in the list of tune2fs's; "" for none. */
static const char *fact(char **facts, const char *name)
{
	for (size_t i = 0; facts[i] && facts[i + 1]; i += 2)
		if (strcmp(facts[i], name) == 0)
			return facts[i + 1];
	return "";
}

static bool make_ext(struct work *work, const char *label, struct error *err)
{
	char features[EXT_FEATURES_SIZE];
	char **facts = guestfs_tune2fs_l(work->old, work->root);
	int block, inode;
	bool ok;

	if (!facts)
		return failed(work->old, "read the root file system", err);
	ext_features(fact(facts, "Filesystem features"), features);
	block = atoi(fact(facts, "Block size"));
	inode = atoi(fact(facts, "Inode size"));
	ok = guestfs_mkfs_opts(work->new, work->type, work->target,
			       GUESTFS_MKFS_OPTS_FEATURES, features,
			       GUESTFS_MKFS_OPTS_BLOCKSIZE, block,
			       GUESTFS_MKFS_OPTS_INODE, inode ? inode : 128,
			       GUESTFS_MKFS_OPTS_LABEL, label, -1) == 0;
	for (size_t i = 0; facts[i]; i++)
		free(facts[i]);
	free(facts);
	return ok || failed(work->new, "make the new file system", err);
}

/* Makes the new file system like the old one, and mounts it. */
static bool make_filesystem(struct work *work, struct error *err)
{
	auto_free char *label = guestfs_vfs_label(work->old, work->root);
	guestfs_h *g = work->new;

	work->uuid = guestfs_vfs_uuid(work->old, work->root);
	if (!label || !work->uuid)
		return failed(work->old, "read the root file system", err);
	if (strcmp(work->type, "xfs") != 0) {
		if (!make_ext(work, label, err))
			return false;
	} else if (guestfs_mkfs_opts(g, work->type, work->target,
				     GUESTFS_MKFS_OPTS_LABEL, label, -1) != 0) {
		return failed(g, "make the new file system", err);
	}
	return ((!*work->uuid ||
		 guestfs_set_uuid(g, work->target, work->uuid) == 0) &&
		guestfs_mount_options(g, "noatime", work->target, "/") == 0) ||
	       failed(g, "make the new file system", err);
}

/* Finds all that is left out. */
static bool find_excludes(struct work *work, struct error *err)
{
	auto_free char *path = format_text("%s/files", work->clone->place);
	auto_buf list = BUF_INIT;

	if (!path)
		return fail_memory(err);
	if (guestfs_find0(work->old, "/", path) != 0)
		return failed(work->old, "list the files", err);
	return file_read(path, (size_t)1 << 30, &list, err) &&
	       exclude_paths(work->clone, work->old, list.data, list.size,
			     work->arena, &work->excludes, err);
}

/* The new disk's half of the copy, in a thread of its own. */
struct unpacking {
	struct work *work;
	int pipe;
	bool ok;
};

static void *unpack(void *data)
{
	struct unpacking *unpacking = data;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", unpacking->pipe);
	unpacking->ok = guestfs_tar_in_opts(unpacking->work->new, path, "/",
					    GUESTFS_TAR_IN_OPTS_XATTRS, 1,
					    GUESTFS_TAR_IN_OPTS_SELINUX, 1,
					    GUESTFS_TAR_IN_OPTS_ACLS, 1,
					    -1) == 0;
	/* so that the other half does not wait for a reader */
	close(unpacking->pipe);
	return NULL;
}

static bool copy(struct work *work, struct error *err)
{
	struct unpacking unpacking = { .work = work };
	pthread_t thread;
	char path[64];
	int fds[2];
	bool packed;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return fail_errno(err, "cannot make a pipe");
	unpacking.pipe = fds[0];
	if (pthread_create(&thread, NULL, unpack, &unpacking) != 0)
		return fail_errno(err, "cannot start a thread");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	packed = guestfs_tar_out_opts(work->old, "/", path,
				      GUESTFS_TAR_OUT_OPTS_NUMERICOWNER, 1,
				      GUESTFS_TAR_OUT_OPTS_EXCLUDES,
				      work->excludes,
				      GUESTFS_TAR_OUT_OPTS_XATTRS, 1,
				      GUESTFS_TAR_OUT_OPTS_SELINUX, 1,
				      GUESTFS_TAR_OUT_OPTS_ACLS, 1, -1) == 0;
	close(fds[1]);
	pthread_join(thread, NULL);
	if (!unpacking.ok)
		return failed(work->new, "write the files", err);
	return packed || failed(work->old, "read the files", err);
}

/* Mount points, and the devices that a kernel wants before it has its own. */
static void add_nodes(guestfs_h *g)
{
	static const char *const directories[] = {
		"/dev", "/media", "/mnt", "/proc", "/run", "/sys", "/tmp",
	};

	guestfs_umask(g, 0);
	/* what is there already stays as it is */
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]);
	     i++)
		if (guestfs_exists(g, directories[i]) == 0)
			guestfs_mkdir_mode(g, directories[i],
					   i == 6 ? 01777 : 0755);
	guestfs_mknod_c(g, 0600, 5, 1, "/dev/console");
	guestfs_mknod_c(g, 0666, 1, 3, "/dev/null");
	guestfs_mknod_c(g, 0666, 5, 0, "/dev/tty");
	guestfs_mknod_c(g, 0666, 1, 5, "/dev/zero");
}

static bool replace_fstab(struct work *work, struct error *err)
{
	const struct disk_clone *clone = work->clone;
	guestfs_h *g = work->new;
	auto_free char *old = NULL;
	auto_buf text = BUF_INIT;
	size_t size = 0;

	if (guestfs_is_file(g, "/etc/fstab") == 1 &&
	    guestfs_filesize(g, "/etc/fstab") <= FSTAB_MOST)
		old = guestfs_read_file(g, "/etc/fstab", &size);
	clone->fstab(clone->data, old ? old : "", work->uuid, work->type,
		     &text);
	if (!text.size)
		return true;
	if (old)
		guestfs_mv(g, "/etc/fstab", "/etc/fstab.old");
	return guestfs_write(g, "/etc/fstab", buf_text(&text), text.size) ==
		       0 ||
	       failed(g, "write /etc/fstab", err);
}

static bool clone_disk(struct work *work, struct error *err)
{
	const struct disk_clone *clone = work->clone;

	if (!start(&work->old, work, clone->from->path, clone->from->format,
		   true, err))
		return false;
	dprintf(CONFINED_OUT, "+");
	if (!find_root(work, err) || !lay_out(work, err) ||
	    !start(&work->new, work, clone->to, "raw", false, err) ||
	    !make_filesystem(work, err) || !find_excludes(work, err) ||
	    !copy(work, err))
		return false;
	add_nodes(work->new);
	if (!replace_fstab(work, err))
		return false;
	/* both of them tell of what could not be written */
	return (guestfs_umount_all(work->new) == 0 &&
		guestfs_shutdown(work->new) == 0) ||
	       failed(work->new, "write the new disk", err);
}

/* In the child: '+' when the old disk is open; at the end '!', the fault and
 * why, or '.'. */
static void work_here(void *data, int out)
{
	struct error err = { FAULT_NONE };
	struct work work = { .clone = data, .arena = arena_new() };

	signal(SIGPIPE, SIG_IGN);
	if (work.arena && clone_disk(&work, &err))
		dprintf(out, ".");
	else
		dprintf(out, "!%d %s", (int)err.fault, err.text);
	if (work.new)
		guestfs_close(work.new);
	if (work.old)
		guestfs_close(work.old);
	free(work.uuid);
	arena_free(work.arena);
}

static void heard(void *data, const char *text)
{
	/* the child's own data is the clone */
	const struct disk_clone *clone = data;

	if (strcmp(text, "+") == 0 && clone->opened)
		clone->opened(clone->data);
}

/* Turns what the child said into the answer. */
static bool conclude(bool in_time, const char *said, struct error *err)
{
	const char *end = strpbrk(said, ".!");
	char *text;
	long fault;

	if (!in_time)
		return fail(err, FAULT_UNSUPPORTED,
			    "copying the root file system took too long");
	if (end && *end == '.')
		return true;
	if (!end)
		return fail(err, FAULT_INTERNAL,
			    "the process that copies files ended early");
	fault = strtol(end + 1, &text, 10);
	if (fault <= FAULT_NONE || fault >= FAULT_COUNT)
		return fail(err, FAULT_INTERNAL, "libguestfs cannot start");
	return fail(err, (enum fault)fault, "%s", text + (*text == ' '));
}

bool inspect_disk_clone(const struct disk_clone *clone, struct error *err)
{
	uint64_t mib = clone->size >> 20;
	struct confined confined = {
		.work = work_here,
		.heard = heard,
		.data = (void *)(uintptr_t)clone,
		.cpu_seconds = (unsigned)(CPU_SECONDS + mib / MIB_A_SECOND),
		.file_bytes = clone->size + ((uint64_t)8 << 30),
	};
	struct error back = { FAULT_NONE };
	auto_buf text = BUF_INIT;
	bool in_time = false, ok;

	if (!confine_lend(clone->place, true, err) ||
	    !confine_lend(clone->to, true, err))
		return false;
	ok = confine_run(&confined, &text, &in_time, err) &&
	     conclude(in_time, buf_text(&text), err);
	return confine_lend(clone->to, false, ok ? err : &back) && ok;
}
