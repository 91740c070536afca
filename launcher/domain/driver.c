/* driver.c - the process that has the embedded driver awake
 *
 * It leaves by _exit() beside libvirt's running threads: the driver has no way
 * of being closed, and survives a kill at any moment.
 */
#include "launcher/domain/driver.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "images/base/secret.h"
#include "launcher/domain/accel.h"
#include "launcher/domain/change.h"
#include "launcher/domain/connect.h"
#include "launcher/domain/home.h"
#include "launcher/domain/ops.h"
#include "launcher/domain/secret.h"
#include "launcher/domain/spare.h"

/* Another holder may be one that knows no turn (virsh by hand), or one that
 * the kernel is still ending. */
#define BUSY_USEC (5 * USEC_PER_SEC)
#define CLEAN_USEC (30 * USEC_PER_SEC)
#define POLL_USEC 2000

#define TEXT_MOST (4 << 20)

/* libvirt compares the CPU that it finds with the one in its cache. Where two
 * cores differ in a bit, it throws the cache away and probes QEMU again, for
 * seconds: so it always looks at the same one. */
static void pin(cpu_set_t *ret_old)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(*ret_old), ret_old) != 0) {
		CPU_ZERO(ret_old);
		return;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, ret_old)) {
			CPU_SET(cpu, &one);
			break;
		}
	sched_setaffinity(0, sizeof(one), &one);
}

static void unpin(const cpu_set_t *old)
{
	if (CPU_COUNT(old))
		sched_setaffinity(0, sizeof(*old), old);
}

/* Puts the home's cover over /dev/kvm, for this process and what it starts;
 * home_prepare() says why. Without it libvirt is merely slow. */
static void hide_kvm(const char *home)
{
	auto_free char *cover = format_text("%s/" HOME_NO_KVM, home);

	if (cover && access(cover, F_OK) == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 &&
	    mount(cover, KVM, NULL, MS_BIND, NULL) == 0)
		log_debug(KVM " is hidden from libvirt");
}

static void *loop_main(void *data)
{
	while (virEventRunDefaultImpl() == 0)
		;
	return data;
}

/* Opens a driver in this process; another holder is waited for. */
static virConnectPtr open_driver(const char *uri, struct error *err)
{
	usec_t end = clock_monotonic() + BUSY_USEC;
	virConnectPtr connection;

	while (!(connection = virConnectOpen(uri)) &&
	       strstr(virGetLastErrorMessage(), "acquire pid file") &&
	       clock_monotonic() < end)
		usleep(POLL_USEC);
	if (!connection)
		fail_libvirt(err, "cannot open libvirt's embedded driver");
	return connection;
}

static virConnectPtr awaken(const char *home, struct error *err)
{
	auto_free char *uri = embed_uri(home);
	virConnectPtr connection;
	pthread_t thread;
	cpu_set_t old;

	if (!uri)
		return fail_memory(err), NULL;
	hide_kvm(home);
	pin(&old);
	connection = open_driver(uri, err);
	unpin(&old);
	if (connection)
		pthread_create(&thread, NULL, loop_main, NULL);
	return connection;
}

/* Whoever reads a secret must be somebody: a daemon gives its threads what it
 * knows of its client, here nobody does. There is no other way to say it than
 * the one by which libvirt's own programs for this driver do. */
static void identify(void)
{
	void *(*make)(void) =
		(void *(*)(void))dlsym(RTLD_DEFAULT, "virIdentityNew");
	int (*set)(void *) =
		(int (*)(void *))dlsym(RTLD_DEFAULT, "virIdentitySetCurrent");

	if (!make || !set || set(make()) != 0)
		log_debug("libvirt's driver for secrets may refuse us");
}

/* Lets libvirt know what opens the disks. Its driver for secrets must be open
 * first, with the same root and in the same thread: then it is the one that the
 * driver for QEMU asks. It ends with this process, and so do they. */
static bool lend(const char *home, const struct secrets *secrets,
		 struct error *err)
{
	auto_free char *uri = embed_secrets_uri(home);
	bool lent;

	if (!secrets->count && !secrets->broken)
		return true;
	if (!uri)
		return fail_memory(err);
	identify();
	lent = secrets_place(secrets, home, err) && open_driver(uri, err);
	secrets_unplace(home);
	return lent;
}

/* What the task needs: first the secrets, then the rest, at *ret_rest. */
static bool read_task(const char *home, struct arena *arena, struct buf *text,
		      char **ret_rest, struct error *err)
{
	auto_secrets secrets = SECRETS_INIT;

	if (!arena)
		return fail_memory(err);
	if (!secret_forbid_cores())
		return fail_errno(err, "cannot forbid core dumps");
	return file_read_fd(DRIVER_TEXT, "the task", TEXT_MOST, text, err) &&
	       secrets_read(text->data, arena, &secrets, ret_rest, err) &&
	       lend(home, &secrets, err);
}

/* The driver found its ended machine when it woke, and a thread of it cleans
 * up; the status file goes last. */
static bool clean(const char *home, struct error *err)
{
	usec_t end = clock_monotonic() + CLEAN_USEC;

	while (home_has_status(home)) {
		if (clock_monotonic() > end)
			return fail(err, FAULT_INTERNAL,
				    "libvirt does not clean up in %s", home);
		usleep(POLL_USEC);
	}
	return true;
}

static bool create(virConnectPtr connection, const char *xml, struct error *err)
{
	usec_t deadline = 0;

	do {
		if (virDomainCreateXML(connection, xml, VIR_DOMAIN_NONE))
			return true;
	} while (libvirt_again(&deadline));
	return fail_libvirt(err, "cannot start the machine");
}

static bool change(virConnectPtr connection, const char *text,
		   struct arena *arena, bool *ret_done, struct error *err)
{
	const struct change *wanted = change_parse(text, arena, err);
	auto_domain domain = NULL;

	if (!wanted)
		return false;
	domain = virDomainLookupByUUIDString(connection, wanted->uuid);
	if (!domain)
		return fail(err, FAULT_INSTANCE_STATE,
			    "the machine does not run");
	return change_do(domain, wanted, true, ret_done, err);
}

static bool perform(const char *home, enum driver_task task,
		    struct driver_answer *ret_answer)
{
	struct error *err = &ret_answer->err;
	auto_of(arena) arena = arena_new();
	auto_buf text = BUF_INIT;
	virConnectPtr connection;
	unsigned long version = 0;
	char *rest = NULL;

	if (!libvirt_prepare(err))
		return false;
	if (virEventRegisterDefaultImpl() != 0)
		return fail_libvirt(err, "no event loop");
	if ((task == DRIVER_CREATE || task == DRIVER_CHANGE) &&
	    !read_task(home, arena, &text, &rest, err))
		return false;
	connection = awaken(home, err);
	if (!connection)
		return false;
	if ((task == DRIVER_CLEAN || task == DRIVER_CREATE) &&
	    !clean(home, err))
		return false;
	if (task == DRIVER_CREATE && !create(connection, rest, err))
		return false;
	if (task == DRIVER_CHANGE &&
	    !change(connection, rest, arena, &ret_answer->done, err))
		return false;
	if (virConnectGetLibVersion(connection, &version) == 0)
		ret_answer->version = (long)version;
	return true;
}

void driver_run(const char *home, enum driver_task task)
{
	struct driver_answer answer = { .magic = DRIVER_MAGIC };

	answer.ok = perform(home, task, &answer);
	while (write(DRIVER_ANSWER, &answer, sizeof(answer)) < 0 &&
	       errno == EINTR)
		;
	_exit(0);
}

/* Numbers above those that the driver's process has in the end. */
#define ABOVE 10

void driver_arrange(const struct driver_files *files, bool quiet, bool exec)
{
	int text = fcntl(files->text, F_DUPFD, ABOVE);
	int answer = fcntl(files->answer, F_DUPFD, ABOVE);
	int turn = fcntl(files->turn, F_DUPFD, ABOVE);
	int error = quiet ? open("/dev/null", O_WRONLY) : 2;
	sigset_t none;

	/* Ctrl-C at the terminal shall not leave half a launch */
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	if (dup2(error, 2) < 0 || dup2(text, DRIVER_TEXT) < 0 ||
	    dup2(answer, DRIVER_ANSWER) < 0 || dup2(turn, DRIVER_TURN) < 0)
		_exit(1);
	syscall(SYS_close_range, DRIVER_TURN + 1U, ~0U, 0U);
	fcntl(DRIVER_TURN, F_SETFD, exec ? 0 : FD_CLOEXEC);
}

bool driver_quiet(void)
{
	return log_level_get() < LOG_LEVEL_DEBUG;
}

/* libvirt loads its driver for QEMU when it is opened; a module that is there
 * already it finds at once. */
static void preload(void)
{
	Dl_info self;
	auto_free char *path = NULL;
	const char *slash;

	if (!dladdr((void *)virConnectOpen, &self) ||
	    !(slash = strrchr(self.dli_fname, '/')))
		return;
	path = format_text("%.*s/libvirt/connection-driver/"
			   "libvirt_driver_qemu.so",
			   (int)(slash - self.dli_fname), self.dli_fname);
	if (path && !dlopen(path, RTLD_NOW | RTLD_GLOBAL))
		log_debug("%s", dlerror());
}

void domain_driver_wait(int socket)
{
	struct error ignored = { FAULT_NONE };
	struct driver_files files;
	struct driver_order order;

	prctl(PR_SET_NAME, DRIVER_NAME);
	if (libvirt_prepare(&ignored))
		preload();
	if (!spare_receive(socket, &order, &files))
		_exit(0);
	driver_arrange(&files, driver_quiet(), false);
	driver_run(order.home, order.task);
}

void domain_driver_main(char **argv)
{
	int task = atoi(argv[2]);

	if (task < 0 || task >= DRIVER_TASKS)
		_exit(1);
	driver_run(argv[1], (enum driver_task)task);
}
