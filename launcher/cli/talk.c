/* talk.c - a terminal on a machine's serial console
 *
 * The pty is opened by its path: a connection to libvirt would be held for as
 * long as somebody types, and the embedded driver has only one. What a guest
 * said before somebody listened is only in its log; who wants that reads all of
 * it from there, so that nothing is lost or shown twice.
 */
#include "launcher/cli/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "images/authorise.h"
#include "images/base/file.h"
#include "launcher/instance/console.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/reconcile.h"

#define ESCAPE 0x1d /* Ctrl-] */
#define PTY_WAIT_MS 10000
#define LOG_WAIT_MS 50
#define LOOK_AFTER (2 * USEC_PER_SEC)

/* What is connected to what. */
struct talk {
	struct call *call;
	const char *id;
	int pty;
	int log;   /* -1: what the guest says comes from the pty */
	bool deaf; /* stdin has ended */
	bool over;
	usec_t looked_after;
};

static bool check_runs(struct call *call, const char *id, struct arena *arena,
		       struct instance *ret_instance, struct error *err)
{
	if (!arena)
		return fail_memory(err);
	if (!reconcile(call, err) ||
	    !authorise_instance(call, RIGHT_OWN, id, arena, ret_instance, err))
		return false;
	return strcmp(ret_instance->state, "running") == 0 ||
	       fail(err, FAULT_INSTANCE_STATE, "%s is %s", id,
		    ret_instance->state);
}

static bool open_pty(struct talk *talk, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free char *path = NULL;
	struct hypervisor *hypervisor;
	struct instance instance;
	bool ok;

	if (!check_runs(talk->call, talk->id, arena, &instance, err) ||
	    !hypervisor_open(instance.uri, PTY_WAIT_MS, &hypervisor, err))
		return false;
	ok = machine_console(hypervisor, instance.uuid, &path, err);
	hypervisor_close(hypervisor);
	if (!ok)
		return false;
	talk->pty = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return talk->pty >= 0 ||
	       fail_errno(err, "cannot open the console %s", path);
}

/* What was typed; the escape character ends it. */
static bool hear(struct talk *talk, struct error *err)
{
	char data[4096];
	ssize_t got = read(STDIN_FILENO, data, sizeof(data));
	char *escape;

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got <= 0) {
		talk->deaf = true;
		talk->over = isatty(STDIN_FILENO);
		return true;
	}
	escape = memchr(data, ESCAPE, (size_t)got);
	if (escape)
		talk->over = true;
	return write_all(talk->pty, data,
			 escape ? (size_t)(escape - data) : (size_t)got,
			 "the console", err);
}

/* What the guest says; EIO is the end of its machine. */
static bool say(struct talk *talk, struct error *err)
{
	char data[4096];
	ssize_t got = read(talk->pty, data, sizeof(data));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got <= 0)
		talk->over = true;
	return got <= 0 || talk->log >= 0 ||
	       write_all(STDOUT_FILENO, data, (size_t)got, "stdout", err);
}

static bool say_logged(const struct talk *talk, struct error *err)
{
	char data[65536];
	ssize_t got;

	while (talk->log >= 0 &&
	       (got = file_read_data(talk->log, data, sizeof(data))) > 0)
		if (!write_all(STDOUT_FILENO, data, (size_t)got, "stdout", err))
			return false;
	return true;
}

/* A guest that has powered off may leave its QEMU behind, and the pty with it.
 */
static void look_after(struct talk *talk)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	struct error err = { 0 };
	usec_t now = clock_monotonic();

	if (now < talk->looked_after + LOOK_AFTER)
		return;
	talk->looked_after = now;
	if (!check_runs(talk->call, talk->id, arena, &instance, &err))
		talk->over = err.fault == FAULT_INSTANCE_STATE ||
			     err.fault == FAULT_INSTANCE_NOT_FOUND;
}

static bool converse(struct talk *talk, const volatile sig_atomic_t *cancel,
		     struct error *err)
{
	int wait = talk->log >= 0 ? LOG_WAIT_MS : (int)(LOOK_AFTER / 1000);

	while (!talk->over && !(cancel && *cancel)) {
		struct pollfd fds[] = {
			{ .fd = talk->deaf ? -1 : STDIN_FILENO,
			  .events = POLLIN },
			{ .fd = talk->pty, .events = POLLIN },
		};

		if (!say_logged(talk, err))
			return false;
		if (poll(fds, 2, wait) < 0) {
			if (errno != EINTR)
				return fail_errno(err, "cannot wait for the "
						       "console");
			continue;
		}
		if ((fds[0].revents && !hear(talk, err)) ||
		    (fds[1].revents && !say(talk, err)))
			return false;
		look_after(talk);
	}
	return say_logged(talk, err);
}

bool talk_allowed(const struct visit *visit, struct error *err)
{
	return visit->call ||
	       fail(err, FAULT_OPERATION_NOT_PERMITTED,
		    "only the store's owner talks to consoles; qami logs -f "
		    "shows what a machine prints, and qami ssh goes in");
}

bool console_talk(struct call *call, const char *id, bool from_boot,
		  const volatile sig_atomic_t *cancel, struct error *err)
{
	struct talk talk = { .call = call,
			     .id = id,
			     .pty = -1,
			     .log = -1,
			     .looked_after = clock_monotonic() };
	struct termios before, raw;
	bool terminal = isatty(STDIN_FILENO), ok;

	if (!open_pty(&talk, err))
		return false;
	if (from_boot)
		talk.log = console_open_boot(call, id);
	terminal = terminal && tcgetattr(STDIN_FILENO, &before) == 0;
	if (terminal) {
		fprintf(stderr, "connected to %s; Ctrl-] leaves\r\n", id);
		raw = before;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	ok = converse(&talk, cancel, err);
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	close(talk.pty);
	if (talk.log >= 0)
		close(talk.log);
	return ok;
}
