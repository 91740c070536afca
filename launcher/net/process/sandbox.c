/* sandbox.c - a process that can do what a network needs, and nothing else
 *
 * Whoever breaks libslirp from inside a guest has this process. It can open no
 * file and start no program; it can talk to the network, as it must, and to
 * sockets that have a name in the file system. Which those are is decided here:
 *
 * Started by root, it is shut into its instance's directory (chroot), where no
 * sockets are but its own two, and becomes a user that nobody else is: one for
 * each address of a guest (wire_user()), so that two of these processes cannot
 * touch each other even without walls. metadata.sock belongs to that user,
 * mode 0600 (net_listen_metadata()). Where there is no such user, in a
 * container with few, it is nobody's.
 *
 * Started by an ordinary user, it stays that user, and does the same inside a
 * user namespace of its own, where the kernel lets it have one; where not, it
 * could reach other sockets of its user's, whose guest it is.
 */
#include "launcher/net/process/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/sanitizer.h"

#define NOBODY 65534

/* A connection of the guest's takes a descriptor, and 256 KiB of buffers. */
#define DESCRIPTORS 1024
#define MEMORY (1024UL << 20)

static bool limit(int resource, rlim_t most, struct error *err)
{
	struct rlimit now, wanted = { most, most };

	if (getrlimit((__rlimit_resource_t)resource, &now) == 0 &&
	    now.rlim_max != RLIM_INFINITY && now.rlim_max < most)
		wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
	return setrlimit((__rlimit_resource_t)resource, &wanted) == 0 ||
	       fail_errno(err, "cannot limit the network's process");
}

static bool limit_all(struct error *err)
{
	return limit(RLIMIT_CORE, 0, err) && limit(RLIMIT_FSIZE, 0, err) &&
	       limit(RLIMIT_NPROC, 0, err) && limit(RLIMIT_MEMLOCK, 0, err) &&
#ifndef SANITIZED /* which takes terabytes of addresses */
	       limit(RLIMIT_AS, MEMORY, err) &&
#endif
	       limit(RLIMIT_NOFILE, DESCRIPTORS, err);
}

static bool become(uid_t user)
{
	return setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
	       setresuid(user, user, user) == 0;
}

static bool shut_in_root(const struct wire_guest *guest, struct error *err)
{
	if (chroot(".") != 0 || chdir("/") != 0)
		return fail_errno(err, "cannot shut the network's process in");
	if (become(wire_user(guest->address)) ||
	    (errno == EINVAL && become(NOBODY)))
		return true;
	return fail_errno(err, "the network's process cannot leave root");
}

static bool write_file(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 &&
	       write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Being in a namespace that does not let us have walls does no harm. */
static bool shut_in_user(struct error *err)
{
	char map[64];

	snprintf(map, sizeof(map), "%u %u 1", geteuid(), geteuid());
	if (unshare(CLONE_NEWUSER) != 0)
		return true;
	/* so that the control socket's callers are still told apart */
	if (!write_file("/proc/self/uid_map", map))
		return fail_errno(err, "cannot keep the user in a namespace");
	if (chroot(".") == 0 && chdir("/") != 0)
		return fail_errno(err, "cannot shut the network's process in");
	return true;
}

static bool drop_capabilities(struct error *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
		syscall(SYS_capset, &header, none) == 0 &&
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0) ||
	       fail_errno(err, "cannot give privileges up");
}

/* What a network needs. */
static const int allowed[] = {
	/* sockets that there are */
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(bind),
	SCMP_SYS(close),
	SCMP_SYS(connect),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(listen),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	/* memory */
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	/* time, and the end */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(getpid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(setitimer),
	SCMP_SYS(time),
#ifdef SANITIZED
	SCMP_SYS(sched_yield),
	SCMP_SYS(gettid),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(mprotect),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(futex),
#endif
};

/* What libraries try beside it, for a log that nobody reads: it fails. */
static const int refused[] = {
	SCMP_SYS(access),     SCMP_SYS(fstat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(open),  SCMP_SYS(openat),
	SCMP_SYS(readlink),   SCMP_SYS(stat),  SCMP_SYS(statx),
};

/* Calls that are judged by one argument, or two of which the second is a type
 * of socket. A rule without arguments would prevail over all of these. */
static const struct {
	int call;
	unsigned argument;
	unsigned long value;
	int type; /* 0: any */
	bool allowed;
} judged[] = {
	{ SCMP_SYS(socket), 0, AF_INET, SOCK_STREAM, true },
	{ SCMP_SYS(socket), 0, AF_INET, SOCK_DGRAM, true },
	{ SCMP_SYS(socket), 0, AF_UNIX, SOCK_STREAM, true },
	{ SCMP_SYS(socket), 0, AF_INET, SOCK_RAW, false },
	{ SCMP_SYS(fcntl), 1, F_DUPFD, 0, true },
	{ SCMP_SYS(fcntl), 1, F_GETFD, 0, true },
	{ SCMP_SYS(fcntl), 1, F_SETFD, 0, true },
	{ SCMP_SYS(fcntl), 1, F_GETFL, 0, true },
	{ SCMP_SYS(fcntl), 1, F_SETFL, 0, true },
	{ SCMP_SYS(futex), 1, FUTEX_WAKE_PRIVATE, 0, true },
	{ SCMP_SYS(ioctl), 1, FIONREAD, 0, true },
	{ SCMP_SYS(ioctl), 1, FIONBIO, 0, true },
	{ SCMP_SYS(ioctl), 1, SIOCATMARK, 0, true },
	{ SCMP_SYS(ioctl), 1, TCGETS, 0, false },
};

static bool judge(scmp_filter_ctx filter)
{
	bool done = seccomp_rule_add(
			    filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;

	for (size_t i = 0; i < sizeof(judged) / sizeof(*judged); i++) {
		struct scmp_arg_cmp arguments[] = {
			SCMP_CMP(judged[i].argument, SCMP_CMP_EQ,
				 judged[i].value),
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf,
				(unsigned)judged[i].type),
		};

		done = done &&
		       seccomp_rule_add_array(
			       filter,
			       judged[i].allowed ? SCMP_ACT_ALLOW :
						   SCMP_ACT_ERRNO(EACCES),
			       judged[i].call, judged[i].type ? 2 : 1,
			       arguments) == 0;
	}
	return done;
}

static bool load_filter(scmp_filter_ctx filter)
{
	bool done = filter && judge(filter);

	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		done = done && seccomp_rule_add(filter, SCMP_ACT_ALLOW,
						allowed[i], 0) == 0;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		done = done && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
						refused[i], 0) == 0;
	return done && seccomp_load(filter) == 0;
}

bool sandbox_enter(const struct wire_guest *guest, struct error *err)
{
	scmp_filter_ctx filter;
	bool loaded;

	if (!(geteuid() == 0 ? shut_in_root(guest, err) : shut_in_user(err)) ||
	    !limit_all(err) || !drop_capabilities(err))
		return false;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	loaded = load_filter(filter);
	seccomp_release(filter);
	return loaded ||
	       fail(err, FAULT_HOST, "the kernel does not filter system calls");
}
