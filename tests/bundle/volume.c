/* volume.c - a mounted root becomes a disk that boots: what is on it, what is
 * not, and what is left when everything is killed in the middle of it */
#include "bundle/volume.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "bundle/loop.h"
#include "bundle/unpack.h"
#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/process.h"

#define MIB ((uint64_t)1 << 20)
#define ROOT_START (27 * MIB) /* of the disk guest's second partition */

static char tmp[3000];
static char loop[64];

/* Runs a program whose success the test needs; what it printed, without the
 * last newline. */
static char *run(const char *const *argv)
{
	struct error err = { 0 };
	auto_buf text = BUF_INIT;
	char *out;

	if (!process_run(&(struct process){ .argv = argv }, &text, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	out = buf_take(&text);
	if (*out && out[strlen(out) - 1] == '\n')
		out[strlen(out) - 1] = 0;
	return out;
}
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

/* A path in the test's directory; valid until the fourth call after. */
static const char *in(const char *name)
{
	static char paths[4][4096];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", tmp, name);
	return path;
}

static void skip(const char *why)
{
	puts(why);
	exit(77);
}

static void tear_down(void)
{
	umount(in("root/opt"));
	umount(in("root"));
	umount(in("new"));
	if (*loop) {
		/* its last users may be just going */
		free(RUN("sh", "-c",
			 "for i in 1 2 3 4 5; do partx -d \"$1\" && break;"
			 "sleep 0.3; done",
			 "sh", loop));
		free(RUN("losetup", "-d", loop));
	}
	*loop = 0;
}

/* A failed assertion must not leave mounts behind. */
static void on_abort(int number)
{
	tear_down();
	signal(number, SIG_DFL);
}

static void put(const char *path, const char *text)
{
	struct error err = { 0 };
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", in(path));
	*strrchr(copy, '/') = 0;
	if (!dir_make(copy, 0755, &err) ||
	    !file_write(in(path), text, strlen(text), 0644, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
}

/* Mounts the tiny guest's root from a partition, as a running one has it. */
static void set_up(void)
{
	auto_free char *built = RUN("tests/guest/build", "disk");
	auto_free char *device = NULL, *sys = NULL, *name = NULL;
	unsigned first, second;

	free(RUN("cp", "--sparse=always", built, in("disk")));
	free(RUN("chmod", "u+w", in("disk")));
	name = RUN("losetup", "-P", "--show", "-f", in("disk"));
	snprintf(loop, sizeof(loop), "%s", name);
	/* partx tells a kernel that cannot read the table itself */
	free(RUN("partx", "-u", loop));
	sys = format_text("/sys/block/%s/%sp2/dev", loop + 5, loop + 5);
	device = RUN("cat", sys);
	assert(sscanf(device, "%u:%u", &first, &second) == 2);
	assert(mknod(in("node"), S_IFBLK | 0600,
		     (dev_t)first << 8 | (second & 0xff) |
			     (dev_t)(second & ~0xffU) << 12) == 0);
	assert(mkdir(in("root"), 0755) == 0 && mkdir(in("new"), 0755) == 0);
	assert(mount(in("node"), in("root"), "ext4", 0, NULL) == 0);
}

static void fill(void)
{
	static const uint8_t capability[20] = { 0x01, 0x00, 0x00, 0x02, 0x00,
						0x20 };
	static const uint8_t acl[] = {
		2, 0, 0, 0, 1, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
		2, 0, 4, 0, 7, 0, 0,	0,    4,    0,	  4,	0,
		0xff, 0xff, 0xff, 0xff, 0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
		0x20, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
	};
	auto_free char *to = NULL;

	put("root/root/.ssh/id_rsa", "SECRET-KEY");
	put("root/root/.bash_history", "SECRET-HISTORY");
	put("root/root/.profile", "kept");
	put("root/.at-the-top", "kept");
	put("root/tmp/scratch", "SECRET-SCRATCH");
	put("root/srv/one", "linked");
	assert(link(in("root/srv/one"), in("root/srv/two")) == 0);
	assert(symlink("one", in("root/srv/link")) == 0);
	put("root/srv/sparse", "x");
	assert(truncate(in("root/srv/sparse"), (off_t)(40 * MIB)) == 0);
	put("root/srv/attributes", "x");
	assert(chown(in("root/srv/attributes"), 1234, 5678) == 0);
	assert(chmod(in("root/srv/attributes"), 04751) == 0);
	assert(setxattr(in("root/srv/attributes"), "user.name", "value", 5,
			0) == 0);
	assert(setxattr(in("root/srv/attributes"), "security.capability",
			capability, sizeof(capability), 0) == 0);
	assert(setxattr(in("root/srv/one"), "system.posix_acl_access", acl,
			sizeof(acl), 0) == 0);
	to = format_text("of=%s", in("root/srv/random"));
	free(RUN("dd", "if=/dev/urandom", "bs=1M", "count=16", "status=none",
		 to));
	put("root/etc/fstab", "LABEL=qami-root / ext4 defaults 0 1\n");
	put("root/opt/below", "under the mount");
	assert(mount("foreign", in("root/opt"), "tmpfs", 0, NULL) == 0);
	put("root/opt/foreign", "SECRET-FOREIGN");
}

/* What the kernel has of our loop devices and mounts, and the directory that
 * disks are made in, to be as they were. */
static char *state(void)
{
	return RUN("sh", "-c",
		   "losetup -n -O BACK-FILE | grep -F \"$1/out\";"
		   "grep -F \"$1\" /proc/self/mountinfo; ls -A \"$1/out\"",
		   "sh", tmp);
}

static char *clean; /* what state() says when nobody is at work */

/* Others on this host may hold a device for a moment, as blkid does that looks
 * at all of them: it goes with the last who has it open. */
static void nothing_is_left(void)
{
	usec_t end = clock_monotonic() + 120 * USEC_PER_SEC;

	for (;;) {
		auto_free char *now = state();

		if (strcmp(clean, now) == 0)
			return;
		if (clock_monotonic() > end)
			fprintf(stderr, "left:\n%s\n", now);
		assert(clock_monotonic() <= end);
		free(RUN("sleep", "0.2"));
	}
}

static struct volume request(void)
{
	static char root[4096], out[4096];

	snprintf(root, sizeof(root), "%s", in("root"));
	snprintf(out, sizeof(out), "%s", in("out"));
	return (struct volume){
		.path = root,
		.directory = out,
		.size = 96 * MIB,
	};
}

static void must(bool ok, const struct error *err)
{
	if (!ok)
		fprintf(stderr, "%s\n", err->text);
	assert(ok);
}

static void is(const char *path, const char *wanted)
{
	struct error err = { 0 };
	auto_buf text = BUF_INIT;

	must(file_read(in(path), MIB, &text, &err), &err);
	assert(strcmp(buf_text(&text), wanted) == 0);
}

static void gone(const char *path)
{
	assert(access(in(path), F_OK) != 0 && errno == ENOENT);
}

/* Whether some bytes are anywhere on the disk. */
static bool contains(int fd, const char *text)
{
	auto_free char *path = format_text("/proc/%d/fd/%d", getpid(), fd);
	auto_free char *count = RUN("sh", "-c",
				    "grep -c -a -F -- \"$1\" \"$2\" || :", "sh",
				    text, path);

	return strcmp(count, "0") != 0;
}

/* Mounts the new root; the device goes with the mount. */
static void look_into(int fd, uint64_t offset, uint64_t size)
{
	struct error err = { 0 };
	auto_free char *device = NULL;
	auto_close int held = -1;

	must(loop_attach(fd, offset, size, tmp, &device, &held, &err), &err);
	assert(mount(device, in("new"), "ext4", MS_RDONLY, NULL) == 0);
	assert(unlink(device) == 0);
}

static void check_files(void)
{
	struct stat one, two;
	char value[64];

	is("new/root/.profile", "kept");
	is("new/.at-the-top", "kept");
	is("new/srv/two", "linked");
	is("new/opt/below", "under the mount");
	is("new/etc/fstab", "LABEL=qami-root / ext4 defaults 0 1\n");
	gone("new/root/.ssh/id_rsa");
	gone("new/root/.bash_history");
	gone("new/tmp/scratch");
	gone("new/opt/foreign");
	assert(stat(in("new/tmp"), &one) == 0 && S_ISDIR(one.st_mode));
	assert(stat(in("new/dev/console"), &one) == 0 && S_ISCHR(one.st_mode) &&
	       one.st_rdev == 0x501);
	assert(stat(in("new/srv/one"), &one) == 0 &&
	       stat(in("new/srv/two"), &two) == 0 && one.st_ino == two.st_ino);
	assert(getxattr(in("new/srv/one"), "system.posix_acl_access", value,
			sizeof(value)) == 44);
	assert(stat(in("new/srv/sparse"), &one) == 0 &&
	       one.st_size == (off_t)(40 * MIB) && one.st_blocks < 64);
	assert(stat(in("new/srv/attributes"), &one) == 0 &&
	       one.st_uid == 1234 && one.st_gid == 5678 &&
	       (one.st_mode & 07777) == 04751);
	assert(getxattr(in("new/srv/attributes"), "user.name", value,
			sizeof(value)) == 5);
	assert(getxattr(in("new/srv/attributes"), "security.capability", value,
			sizeof(value)) == 20);
}

static void test_clone(void)
{
	struct volume volume = request();
	auto_free char *old = NULL, *new = NULL;
	struct error err = { 0 };
	auto_close int fd = -1;

	must(volume_clone(&volume, &fd, &err), &err);
	nothing_is_left();
	assert(lseek(fd, 0, SEEK_END) == (off_t)(96 * MIB));
	look_into(fd, ROOT_START, 96 * MIB - ROOT_START);
	check_files();
	assert(umount(in("new")) == 0);
	assert(!contains(fd, "SECRET-"));
	must(volume_keep(fd, in("kept"), &err), &err);
	assert(!volume_keep(fd, in("kept"), &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	old = RUN("sh", "-c",
		  "blkid -p -O 28311552 -s UUID -s LABEL -o value "
		  "\"$1\" | tr '\\n' ' '",
		  "sh", in("disk"));
	new = RUN("sh", "-c",
		  "blkid -p -O 28311552 -s UUID -s LABEL -o value "
		  "\"$1\" | tr '\\n' ' '",
		  "sh", in("kept"));
	assert(strlen(old) > 36 && strcmp(old, new) == 0);
	free(RUN("e2fsck", "-fn", in("kept?offset=28311552")));
}

static void test_wishes(void)
{
	static const char *const includes[] = { "/root/.bash_history" };
	static const char *const excludes[] = { "/srv" };
	struct volume volume = request();
	struct error err = { 0 };
	auto_close int fd = -1;

	put("script", "#!/bin/sh\necho \"$1\" >\"$1/etc/scripted\"\n");
	assert(chmod(in("script"), 0755) == 0);
	volume.filter = (struct filter_wish){ includes, 1, excludes, 1, false };
	volume.generate_fstab = true;
	volume.script = in("script");
	must(volume_clone(&volume, &fd, &err), &err);
	look_into(fd, ROOT_START, 96 * MIB - ROOT_START);
	is("new/root/.bash_history", "SECRET-HISTORY");
	gone("new/srv");
	is("new/etc/fstab.old", "LABEL=qami-root / ext4 defaults 0 1\n");
	assert(access(in("new/etc/scripted"), F_OK) == 0);
	free(RUN("grep", "-q", "^UUID=.* / ext4 defaults",
		 in("new/etc/fstab")));
	assert(umount(in("new")) == 0);
}

static void refuse(const struct volume *volume, enum fault fault)
{
	struct error err = { 0 };
	int fd = -1;

	assert(!volume_clone(volume, &fd, &err));
	if (err.fault != fault)
		fprintf(stderr, "%s\n", err.text);
	assert(err.fault == fault && fd == -1);
	nothing_is_left();
}

static void test_refused(void)
{
	struct volume volume = request();

	volume.size = 40 * MIB;
	refuse(&volume, FAULT_VOLUME_CAPACITY);
	volume.size = 16 * MIB;
	refuse(&volume, FAULT_INVALID_PARAMETER);
	volume = request();
	volume.script = "/bin/false";
	refuse(&volume, FAULT_INTERNAL);
	volume = request();
	volume.path = volume.directory; /* no mount */
	refuse(&volume, FAULT_INVALID_PARAMETER);
	volume = request();
	volume.path = "/proc";
	refuse(&volume, FAULT_UNSUPPORTED);
}

/* Another table takes another boot loader: the system's own GRUB is asked for
 * it, with the disk and its file system to be found in one place. */
static void test_other_table(void)
{
	struct volume volume = request();
	auto_free char *path = format_text("%s:%s", in("bin"), getenv("PATH"));
	struct error err = { 0 };
	auto_close int fd = -1;

	volume.table = LAYOUT_GPT;
	put("bin/grub-install",
	    "#!/bin/sh\n"
	    "boot=${3#--boot-directory=}\n"
	    "[ \"$1 $2\" = '--target=i386-pc --no-floppy' ] &&\n"
	    "[ \"$(blkid -p -s PTTYPE -o value \"$4\")\" = gpt ] &&\n"
	    "[ \"$(stat -c %D \"$boot\")\" = "
	    "\"$(printf %x $((0x$(stat -c '%t * 256 + 0x%T' \"$4\"p1))))\" "
	    "] &&\n"
	    "echo done >\"$boot/asked\"\n");
	assert(chmod(in("bin/grub-install"), 0755) == 0);
	assert(mkdir(in("root/boot"), 0755) == 0);
	assert(setenv("PATH", path, 1) == 0);
	must(volume_clone(&volume, &fd, &err), &err);
	nothing_is_left();
	look_into(fd, 4096 * 512, 96 * MIB - 4096 * 512 - 33 * 512);
	is("new/boot/asked", "done\n");
	is("new/srv/two", "linked");
	assert(umount(in("new")) == 0);
}

/* The whole of it: what is unpacked from the bundle is that disk. */
static void test_bundle(void)
{
	const struct manifest about = {
		.bundler_name = "qami",
		.bundler_version = "1",
		.bundler_release = "0",
		.architecture = "x86_64",
		.name = "image",
		.user = "123456789012",
		.type = "machine",
	};
	struct volume volume = request();
	auto_of(arena) arena = arena_new();
	auto_of(rsa) key = NULL;
	struct pack pack = { .prefix = "image", .about = &about };
	struct manifest manifest;
	struct bundle_key secret;
	struct unpack unpack = { .manifest = &manifest, .key = &secret };
	struct error err = { 0 };
	auto_close int text = -1, fd = -1;

	must(rsa_make(in("key.pem"), in("cert.pem"), "123456789012", &err),
	     &err);
	must(rsa_read_private(in("key.pem"), &key, &err), &err);
	pack.user = pack.signer = key;
	must(volume_bundle(&volume, &pack, &err), &err);
	text = open(in("out/image.manifest.xml"), O_RDONLY | O_CLOEXEC);
	must(manifest_read(text, arena, &manifest, NULL, &err), &err);
	assert(manifest.size == 96 * MIB);
	assert(strcmp(manifest.type, "machine") == 0);
	must(bundle_key_unwrap(&manifest, key, &secret, &err), &err);
	must(unpack_directory(&unpack, volume.directory, tmp, &err), &err);
	fd = open(in("image"), O_RDWR | O_CLOEXEC);
	assert(!contains(fd, "SECRET-"));
	look_into(fd, ROOT_START, 96 * MIB - ROOT_START);
	check_files();
	assert(umount(in("new")) == 0);
	free(RUN("sh", "-c", "rm \"$1\"/image*", "sh", volume.directory));
}

static void wait_forever(void *unused, const char *text)
{
	(void)unused;
	if (strstr(text, "copying"))
		pause();
}

/* Killed when all is mounted, nothing is left. */
static void test_killed(int signal_number)
{
	struct volume volume = request();
	usec_t end = clock_monotonic() + 120 * USEC_PER_SEC;
	struct error err = { 0 };
	int fd, status;
	pid_t pid;

	nothing_is_left();
	volume.stage = wait_forever;
	pid = fork();
	if (pid == 0)
		_exit(volume_clone(&volume, &fd, &err));
	for (;;) {
		auto_free char *now = state();

		assert(clock_monotonic() < end);
		free(RUN("sleep", "0.2"));
		if (strstr(now, "(deleted)"))
			break;
	}
	kill(pid, signal_number);
	assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	nothing_is_left();
}

/* A device that has its file, until the process is killed. */
__attribute__((noreturn)) static void attach_and_wait(void)
{
	auto_free char *device = NULL;
	struct error err = { 0 };
	int held, fd = open(in("out"), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)MIB) != 0 ||
	    ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(1);
	raise(SIGSTOP);
	if (!loop_attach(fd, 0, 0, tmp, &device, &held, &err))
		fprintf(stderr, "%s\n", err.text);
	_exit(1);
}

/* Killed as soon as there is a device, nothing is left of it. */
static void test_killed_early(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		attach_and_wait();
	nothing_is_left();
	for (;;) {
		auto_free char *now = NULL;

		assert(waitpid(pid, &status, 0) == pid);
		if (!WIFSTOPPED(status)) {
			puts("nobody may be traced here");
			return;
		}
		now = state();
		if (strstr(now, "(deleted)"))
			break;
		assert(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
	}
	assert(kill(pid, SIGKILL) == 0);
	assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	nothing_is_left();
}

int main(void)
{
	const char *base = getenv("TMPDIR");

	if (geteuid() != 0)
		skip("only root has loop devices and mounts");
	snprintf(tmp, sizeof(tmp), "%s", base ? base : "/tmp");
	if (access("/dev/loop-control", F_OK) != 0)
		skip("this host has no loop devices");
	if (!process_found("rsync"))
		skip("rsync is not installed");
	assert(mkdir(in("out"), 0755) == 0);
	atexit(tear_down);
	signal(SIGABRT, on_abort);
	set_up();
	fill();
	clean = state();
	test_clone();
	test_wishes();
	test_bundle();
	test_refused();
	test_other_table();
	test_killed_early();
	test_killed(SIGKILL);
	test_killed(SIGTERM);
	free(RUN("tests/guest/boot", in("kept"), "--timeout", "400", "--expect",
		 "qami-guest: ready"));
	return 0;
}
