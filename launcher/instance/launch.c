/* launch.c - from an image to running machines
 *
 *   TX    rows of everything, in state pending; the journal's intent
 *   disk  the bundle of an instance-store image, unless it is unpacked;
 *         volumes' layers, seed, scratch disks: all under names from the TX
 *   TX    fired
 *   host  libvirt creates the domains
 *   TX    running; done
 *
 * Before "fired" no machine can exist, so recovery removes rows and files.
 * After it, whoever has a machine is adopted (safety 3.4 F).
 */
#include "launcher/instance/launch.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "images/cache.h"
#include "images/keypair.h"
#include "images/quota.h"
#include "images/tags.h"
#include "images/volume.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/end.h"
#include "launcher/instance/launchplan.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/network.h"
#include "launcher/instance/opening.h"
#include "launcher/instance/start.h"
#include "launcher/instance/tell.h"

#define ROOT_NAME "root"	      /* an instance-store root's */

/* The step of an operation that failed: nothing of it is adopted. */
#define STEP_UNDO 9

static bool write_volume(struct call *call, const struct launch_plan *plan,
			 const char *instance, const struct planned_disk *disk,
			 size_t position, struct error *err)
{
	const struct launch *launch = plan->launch;
	struct sealing sealing = plan->sealings[disk - plan->disks];
	char id[ID_SIZE], layer[LAYER_NAME_SIZE];
	struct volume volume = {
		.id = id,
		.owner = call->account,
		.layer = layer,
		.snapshot = disk->snapshot ? disk->snapshot : "",
		.size = disk->size,
		.type = disk->type,
		.iops = disk->iops,
		.throughput = disk->throughput,
		.zone = plan->zone,
		.state = "creating",
		.created = call->now,
	};
	struct attachment attachment = {
		.volume = id,
		.instance = instance,
		.device = disk->device,
		.position = (int64_t)position,
		.state = "attaching",
		.delete_on_termination = disk->delete_on_termination,
		.attached = call->now,
	};

	id_new("vol", id);
	layer_name_new(LAYER_QCOW2, layer);
	return volume_write(call, &volume, &sealing, err) &&
	       attachment_insert(call->store->db, &attachment, err) &&
	       tags_set_all(call, id, launch->volume_tags,
			    launch->volume_tag_count, err);
}

/* The root of an instance-store image: over what its bundle unpacks to. */
static bool write_root(struct call *call, const struct launch_plan *plan,
		       const char *instance, struct error *err)
{
	auto_free char *file = NULL;

	if (!plan->store_root)
		return true;
	file = format_text("%s-" ROOT_NAME ".qcow2", instance);
	return file ? scratch_insert(
			      call->store->db, instance,
			      &(struct scratch){
				      .device = plan->image.root_device_name,
				      .virtual_name = ROOT_NAME,
				      .file = file,
				      .size = (plan->bundle.size + GIB - 1) /
					      GIB,
				      .cache = plan->bundle.digest,
			      },
			      err) :
		      fail_memory(err);
}

static bool write_disks(struct call *call, const struct launch_plan *plan,
			const char *instance, struct error *err)
{
	for (size_t i = 0; i < plan->disk_count; i++) {
		const struct planned_disk *disk = &plan->disks[i];
		auto_free char *file = NULL;

		if (!disk->virtual_name) {
			if (!write_volume(call, plan, instance, disk, i, err))
				return false;
			continue;
		}
		file = format_text("%s-%s.raw", instance, disk->virtual_name);
		if (!file)
			return fail_memory(err);
		if (!scratch_insert(call->store->db, instance,
				    &(struct scratch){
					    .device = disk->device,
					    .virtual_name = disk->virtual_name,
					    .file = file,
					    .size = disk->size,
				    },
				    err))
			return false;
	}
	return write_root(call, plan, instance, err);
}

/* The row, and those that go with it. */
static bool write_rows(struct call *call, const struct launch_plan *plan,
		       struct instance *instance, struct error *err)
{
	const struct launch *launch = plan->launch;

	return interface_take(call, &plan->interface, instance, plan->arena,
			      err) &&
	       instance_insert(call->store->db, instance, err) &&
	       interface_write(call, &plan->interface, instance, err) &&
	       network_reserve(call, instance, err) &&
	       write_disks(call, plan, instance->id, err) &&
	       tags_set_all(call, instance->id, launch->instance_tags,
			    launch->instance_tag_count, err) &&
	       tags_set_system(call, instance->id, launch->system_tags,
			       launch->system_tag_count, err);
}

static bool write_instance(struct call *call, const struct launch_plan *plan,
			   size_t index, struct error *err)
{
	const struct launch *launch = plan->launch;
	const char *behavior = launch->shutdown_behavior;
	const char *boot_mode = plan->image.boot_mode;
	char uuid[UUID_SIZE], mac[MAC_SIZE];
	auto_free char *key = NULL;
	struct instance instance = {
		.id = plan->ids[index],
		.owner = call->account,
		.reservation = plan->reservation,
		.launch_index = (int64_t)index,
		.image = plan->image.id,
		.type = plan->type->name,
		.state = "pending",
		.architecture = plan->image.architecture,
		.zone = plan->zone,
		.root_device_name = plan->image.root_device_name,
		.root_device_type = plan->image.root_device_type,
		.boot_mode = boot_mode ? boot_mode : "legacy-bios",
		.kernel = plan->kernel,
		.ramdisk = plan->ramdisk,
		.key_name = launch->key_name,
		.user_data = launch->user_data,
		.user_data_size = launch->user_data_size,
		.shutdown_behavior = behavior	       ? behavior :
				     plan->store_root ? "terminate" :
							"stop",
		.disable_termination = launch->disable_termination,
		.disable_stop = launch->disable_stop,
		.ebs_optimized = launch->ebs_optimized,
		.monitoring = launch->monitoring,
		.credits = launch->credits,
		.client_token = call->client_token,
		.uuid = uuid,
		.mac = mac,
		.address = GUEST_ADDRESS, /* unless it gets its own */
		.network = plan->network,
		.seed = plan->seed,
		.uri = plan->uri,
		.accel = plan->accel == ACCEL_KVM ? "kvm" : "tcg",
		.boot_id = boot_id(),
		.launched = call->now,
		.changed = call->now,
	};

	options_launch(&launch->metadata, plan->image.imds_support, &instance);
	if (launch->key_name) {
		key = format_text("%s %s", plan->pair.public_key,
				  plan->pair.name);
		if (!key)
			return fail_memory(err);
		instance.public_key = key;
	}
	uuid_new(uuid);
	mac_new(mac);
	return write_rows(call, plan, &instance, err);
}

/* The journal's payload: which instances this operation is about. */
static char *payload_text(const char *reservation, const char *const *ids,
			  size_t count)
{
	json_t *list = json_array();
	json_t *payload;
	char *text;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(ids[i]));
	payload = json_pack("{s:s, s:o}", "reservation", reservation,
			    "instances", list);
	text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
	json_decref(payload);
	return text;
}

/* The operation of a launch; the payload is its caller's. */
static struct op launch_op(const struct call *call, const char *payload)
{
	return (struct op){
		.kind = "launch",
		.account = call->account,
		.action = call->action,
		.client_token = call->client_token,
		.request = call->request,
		.payload = payload,
	};
}

/* Machines of the bridge that let these in are to learn their addresses. */
static bool tell_peers(struct call *call, struct launch_plan *plan,
		       struct error *err)
{
	return strcmp(plan->network, "bridge") != 0 ||
	       tell_begin(call, plan->interface.groups,
			  plan->interface.group_count, plan->arena, &plan->tell,
			  err);
}

/* Writes all rows and the intent. *ret_answer is the earlier reservation when
 * the client token was used before; then nothing is written. */
static bool write_plan(struct call *call, struct launch_plan *plan,
		       struct op *ret_op, const char **ret_answer,
		       struct error *err)
{
	auto_free char *payload =
		payload_text(plan->reservation, plan->ids, plan->count);
	auto_tx tx = TX_INIT;

	if (!payload)
		return fail_memory(err);
	*ret_op = launch_op(call, payload);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !op_begin(call->store->journal, ret_op, plan->arena, ret_answer,
		      err))
		return false;
	if (plan->pair_new && !*ret_answer &&
	    !keypair_keep(call, &plan->pair, plan->arena, err))
		return false;
	for (size_t i = 0; i < plan->count && !*ret_answer; i++)
		if (!write_instance(call, plan, i, err))
			return false;
	if (!*ret_answer &&
	    (!quota_hold_machines(call, err) || !tell_peers(call, plan, err) ||
	     !image_set_launched(call->store->db, plan->image.id, call->now,
				 err)))
		return false;
	return tx_commit(&tx, err);
}

/* Starts what was planned. Those beyond `least` that do not start are taken
 * back; with fewer, all are. */
static bool boot_all(struct call *call, const struct launch_plan *plan,
		     struct hypervisor *hypervisor, struct error *err)
{
	size_t started = 0;
	struct error undo = { 0 };

	while (started < plan->count &&
	       start_machine(call, hypervisor, plan->ids[started], err))
		started++;
	for (size_t i = started; i < plan->count; i++) {
		/* it may have been created although the call failed */
		auto_of(arena) arena = arena_new();
		struct instance instance;
		bool found = false;

		if (!arena ||
		    !instance_get(call->store->db, plan->ids[i], arena,
				  &instance, &found, &undo) ||
		    (found &&
		     !machine_destroy(hypervisor, instance.uuid, &undo)))
			error_clear(&undo);
	}
	if (started == plan->count)
		return true;
	if (started < (size_t)plan->launch->least)
		return false;
	error_clear(err);
	for (size_t i = started; i < plan->count; i++)
		if (!end_forget(call, plan->ids[i], err))
			return false;
	return true;
}

/* Everything that a failed launch made goes again. Where the journal cannot
 * even note that, recovery keeps what runs. */
static void undo_all(struct call *call, const struct launch_plan *plan,
		     const char *op)
{
	struct error err = { 0 };

	if (plan->fired && !op_step(call->store->journal, op, "fired",
				    STEP_UNDO, NULL, NULL, &err))
		return;

	for (size_t i = 0; i < plan->count; i++)
		if ((plan->fired && !end_machine(call, plan->ids[i], &err)) ||
		    !end_forget(call, plan->ids[i], &err))
			return; /* recovery does it again */
	if (!op_step(call->store->journal, op, "aborted", 0, NULL, NULL, &err))
		return;
}

static bool make_files(struct call *call, const struct launch_plan *plan,
		       struct error *err)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!start_files(call, plan->ids[i], true, err))
			return false;
	return true;
}

static bool carry_out(struct call *call, struct launch_plan *plan,
		      const char *op, struct opening *opening,
		      struct error *err)
{
	struct journal *journal = call->store->journal;
	auto_turn turn = TURN_INIT;
	struct hypervisor *hypervisor;

	/* that may take minutes: nobody shall wait for a turn meanwhile */
	if (plan->store_root && !cache_fill(call, &plan->image, err))
		return false;
	/* a libvirt that is away is found out while no machine can exist */
	if (!attach_turns(call, plan->ids, plan->count, TURN_WAIT_MS, &turn,
			  err) ||
	    !make_files(call, plan, err) ||
	    !opening_finish(opening, &hypervisor, err))
		return false;
	plan->fired = true;
	if (!op_step(journal, op, "fired", 1, NULL, NULL, err) ||
	    !boot_all(call, plan, hypervisor, err) ||
	    !op_step(journal, op, "done", 2, NULL, plan->reservation, err))
		return false;
	tell_finish(call, &plan->tell);
	return true;
}

/* Plans, writes and carries out. *ret_answer is the reservation of an earlier
 * call with the same client token, then nothing is done. */
static bool launch_new(struct call *call, struct launch_plan *plan,
		       const char **ret_answer, struct error *err)
{
	auto_opening struct opening opening = OPENING_INIT;
	struct op op;

	if (!launch_plan_make(call, plan, err) ||
	    !machine_host(call, plan->arena, &plan->uri, &plan->accel, err) ||
	    !network_choose(plan->uri, &plan->network, &plan->seed, err))
		return false;
	opening_start(&opening, plan->uri);
	if (!write_plan(call, plan, &op, ret_answer, err))
		return false;
	if (*ret_answer || carry_out(call, plan, op.id, &opening, err))
		return true;
	undo_all(call, plan, op.id);
	tell_finish(call, &plan->tell);
	return false;
}

bool launch_replay(struct call *call, struct arena *arena,
		   const char **ret_reservation, struct error *err)
{
	const struct op op = launch_op(call, NULL);

	return op_answer(call->store->journal, &op, arena, ret_reservation,
			 err);
}

bool launch_instances(struct call *call, const struct launch *launch,
		      char ret_reservation[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct launch_plan plan = { .arena = arena, .launch = launch };
	const char *answer;

	if (!arena)
		return fail_memory(err);
	/* a replay needs neither the image nor anything else to be there */
	if (!launch_replay(call, arena, &answer, err) ||
	    (!answer && !launch_new(call, &plan, &answer, err)))
		return false;
	snprintf(ret_reservation, ID_SIZE, "%s",
		 answer ? answer : plan.reservation);
	return true;
}

/* One instance of a launch whose process died. Once it was running it may have
 * been used, stopped or terminated by others: then it is theirs. */
static bool recover_one(struct call *call, const struct op *op, const char *id,
			size_t *ret_adopted, struct error *err)
{
	auto_of(arena) arena = arena_new();
	bool fired = strcmp(op->state, "fired") == 0;
	bool adopt = fired && op->step != STEP_UNDO;
	struct instance instance;
	bool found, alive = false;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	if (!found)
		return true;
	if (adopt && strcmp(instance.state, "pending") != 0)
		alive = true;
	else if (adopt && !end_alive(call, id, &alive, err))
		return false;
	if (alive) {
		*ret_adopted += 1;
		return start_adopt(call, id, err);
	}
	return (!fired || end_machine(call, id, err)) &&
	       end_forget(call, id, err);
}

bool launch_recover(struct call *call, const struct op *op, struct error *err)
{
	json_t *payload = json_loads(op->payload, 0, NULL);
	const char *reservation =
		json_string_value(json_object_get(payload, "reservation"));
	size_t adopted = 0, i;
	json_t *id;
	bool ok = reservation != NULL;

	if (!ok)
		fail(err, FAULT_INTERNAL, "operation %s is unreadable", op->id);
	json_array_foreach(json_object_get(payload, "instances"), i, id)
		ok = ok && recover_one(call, op, json_string_value(id),
				       &adopted, err);
	/* it may have died unpacking */
	ok = ok && cache_sweep(call, err) &&
	     op_step(call->store->journal, op->id, adopted ? "done" : "aborted",
		     3, NULL, adopted ? reservation : NULL, err);
	json_decref(payload);
	return ok;
}
