/* attach.c - AttachVolume
 *
 *   TX    attachment "attaching" (of a stopped instance: "attached", the end),
 *         volume "in-use"; the journal's intent
 *   TX    fired
 *   host  libvirt plugs the disk in
 *   QMP   QEMU has it
 *   TX    "attached"; done
 *
 * Whether libvirt reported success does not count; what QEMU has does.
 */
#include "launcher/instance/attach.h"

#include <stdio.h>
#include <string.h>

#include "images/device.h"
#include "launcher/instance/machine.h"

/* An attachment that was found possible. */
struct plan {
	struct arena *arena;
	struct volume volume;
	struct instance instance;
	const char *device; /* "/dev/sdf" */
	int64_t position;
	bool running;
};

static bool check_volume(struct call *call, const struct plan *plan,
			 struct error *err)
{
	const struct volume *volume = &plan->volume;
	const struct attachment *attachments;
	size_t count;

	if (!attachment_of(call->store->db, NULL, volume->id, plan->arena,
			   &attachments, &count, err))
		return false;
	if (count)
		return fail(err, FAULT_VOLUME_IN_USE,
			    "%s is already attached to an instance",
			    volume->id);
	if (strcmp(volume->state, "available") != 0)
		return fail(err, FAULT_INCORRECT_STATE,
			    "Volume '%s' is not 'available'.", volume->id);
	return true;
}

static bool check_instance(struct plan *plan, struct error *err)
{
	const struct instance *instance = &plan->instance;

	plan->running = strcmp(instance->state, "running") == 0;
	if (!plan->running && strcmp(instance->state, "stopped") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "Instance '%s' is not 'running' or 'stopped'.",
			    instance->id);
	if (strcmp(instance->zone, plan->volume.zone) != 0)
		return fail(err, FAULT_VOLUME_ZONE,
			    "The volume '%s' is not in the same availability "
			    "zone as instance '%s'",
			    plan->volume.id, instance->id);
	return true;
}

/* The name in its one form, "/dev/sdf". */
static bool check_name(struct plan *plan, const char *device, struct error *err)
{
	const char *name = device;

	if (strncmp(name, "/dev/", 5) == 0)
		name += 5;
	if (!device_valid(name))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%.64s) for parameter device is invalid. "
			    "%.64s is not a valid EBS device name.",
			    device, device);
	plan->device = arena_format(plan->arena, "/dev/%s", name);
	return plan->device || fail_memory(err);
}

/* Whether the name is free, and which place the disk gets. */
static bool check_device(struct call *call, struct plan *plan,
			 struct error *err)
{
	const char *id = plan->instance.id;
	const struct attachment *volumes;
	const struct scratch *scratch;
	size_t volume_count, scratch_count;
	bool taken = false;

	if (!attachment_of(call->store->db, id, NULL, plan->arena, &volumes,
			   &volume_count, err) ||
	    !scratch_of(call->store->db, id, plan->arena, &scratch,
			&scratch_count, err))
		return false;
	plan->position = 0;
	for (size_t i = 0; i < volume_count; i++) {
		taken = taken || strcmp(volumes[i].device, plan->device) == 0;
		if (volumes[i].position >= plan->position)
			plan->position = volumes[i].position + 1;
	}
	for (size_t i = 0; i < scratch_count; i++)
		taken = taken || strcmp(scratch[i].device, plan->device) == 0;
	if (taken)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid value '%s' for unixDevice. Attachment "
			    "point %s is already in use",
			    plan->device, plan->device);
	if (volume_count + scratch_count >= MACHINE_DISKS_MOST)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "Instance '%s' has %d disks already: that is as "
			    "many as there can be.",
			    id, MACHINE_DISKS_MOST);
	return true;
}

static bool make_plan(struct call *call, const char *volume,
		      const char *instance, const char *device,
		      struct plan *plan, struct error *err)
{
	return authorise_volume(call, RIGHT_OWN, volume, plan->arena,
				&plan->volume, err) &&
	       authorise_instance(call, RIGHT_OWN, instance, plan->arena,
				  &plan->instance, err) &&
	       check_name(plan, device, err) && check_volume(call, plan, err) &&
	       check_instance(plan, err) && check_device(call, plan, err);
}

/* The rows, and for a machine that runs the intent. */
static bool write_plan(struct call *call, const struct plan *plan,
		       struct op *op, struct error *err)
{
	struct db *db = call->store->db;
	const char *answer;

	return attachment_insert(db,
				 &(struct attachment){
					 .volume = plan->volume.id,
					 .instance = plan->instance.id,
					 .device = plan->device,
					 .position = plan->position,
					 .state = plan->running ? "attaching" :
								  "attached",
					 .attached = call->now,
				 },
				 err) &&
	       volume_set_state(db, plan->volume.id, "in-use", err) &&
	       (!plan->running ||
		op_begin(call->store->journal, op, plan->arena, &answer, err));
}

static bool is_head(const struct machine_head *heads, size_t count,
		    const char *serial)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(heads[i].serial, serial) == 0)
			return true;
	return false;
}

bool attach_seen(struct call *call, const char *volume, const char *id,
		 bool *ret_seen, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *serial = arena ? machine_serial(arena, volume) : NULL;
	struct hypervisor *hypervisor;
	const struct machine_head *heads;
	struct instance instance;
	size_t count;
	bool found, ok;

	if (!serial)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	*ret_seen = false;
	if (!found || strcmp(instance.boot_id, boot_id()) != 0 ||
	    strcmp(instance.state, "stopped") == 0 ||
	    strcmp(instance.state, "terminated") == 0)
		return true;
	if (!hypervisor_open(instance.uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_heads(hypervisor, instance.uuid, arena, &heads, &count,
			   err);
	hypervisor_close(hypervisor);
	*ret_seen = ok && is_head(heads, count, serial);
	return ok;
}

/* The rows follow what QEMU has. A row that says something else by now is
 * somebody else's: the machine was stopped or terminated meanwhile. */
static bool settle(struct call *call, const char *volume, const char *instance,
		   const char *op, bool seen, bool *ret_attached,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const struct attachment *now;
	size_t count;
	bool ours;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !attachment_of(db, NULL, volume, arena, &now, &count, err))
		return false;
	ours = count && strcmp(now->instance, instance) == 0;
	*ret_attached = ours && strcmp(now->state, "attached") == 0;
	if (ours && strcmp(now->state, "attaching") == 0) {
		*ret_attached = seen;
		if (seen ? !attachment_move(db, volume, "attached", err) :
			   !(attachment_delete(db, volume, err) &&
			     volume_set_state(db, volume, "available", err)))
			return false;
	}
	return op_step(call->store->journal, op,
		       *ret_attached ? "done" : "aborted", 2, NULL, NULL,
		       err) &&
	       tx_commit(&tx, err);
}

static bool plug(struct call *call, const struct plan *plan, struct error *err)
{
	const struct instance *instance = &plan->instance;
	auto_turn pin = TURN_INIT;
	struct hypervisor *hypervisor;
	struct machine_disk disk;
	bool ok;

	/* the chain that is described is the one that QEMU opens */
	if (!turn_pin(call, &pin, err) ||
	    !machine_volume(call, plan->volume.id, plan->arena, &disk, err) ||
	    !hypervisor_open(instance->uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_attach(hypervisor, instance->uuid, &disk, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* Why a disk is not there: what libvirt said (in err, unless it said that all
 * is well) counts only if the machine is meant to be there still. */
static bool blame(struct call *call, const char *id, bool plugged,
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error look = { 0 };
	struct instance now;
	bool found;

	if (!plugged && arena &&
	    instance_get(call->store->db, id, arena, &now, &found, &look) &&
	    found && strcmp(now.state, "running") == 0)
		return false;
	error_clear(err);
	return fail(err, FAULT_INCORRECT_STATE,
		    "Instance '%s' ended while the volume was being attached.",
		    id);
}

/* Plugs the disk in and says in the rows what came of it. */
static bool carry_out(struct call *call, const struct plan *plan,
		      const char *op, struct error *err)
{
	const char *volume = plan->volume.id, *instance = plan->instance.id;
	struct error look = { 0 };
	bool plugged, seen, attached = false;

	if (!op_step(call->store->journal, op, "fired", 1, NULL, NULL, err))
		return false;
	plugged = plug(call, plan, err);
	/* what cannot be found out now is recovered by the next call */
	if (!attach_seen(call, volume, instance, &seen, &look) ||
	    !settle(call, volume, instance, op, seen, &attached, &look)) {
		if (plugged)
			*err = look;
		return false;
	}
	if (!attached)
		return blame(call, instance, plugged, err);
	if (!plugged)
		error_clear(err);
	return true;
}

bool attach_volume(struct call *call, const char *volume, const char *instance,
		   const char *device, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct plan plan = { .arena = arena };
	char payload[120];
	struct op op = {
		.kind = "attach-volume",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
	};
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	snprintf(payload, sizeof(payload),
		 "{\"volume\":\"%s\",\"instance\":\"%s\"}", volume, instance);
	/* once before the turn: a stranger does not get to wait for it */
	if (!make_plan(call, volume, instance, device, &plan, err) ||
	    !call_dry_run(call, err) ||
	    !turn_take(call, &volume, 1, TURN_WAIT_MS, &turn, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !make_plan(call, volume, instance, device, &plan, err) ||
	    !write_plan(call, &plan, &op, err) || !tx_commit(&tx, err))
		return false;
	return !plan.running || carry_out(call, &plan, op.id, err);
}

bool attach_recover(struct call *call, const struct op *op, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *volume = arena ? op_text(op, "volume", arena) : NULL;
	const char *instance = arena ? op_text(op, "instance", arena) : NULL;
	auto_turn turn = TURN_INIT;
	bool seen = false, attached;

	if (!volume || !instance)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!turn_take(call, &volume, 1, TURN_RECOVERY_MS, &turn, err))
		return false;
	/* before "fired" nobody was asked for anything */
	if (strcmp(op->state, "fired") == 0 &&
	    !attach_seen(call, volume, instance, &seen, err))
		return false;
	return settle(call, volume, instance, op->id, seen, &attached, err);
}

bool attach_turns(struct call *call, const char *const *instances, size_t count,
		  unsigned wait_ms, struct turn *ret_turn, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char **ids = NULL;
	size_t id_count = 0;

	if (!arena)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const struct attachment *all;
		size_t more;

		if (!attachment_of(call->store->db, instances[i], NULL, arena,
				   &all, &more, err))
			return false;
		for (size_t j = 0; j <= more; j++) {
			ids = arena_more(arena, ids, id_count, sizeof(*ids));
			if (!ids)
				return fail_memory(err);
			/* an instance-store root has no volume's turn */
			ids[id_count++] = j < more ? all[j].volume :
						     instances[i];
		}
	}
	return turn_take(call, ids, id_count, wait_ms, ret_turn, err);
}
