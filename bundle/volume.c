/* volume.c - the copy of a running root, in a process and namespace of its own
 *
 *   the file      has no name; a loop device over it goes with its last user
 *   the process   alone sees what it mounts, below a tmpfs over /mnt
 *   the source    is a bind mount of the one file system, read-only: what is
 *                 mounted upon it is not there, and what it covers is
 *
 * So whatever ends it, a signal or the power, nothing is left to tidy up.
 */
#include "bundle/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "bundle/filesystem.h"
#include "bundle/fstab.h"
#include "bundle/loop.h"
#include "bundle/mounts.h"
#include "images/base/file.h"
#include "images/base/process.h"

#define FSTAB_MOST (1 << 20)

/* Where the process mounts: one of these is there on any system. */
static const char *const over[] = { "/mnt", "/media", "/srv", "/tmp" };

/* File systems that --all takes along. */
static const char *const local[] = { "btrfs", "ext2", "ext3", "ext4",
				     "jfs",   "xfs",  "vfat" };

struct work {
	const struct volume *volume;
	struct arena *arena;
	int image;
	uint64_t size;
	char path[PATH_MAX]; /* the volume's, resolved */
	const struct mount *mounts;
	size_t mount_count;
	const struct mount *root;
	const struct mount *boot; /* its own file system, or NULL */
	struct root_filter filter;
	struct filesystem filesystem;
	struct layout_root new;
	const char *place; /* where everything below is mounted */
	const char *source, *target;
};

static void stage(const struct work *work, const char *text)
{
	if (work->volume->stage)
		work->volume->stage(work->volume->stage_data, text);
}

/* The mount that shows at a path. */
static const struct mount *mount_at(const struct work *work, const char *path)
{
	const struct mount *found = NULL;

	for (size_t i = 0; i < work->mount_count; i++)
		if (strcmp(work->mounts[i].path, path) == 0)
			found = &work->mounts[i];
	return found;
}

/* Finds out what is to be copied, and whether it can be. */
static bool find_root(struct work *work, struct error *err)
{
	const char *path = work->volume->path ? work->volume->path : "/";
	char boot[PATH_MAX + 8];

	if (!realpath(path, work->path))
		return fail(err, FAULT_INVALID_PARAMETER, "%s: %s", path,
			    strerror(errno));
	if (!mounts_read(work->arena, &work->mounts, &work->mount_count, err))
		return false;
	work->root = mount_at(work, work->path);
	if (!work->root)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "nothing is mounted at %s", work->path);
	snprintf(boot, sizeof(boot), "%s/boot",
		 strcmp(work->path, "/") == 0 ? "" : work->path);
	work->boot = mount_at(work, boot);
	if (!process_found("rsync"))
		return fail(err, FAULT_HOST,
			    "copying takes rsync: install the package rsync");
	return filesystem_check(work->root->type, err);
}

/* Whether what is mounted over a directory would cover a path. */
static bool covers(const char *directory, const char *path)
{
	size_t size = strlen(directory);

	return path && strncmp(path, directory, size) == 0 &&
	       (path[size] == '/' || !path[size]);
}

/* A namespace of our own, and a place in it for devices and mounts. */
static bool make_place(struct work *work, struct error *err)
{
	struct stat st;

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return fail_errno(err, "cannot have mounts of our own");
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		if (!work->place && stat(over[i], &st) == 0 &&
		    S_ISDIR(st.st_mode) && !covers(over[i], work->path) &&
		    !covers(over[i], work->volume->fstab) &&
		    !covers(over[i], work->volume->script))
			work->place = over[i];
	if (!work->place ||
	    mount("qami", work->place, "tmpfs", MS_NOSUID | MS_NOEXEC,
		  "mode=0700,size=1m") != 0)
		return fail_errno(err, "there is no place for mounts");
	work->source = arena_format(work->arena, "%s/source", work->place);
	work->target = arena_format(work->arena, "%s/target", work->place);
	if (!work->source || !work->target)
		return fail_memory(err);
	return (mkdir(work->source, 0700) == 0 &&
		mkdir(work->target, 0700) == 0) ||
	       fail_errno(err, "cannot make %s", work->source);
}

/* A node of our own for a block device: nobody's /dev is relied upon. */
static const char *node(const struct work *work, const char *name, dev_t device,
			struct error *err)
{
	const char *path =
		arena_format(work->arena, "%s/%s", work->place, name);

	if (!path)
		return fail_memory(err), NULL;
	if (mknod(path, S_IFBLK | 0600, device) != 0)
		return fail_errno(err, "cannot make a device node"), NULL;
	return path;
}

/* Whether the old boot loader could not come along, and is missed. */
static bool needs_loader(const struct work *work)
{
	return !work->new.loader && work->new.kind != LAYOUT_NONE;
}

/* The partition table, what booting takes, and where root goes. */
static bool lay_out(struct work *work, struct error *err)
{
	struct layout layout = { .kind = work->volume->table,
				 .size = work->size };
	auto_of(source) source = NULL;
	struct place root, boot;
	auto_close int fd = -1;
	const char *disk;

	if (!mount_place(work->root, &root, err))
		return false;
	layout.root = root.start;
	if (work->boot && work->boot->device != work->root->device) {
		if (!mount_place(work->boot, &boot, err))
			return false;
		if (boot.disk != root.disk)
			return fail(err, FAULT_UNSUPPORTED,
				    "%s lies on another disk than %s",
				    work->boot->path, work->path);
		layout.boot = boot.start;
	}
	disk = node(work, "disk", root.disk, err);
	if (!disk)
		return false;
	fd = open(disk, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "cannot read the disk of %s",
				  work->path);
	/* what is read there is what file systems have written */
	sync();
	if (!source_open_file(fd, "the disk", &source, err) ||
	    !layout_make(source, &layout, work->image, &work->new, err))
		return false;
	return !needs_loader(work) || process_found("grub-install") ||
	       fail(err, FAULT_HOST,
		    "another kind of partition table takes another boot "
		    "loader: install the package grub-pc");
}

static bool bind(const char *from, const char *to, struct error *err)
{
	return (mount(from, to, NULL, MS_BIND, NULL) == 0 &&
		mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) ==
			0) ||
	       fail_errno(err, "cannot mount %s", from);
}

/* Whether a path gets into the bundle, with all its parents. */
static bool passes(const struct work *work, const char *path)
{
	char part[PATH_MAX];

	for (const char *c = path; *c; c++) {
		c += strcspn(c, "/");
		snprintf(part, sizeof(part), "%.*s", (int)(c - path), path);
		if (!filter_keeps(&work->filter, part, true))
			return false;
		if (!*c)
			break;
	}
	return true;
}

/* The file systems mounted below, on devices of this host. */
static bool bind_below(const struct work *work, struct error *err)
{
	size_t size = strcmp(work->path, "/") == 0 ? 0 : strlen(work->path);

	for (size_t i = 0; i < work->mount_count; i++) {
		const struct mount *mount = &work->mounts[i];
		char to[PATH_MAX + 16];
		bool known = false;

		for (size_t j = 0; j < sizeof(local) / sizeof(local[0]); j++)
			known = known || strcmp(mount->type, local[j]) == 0;
		if (!known || strncmp(mount->path, work->path, size) != 0 ||
		    mount->path[size] != '/' || !mount->path[size + 1] ||
		    !passes(work, mount->path + size + 1))
			continue;
		snprintf(to, sizeof(to), "%s%s", work->source,
			 mount->path + size);
		if (!bind(mount->path, to, err))
			return false;
	}
	return true;
}

static bool mount_all(const struct work *work, const char *device,
		      struct error *err)
{
	bool xfs = strcmp(work->filesystem.type, "xfs") == 0;

	/* the running root has that UUID, too */
	if (mount(device, work->target, work->filesystem.type, MS_NOATIME,
		  xfs ? "nouuid" : "noinit_itable") != 0 &&
	    (xfs || mount(device, work->target, work->filesystem.type,
			  MS_NOATIME, NULL) != 0))
		return fail_errno(err, "cannot mount the new file system");
	return bind(work->path, work->source, err) &&
	       (!work->volume->all || bind_below(work, err));
}

/* What rsync complained about first; its last line only counts. */
static const char *first_complaint(const char *log)
{
	const char *found = strstr(log, "rsync: ");

	return found ? found : "rsync: some files were not copied";
}

static bool copy(const struct work *work, struct error *err)
{
	enum { VANISHED = 24, PARTIAL = 23 };
	const struct root_filter *filter = &work->filter;
	auto_free const char **argv = calloc(filter->count + 8, sizeof(*argv));
	auto_buf log = BUF_INIT;
	size_t count = 0;
	int status = 0;

	if (!argv)
		return fail_memory(err);
	argv[count++] = "rsync";
	argv[count++] = "-aHAXS";
	argv[count++] = "--numeric-ids";
	argv[count++] = "--log-file=/dev/stdout";
	argv[count++] = "--log-file-format=";
	for (size_t i = 0; i < filter->count; i++) {
		const struct filter_rule *rule = &filter->rules[i];

		argv[count] = arena_format(work->arena, "--filter=%c %s",
					   rule->keep ? '+' : '-',
					   rule->pattern);
		if (!argv[count++])
			return fail_memory(err);
	}
	argv[count++] = arena_format(work->arena, "%s/", work->source);
	argv[count++] = arena_format(work->arena, "%s/", work->target);
	if (!process_run(&(struct process){ .argv = argv,
					    .answers = 1U << VANISHED |
						       1U << PARTIAL,
					    .ret_exit = &status },
			 &log, err)) {
		if (err->fault != FAULT_VOLUME_CAPACITY)
			return false;
		error_clear(err);
		return fail(err, FAULT_VOLUME_CAPACITY,
			    "%s does not fit on a disk of %llu MiB: make it "
			    "larger",
			    work->path, (unsigned long long)(work->size >> 20));
	}
	if (status == PARTIAL) {
		const char *why = first_complaint(buf_text(&log));

		return fail(err, FAULT_INTERNAL, "%.*s",
			    (int)strcspn(why, "\n"), why);
	}
	return true;
}

/* Mount points, and the devices that a kernel wants before it has its own. */
static bool add_nodes(int target, struct error *err)
{
	static const struct {
		const char *name;
		mode_t mode;
	} directories[] = { { "dev", 0755 }, { "media", 0755 },
			    { "mnt", 0755 }, { "proc", 0555 },
			    { "run", 0755 }, { "sys", 0555 },
			    { "tmp", 01777 } };
	static const struct {
		const char *name;
		mode_t mode;
		unsigned minor;
		unsigned major;
	} nodes[] = { { "dev/console", 0600, 1, 5 },
		      { "dev/null", 0666, 3, 1 },
		      { "dev/tty", 0666, 0, 5 },
		      { "dev/zero", 0666, 5, 1 } };

	umask(0);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]);
	     i++)
		if (mkdirat(target, directories[i].name, directories[i].mode) !=
			    0 &&
		    errno != EEXIST)
			return fail_errno(err, "cannot make /%s",
					  directories[i].name);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (mknodat(target, nodes[i].name, S_IFCHR | nodes[i].mode,
			    makedev(nodes[i].major, nodes[i].minor)) != 0 &&
		    errno != EEXIST)
			return fail_errno(err, "cannot make /%s",
					  nodes[i].name);
	return true;
}

/* One like the old, as far as that still is true. */
static bool generate_fstab(const struct work *work, struct buf *ret_text,
			   struct error *err)
{
	auto_free char *path = format_text("%s/etc/fstab", work->source);
	auto_buf old = BUF_INIT;

	if (!path)
		return fail_memory(err);
	if (access(path, F_OK) == 0 && !file_read(path, FSTAB_MOST, &old, err))
		return false;
	fstab_generate(buf_text(&old), work->filesystem.uuid,
		       work->filesystem.type, ret_text);
	return true;
}

/* Puts another /etc/fstab in place; the old one stays as fstab.old. */
static bool replace_fstab(const struct work *work, int target,
			  struct error *err)
{
	auto_buf text = BUF_INIT;
	auto_close int etc = -1, fd = -1;

	if (!work->volume->fstab && !work->volume->generate_fstab)
		return true;
	if (work->volume->fstab ?
		    !file_read(work->volume->fstab, FSTAB_MOST, &text, err) :
		    !generate_fstab(work, &text, err))
		return false;
	etc = openat(target, "etc",
		     O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC);
	if (etc < 0 ||
	    (renameat(etc, "fstab", etc, "fstab.old") != 0 && errno != ENOENT))
		return fail_errno(err, "cannot replace /etc/fstab");
	fd = openat(etc, "fstab", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0644);
	if (fd < 0)
		return fail_errno(err, "cannot write /etc/fstab");
	return write_all(fd, buf_text(&text), text.size, "/etc/fstab", err);
}

/* What no copy gives, and the user's own last word. */
static bool complete(const struct work *work, struct error *err)
{
	const char *const argv[] = { work->volume->script, work->target, NULL };
	auto_close int target = open(work->target, O_DIRECTORY | O_CLOEXEC);

	if (target < 0)
		return fail_errno(err, "cannot open %s", work->target);
	if (!add_nodes(target, err) || !replace_fstab(work, target, err))
		return false;
	if (work->volume->script) {
		stage(work, "running the script");
		if (!process_run(&(struct process){ .argv = argv }, NULL, err))
			return false;
	}
	return syncfs(target) == 0 ||
	       fail_errno(err, "cannot write the new file system");
}

/* Puts the running system's own GRUB on the new disk. */
static bool install_loader(const struct work *work, const char *disk,
			   struct error *err)
{
	auto_free char *boot =
		format_text("--boot-directory=%s/boot", work->target);
	const char *const argv[] = { "grub-install", "--target=i386-pc",
				     "--no-floppy",  boot,
				     disk,	     NULL };

	if (!boot)
		return fail_memory(err);
	stage(work, "installing the boot loader");
	return process_run(&(struct process){ .argv = argv }, NULL, err);
}

/* A block device over the new root. */
static bool attach(struct work *work, char **ret_disk, char **ret_device,
		   int *ret_loop, struct error *err)
{
	const struct layout_root *new = &work->new;

	if (needs_loader(work))
		return loop_attach_disk(work->image, new->number, new->offset,
					new->size, work->place, ret_disk,
					ret_device, ret_loop, err);
	return loop_attach(work->image, new->offset, new->size, work->place,
			   ret_device, ret_loop, err);
}

/* The whole work, in the process that it is for. */
static bool clone_here(struct work *work, struct error *err)
{
	auto_free char *device = NULL, *disk = NULL;
	auto_close int loop = -1;
	const char *old;

	if (!find_root(work, err) ||
	    !filter_make(&work->volume->filter, work->arena, &work->filter,
			 err) ||
	    !make_place(work, err) || !lay_out(work, err))
		return false;
	old = node(work, "old", work->root->device, err);
	if (!old ||
	    !filesystem_read(old, work->root->type, &work->filesystem, err))
		return false;
	stage(work, "making the file system");
	if (!attach(work, &disk, &device, &loop, err) ||
	    !filesystem_make(&work->filesystem, device, err) ||
	    !mount_all(work, device, err))
		return false;
	stage(work, "copying files");
	if (!copy(work, err) || (disk && !install_loader(work, disk, err)) ||
	    !complete(work, err))
		return false;
	if (umount2(work->target, 0) != 0)
		return fail_errno(err, "cannot unmount the new file system");
	return (fsync(loop) == 0 && fsync(work->image) == 0) ||
	       fail_errno(err, "cannot write the new disk");
}

/* A file without a name in a directory; where that is not to be had, one whose
 * name is taken from it at once. */
static bool open_image(const char *directory, uint64_t size, int *ret_fd,
		       struct error *err)
{
	auto_free char *path = NULL;
	auto_close int fd =
		open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		path = format_text("%s/.bundle-XXXXXX", directory);
		if (!path)
			return fail_memory(err);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
		return fail_errno(err, "cannot make a disk in %s", directory);
	*ret_fd = take_fd(fd);
	return true;
}

__attribute__((noreturn)) static void child_main(struct work *work, int out)
{
	struct error err = { FAULT_NONE };
	bool ok;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ok = clone_here(work, &err);
	if (write(out, &err, sizeof(err)) != sizeof(err))
		_exit(2);
	_exit(ok ? 0 : 1);
}

/* Has a child do the work, and says what it says. */
static bool run(struct work *work, struct error *err)
{
	struct error why;
	int fds[2], status;
	ssize_t got;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return fail_errno(err, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		child_main(work, fds[1]);
	close(fds[1]);
	got = pid > 0 ? read(fds[0], &why, sizeof(why)) : -1;
	close(fds[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (got != sizeof(why) || (!why.fault && status != 0))
		return fail(err, FAULT_INTERNAL,
			    "the process that copies files ended early");
	return !why.fault || fail(err, why.fault, "%s", why.text);
}

bool volume_clone(const struct volume *volume, int *ret_fd, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_close int fd = -1;
	struct work work = {
		.volume = volume,
		.arena = arena,
		.size = volume->size ? volume->size : VOLUME_SIZE_DEFAULT,
	};

	if (!arena)
		return fail_memory(err);
	if (geteuid() != 0)
		return fail(err, FAULT_UNAUTHORIZED,
			    "bundling a running system takes root");
	if (!open_image(volume->directory, work.size, &fd, err))
		return false;
	work.image = fd;
	if (!run(&work, err))
		return false;
	*ret_fd = take_fd(fd);
	return true;
}

bool volume_keep(int fd, const char *path, struct error *err)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return true;
	if (errno == EEXIST)
		return fail(err, FAULT_INVALID_PARAMETER, "%s is there already",
			    path);
	return fail_errno(err, "cannot name the disk %s", path);
}

bool volume_bundle(const struct volume *volume, const struct pack *pack,
		   struct error *err)
{
	auto_of(source) source = NULL;
	struct pack own = *pack;
	auto_close int fd = -1;

	if (!volume_clone(volume, &fd, err) ||
	    !source_open_file(fd, "the copied disk", &source, err))
		return false;
	own.source = source;
	return pack_directory(&own, volume->directory, err);
}
