/* reconcile.c - the rows follow what the machines really do
 *
 * A machine that is not there proves nothing about why: only a guest that was
 * seen powered off counts as having meant it, so that a crash of QEMU never
 * deletes a volume.
 */
#include "launcher/instance/reconcile.h"

#include <string.h>

#include "images/base/log.h"
#include "launcher/domain/domain.h"
#include "launcher/instance/end.h"

/* An instance whose row says "running". */
struct suspect {
	const char *id;
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
		.uuid = arena_str(arena, instance->uuid),
		.uri = arena_str(arena, instance->uri),
		.boot_id = arena_str(arena, instance->boot_id),
		.pid = (pid_t)instance->pid,
	};
	return true;
}

/* How long a command that was given for it waits for a machine's turn. */
#define PATIENT_MS 10000

/* What became of a machine that is alive; RUNNING where nobody can tell now. A
 * starved one goes on. */
static enum machine_state ask(const struct suspect *suspect, unsigned wait_ms)
{
	enum machine_state state = MACHINE_RUNNING;
	struct hypervisor *hypervisor;
	struct error err = { 0 };

	if (!hypervisor_open(suspect->uri, wait_ms, &hypervisor, &err))
		return MACHINE_RUNNING;
	if (!machine_state(hypervisor, suspect->uuid, &state, &err))
		state = MACHINE_RUNNING;
	else if (state == MACHINE_STARVED &&
		 !machine_resume(hypervisor, suspect->uuid, &err))
		log_warning("%s: %s", suspect->id, err.text);
	hypervisor_close(hypervisor);
	return state;
}

/* What became of a machine. libvirt's daemon removes a QEMU whose guest powered
 * off; under the embedded driver it stays, paused, and has to be asked. */
static enum machine_state look(const struct suspect *suspect, bool all)
{
	bool embedded = strncmp(suspect->uri, "qemu:///embed", 13) == 0;

	if (!machine_alive(suspect->pid, suspect->uuid))
		return machine_shut_down(suspect->uri, suspect->id) ?
			       MACHINE_OFF :
			       MACHINE_ABSENT;
	return embedded || all ? ask(suspect, all ? PATIENT_MS : 0) :
				 MACHINE_RUNNING;
}

static bool ended(struct call *call, const struct suspect *suspect,
		  const struct ending *why, struct error *err)
{
	return end_found(call, suspect->id, suspect->pid, suspect->boot_id, why,
			 err);
}

static bool settle(struct call *call, const struct suspect *suspect, bool all,
		   struct error *err)
{
	if (strcmp(suspect->boot_id, boot_id()) != 0)
		return ended(call, suspect, &ending_host, err);
	switch (look(suspect, all)) {
	case MACHINE_OFF:
		return ended(call, suspect, &ending_guest, err);
	case MACHINE_ABSENT:
	case MACHINE_CRASHED:
		return ended(call, suspect, &ending_broken, err);
	default:
		return true;
	}
}

static bool look_after(struct call *call, bool all, struct error *err)
{
	static const char *const running = "running";
	static const struct filter filter = { "instance-state-name", &running,
					      1 };
	auto_of(arena) arena = arena_new();
	struct suspects suspects = { .arena = arena };
	struct query query = {
		.account = call->account,
		.filters = &filter,
		.filter_count = 1,
	};

	if (!arena)
		return fail_memory(err);
	if (!instance_list(call->store->db, &query, add_suspect, &suspects,
			   err))
		return false;
	for (size_t i = 0; i < suspects.count; i++) {
		struct error failed = { 0 };

		if (!settle(call, &suspects.all[i], all, &failed))
			log_warning("%s: %s", suspects.all[i].id, failed.text);
	}
	return true;
}

bool reconcile(struct call *call, struct error *err)
{
	return look_after(call, false, err);
}

bool reconcile_all(struct call *call, struct error *err)
{
	return look_after(call, true, err);
}
