/* wait.c - waiting for an instance
 *
 * How far a guest has booted is read off its console: no guest needs to know
 * about it, and a guest that hangs has said where.
 */
#include "launcher/instance/wait.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/instance/machine.h"
#include "launcher/instance/reconcile.h"
#include "launcher/instance/recover.h"

#define LOOK_USEC 150000
#define RECONCILE_EACH (5 * USEC_PER_SEC)

static bool read_instance(struct call *call, const char *id,
			  struct arena *arena, struct instance *ret_instance,
			  struct error *err)
{
	if (!arena)
		return fail_memory(err);
	return authorise_instance(call, RIGHT_SEE, id, arena, ret_instance,
				  err);
}

bool wait_state(struct call *call, const char *id, const char *state,
		unsigned seconds, struct error *err)
{
	usec_t end = clock_monotonic() + seconds * USEC_PER_SEC;
	usec_t recovered = clock_monotonic();

	for (;;) {
		auto_of(arena) arena = arena_new();
		struct instance instance;

		/* the process that was to do it may have died */
		if (clock_monotonic() > recovered + RECONCILE_EACH) {
			if (!recover_all(call, err))
				return false;
			recovered = clock_monotonic();
		}

		if (!read_instance(call, id, arena, &instance, err))
			return false;
		if (strcmp(instance.state, state) == 0)
			return true;
		if (strcmp(instance.state, "terminated") == 0)
			return fail(err, FAULT_INSTANCE_STATE,
				    "%s is terminated", id);
		if (clock_monotonic() > end)
			return fail(err, FAULT_UNAVAILABLE,
				    "%s is still %s after %u s", id,
				    instance.state, seconds);
		usleep(LOOK_USEC);
	}
}

/* What a booting guest prints, in the order in which it does. */
static const struct {
	const char *mark;
	const char *stage;
	bool last;
} stages[] = {
	{ "Linux version", "kernel up", false },
	{ "Run /init as init process", "first program started", false },
	{ "Cloud-init v.", "cloud-init at work", false },
	{ "qami-guest: user-data done", "user data has run", false },
	{ "Cloud-init v.% finished", "cloud-init finished", true },
	{ "qami-guest: ready", "guest ready", true },
	{ "login:", "login prompt", true },
};
#define STAGES (sizeof(stages) / sizeof(stages[0]))

/* A reader of the console log that remembers the line at hand. */
struct console {
	int fd;
	char line[512];
	size_t size;
	bool passed[STAGES];
	const char *reached;
	bool finished;
};

/* Whether a line contains the mark's parts, which '%' separates, in order. */
static bool has_mark(const char *line, const char *mark)
{
	char part[64];
	size_t size = strcspn(mark, "%");

	snprintf(part, sizeof(part), "%.*s", (int)size, mark);
	line = strstr(line, part);
	return line && (!mark[size] || strstr(line + size, mark + size + 2));
}

static void look_at_line(struct call *call, struct console *console)
{
	for (size_t i = 0; i < STAGES; i++) {
		if (console->passed[i] ||
		    !has_mark(console->line, stages[i].mark))
			continue;
		console->passed[i] = true;
		console->reached = stages[i].stage;
		console->finished |= stages[i].last;
		if (call->stage)
			call->stage(call->watch_data, stages[i].stage);
	}
}

/* Reads what is new; a prompt has no end of line, so an unfinished line counts
 * as well. */
static void read_console(struct call *call, struct console *console)
{
	char data[4096];
	ssize_t got;

	while ((got = read(console->fd, data, sizeof(data))) > 0)
		for (ssize_t i = 0; i < got; i++) {
			bool full = console->size == sizeof(console->line) - 1;

			if (data[i] && data[i] != '\n' && !full)
				console->line[console->size++] = data[i];
			console->line[console->size] = 0;
			if (data[i] == '\n' || full) {
				look_at_line(call, console);
				console->size = 0;
			}
		}
	console->line[console->size] = 0;
	look_at_line(call, console);
}

/* One look at the guest; *ret_ended when it does not run any more. */
static bool look(struct call *call, const char *id, struct console *console,
		 bool *ret_ended, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!read_instance(call, id, arena, &instance, err))
		return false;
	*ret_ended = strcmp(instance.state, "running") != 0;
	read_console(call, console);
	return true;
}

bool wait_boot(struct call *call, const char *id, unsigned seconds,
	       struct error *err)
{
	usec_t end = clock_monotonic() + seconds * USEC_PER_SEC;
	usec_t reconciled = clock_monotonic();
	auto_free char *path = machine_log_path(call, id);
	auto_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct console console = { .fd = fd, .reached = "machine started" };
	bool ended = false;

	if (fd < 0)
		return fail_errno(err, "cannot read the console of %s", id);
	while (!console.finished) {
		if (!look(call, id, &console, &ended, err))
			return false;
		if (console.finished)
			break;
		if (ended)
			return fail(err, FAULT_INSTANCE_STATE,
				    "%s ended while booting; the last stage "
				    "was: %s (see: qami logs %s)",
				    id, console.reached, id);
		if (clock_monotonic() > end)
			return fail(err, FAULT_UNAVAILABLE,
				    "%s has not finished booting after %u s; "
				    "the last stage was: %s. It still runs "
				    "(see: qami logs %s)",
				    id, seconds, console.reached, id);
		if (clock_monotonic() > reconciled + RECONCILE_EACH) {
			if (!reconcile(call, err))
				return false;
			reconciled = clock_monotonic();
		}
		usleep(LOOK_USEC);
	}
	return true;
}
