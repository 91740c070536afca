/* inspect.c - what is inside a disk image, by libguestfs
 *
 * The image is hostile. Its file systems are only ever touched by the kernel
 * in libguestfs's appliance, emulated and without network; libguestfs itself
 * runs in a child of ours that under root gives up everything but the right
 * to read files, and is ended with all its children after two minutes. What
 * comes back are bytes, made printable here before anybody sees them.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <guestfs.h>
#include <jansson.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/log.h"
#include "images/base/process.h"
#include "launcher/domain/ops.h"

#define WALL_USEC (120 * USEC_PER_SEC)
#define TEXT_MOST 4096
#define PARTITIONS_MOST 256
#define JSON_MOST (4 * 1024 * 1024)
#define NOBODY 65534

/* File systems that are looked into for an operating system. A disk with any
 * other is only listed. */
static const char *const mounted[] = { "ext2",	"ext3",	   "ext4", "xfs",
				       "btrfs", "vfat",	   "ntfs", "iso9660",
				       "swap",	"squashfs" };

/* Adds a text from the disk: cut, with \xNN for control characters, and for
 * all that is not ASCII if it is not UTF-8. */
static void add_text(json_t *object, const char *name, const char *bytes)
{
	auto_buf text = BUF_INIT, plain = BUF_INIT;
	json_t *value;

	for (size_t i = 0; bytes && bytes[i] && i < TEXT_MOST; i++) {
		unsigned char c = (unsigned char)bytes[i];
		bool control = c < 0x20 || c == 0x7f || c == '\\';

		buf_printf(&text, control ? "\\x%02x" : "%c", c);
		buf_printf(&plain, control || c > 0x7f ? "\\x%02x" : "%c", c);
	}
	if (!text.size)
		return;
	value = json_string(buf_text(&text));
	if (!value)
		value = json_string(buf_text(&plain));
	json_object_set_new(object, name, value);
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

/* The kind that the table gives a partition: a GUID, or MBR's byte. */
static void add_type(guestfs_h *g, const char *table, int number,
		     json_t *partition)
{
	auto_free char *guid = NULL;
	char byte[8];
	int id;

	if (strcmp(table, "gpt") == 0) {
		guid = guestfs_part_get_gpt_type(g, "/dev/sda", number);
		add_text(partition, "Type", guid);
	} else if (strcmp(table, "msdos") == 0) {
		id = guestfs_part_get_mbr_id(g, "/dev/sda", number);
		snprintf(byte, sizeof(byte), "0x%02x", id & 0xff);
		if (id >= 0)
			add_text(partition, "Type", byte);
	}
}

/* What a device holds; returns whether it may be mounted. */
static bool add_filesystem(guestfs_h *g, const char *device, json_t *partition)
{
	auto_free char *type = guestfs_vfs_type(g, device);
	auto_free char *label = NULL;

	if (!type || !*type)
		return true;
	label = guestfs_vfs_label(g, device);
	add_text(partition, "Filesystem", type);
	add_text(partition, "Label", label);
	for (size_t i = 0; i < sizeof(mounted) / sizeof(mounted[0]); i++)
		if (strcmp(type, mounted[i]) == 0)
			return true;
	return false;
}

/* Lists the partitions; *ret_known says whether all of them hold file systems
 * that we are willing to mount. */
static json_t *list_partitions(guestfs_h *g, const char *table, bool *ret_known)
{
	struct guestfs_partition_list *list = guestfs_part_list(g, "/dev/sda");
	json_t *partitions = json_array();

	for (uint32_t i = 0; list && i < list->len && i < PARTITIONS_MOST;
	     i++) {
		const struct guestfs_partition *found = &list->val[i];
		json_t *partition = json_object();
		char device[32];

		snprintf(device, sizeof(device), "/dev/sda%d",
			 (int)found->part_num);
		json_object_set_new(partition, "Number",
				    json_integer(found->part_num));
		json_object_set_new(
			partition, "Start",
			json_integer((json_int_t)found->part_start));
		json_object_set_new(partition, "Size",
				    json_integer((json_int_t)found->part_size));
		add_type(g, table, found->part_num, partition);
		*ret_known = add_filesystem(g, device, partition) && *ret_known;
		json_array_append_new(partitions, partition);
	}
	guestfs_free_partition_list(list);
	return partitions;
}

/* A disk without a table is one "partition" of number 0. */
static json_t *whole_disk(guestfs_h *g, bool *ret_known)
{
	json_t *partitions = json_array();
	json_t *partition = json_object();

	json_object_set_new(partition, "Number", json_integer(0));
	json_object_set_new(partition, "Start", json_integer(0));
	json_object_set_new(
		partition, "Size",
		json_integer(guestfs_blockdev_getsize64(g, "/dev/sda")));
	*ret_known = add_filesystem(g, "/dev/sda", partition);
	json_array_append_new(partitions, partition);
	return partitions;
}

/* The system's own name for itself; where that is only a version, as Debian's
 * without os-release, with the distribution before it. */
static void add_name(guestfs_h *g, const char *root, json_t *result)
{
	auto_free char *name = guestfs_inspect_get_product_name(g, root);
	auto_free char *distro = guestfs_inspect_get_distro(g, root);
	auto_free char *both = NULL;

	if (!name || strcmp(name, "unknown") == 0)
		return;
	if (distro && name[0] >= '0' && name[0] <= '9')
		both = format_text("%s %s", distro, name);
	add_text(result, "OperatingSystem", both ? both : name);
}

/* Mounts, in the appliance, and looks for an operating system. */
static void add_system(guestfs_h *g, json_t *result)
{
	char **roots = guestfs_inspect_os(g);

	if (roots && roots[0]) {
		auto_free char *arch = guestfs_inspect_get_arch(g, roots[0]);

		if (arch && strcmp(arch, "unknown") != 0)
			add_text(result, "Architecture", arch);
		add_name(g, roots[0], result);
	}
	free_list(roots);
}

static json_t *look(guestfs_h *g)
{
	auto_free char *table = guestfs_part_get_parttype(g, "/dev/sda");
	json_t *result = json_object();
	bool known = true;
	json_t *partitions;

	/* "loop" is what parted calls a file system on the whole disk */
	if (table && strcmp(table, "loop") != 0)
		partitions = list_partitions(g, table, &known);
	else
		partitions = whole_disk(g, &known);
	add_text(result, "PartitionTable",
		 table && strcmp(table, "loop") != 0 ? table : "none");
	if (known)
		add_system(g, result);
	json_object_set_new(result, "Partitions", partitions);
	return result;
}

/* Starts the appliance with the disk in it. */
static bool launch(guestfs_h *g, const struct machine_file *file,
		   const char *place)
{
	guestfs_set_error_handler(g, NULL, NULL);
	guestfs_set_autosync(g, 0);
	return guestfs_set_tmpdir(g, place) == 0 &&
	       guestfs_set_backend(g, "direct") == 0 &&
	       guestfs_set_backend_setting(g, "force_tcg", "1") == 0 &&
	       guestfs_set_network(g, 0) == 0 &&
	       guestfs_add_drive_opts(
		       g, file->path, GUESTFS_ADD_DRIVE_OPTS_READONLY, 1,
		       GUESTFS_ADD_DRIVE_OPTS_FORMAT, file->format, -1) == 0 &&
	       guestfs_launch(g) == 0;
}

static void limit(int resource, rlim_t value)
{
	struct rlimit limits = { value, value };

	setrlimit((__rlimit_resource_t)resource, &limits);
}

/* Root's child becomes nobody, but may read files: the layers are root's own.
 * It can neither write nor reach a network. */
static bool drop_rights(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2] = { { 0 } };
	unsigned bit = 1U << CAP_DAC_READ_SEARCH;

	if (geteuid() != 0)
		return true;
	unshare(CLONE_NEWNET);
	/* without the first bit access(), by which libguestfs asks whether it
	 * may read the disk, would leave out capabilities */
	if (prctl(PR_SET_SECUREBITS,
		  SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
			  SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) != 0 ||
	    setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return false;
	caps[0] = (struct __user_cap_data_struct){ bit, bit, bit };
	return syscall(SYS_capset, &header, caps) == 0 &&
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH,
		     0, 0) == 0;
}

/* Makes the child a place of its own: no terminal, descriptors, environment
 * or rights that it does not need. */
static bool confine(int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char language[] = "LC_ALL=C";
	static char cache[] = "LIBGUESTFS_CACHEDIR=/var/tmp";
	static char *bare[] = { path, language, cache, NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    dup2(out, 3) < 0)
		return false;
	syscall(SYS_close_range, 4U, ~0U, 0U);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	environ = bare;
	umask(077);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, 240);
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes */
	limit(RLIMIT_AS, (rlim_t)8 << 30);
#endif
	limit(RLIMIT_FSIZE, (rlim_t)8 << 30);
	return chdir("/") == 0 && drop_rights();
}

/* In the child: writes JSON, or '!' and why not, into descriptor 3. */
__attribute__((noreturn)) static void child_main(
	const struct machine_file *file, const char *place, int out)
{
	guestfs_h *g;
	json_t *result = NULL;

	if (!confine(out))
		_exit(1);
	g = guestfs_create_flags(GUESTFS_CREATE_NO_ENVIRONMENT);
	if (g && launch(g, file, place))
		result = look(g);
	if (result)
		json_dumpfd(result, 3, JSON_COMPACT);
	else
		dprintf(3, "!%.*s", TEXT_MOST,
			g && guestfs_last_error(g) ? guestfs_last_error(g) :
						     "no handle");
	if (g)
		guestfs_close(g);
	/* the pipe's end says that all is done */
	_exit(0);
}

/* Reads all that the child says; false when time is up. */
static bool collect(int fd, struct buf *ret_text)
{
	usec_t end = clock_monotonic() + WALL_USEC;

	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		usec_t left = end - clock_monotonic();
		char data[4096];
		ssize_t got;

		if (left <= 0 || ret_text->size > JSON_MOST)
			return false;
		got = poll(&ready, 1, (int)(left / 1000) + 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		got = read(fd, data, sizeof(data));
		if (got <= 0)
			return true;
		buf_add(ret_text, data, (size_t)got);
	}
}

/* Turns what the child said into the answer. */
static bool conclude(bool in_time, struct buf *text, char **ret_json,
		     struct error *err)
{
	const char *said = buf_text(text);
	json_t *json;

	if (!in_time)
		return fail(err, FAULT_UNSUPPORTED,
			    "looking into the disk took too long");
	if (strstr(said, "supermin") || strstr(said, "appliance"))
		return fail(err, FAULT_UNSUPPORTED,
			    "libguestfs cannot build its appliance: apt-get "
			    "install --no-install-recommends "
			    "linux-image-cloud-amd64; as an ordinary user "
			    "also: chmod +r /boot/vmlinuz-*");
	json = json_loads(said, 0, NULL);
	if (!json)
		return fail(err, FAULT_UNSUPPORTED,
			    "libguestfs cannot read the disk%s%.*s",
			    *said == '!' ? ": " : "",
			    *said == '!' ? (int)strcspn(said + 1, "\n") : 0,
			    said + (*said == '!'));
	json_decref(json);
	*ret_json = buf_take(text);
	return *ret_json || fail_memory(err);
}

/* A directory for what libguestfs writes; NULL with err reported. */
static char *place_make(struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	auto_free char *place = format_text("%s/qami-inspect-XXXXXX",
					    tmp && *tmp == '/' ? tmp : "/tmp");

	if (!place)
		return fail_memory(err), NULL;
	if (!mkdtemp(place) ||
	    (geteuid() == 0 && chown(place, NOBODY, NOBODY) != 0))
		return fail_errno(err, "cannot make %s", place), NULL;
	return take(place);
}

/* libguestfs cleans up after itself, but not when it was killed. */
static void place_remove(const char *place)
{
	const char *const argv[] = { "rm", "-rf", place, NULL };
	struct error err = { FAULT_NONE };

	if (!process_run(&(struct process){ .argv = argv }, NULL, &err))
		log_warning("%s", err.text);
}

/* Has a child look, and reads what it says. */
static bool run(const struct machine_file *file, const char *place,
		struct buf *ret_text, bool *ret_in_time, struct error *err)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return fail_errno(err, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		child_main(file, place, fds[1]);
	close(fds[1]);
	*ret_in_time = pid > 0 && collect(fds[0], ret_text);
	close(fds[0]);
	if (pid < 0)
		return fail_errno(err, "cannot start a process");
	/* libguestfs's own children are in its group */
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return true;
}

bool inspect_disk_inspect(const struct machine_file *file, char **ret_json,
			  struct error *err)
{
	auto_free char *place = place_make(err);
	auto_buf text = BUF_INIT;
	bool in_time = false;
	bool ok;

	if (!place)
		return false;
	ok = run(file, place, &text, &in_time, err);
	place_remove(place);
	return ok && conclude(in_time, &text, ret_json, err);
}
