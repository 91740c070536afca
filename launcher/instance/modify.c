/* modify.c - ModifyVolume
 *
 *   TX    a modification "modifying"; the journal's intent
 *   host  QEMU's limits, then its size; without a machine the layer's size
 *   TX    the volume's and the layer's rows; "completed"; done
 *
 * Each step may be done again. Limits come first: they can be put back, while
 * a disk that its guest has seen grow cannot shrink.
 */
#include "launcher/instance/modify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "images/limits.h"
#include "images/registry/layer.h"
#include "images/throttle.h"
#include "images/turn.h"
#include "images/volume.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/machine.h"

#define DAY (24 * 3600 * USEC_PER_SEC)

/* What is to be done, and to what. */
struct plan {
	struct arena *arena;
	struct volume volume;
	struct modification *modification;
	const struct attachment *attachment; /* NULL: none */
	struct instance instance;	     /* of the attachment */
};

static bool fetch_attachment(struct call *call, struct plan *plan,
			     struct error *err)
{
	const struct attachment *all;
	size_t count;
	bool found;

	plan->attachment = NULL;
	if (!attachment_of(call->store->db, NULL, plan->volume.id, plan->arena,
			   &all, &count, err))
		return false;
	if (!count)
		return true;
	if (!instance_get(call->store->db, all->instance, plan->arena,
			  &plan->instance, &found, err))
		return false;
	if (found)
		plan->attachment = all;
	return true;
}

static bool check_last(struct call *call, const struct plan *plan,
		       struct error *err)
{
	struct modification last;
	int64_t count = 0;
	bool found;

	if (!modification_get(call->store->db, plan->volume.id, plan->arena,
			      &last, &found, err))
		return false;
	if (found && (strcmp(last.state, "modifying") == 0 ||
		      strcmp(last.state, "optimizing") == 0))
		return fail(err, FAULT_MODIFICATION_STATE,
			    "A modification of volume '%s' is in the '%s' "
			    "state.",
			    plan->volume.id, last.state);
	if (!modification_count(call->store->db, plan->volume.id,
				call->now - DAY, call->now, &count, err))
		return false;
	if (count >= MODIFICATIONS_A_DAY)
		return fail(err, FAULT_MODIFICATION_RATE,
			    "You've reached the maximum modification rate per "
			    "volume limit: %d in 24 hours.",
			    MODIFICATIONS_A_DAY);
	return true;
}

/* A number that was provisioned stays where the new type has such a thing, and
 * nothing else was asked for. */
static int64_t keep(int64_t wanted, int64_t is, int64_t could, int64_t can)
{
	return wanted ? wanted : could && can ? is : 0;
}

/* The shape that the volume gets. */
static bool check_shape(const struct plan *plan,
			const struct volume_shape *wanted,
			struct volume_shape *ret, struct error *err)
{
	const struct volume *is = &plan->volume;
	const char *name = wanted->type ? wanted->type : is->type;
	const struct volume_type *from = volume_type_find(is->type);
	const struct volume_type *to = volume_type_find(name);

	if (!from || !to)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%s) for parameter volumeType is invalid.",
			    name);
	if (wanted->size && wanted->size < is->size)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "New size cannot be smaller than existing size");
	*ret = (struct volume_shape){
		.type = name,
		.size = wanted->size ? wanted->size : is->size,
		.iops = keep(wanted->iops, is->iops, from->iops_most,
			     to->iops_most),
		.throughput = keep(wanted->throughput, is->throughput,
				   from->throughput_most,
				   to->throughput_most),
	};
	if (!volume_check(name, ret->size, &ret->iops, &ret->throughput, err))
		return false;
	if (plan->attachment && !to->bootable &&
	    strcmp(plan->attachment->device, plan->instance.root_device_name) ==
		    0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A volume of type %s cannot be the root device.",
			    name);
	return true;
}

static bool make_plan(struct call *call, const char *id,
		      const struct volume_shape *wanted, struct plan *plan,
		      struct error *err)
{
	struct volume *volume = &plan->volume;

	if (!authorise_volume(call, RIGHT_OWN, id, plan->arena, volume, err))
		return false;
	if (strcmp(volume->state, "available") != 0 &&
	    strcmp(volume->state, "in-use") != 0)
		return fail(err, FAULT_INCORRECT_STATE,
			    "Volume '%s' is in the '%s' state.", id,
			    volume->state);
	*plan->modification = (struct modification){
		.volume = volume->id,
		.state = "modifying",
		.message = "",
		.original = { volume->size, volume->type, volume->iops,
			      volume->throughput },
		.started = call->now,
	};
	return fetch_attachment(call, plan, err) &&
	       check_shape(plan, wanted, &plan->modification->target, err) &&
	       check_last(call, plan, err);
}

/* The volume as it would be in another shape. */
static struct machine_throttle limits_of(const struct volume_shape *shape)
{
	const struct volume volume = {
		.size = shape->size,
		.type = shape->type,
		.iops = shape->iops,
		.throughput = shape->throughput,
	};

	return volume_throttle(&volume, gp2_credits());
}

/* Gives a disk of a machine its limits, then its size; a disk that cannot
 * become larger has its old limits again. */
static bool apply_live(const struct plan *plan, struct hypervisor *hypervisor,
		       struct error *err)
{
	const struct modification *m = plan->modification;
	const char *uuid = plan->instance.uuid;
	const char *serial = machine_serial(plan->arena, plan->volume.id);
	struct machine_throttle now = limits_of(&m->target);
	struct machine_throttle before = limits_of(&m->original);
	struct error undo = { 0 };
	bool tuned = memcmp(&now, &before, sizeof(now)) != 0;

	if (!serial)
		return fail_memory(err);
	if (tuned && !machine_throttle(hypervisor, uuid, serial, &now, err))
		return false;
	if (m->target.size == m->original.size ||
	    machine_resize(hypervisor, uuid, serial,
			   (uint64_t)(m->target.size * GIB), err))
		return true;
	if (tuned &&
	    !machine_throttle(hypervisor, uuid, serial, &before, &undo))
		error_clear(&undo);
	return false;
}

static bool apply(struct call *call, const struct plan *plan, struct error *err)
{
	struct hypervisor *hypervisor;
	bool live = false, ok;

	if (plan->attachment &&
	    !attach_seen(call, plan->volume.id, plan->instance.id, &live, err))
		return false;
	if (!live)
		return layer_grow(
			call->store->chain, plan->volume.layer,
			(uint64_t)(plan->modification->target.size * GIB), err);
	if (!hypervisor_open(plan->instance.uri, HYPERVISOR_WAIT_MS,
			     &hypervisor, err))
		return false;
	ok = apply_live(plan, hypervisor, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* The modification's end, as the rows have it. */
static bool finish(struct call *call, const struct plan *plan, const char *op,
		   const char *failure, struct error *err)
{
	struct modification *m = plan->modification;
	const struct volume_shape *to = &m->target;
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	m->state = failure ? "failed" : "completed";
	m->message = failure ? failure : "";
	m->ended = clock_now();
	if (!tx_begin(&tx, db, err))
		return false;
	if (!failure &&
	    (!volume_set_shape(db, plan->volume.id, to->size, to->type,
			       to->iops, to->throughput, err) ||
	     !layer_set_size(db, plan->volume.layer, to->size * GIB, err)))
		return false;
	return modification_end(db, m->seq, m->state, m->message, m->ended,
				err) &&
	       op_step(call->store->journal, op, failure ? "aborted" : "done",
		       1, NULL, NULL, err) &&
	       tx_commit(&tx, err);
}

static bool carry_out(struct call *call, const struct plan *plan,
		      const char *op, struct error *err)
{
	struct error undo = { 0 };

	if (apply(call, plan, err))
		return finish(call, plan, op, NULL, err);
	/* what cannot be noted now is tried again by the next call */
	if (!finish(call, plan, op, err->text, &undo))
		error_clear(&undo);
	return false;
}

bool modify_volume(struct call *call, const char *id,
		   const struct volume_shape *wanted, struct arena *arena,
		   struct modification *ret_modification, struct error *err)
{
	auto_turn turn = TURN_INIT;
	struct plan plan = { .arena = arena, .modification = ret_modification };
	char payload[80];
	struct op op = {
		.kind = "modify-volume",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
	};
	const char *answer;
	auto_tx tx = TX_INIT;

	snprintf(payload, sizeof(payload), "{\"volume\":\"%s\"}", id);
	/* once before the turn: a stranger does not get to wait for it */
	if (!make_plan(call, id, wanted, &plan, err) ||
	    !call_dry_run(call, err) ||
	    !turn_take(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !make_plan(call, id, wanted, &plan, err))
		return false;
	return modification_insert(call->store->db, ret_modification, err) &&
	       op_begin(call->store->journal, &op, arena, &answer, err) &&
	       tx_commit(&tx, err) && carry_out(call, &plan, op.id, err);
}

bool modify_recover(struct call *call, const struct op *op, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "volume", arena) : NULL;
	struct modification modification = { 0 };
	struct plan plan = { .arena = arena, .modification = &modification };
	auto_turn turn = TURN_INIT;
	bool found;

	if (!id)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!turn_take(call, &id, 1, TURN_RECOVERY_MS, &turn, err) ||
	    !volume_get(call->store->db, id, arena, &plan.volume, &found, err))
		return false;
	if (found && !modification_get(call->store->db, id, arena,
				       &modification, &found, err))
		return false;
	/* a volume goes with its modifications */
	if (!found || strcmp(modification.state, "modifying") != 0)
		return op_step(call->store->journal, op->id, "aborted", 1, NULL,
			       NULL, err);
	/* its first try may have got anywhere: it is tried until it succeeds */
	return fetch_attachment(call, &plan, err) && apply(call, &plan, err) &&
	       finish(call, &plan, op->id, NULL, err);
}
