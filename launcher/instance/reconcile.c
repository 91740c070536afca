/* reconcile.c - the rows follow what the machines really do
 *
 * A machine that is not there proves nothing about why: only a guest that was
 * seen powered off counts as having meant it, so that a crash of QEMU never
 * deletes a volume.
 */
#include "launcher/instance/reconcile.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/base/log.h"
#include "images/fill.h"
#include "launcher/domain/domain.h"
#include "launcher/instance/console.h"
#include "launcher/instance/end.h"

/* An instance whose row says "running". */
struct suspect {
	const char *id;
	const char *owner;
	const char *uuid;
	const char *uri;
	const char *boot_id;
	pid_t pid;
};

struct suspects {
	struct arena *arena;
	struct suspect *all;
	size_t count;
};

static bool add_suspect(void *data, const struct instance *instance,
			struct error *err)
{
	struct suspects *suspects = data;
	struct arena *arena = suspects->arena;

	suspects->all = arena_more(arena, suspects->all, suspects->count,
				   sizeof(*suspects->all));
	if (!suspects->all)
		return fail_memory(err);
	suspects->all[suspects->count++] = (struct suspect){
		.id = arena_str(arena, instance->id),
		.owner = arena_str(arena, instance->owner),
		.uuid = arena_str(arena, instance->uuid),
		.uri = arena_str(arena, instance->uri),
		.boot_id = arena_str(arena, instance->boot_id),
		.pid = (pid_t)instance->pid,
	};
	return true;
}

/* Whether daemons are asked, and how long a machine's turn is waited for. */
struct pace {
	bool daemons;
	unsigned wait_ms;
};

static const struct pace quick = { false, 0 };
static const struct pace nosy = { true, 0 };
static const struct pace patient = { true, 10000 };

/* Starts what a machine reads its disks from, as far as it is processes. */
static bool revive(struct call *call, struct hypervisor *hypervisor,
		   const struct suspect *suspect, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct machine_head *heads;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!machine_heads(hypervisor, suspect->uuid, arena, &heads, &count,
			   err))
		return false;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < heads[i].file_count; j++)
			if (!fill_revive(call, heads[i].files[j], err))
				return false;
	return true;
}

/* What became of a machine that is alive; RUNNING where nobody can tell now. A
 * starved one goes on: should what was just started not answer yet, the next
 * look finds it starved again. */
static enum machine_state ask(struct call *call, const struct suspect *suspect,
			      unsigned wait_ms)
{
	enum machine_state state = MACHINE_RUNNING;
	struct hypervisor *hypervisor;
	struct error err = { 0 };

	if (!hypervisor_open(suspect->uri, wait_ms, &hypervisor, &err))
		return MACHINE_RUNNING;
	if (!machine_state(hypervisor, suspect->uuid, &state, &err))
		state = MACHINE_RUNNING;
	else if (state == MACHINE_STARVED &&
		 (!revive(call, hypervisor, suspect, &err) ||
		  !machine_resume(hypervisor, suspect->uuid, &err)) &&
		 /* whose turn it is may do the same now, and if not, later */
		 err.fault != FAULT_UNAVAILABLE)
		log_warning("%s: %s", suspect->id, err.text);
	hypervisor_close(hypervisor);
	return state;
}

/* How long a daemon that sees a machine's process end may take to write down
 * why, and how often that is looked for. */
#define TELL_USEC (2 * USEC_PER_SEC)
#define LOOK_USEC 20000

/* Why a machine is gone. */
static enum machine_state gone(const struct suspect *suspect, bool embedded)
{
	usec_t end = clock_monotonic() + TELL_USEC;

	while (!embedded && !machine_end_told(suspect->uri, suspect->id) &&
	       clock_monotonic() < end)
		usleep(LOOK_USEC);
	return machine_shut_down(suspect->uri, suspect->id) ? MACHINE_OFF :
							      MACHINE_ABSENT;
}

/* What became of a machine. libvirt's daemon removes a QEMU whose guest powered
 * off; under the embedded driver it stays, paused, and has to be asked. */
static enum machine_state look(struct call *call, const struct suspect *suspect,
			       const struct pace *pace)
{
	bool embedded = strncmp(suspect->uri, "qemu:///embed", 13) == 0;

	if (!machine_alive(suspect->pid, suspect->uuid))
		return gone(suspect, embedded);
	return embedded || pace->daemons ? ask(call, suspect, pace->wait_ms) :
					   MACHINE_RUNNING;
}

/* Ends it as its owner's. */
static bool ended(struct call *call, const struct suspect *suspect,
		  const struct ending *why, struct error *err)
{
	struct call own = *call;

	snprintf(own.account, sizeof(own.account), "%s", suspect->owner);
	return end_found(&own, suspect->id, suspect->pid, suspect->boot_id, why,
			 err);
}

static bool settle(struct call *call, const struct suspect *suspect,
		   const struct pace *pace, struct error *err)
{
	if (strcmp(suspect->boot_id, boot_id()) != 0)
		return ended(call, suspect, &ending_host, err);
	switch (look(call, suspect, pace)) {
	case MACHINE_OFF:
		return ended(call, suspect, &ending_guest, err);
	case MACHINE_ABSENT:
	case MACHINE_CRASHED:
		return ended(call, suspect, &ending_broken, err);
	default:
		return console_trim(call, suspect->id, err);
	}
}

/* The running instances of an account, or (NULL) of all. */
static bool list(struct call *call, const char *account,
		 struct suspects *ret_suspects, struct error *err)
{
	static const char *const running = "running";
	static const struct filter filter = { "instance-state-name", &running,
					      1 };
	struct query query = {
		.account = account,
		.filters = &filter,
		.filter_count = 1,
	};

	return instance_list(call->store->db, &query, add_suspect, ret_suspects,
			     err);
}

static bool look_after(struct call *call, const char *account,
		       const struct pace *pace, reconcile_seen_fn *seen,
		       void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct suspects suspects = { .arena = arena };

	if (!arena)
		return fail_memory(err);
	if (!list(call, account, &suspects, err))
		return false;
	for (size_t i = 0; i < suspects.count; i++) {
		const struct suspect *suspect = &suspects.all[i];
		struct error failed = { 0 };

		if (!settle(call, suspect, pace, &failed))
			log_warning("%s: %s", suspect->id, failed.text);
		if (seen)
			seen(data, suspect->uri, suspect->uuid, suspect->pid);
	}
	return true;
}

bool reconcile(struct call *call, struct error *err)
{
	return look_after(call, call->account, &quick, NULL, NULL, err);
}

bool reconcile_all(struct call *call, struct error *err)
{
	return look_after(call, call->account, &patient, NULL, NULL, err);
}

bool reconcile_everybody(struct call *call, bool daemons,
			 reconcile_seen_fn *seen, void *data, struct error *err)
{
	return look_after(call, NULL, daemons ? &nosy : &quick, seen, data,
			  err);
}

bool reconcile_starved(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct suspects suspects = { .arena = arena };

	if (!arena)
		return fail_memory(err);
	if (!list(call, NULL, &suspects, err))
		return false;
	for (size_t i = 0; i < suspects.count; i++) {
		const struct suspect *suspect = &suspects.all[i];

		if (strcmp(suspect->boot_id, boot_id()) == 0 &&
		    machine_alive(suspect->pid, suspect->uuid))
			ask(call, suspect, nosy.wait_ms);
	}
	return true;
}

bool reconcile_fill_job(struct call *call, const struct op *op, usec_t *ret_due,
			struct error *err)
{
	return fill_job(call, op, ret_due, err) && reconcile_starved(call, err);
}
