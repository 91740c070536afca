/* confine.c - the process that libguestfs runs in
 *
 * What it works on is hostile. Under root it gives up everything but the right
 * to read files, which the layers, root's own, take; for everybody it has no
 * network, terminal or environment, bounded time and memory, and is ended with
 * all its children.
 */
#include "launcher/domain/confine.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "images/base/auto.h"
#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "images/base/process.h"
#include "images/base/sanitizer.h"

#define SAID_MOST (4 * 1024 * 1024)
#define NOBODY 65534
#define PATIENCE 5 /* times its processor time, on a host that is busy */
#define LOOK_MS 1000

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
static bool confine(const struct confined *confined, int out)
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
	limit(RLIMIT_CPU, 2 * (rlim_t)confined->cpu_seconds);
#ifndef SANITIZED /* which reserves terabytes */
	limit(RLIMIT_AS, (rlim_t)8 << 30);
#endif
	limit(RLIMIT_FSIZE, confined->file_bytes);
	if (chdir("/") != 0 || !drop_rights())
		return false;
	/* after its rights: with them this would go */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return true;
}

char *confine_place(struct error *err)
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

void confine_clean(const char *place)
{
	const char *const argv[] = { "rm", "-rf", place, NULL };
	struct error err = { FAULT_NONE };

	if (!process_run(&(struct process){ .argv = argv }, NULL, &err))
		log_warning("%s", err.text);
}

/* Processor time of a process and the children that it has seen end, in
 * seconds; 0 when it is in another group, or gone. */
static double process_cpu(const char *pid, pid_t group)
{
	auto_free char *path = format_text("/proc/%s/stat", pid);
	auto_buf text = BUF_INIT;
	struct error gone = { FAULT_NONE };
	unsigned long user, kernel;
	long user_ended, kernel_ended;
	const char *rest;
	int its_group;

	if (!path || !file_read(path, 4096, &text, &gone))
		return 0;
	rest = strrchr(buf_text(&text), ')'); /* its name may be anything */
	if (!rest ||
	    sscanf(rest,
		   ") %*c %*d %d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu "
		   "%ld %ld",
		   &its_group, &user, &kernel, &user_ended,
		   &kernel_ended) != 5 ||
	    its_group != group)
		return 0;
	return (double)(user + kernel + (unsigned long)user_ended +
			(unsigned long)kernel_ended) /
	       (double)sysconf(_SC_CLK_TCK);
}

static double group_cpu(pid_t group)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	double sum = 0;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			sum += process_cpu(entry->d_name, group);
	if (proc)
		closedir(proc);
	return sum;
}

/* Whether the child and its own have used up what they may take; looks at them
 * once a second, whatever they say meanwhile. */
static bool time_is_up(const struct confined *confined, pid_t child,
		       usec_t began, usec_t *looked)
{
	usec_t now = clock_monotonic();

	if (now - began > PATIENCE * confined->cpu_seconds * USEC_PER_SEC)
		return true;
	if (now - *looked < LOOK_MS * 1000)
		return false;
	*looked = now;
	return group_cpu(child) > confined->cpu_seconds;
}

/* Reads all that the child says; false when time is up. */
static bool collect(const struct confined *confined, pid_t child, int fd,
		    struct buf *ret_text)
{
	usec_t began = clock_monotonic(), looked = began;

	while (ret_text->size <= SAID_MOST &&
	       !time_is_up(confined, child, began, &looked)) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		char data[4096];
		ssize_t got = poll(&ready, 1, LOOK_MS);

		if (got < 0 && errno != EINTR)
			return false;
		if (got <= 0)
			continue;
		got = read(fd, data, sizeof(data));
		if (got <= 0)
			return true;
		buf_add(ret_text, data, (size_t)got);
		if (confined->heard)
			confined->heard(confined->data, buf_text(ret_text));
	}
	return false;
}

bool confine_lend(const char *path, bool lent, struct error *err)
{
	uid_t owner = lent ? NOBODY : 0;

	return geteuid() != 0 || lchown(path, owner, owner) == 0 ||
	       fail_errno(err, "cannot lend %s", path);
}

__attribute__((noreturn)) static void child_main(
	const struct confined *confined, int out)
{
	if (confine(confined, out))
		confined->work(confined->data, CONFINED_OUT);
	/* the pipe's end says that all is done */
	_exit(0);
}

bool confine_run(const struct confined *confined, struct buf *ret_text,
		 bool *ret_in_time, struct error *err)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return fail_errno(err, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		child_main(confined, fds[1]);
	close(fds[1]);
	*ret_in_time = pid > 0 && collect(confined, pid, fds[0], ret_text);
	close(fds[0]);
	if (pid < 0)
		return fail_errno(err, "cannot start a process");
	/* libguestfs's own children are in its group */
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return true;
}

bool(confine_failed)(const char *said, const char *what, struct error *err)
{
	if (strstr(said, "supermin") || strstr(said, "appliance"))
		return fail(err, FAULT_UNSUPPORTED,
			    "libguestfs cannot build its appliance: apt-get "
			    "install --no-install-recommends "
			    "linux-image-cloud-amd64; as an ordinary user "
			    "also: chmod +r /boot/vmlinuz-*");
	return fail(err, FAULT_UNSUPPORTED, "libguestfs cannot %s%s%.*s", what,
		    *said ? ": " : "", (int)strcspn(said, "\n"), said);
}

guestfs_h *confine_guestfs(const char *place)
{
	guestfs_h *g = guestfs_create_flags(GUESTFS_CREATE_NO_ENVIRONMENT);

	if (!g)
		return NULL;
	guestfs_set_error_handler(g, NULL, NULL);
	guestfs_set_autosync(g, 0);
	if (guestfs_set_tmpdir(g, place) == 0 &&
	    guestfs_set_backend(g, "direct") == 0 &&
	    guestfs_set_backend_setting(g, "force_tcg", "1") == 0 &&
	    guestfs_set_network(g, 0) == 0)
		return g;
	guestfs_close(g);
	return NULL;
}
