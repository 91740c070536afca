/* start.c - the machine of an instance whose rows are there
 *
 * A start that fails leaves the instance stopped, as it was: nothing but its
 * scratch disks, which a stop had emptied anyway, was touched.
 */
#include "launcher/instance/start.h"

#include <stdio.h>
#include <string.h>

#include "images/freeze.h"
#include "images/quota.h"
#include "images/volume.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/end.h"
#include "launcher/instance/interface.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/reconcile.h"

bool start_files(struct call *call, const char *id, bool fresh,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct attachment *volumes;
	struct instance instance;
	size_t count;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err) ||
	    !attachment_of(call->store->db, id, NULL, arena, &volumes, &count,
			   err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!volume_make(call, volumes[i].volume, err))
			return false;
	return machine_files(call, &instance, fresh, err);
}

/* Moves a pending instance's rows, its volumes and attachments to running,
 * and notes its process where that is known; *ret_moved is false when it was
 * not pending any more. */
static bool start_running(struct call *call, const char *id,
			  const struct instance *booted, pid_t pid,
			  bool *ret_moved, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const struct attachment *volumes;
	size_t count;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !instance_move(db, id, "pending", "running", NULL, NULL,
			   clock_now(), ret_moved, err))
		return false;
	if (!*ret_moved)
		return true;
	if ((booted && !machine_booted(call, booted, pid, clock_now(), err)) ||
	    !attachment_of(db, id, NULL, arena, &volumes, &count, err) ||
	    !attachment_set_state(db, id, "attached", err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!volume_set_state(db, volumes[i].volume, "in-use", err))
			return false;
	return tx_commit(&tx, err);
}

/* The state of an instance now; "" when its row is gone. */
static bool state_now(struct call *call, const char *id, char ret_state[16],
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	snprintf(ret_state, 16, "%s", found ? instance.state : "");
	return true;
}

bool start_adopt(struct call *call, const char *id, struct error *err)
{
	char state[16];
	bool moved;

	if (!start_running(call, id, NULL, 0, &moved, err))
		return false;
	if (moved)
		return true;
	if (!state_now(call, id, state, err))
		return false;
	if (strcmp(state, "terminated") != 0 &&
	    strcmp(state, "shutting-down") != 0)
		return true;
	return end_machine(call, id, err) &&
	       machine_files_remove(call, id, true, err);
}

/* A machine whose instance was terminated while it was started: whoever did
 * that may have looked for it before it was there. */
static bool start_vain(struct call *call, struct hypervisor *hypervisor,
		       const struct instance *instance, struct error *err)
{
	return machine_destroy(hypervisor, instance->uuid, err) &&
	       machine_files_remove(call, instance->id, true, err);
}

bool start_machine(struct call *call, struct hypervisor *hypervisor,
		   const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error ignored = { 0 };
	struct instance instance;
	char text[80], state[16];
	bool found, moved = false, booted;
	pid_t pid;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	if (!found)
		return true;
	if (strcmp(instance.state, "pending") != 0)
		return start_vain(call, hypervisor, &instance, err);
	booted = machine_boot(call, hypervisor, &instance, &pid, err) &&
		 start_running(call, id, &instance, pid, &moved, err);
	if (!moved) {
		if (!state_now(call, id, state, &ignored) ||
		    strcmp(state, "pending") == 0)
			return booted;
		if (!booted)
			error_clear(err);
		return start_vain(call, hypervisor, &instance, err);
	}
	snprintf(text, sizeof(text), "%s started", id);
	if (call->stage)
		call->stage(call->watch_data, text);
	return true;
}

/* Whether a stopped instance still has the volume that it boots from. */
static bool check_root(struct call *call, const struct instance *instance,
		       struct arena *arena, struct error *err)
{
	const struct attachment *all;
	size_t count;

	if (strcmp(instance->state, "stopped") != 0)
		return true;
	if (!attachment_of(call->store->db, instance->id, NULL, arena, &all,
			   &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].device, instance->root_device_name) == 0)
			return true;
	return fail(err, FAULT_INVALID_PARAMETER,
		    "Invalid value '%s' for instanceId. Instance does not have "
		    "a volume attached at root (%s)",
		    instance->id, instance->root_device_name);
}

bool start_check(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (strcmp(instance.root_device_type, "ebs") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance '%s' does not have an 'ebs' root "
			    "device type and cannot be started.",
			    id);
	if (strcmp(instance.state, "stopped") != 0 &&
	    strcmp(instance.state, "running") != 0 &&
	    strcmp(instance.state, "pending") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is not in a state from which "
			    "it can be started.",
			    id);
	return check_root(call, &instance, arena, err);
}

/* The rows of a start that is about to happen: where it will run is decided
 * anew, the instance is pending and the journal knows. */
static bool write_start(struct call *call, const char *id, const char *uri,
			enum accel accel, struct op *ret_op, bool *ret_moved,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const char *answer;
	char payload[80];
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	snprintf(payload, sizeof(payload), "{\"instance\":\"%s\"}", id);
	*ret_op = (struct op){
		.kind = "start",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
	};
	if (!tx_begin(&tx, db, err) ||
	    !instance_move(db, id, "stopped", "pending", NULL, NULL, call->now,
			   ret_moved, err))
		return false;
	if (!*ret_moved)
		return true; /* somebody else starts it, or has done so */
	return quota_hold_machines(call, err) &&
	       instance_started(db, id, uri, accel == ACCEL_KVM ? "kvm" : "tcg",
				0, boot_id(), call->now, err) &&
	       interface_late(call, id, uri, err) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err) &&
	       tx_commit(&tx, err);
}

/* Back to stopped, as if nothing had been asked. */
static bool undo_start(struct call *call, const char *id, const char *op,
		       struct error *err)
{
	bool moved;
	auto_tx tx = TX_INIT;

	return end_machine(call, id, err) &&
	       machine_files_remove(call, id, false, err) &&
	       tx_begin(&tx, call->store->db, err) &&
	       instance_move(call->store->db, id, "pending", "stopped",
			     "Server.InternalError",
			     "Server.InternalError: Internal error on launch",
			     clock_now(), &moved, err) &&
	       op_step(call->store->journal, op, "aborted", 0, NULL, NULL,
		       err) &&
	       tx_commit(&tx, err);
}

static bool carry_out(struct call *call, const char *id, const char *uri,
		      const char *op, struct error *err)
{
	struct journal *journal = call->store->journal;
	auto_turn turn = TURN_INIT;
	struct hypervisor *hypervisor;
	bool ok;

	if (!attach_turns(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !freeze_over(call, id, err) || !start_files(call, id, true, err) ||
	    !op_step(journal, op, "fired", 1, NULL, NULL, err) ||
	    !hypervisor_open(uri, HYPERVISOR_WAIT_MS, &hypervisor, err))
		return false;
	ok = start_machine(call, hypervisor, id, err);
	hypervisor_close(hypervisor);
	return ok && op_step(journal, op, "done", 2, NULL, NULL, err);
}

bool start_instance(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error undo = { 0 };
	const char *uri;
	enum accel accel;
	struct op op;
	bool moved;

	if (!arena)
		return fail_memory(err);
	if (!machine_host(call, arena, &uri, &accel, err) ||
	    !write_start(call, id, uri, accel, &op, &moved, err))
		return false;
	/* one that runs may wait for room on a disk that was full */
	if (!moved)
		return reconcile_all(call, err);
	if (carry_out(call, id, uri, op.id, err))
		return true;
	/* what cannot be undone now is recovered by the next call */
	if (!undo_start(call, id, op.id, &undo))
		error_clear(&undo);
	return false;
}

bool start_recover(struct call *call, const struct op *op, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "instance", arena) : NULL;
	bool alive = false;
	char state[16];

	if (!id)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!state_now(call, id, state, err))
		return false;
	/* it got as far as running, or was terminated and forgotten; what
	 * became of it since is not this operation's business */
	if (strcmp(state, "pending") != 0)
		return (!*state || start_adopt(call, id, err)) &&
		       op_step(call->store->journal, op->id, "done", 2, NULL,
			       NULL, err);
	if (!end_alive(call, id, &alive, err))
		return false;
	if (!alive)
		return undo_start(call, id, op->id, err);
	return start_adopt(call, id, err) &&
	       op_step(call->store->journal, op->id, "done", 2, NULL, NULL,
		       err);
}
