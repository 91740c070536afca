/* console.c - talk to a machine's serial console
 *
 * The pty is opened by its path: a connection to libvirt would be held for as
 * long as somebody types, and the embedded driver has only one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "images/authorise.h"
#include "images/base/file.h"
#include "launcher/action/action.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/reconcile.h"

#define ESCAPE 0x1d /* Ctrl-] */
#define PTY_WAIT_MS 10000

static bool find_pty(struct call *call, const char *id, char **ret_path,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct hypervisor *hypervisor;
	struct instance instance;
	bool ok;

	if (!arena)
		return fail_memory(err);
	if (!reconcile(call, err) ||
	    !authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (strcmp(instance.state, "running") != 0)
		return fail(err, FAULT_INSTANCE_STATE, "%s is %s", id,
			    instance.state);
	if (!hypervisor_open(instance.uri, PTY_WAIT_MS, &hypervisor, err))
		return false;
	ok = machine_console(hypervisor, instance.uuid, ret_path, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* Copies one way; *ret_over at the end or at the escape character. */
static bool copy(int from, int to, bool escapes, bool *ret_over,
		 struct error *err)
{
	char data[4096];
	ssize_t got = read(from, data, sizeof(data));
	char *escape;

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got <= 0) { /* EIO: the machine has ended */
		*ret_over = true;
		return true;
	}
	escape = escapes ? memchr(data, ESCAPE, (size_t)got) : NULL;
	if (escape) {
		*ret_over = true;
		got = escape - data;
	}
	return write_all(to, data, (size_t)got, "the console", err);
}

static bool talk(int pty, struct error *err)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = pty, .events = POLLIN },
	};
	bool over = false, closed = false;

	while (!over) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return fail_errno(err, "cannot wait for the console");
		if (fds[0].revents &&
		    !copy(STDIN_FILENO, pty, true, &closed, err))
			return false;
		if (closed && isatty(STDIN_FILENO))
			return true;
		if (closed) /* what the guest still says is shown */
			fds[0].fd = -1;
		if (fds[1].revents &&
		    !copy(pty, STDOUT_FILENO, false, &over, err))
			return false;
	}
	return true;
}

static int console(struct call *call, const struct args *args,
		   struct error *err)
{
	const char *id = args_str(args, "Instance", "");
	bool terminal = isatty(STDIN_FILENO);
	struct termios before, raw;
	auto_free char *path = NULL;
	auto_close int pty = -1;
	bool ok;

	if (!find_pty(call, id, &path, err))
		return -1;
	pty = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty < 0) {
		fail_errno(err, "cannot open the console %s", path);
		return -1;
	}
	if (terminal && tcgetattr(STDIN_FILENO, &before) == 0) {
		fprintf(stderr, "connected to %s; Ctrl-] leaves\r\n", id);
		raw = before;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	ok = talk(pty, err);
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	return ok ? 0 : -1;
}

const struct action verb_console = {
	.name = "console",
	.brief = "talk to a machine's serial console",
	.about = "Connects the terminal to the console; Ctrl-] leaves it.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_UNAVAILABLE, FAULT_NONE },
	.example = "qami console web1",
	.local = true,
	.main = console,
};
