/* detach.c - DetachVolume
 *
 *   TX    attachment "detaching"; the journal's intent
 *   TX    fired
 *   host  libvirt asks the guest, QEMU says when it has let go
 *   QMP   no node of it is left
 *   TX    no attachment, volume "available"; done
 *
 * There is no way back from "fired": the guest may let go at any time. The
 * operation becomes a job then, and so does one whose process died.
 */
#include "launcher/instance/detach.h"

#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/turn.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/machine.h"

/* How long a call waits for the guest, with Force, and a round of the job. */
#define WAIT_MS 5000
#define FORCE_WAIT_MS 10000
#define ROUND_WAIT_MS 500
#define ROUND_TURN_MS 100

/* The job asks every two seconds at first, later twice a minute. */
#define ASK_LEAST 2
#define ASK_MOST 30

static bool is_live(const struct instance *instance)
{
	return strcmp(instance->state, "running") == 0;
}

/* Whether it is the attachment that the caller means. */
static bool check_named(const struct detach *detach,
			const struct attachment *attachment, struct error *err)
{
	const char *device = detach->device;

	if (device && strncmp(device, "/dev/", 5) != 0 &&
	    strncmp(attachment->device, "/dev/", 5) == 0 &&
	    strcmp(device, attachment->device + 5) == 0)
		device = NULL;
	if ((!detach->instance ||
	     strcmp(detach->instance, attachment->instance) == 0) &&
	    (!device || strcmp(device, attachment->device) == 0))
		return true;
	return fail(err, FAULT_ATTACHMENT_NOT_FOUND,
		    "The volume '%s' is not attached to instance '%s' as "
		    "device '%.64s'.",
		    detach->volume,
		    detach->instance ? detach->instance : attachment->instance,
		    detach->device ? detach->device : attachment->device);
}

static bool check_instance(const struct detach *detach,
			   const struct attachment *attachment,
			   const struct instance *instance, struct error *err)
{
	if (!is_live(instance) && strcmp(instance->state, "stopped") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "Instance '%s' is not 'running' or 'stopped'.",
			    instance->id);
	if (is_live(instance) &&
	    strcmp(attachment->device, instance->root_device_name) == 0)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "Unable to detach root volume '%s' from instance "
			    "'%s'",
			    detach->volume, instance->id);
	return true;
}

static bool check(struct call *call, const struct detach *detach,
		  struct arena *arena, struct attachment *ret_attachment,
		  struct instance *ret_instance, struct error *err)
{
	const struct attachment *all;
	struct volume volume;
	size_t count;
	bool again;

	if (!authorise_volume(call, RIGHT_OWN, detach->volume, arena, &volume,
			      err))
		return false;
	if (detach->instance &&
	    !authorise_instance(call, RIGHT_OWN, detach->instance, arena,
				ret_instance, err))
		return false;
	if (!attachment_of(call->store->db, NULL, detach->volume, arena, &all,
			   &count, err))
		return false;
	if (!count)
		return fail(err, FAULT_INCORRECT_STATE,
			    "Volume '%s' is in the '%s' state.", volume.id,
			    volume.state);
	if (!check_named(detach, all, err))
		return false;
	again = detach->force && strcmp(all->state, "detaching") == 0;
	if (strcmp(all->state, "attached") != 0 && !again)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The attachment of volume '%s' is in the '%s' "
			    "state.",
			    volume.id, all->state);
	*ret_attachment = *all;
	return authorise_instance(call, RIGHT_OWN, all->instance, arena,
				  ret_instance, err) &&
	       check_instance(detach, all, ret_instance, err);
}

/* The volume is free, if it is still on its way from that instance. Within the
 * caller's transaction. */
static bool let_go(struct call *call, const char *volume, const char *instance,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const struct attachment *now;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!attachment_of(db, NULL, volume, arena, &now, &count, err))
		return false;
	if (!count || strcmp(now->instance, instance) != 0 ||
	    strcmp(now->state, "detaching") != 0)
		return true;
	return attachment_delete(db, volume, err) &&
	       volume_set_state(db, volume, "available", err);
}

bool detach_machine_gone(struct call *call, const char *instance,
			 struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct attachment *all;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!attachment_of(call->store->db, instance, NULL, arena, &all, &count,
			   err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!let_go(call, all[i].volume, instance, err))
			return false;
	return true;
}

/* Asks the guest, and QEMU whether it has let go. */
static bool unplug(struct call *call, const struct instance *instance,
		   const char *volume, unsigned wait_ms, bool *ret_gone,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *serial = arena ? machine_serial(arena, volume) : NULL;
	struct hypervisor *hypervisor;
	bool ok, seen;

	if (!serial)
		return fail_memory(err);
	if (!hypervisor_open(instance->uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_detach(hypervisor, instance->uuid, serial, wait_ms,
			    ret_gone, err);
	hypervisor_close(hypervisor);
	if (!ok || !*ret_gone)
		return ok;
	if (!attach_seen(call, volume, instance->id, &seen, err))
		return false;
	*ret_gone = !seen;
	return true;
}

static bool finish(struct call *call, const char *volume, const char *instance,
		   const char *op, struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, call->store->db, err) &&
	       let_go(call, volume, instance, err) &&
	       (!op || op_step(call->store->journal, op, "done", 2, NULL, NULL,
			       err)) &&
	       tx_commit(&tx, err);
}

/* Nothing was asked of the guest: it is attached as before. */
static bool take_back(struct call *call, const char *volume, const char *op,
		      struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, call->store->db, err) &&
	       attachment_move(call->store->db, volume, "attached", err) &&
	       op_step(call->store->journal, op, "aborted", 2, NULL, NULL,
		       err) &&
	       tx_commit(&tx, err);
}

/* The first try, with `op` NULL one more; what it leaves to do is the job's. */
static bool carry_out(struct call *call, const struct detach *detach,
		      const struct instance *instance, const char *op,
		      bool *ret_gone, struct error *err)
{
	struct journal *journal = call->store->journal;
	struct error undo = { 0 };

	*ret_gone = false;
	if (op && !op_step(journal, op, "fired", 1, NULL, NULL, err))
		return false;
	if (unplug(call, instance, detach->volume,
		   detach->force ? FORCE_WAIT_MS : WAIT_MS, ret_gone, err)) {
		if (*ret_gone)
			return finish(call, detach->volume, instance->id, op,
				      err);
	} else if (op && err->fault == FAULT_INCORRECT_STATE) {
		if (!take_back(call, detach->volume, op, &undo))
			error_clear(&undo);
		return false;
	} else {
		log_info("%s: %s", detach->volume, err->text);
		error_clear(err);
	}
	return !op || op_postpone(journal, op, clock_wall(), err);
}

/* The rows: of a stopped instance all that there is to do. */
static bool write_rows(struct call *call, const struct detach *detach,
		       const struct instance *instance, bool again,
		       struct op *op, struct arena *arena, struct error *err)
{
	const char *answer;

	if (!attachment_move(call->store->db, detach->volume, "detaching", err))
		return false;
	if (!is_live(instance))
		return let_go(call, detach->volume, instance->id, err);
	return again || op_begin(call->store->journal, op, arena, &answer, err);
}

bool detach_volume(struct call *call, const struct detach *detach,
		   struct arena *arena, struct attachment *ret_attachment,
		   struct error *err)
{
	auto_turn turn = TURN_INIT;
	struct instance instance;
	struct op op = {
		.kind = "detach-volume",
		.account = call->account,
		.action = call->action,
		.request = call->request,
	};
	bool again, gone = true;
	auto_tx tx = TX_INIT;

	/* once before the turn: a stranger does not get to wait for it */
	if (!check(call, detach, arena, ret_attachment, &instance, err) ||
	    !call_dry_run(call, err) ||
	    !turn_take(call, &detach->volume, 1, TURN_WAIT_MS, &turn, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !check(call, detach, arena, ret_attachment, &instance, err))
		return false;
	again = strcmp(ret_attachment->state, "detaching") == 0;
	op.payload = arena_format(arena,
				  "{\"volume\":\"%s\",\"instance\":\"%s\"}",
				  detach->volume, instance.id);
	if (!op.payload)
		return fail_memory(err);
	if (!write_rows(call, detach, &instance, again, &op, arena, err) ||
	    !tx_commit(&tx, err))
		return false;
	if (is_live(&instance) && !carry_out(call, detach, &instance,
					     again ? NULL : op.id, &gone, err))
		return false;
	ret_attachment->state = gone ? "detached" : "detaching";
	return true;
}

/* Whether the volume is still on its way from that instance. */
static bool still_detaching(struct call *call, const char *volume,
			    const char *instance, struct arena *arena,
			    bool *ret_still, struct error *err)
{
	const struct attachment *now;
	size_t count;

	if (!attachment_of(call->store->db, NULL, volume, arena, &now, &count,
			   err))
		return false;
	*ret_still = count && strcmp(now->instance, instance) == 0 &&
		     strcmp(now->state, "detaching") == 0;
	return true;
}

bool detach_job(struct call *call, const struct op *op, usec_t *ret_due,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *volume = arena ? op_text(op, "volume", arena) : NULL;
	const char *id = arena ? op_text(op, "instance", arena) : NULL;
	int64_t wait = op->step + ASK_LEAST;
	auto_turn turn = TURN_INIT;
	struct instance instance;
	bool still, found, gone = true;

	*ret_due = 0;
	if (!volume || !id)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	if (!turn_take(call, &volume, 1, ROUND_TURN_MS, &turn, err) ||
	    !still_detaching(call, volume, id, arena, &still, err) ||
	    !instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	/* a machine that is ending lets go of everything: stop_finish() and
	 * terminate say so in the rows */
	if (still && found && strcmp(instance.state, "stopped") != 0 &&
	    strcmp(instance.boot_id, boot_id()) == 0 &&
	    !unplug(call, &instance, volume, ROUND_WAIT_MS, &gone, err))
		return false;
	if (gone)
		return finish(call, volume, id, op->id, err);
	*ret_due = clock_wall() +
		   (wait < ASK_MOST ? wait : ASK_MOST) * USEC_PER_SEC;
	return op_step(call->store->journal, op->id, "fired", op->step + 1,
		       NULL, NULL, err);
}
