/* rights.c - limits, users, and a filter of system calls
 *
 * The filter refuses instead of killing: a library that asks for something new
 * one day gets an error, and the guest its metadata.
 */
#include "launcher/metadata/rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "images/base/library.h"
#include "images/base/sanitizer.h"

#define NOBODY 65534
#define MEMORY ((rlim_t)256 << 20)

/* Answering: sockets that are there, rows and locks of files that are open,
 * memory, time, and the end. */
static const int calls[] = {
	SCMP_SYS(accept4),	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),	SCMP_SYS(shutdown),
	SCMP_SYS(setsockopt),	SCMP_SYS(poll),
	SCMP_SYS(ppoll),	SCMP_SYS(read),
	SCMP_SYS(write),	SCMP_SYS(close),
	SCMP_SYS(pread64),	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),	SCMP_SYS(fcntl),
	SCMP_SYS(fstat),	SCMP_SYS(stat),
	SCMP_SYS(newfstatat),	SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate),	SCMP_SYS(fstatfs),
	SCMP_SYS(mmap),		SCMP_SYS(munmap),
	SCMP_SYS(mremap),	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),	SCMP_SYS(brk),
	SCMP_SYS(futex),	SCMP_SYS(sched_yield),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(nanosleep),	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(getrandom),	SCMP_SYS(getpid),
	SCMP_SYS(gettid),	SCMP_SYS(geteuid),
	SCMP_SYS(tgkill),	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static void limit(int resource, rlim_t value)
{
	struct rlimit limits = { value, value };

	setrlimit((__rlimit_resource_t)resource, &limits);
}

static bool drop_user(bool opens_files)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { { 0 } };

	if (geteuid() == 0 && !opens_files &&
	    (setgroups(0, NULL) != 0 ||
	     setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	     setresuid(NOBODY, NOBODY, NOBODY) != 0))
		return false;
	return syscall(SYS_capset, &header, none) == 0;
}

/* A static table would be a filter of our own making; libseccomp's knows what
 * each call is called on this kind of machine. */
static bool filter(bool opens_files, struct error *err)
{
	static scmp_filter_ctx (*init)(uint32_t);
	static int (*add)(scmp_filter_ctx, uint32_t, int, unsigned,
			  const struct scmp_arg_cmp *);
	static int (*load)(const scmp_filter_ctx);
	static void (*release)(scmp_filter_ctx);
	static const struct library_call functions[] = {
		{ "seccomp_init", &init },
		{ "seccomp_rule_add_array", &add },
		{ "seccomp_load", &load },
		{ "seccomp_release", &release },
		{ NULL, NULL },
	};
	scmp_filter_ctx context;
	bool ok = true;

	if (!library_load("libseccomp.so.2", functions, err))
		return false;
	context = init(SCMP_ACT_ERRNO(EPERM));
	if (!context)
		return fail_memory(err);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		ok = ok && add(context, SCMP_ACT_ALLOW, calls[i], 0, NULL) == 0;
	if (opens_files)
		ok = ok && add(context, SCMP_ACT_ALLOW, SCMP_SYS(openat), 0,
			       NULL) == 0;
	ok = ok && load(context) == 0;
	release(context);
	return ok || fail(err, FAULT_HOST, "cannot confine the service");
}

/* A program that looks for its own mistakes needs addresses, a child that
 * traces it, and files of its own. */
#ifdef SANITIZED
#define INSPECTED true
#else
#define INSPECTED false
#endif

bool rights_drop(size_t descriptors, bool opens_files, struct error *err)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, descriptors);
	if (!INSPECTED) {
		limit(RLIMIT_NPROC, 0);
		limit(RLIMIT_DATA, MEMORY);
	}
	if (!drop_user(opens_files) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, INSPECTED, 0, 0, 0) != 0)
		return fail_errno(err, "cannot give up rights");
	return INSPECTED || filter(opens_files, err);
}
