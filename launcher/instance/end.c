/* end.c - ending machines, terminating and forgetting instances
 *
 * A machine's absence is proved before its disks are touched, and the rows
 * say so before a file goes.
 */
#include "launcher/instance/end.h"

#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/cache.h"
#include "images/layers.h"
#include "images/registry/tag.h"
#include "images/volume.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/interface.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/network.h"
#include "launcher/instance/stop.h"
#include "launcher/instance/tell.h"

#define LISTED_AFTER_END (3600 * USEC_PER_SEC)

const struct ending ending_user = {
	"Client.UserInitiatedShutdown",
	"Client.UserInitiatedShutdown: User initiated shutdown",
};
const struct ending ending_guest = {
	"Client.InstanceInitiatedShutdown",
	"Client.InstanceInitiatedShutdown: Instance initiated shutdown",
};
const struct ending ending_broken = {
	"Server.InternalError",
	"Server.InternalError: The machine ended unexpectedly",
};
const struct ending ending_host = {
	"Server.InternalError",
	"Server.InternalError: The host was rebooted",
};

const char *ending_name(const struct ending *why)
{
	return why == &ending_guest  ? "guest" :
	       why == &ending_broken ? "broken" :
	       why == &ending_host   ? "host" :
				       "user";
}

const struct ending *ending_named(const char *why)
{
	switch (why ? why[0] : 'u') {
	case 'g':
		return &ending_guest;
	case 'b':
		return &ending_broken;
	case 'h':
		return &ending_host;
	default:
		return &ending_user;
	}
}

static bool destroy(const struct instance *instance, struct error *err)
{
	struct hypervisor *hypervisor;
	bool ok;

	if (!hypervisor_open(instance->uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_destroy(hypervisor, instance->uuid, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* Whether no QEMU of this instance runs here, for a libvirt of this host: then
 * it does not matter that libvirt is away. */
static bool surely_absent(const struct instance *instance)
{
	return strncmp(instance->uri, "qemu:///", 8) == 0 &&
	       !machine_alive(0, instance->uuid);
}

bool end_machine(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!authorised_instance(call, id, arena, &instance, err))
		return false;
	if (destroy(&instance, err))
		return true;
	if (strcmp(instance.boot_id, boot_id()) == 0 &&
	    !surely_absent(&instance))
		return false;
	/* there is no machine; that was to tidy up */
	error_clear(err);
	return true;
}

bool end_alive(struct call *call, const char *id, bool *ret_alive,
	       struct error *err)
{
	auto_of(arena) arena = arena_new();
	enum machine_state state = MACHINE_ABSENT;
	struct hypervisor *hypervisor;
	struct instance instance;
	bool ok;

	if (!authorised_instance(call, id, arena, &instance, err))
		return false;
	if (strcmp(instance.boot_id, boot_id()) != 0) {
		*ret_alive = false;
		return true;
	}
	if (!hypervisor_open(instance.uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_state(hypervisor, instance.uuid, &state, err);
	hypervisor_close(hypervisor);
	*ret_alive = state == MACHINE_RUNNING || state == MACHINE_PAUSED ||
		     state == MACHINE_STARVED;
	return ok;
}

/* Deletes the volumes that go with the instance; the others are free, and so is
 * what was being detached. With `all` every volume goes. Within the caller's
 * transaction. */
static bool release_volumes(struct call *call, const char *id, bool all,
			    struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const struct attachment *volumes;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!attachment_of(db, id, NULL, arena, &volumes, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *volume = volumes[i].volume;

		bool leaving = strcmp(volumes[i].state, "detaching") == 0;

		if (all || (volumes[i].delete_on_termination && !leaving)) {
			if (!volume_drop(call, volume, err))
				return false;
			continue;
		}
		if (!attachment_delete(db, volume, err) ||
		    !volume_set_state(db, volume, "available", err))
			return false;
	}
	return true;
}

bool end_forget(struct call *call, const char *id, struct error *err)
{
	struct db *db = call->store->db;
	auto_of(arena) arena = arena_new();
	const char *const *groups;
	size_t group_count;
	struct tell tell;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!interface_peers(call, id, arena, &groups, &group_count, err) ||
	    !machine_files_remove(call, id, true, err) ||
	    !machine_log_remove(call, id, err) || !tx_begin(&tx, db, err) ||
	    !release_volumes(call, id, true, err) || !tag_clear(db, id, err) ||
	    !instance_delete(db, id, err) ||
	    !tell_begin(call, groups, group_count, arena, &tell, err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	return layers_reap(call, err);
}

bool end_forget_old(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error ignored = { 0 };
	const char *id;

	if (!arena)
		return fail_memory(err);
	for (;;) {
		if (!instance_ended(call->store->db,
				    clock_now() - LISTED_AFTER_END, arena, &id,
				    err))
			return false;
		if (!id)
			return true;
		/* what libvirt could not clean up at its end goes now */
		if (!end_machine(call, id, &ignored))
			error_clear(&ignored);
		if (!end_forget(call, id, err))
			return false;
	}
}

bool terminate_check(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (instance.disable_termination &&
	    strcmp(instance.state, "terminated") != 0)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The instance '%s' may not be terminated. Modify "
			    "its 'disableApiTermination' instance attribute "
			    "and try again.",
			    id);
	return true;
}

/* The second half: the machine is to go, then the rows, then the files. */
static bool terminate_finish(struct call *call, const char *id,
			     const struct ending *why, const char *op,
			     struct error *err)
{
	struct db *db = call->store->db;
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	const char *const *groups;
	size_t group_count;
	uint64_t bytes;
	unsigned files;
	struct tell tell;
	bool moved;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!interface_peers(call, id, arena, &groups, &group_count, err))
		return false;
	/* not in the transaction: the process is waited for */
	if (!end_machine(call, id, err) || !network_end(call, id, err) ||
	    !attach_turns(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !tx_begin(&tx, db, err) ||
	    !instance_move(db, id, "shutting-down", "terminated", why->code,
			   why->message, clock_now(), &moved, err) ||
	    !instance_set_user_data(db, id, NULL, 0, err) ||
	    !release_volumes(call, id, false, err) ||
	    !layers_release_kernels(call, err) ||
	    !machine_files_remove(call, id, true, err) ||
	    !op_step(call->store->journal, op, "done", 2, NULL, NULL, err) ||
	    !tell_begin(call, groups, group_count, arena, &tell, err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	return layers_reap(call, err) &&
	       cache_trim(call, cache_most(), &files, &bytes, err);
}

/* Whether a state is one that a termination starts from. */
static bool may_end(const char *state)
{
	return strcmp(state, "terminated") != 0 &&
	       strcmp(state, "shutting-down") != 0;
}

/* The first half, within the caller's transaction: the row says what will
 * happen, and so does the journal. */
static bool terminate_begin(struct call *call, const struct instance *instance,
			    const struct ending *why, char ret_op[ID_SIZE],
			    struct arena *arena, struct error *err)
{
	char payload[120];
	const char *answer;
	struct op op = {
		.kind = "terminate",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
	};
	bool moved;

	snprintf(payload, sizeof(payload),
		 "{\"instance\":\"%s\",\"why\":\"%s\"}", instance->id,
		 ending_name(why));
	if (!instance_move(call->store->db, instance->id, instance->state,
			   "shutting-down", why->code, why->message,
			   clock_now(), &moved, err) ||
	    !op_begin(call->store->journal, &op, arena, &answer, err))
		return false;
	memcpy(ret_op, op.id, sizeof(op.id));
	return true;
}

bool terminate_instance(struct call *call, const char *id,
			const struct ending *why, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	char op[ID_SIZE];
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !authorised_instance(call, id, arena, &instance, err))
		return false;
	if (!may_end(instance.state))
		return true;
	return terminate_begin(call, &instance, why, op, arena, err) &&
	       tx_commit(&tx, err) && terminate_finish(call, id, why, op, err);
}

bool end_found(struct call *call, const char *id, int64_t pid, const char *boot,
	       const struct ending *why, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	usec_t now = clock_now();
	bool found, rebooting = false, terminate;
	struct instance instance;
	char op[ID_SIZE];
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !instance_get(db, id, arena, &instance, &found, err) ||
	    !op_about(db, "reboot", id, &rebooting, err))
		return false;
	if (!found || strcmp(instance.state, "running") != 0 ||
	    instance.pid != pid || strcmp(instance.boot_id, boot) != 0)
		return true;
	if (rebooting && why != &ending_host)
		return true; /* its job starts it again */
	/* what had an instance-store root cannot be started again */
	terminate = strcmp(instance.root_device_type, "ebs") != 0 ||
		    (why == &ending_guest &&
		     strcmp(instance.shutdown_behavior, "terminate") == 0);
	if (!(terminate ?
		      terminate_begin(call, &instance, why, op, arena, err) :
		      stop_found_begin(call, id, now, why, op, arena, err)) ||
	    !tx_commit(&tx, err))
		return false;
	return terminate ? terminate_finish(call, id, why, op, err) :
			   stop_found_finish(call, id, now, why, op, err);
}

bool terminate_recover(struct call *call, const struct op *op,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "instance", arena) : NULL;
	const struct ending *why =
		ending_named(arena ? op_text(op, "why", arena) : NULL);
	struct instance instance;
	bool found;

	if (!id)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	if (!found) /* the launch that made it was undone meanwhile */
		return op_step(call->store->journal, op->id, "aborted", 2, NULL,
			       NULL, err);
	return terminate_finish(call, id, why, op->id, err);
}
