/* wait.c - waiting for an instance */
#include "launcher/instance/wait.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "launcher/instance/reconcile.h"
#include "launcher/instance/recover.h"

#define LOOK_MS 150
#define RECONCILE_EACH (5 * USEC_PER_SEC)
#define TELL_EACH (5 * USEC_PER_SEC)

/* What is waited for, and when to do what meanwhile. */
struct wait {
	struct call *call;
	const char *id;
	const char *what; /* for people */
	usec_t end;
	usec_t looked_after;
	usec_t told;
};

static struct wait wait_begin(struct call *call, const char *id,
			      const char *what, unsigned seconds)
{
	usec_t now = clock_monotonic();

	return (struct wait){
		.call = call,
		.id = id,
		.what = what,
		.end = now + seconds * USEC_PER_SEC,
		.looked_after = now,
		.told = now,
	};
}

/* Waits a moment, or until there is something to read at `fd` (-1: nothing);
 * now and then who watches is told that we do. */
static void wait_moment(struct wait *wait, int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	usec_t now = clock_monotonic();

	if (now >= wait->told + TELL_EACH && wait->call->waiting) {
		wait->call->waiting(wait->call->watch_data, wait->what);
		wait->told = now;
	}
	if (wait->call->gone && wait->call->gone(wait->call->watch_data))
		wait->end = now;
	poll(&ready, 1, LOOK_MS);
}

/* Whether it is time to see what became of processes and machines. */
static bool wait_look_after(struct wait *wait)
{
	usec_t now = clock_monotonic();

	if (now < wait->looked_after + RECONCILE_EACH)
		return false;
	wait->looked_after = now;
	return true;
}

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
	struct wait wait = wait_begin(call, id, state, seconds);

	for (;;) {
		auto_of(arena) arena = arena_new();
		struct instance instance;

		/* the process that was to do it may have died */
		if (wait_look_after(&wait) &&
		    (!recover_all(call, err) || !reconcile(call, err)))
			return false;
		if (!read_instance(call, id, arena, &instance, err))
			return false;
		if (strcmp(instance.state, state) == 0)
			return true;
		if (strcmp(instance.state, "terminated") == 0)
			return fail(err, FAULT_INSTANCE_STATE,
				    "%s is terminated", id);
		if (clock_monotonic() > wait.end)
			return fail(err, FAULT_WAITER,
				    "%s is still %s after %u s", id,
				    instance.state, seconds);
		wait_moment(&wait, -1);
	}
}

/* Whether the instance still runs; it may be about to. */
static bool check_runs(struct wait *wait, const struct boot *boot,
		       bool *ret_pending, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (wait_look_after(wait) && !reconcile(wait->call, err))
		return false;
	if (!read_instance(wait->call, wait->id, arena, &instance, err))
		return false;
	*ret_pending = strcmp(instance.state, "pending") == 0;
	if (*ret_pending || strcmp(instance.state, "running") == 0)
		return true;
	if (boot)
		return fail(err, FAULT_INSTANCE_STATE,
			    "%s ended while booting; the last stage was: %s "
			    "(see: qami logs %s)",
			    wait->id, boot->reached, wait->id);
	return fail(err, FAULT_INSTANCE_STATE, "%s is %s", wait->id,
		    instance.state);
}

static bool watch_boot(struct wait *wait, struct boot *boot, enum goal goal,
		       struct error *err)
{
	bool pending;

	for (;;) {
		if (!boot_look(boot, err))
			return false;
		if (boot_reached(boot, goal))
			return true;
		if (!check_runs(wait, boot, &pending, err))
			return false;
		if (clock_monotonic() > wait->end)
			return fail(err, FAULT_WAITER,
				    "waited in vain for: %s; the last stage of "
				    "%s was: %s. It still runs "
				    "(see: qami logs %s)",
				    boot_missing(boot, goal), wait->id,
				    boot->reached, wait->id);
		wait_moment(wait, boot->banner.fd);
	}
}

/* Waits until there is a machine, whose console can be read. */
static bool await_machine(struct wait *wait, struct error *err)
{
	bool pending = true;

	while (check_runs(wait, NULL, &pending, err) && pending) {
		if (clock_monotonic() > wait->end)
			return fail(err, FAULT_WAITER,
				    "waited in vain for: machine started; %s "
				    "is still pending",
				    wait->id);
		wait_moment(wait, -1);
	}
	return err->fault == FAULT_NONE;
}

/* How to go in: whom the key was given to was said only now. */
static bool say_ready(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct access access;
	char text[160];

	if (!call->stage)
		return true;
	if (!arena)
		return fail_memory(err);
	if (!access_find(call, id, arena, &access, err))
		return false;
	snprintf(text, sizeof(text),
		 "ssh ready: qami ssh %s  (ssh -p %u %s@%s)", id, access.port,
		 access.user, access.address);
	call->stage(call->watch_data, text);
	return true;
}

bool wait_boot(struct call *call, const char *id, enum goal goal,
	       unsigned seconds, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct wait wait = wait_begin(
		call, id, goal == GOAL_SSH ? "ssh" : "the end of booting",
		seconds);
	struct access access;
	struct boot boot;
	bool ok;

	if (!arena)
		return fail_memory(err);
	if (!await_machine(&wait, err))
		return false;
	if (goal == GOAL_SSH && !access_find(call, id, arena, &access, err))
		return false;
	ok = boot_begin(&boot, call, id, goal == GOAL_SSH ? &access : NULL,
			err) &&
	     watch_boot(&wait, &boot, goal, err);
	boot_done(&boot);
	return ok && (goal != GOAL_SSH || say_ready(call, id, err));
}
