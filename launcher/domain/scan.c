/* scan.c - what is on a disk that should not be in a public image, by
 * libguestfs
 *
 * The rules of inspect.c hold: the disk is read only, its file systems are
 * touched by the emulated appliance's kernel alone, and everything has an end.
 * What could not be read is told like what was found, so that "nothing found"
 * means that all of it was looked into. No byte of a secret leaves the child.
 */
#include <fcntl.h>
#include <guestfs.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "launcher/domain/confine.h"
#include "launcher/domain/hostile.h"
#include "launcher/domain/ops.h"
#include "launcher/domain/finding.h"

#define DISK "/dev/sda"
#define CPU_SECONDS 120
#define PATH_MOST 4096	/* bytes of a path that is looked at, … */
#define SHOWN_MOST 512	/* … and that is told */
#define DEVICES_MOST 256
#define FINDINGS_MOST 1000
#define LIST_MOST (64 << 20) /* bytes of a file system's list of paths */
#define FILES_MOST 50000     /* that are looked into, on the whole disk */
#define BATCH 256	     /* files whose kind is asked for at once */
#define ZEROS_MOST (1LL << 30)

/* File systems that are mounted, and how. */
static const struct {
	const char *type;
	const char *options;
} known[] = {
	{ "ext2", "ro" },
	{ "ext3", "ro" },
	{ "ext4", "ro" },
	{ "xfs", "ro,nouuid" },
	{ "vfat", "ro" },
	{ "ntfs", "ro" },
	{ "iso9660", "ro" },
	{ "squashfs", "ro" },
	{ "btrfs", "ro,subvolid=5" }, /* with all others below it */
};

struct scan {
	guestfs_h *g;
	json_t *findings;
	uint64_t more;	    /* beyond those that are told */
	unsigned files;	    /* looked into */
	unsigned members;   /* devices that volume groups and RAIDs are of */
	unsigned volumes;   /* of those */
	const char *device; /* at work on */
};

/* Tells of a file, or of what could not be read: then there is no path. */
static void found(struct scan *scan, const char *kind, const char *path)
{
	json_t *one;

	if (json_array_size(scan->findings) >= FINDINGS_MOST) {
		scan->more++;
		return;
	}
	one = json_object();
	hostile_text(one, "Partition", scan->device, SHOWN_MOST);
	json_object_set_new(one, "Kind", json_string(kind));
	hostile_text(one, "Path", path, SHOWN_MOST);
	json_array_append_new(scan->findings, one);
}

/* Files of one directory that wait to be looked into. */
struct batch {
	struct scan *scan;
	const char *directory; /* borrowed, not ended; "" at the root */
	size_t directory_size;
	char *names[BATCH + 1]; /* borrowed, in the list of paths */
	size_t count;
};

/* Looks into a regular file that is not empty. */
static void look_at(struct batch *batch, const char *name)
{
	struct scan *scan = batch->scan;
	auto_free char *path = format_text(
		"/%.*s%s%s", (int)batch->directory_size, batch->directory,
		batch->directory_size ? "/" : "", name);
	const char *kind = NULL;
	size_t size = 0;

	if (!path)
		return;
	if (finding_look(path + 1, &kind) == FINDING_INSIDE) {
		auto_free char *data =
			guestfs_pread(scan->g, path, FINDING_READ, 0, &size);

		kind = data ? finding_inside(path + 1, data, size) :
			      "unread:damaged";
	}
	if (kind)
		found(scan, kind, path);
}

/* Asks for the kinds of the files that wait: a pipe or a device is never
 * opened, and a link not followed. */
static void flush(struct batch *batch)
{
	struct guestfs_statns_list *list = NULL;
	auto_free char *directory = NULL;

	if (!batch->count)
		return;
	directory = format_text("/%.*s", (int)batch->directory_size,
				batch->directory);
	batch->names[batch->count] = NULL;
	if (directory)
		list = guestfs_lstatnslist(batch->scan->g, directory,
					   batch->names);
	if (!list || list->len != batch->count)
		found(batch->scan, "unread:damaged", directory);
	for (size_t i = 0; list && list->len == batch->count && i < list->len;
	     i++)
		if (list->val[i].st_ino != -1 &&
		    S_ISREG((mode_t)list->val[i].st_mode) &&
		    list->val[i].st_size > 0)
			look_at(batch, batch->names[i]);
	guestfs_free_statns_list(list);
	batch->count = 0;
}

/* Puts a path with those that wait, if it is one to look into. */
static bool add_path(struct batch *batch, char *path)
{
	struct scan *scan = batch->scan;
	char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : 0;
	const char *kind;

	if (strlen(path) > PATH_MOST) {
		found(scan, "unread:long-path", path);
		return true;
	}
	if (finding_look(path, &kind) == FINDING_SKIP)
		return true;
	if (++scan->files > FILES_MOST) {
		found(scan, "unread:too-many-files", path);
		return false;
	}
	if (batch->count == BATCH || batch->directory_size != size ||
	    memcmp(batch->directory, path, size) != 0)
		flush(batch);
	batch->directory = path;
	batch->directory_size = size;
	batch->names[batch->count++] = slash ? slash + 1 : path;
	return true;
}

static void look_through(struct scan *scan, char *list, size_t size)
{
	struct batch batch = { .scan = scan, .directory = "" };
	size_t length;

	for (size_t at = 0; at < size; at += length + 1) {
		char *path = list + at;

		length = strlen(path);
		while (*path == '/')
			path++;
		if (*path && !add_path(&batch, path))
			break;
	}
	flush(&batch);
}

/* What find says, as far as there is room for it. */
struct listing {
	int pipe;
	struct buf paths;
	bool over;
};

static void *take_list(void *data)
{
	struct listing *listing = data;
	char part[65536];
	ssize_t got;

	while ((got = read(listing->pipe, part, sizeof(part))) > 0) {
		listing->over = listing->paths.size + (size_t)got > LIST_MOST;
		if (listing->over)
			break;
		buf_add(&listing->paths, part, (size_t)got);
	}
	/* so that find does not wait for a reader */
	close(listing->pipe);
	return NULL;
}

/* Lists all that is in the mounted file system; false when that failed. */
static bool list_paths(struct scan *scan, struct listing *listing)
{
	pthread_t thread;
	char path[64];
	int fds[2];
	bool listed;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	listing->pipe = fds[0];
	if (pthread_create(&thread, NULL, take_list, listing) != 0) {
		close(fds[0]);
		close(fds[1]);
		return false;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	listed = guestfs_find0(scan->g, "/", path) == 0;
	close(fds[1]);
	pthread_join(thread, NULL);
	return listed && !listing->over && !listing->paths.broken;
}

static void scan_mounted(struct scan *scan)
{
	struct listing listing = { .paths = BUF_INIT };

	if (!list_paths(scan, &listing))
		found(scan,
		      listing.over ? "unread:too-many-files" : "unread:damaged",
		      NULL);
	/* what was listed is looked into all the same; the last may be cut */
	buf_char(&listing.paths, 0);
	if (!listing.paths.broken)
		look_through(scan, listing.paths.data, listing.paths.size);
	buf_done(&listing.paths);
}

/* Whether a partition without a file system is one that needs none: a boot
 * loader's, one that only holds others, or one that is empty. */
static bool is_nothing(struct scan *scan)
{
	static const char *const loaders[] = {
		"21686148-6449-6E6F-744E-656564454649", /* BIOS */
		"9E1A2D38-C612-4316-AA26-8B49521E5A8B", /* PReP */
	};
	guestfs_h *g = scan->g;
	int number = guestfs_part_to_partnum(g, scan->device);
	auto_free char *guid = NULL, *part = NULL;
	int64_t size = guestfs_blockdev_getsize64(g, scan->device);

	if (number > 0) {
		guid = guestfs_part_get_gpt_type(g, DISK, number);
		part = guestfs_part_get_mbr_part_type(g, DISK, number);
	}
	for (size_t i = 0; guid && i < sizeof(loaders) / sizeof(loaders[0]);
	     i++)
		if (strcmp(guid, loaders[i]) == 0)
			return true;
	if (part && strcmp(part, "extended") == 0)
		return true;
	return size >= 0 && size <= ZEROS_MOST &&
	       guestfs_is_zero_device(g, scan->device) == 1;
}

/* Looks into a partition, a logical volume or a whole disk. */
static void scan_device(struct scan *scan, const char *device)
{
	auto_free char *type = guestfs_vfs_type(scan->g, device);
	size_t size = type ? strlen(type) : 0;

	scan->device = device;
	for (size_t i = 0; type && i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(type, known[i].type) != 0)
			continue;
		if (guestfs_mount_vfs(scan->g, known[i].options, type, device,
				      "/") != 0) {
			found(scan, "unread:damaged", NULL);
			return;
		}
		scan_mounted(scan);
		guestfs_umount_all(scan->g);
		return;
	}
	if (size > 7 && strcmp(type + size - 7, "_member") == 0)
		scan->members++;
	else if (type && strcmp(type, "crypto_LUKS") == 0)
		found(scan, "unread:encrypted", NULL);
	else if (type && strcmp(type, "swap") == 0)
		found(scan, "unread:swap", NULL);
	else if (size || !is_nothing(scan))
		found(scan, "unread:no-file-system", NULL);
}

/* Looks into all devices of a list, which it frees. */
static unsigned scan_list(struct scan *scan, char **devices)
{
	unsigned count = 0;

	for (; devices && devices[count]; count++) {
		if (count < DEVICES_MOST)
			scan_device(scan, devices[count]);
		free(devices[count]);
	}
	if (count > DEVICES_MOST) {
		scan->device = DISK;
		found(scan, "unread:too-many-partitions", NULL);
	}
	free(devices);
	return count;
}

static json_t *look(struct scan *scan)
{
	json_t *result = json_object();

	scan->findings = json_array();
	if (scan_list(scan, guestfs_list_partitions(scan->g)) == 0)
		scan_device(scan, DISK);
	scan->volumes = scan_list(scan, guestfs_lvs(scan->g));
	scan->volumes += scan_list(scan, guestfs_list_md_devices(scan->g));
	if (scan->members && !scan->volumes) {
		scan->device = DISK;
		found(scan, "unread:no-file-system", NULL);
	}
	json_object_set_new(result, "Findings", scan->findings);
	json_object_set_new(result, "More",
			    json_integer((json_int_t)scan->more));
	return result;
}

struct scanning {
	const struct machine_file *file;
	const char *place;
	void (*opened)(void *data);
	void *opened_data;
};

/* In the child: '+' when the disk is open; then JSON, or '!' and why not. */
static void work(void *data, int out)
{
	const struct scanning *scanning = data;
	struct scan scan = { .g = confine_guestfs(scanning->place) };
	guestfs_h *g = scan.g;
	json_t *result = NULL;

	signal(SIGPIPE, SIG_IGN);
	if (g &&
	    guestfs_add_drive_opts(g, scanning->file->path,
				   GUESTFS_ADD_DRIVE_OPTS_READONLY, 1,
				   GUESTFS_ADD_DRIVE_OPTS_FORMAT,
				   scanning->file->format, -1) == 0 &&
	    guestfs_launch(g) == 0) {
		dprintf(out, "+");
		result = look(&scan);
	}
	if (result)
		json_dumpfd(result, out, JSON_COMPACT);
	else
		dprintf(out, "!%.*s", SHOWN_MOST,
			g && guestfs_last_error(g) ? guestfs_last_error(g) :
						     "no handle");
	if (g)
		guestfs_close(g);
}

static void heard(void *data, const char *text)
{
	const struct scanning *scanning = data;

	if (strcmp(text, "+") == 0 && scanning->opened)
		scanning->opened(scanning->opened_data);
}

/* Turns what the child said into the answer. */
static bool conclude(bool in_time, const char *said, char **ret_json,
		     struct error *err)
{
	json_t *json;

	if (!in_time)
		return fail(err, FAULT_UNSUPPORTED,
			    "looking through the disk took too long");
	if (*said == '+')
		said++;
	json = json_loads(said, 0, NULL);
	if (!json)
		return confine_failed(*said == '!' ? said + 1 : "",
				      "read the disk", err);
	json_decref(json);
	*ret_json = strdup(said);
	return *ret_json || fail_memory(err);
}

bool inspect_disk_scan(const struct machine_file *file,
		       void (*opened)(void *data), void *data, char **ret_json,
		       struct error *err)
{
	auto_free char *place = confine_place(err);
	struct scanning scanning = { file, place, opened, data };
	struct confined confined = {
		.work = work,
		.heard = heard,
		.data = &scanning,
		.cpu_seconds = CPU_SECONDS,
		.file_bytes = (uint64_t)8 << 30,
	};
	auto_buf text = BUF_INIT;
	bool in_time = false;
	bool ok;

	if (!place)
		return false;
	ok = confine_run(&confined, &text, &in_time, err);
	confine_clean(place);
	return ok && conclude(in_time, buf_text(&text), ret_json, err);
}
