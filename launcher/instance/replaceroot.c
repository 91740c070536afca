/* replaceroot.c - CreateReplaceRootVolumeTask
 *
 *   TX    the task "pending", the new volume "creating"; the journal's intent
 *   disk  the new volume's layer
 *   host  the guest is shut down: a reboot, which is an operation of its own
 *   TX    the new volume is attached where the old one was, which is free, or
 *         goes; the task "succeeded"; done
 *   host  the machine is built from the rows, as after any reboot
 *
 * Who dies before the second transaction leaves a volume that recovery takes
 * away; who dies at any time after the guest was told to shut down leaves a
 * reboot, whose job boots the root that the rows have by then.
 */
#include "launcher/instance/replaceroot.h"

#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/device.h"
#include "images/encrypt.h"
#include "images/freeze.h"
#include "images/image.h"
#include "images/layers.h"
#include "images/limits.h"
#include "images/registry/quota.h"
#include "images/snapshot.h"
#include "images/tags.h"
#include "images/turn.h"
#include "images/volume.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/reboot.h"

#define KIND "replace-root"

/* What is to be done, and to what. */
struct plan {
	struct arena *arena;
	const struct root_request *request;
	struct instance instance;
	struct attachment root; /* of the old volume */
	struct volume old;
	struct snapshot snapshot; /* what the new one is made of */
	const char *launched;	  /* the snapshot of the first one */
	int64_t least;		  /* the image's mapping says so, GiB */
	struct volume new;
	struct sealing sealing; /* of the new one */
	const char *task;
	const char *op;
};

/* The attachment of an instance's root. */
static bool find_root(struct call *call, const struct instance *instance,
		      struct arena *arena, struct attachment *ret_root,
		      struct error *err)
{
	const struct attachment *all;
	size_t count;

	if (!attachment_of(call->store->db, instance->id, NULL, arena, &all,
			   &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].device, instance->root_device_name) == 0 &&
		    strcmp(all[i].state, "attached") == 0) {
			*ret_root = all[i];
			return true;
		}
	return fail(err, FAULT_INCORRECT_STATE,
		    "The instance '%s' has no volume attached at its root "
		    "(%s)",
		    instance->id, instance->root_device_name);
}

static bool check_running(const struct instance *instance, struct error *err)
{
	return strcmp(instance->state, "running") == 0 ||
	       fail(err, FAULT_INSTANCE_STATE,
		    "The instance '%s' is not in the 'running' state: its "
		    "root volume cannot be replaced.",
		    instance->id);
}

static bool plan_instance(struct call *call, struct plan *plan,
			  struct error *err)
{
	const struct instance *instance = &plan->instance;
	struct db *db = call->store->db;
	bool found, open;

	if (!authorise_instance(call, RIGHT_OWN, plan->request->instance,
				plan->arena, &plan->instance, err))
		return false;
	if (strcmp(instance->root_device_type, "ebs") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance '%s' does not have an 'ebs' root "
			    "device type: its root cannot be replaced.",
			    instance->id);
	if (!check_running(instance, err) ||
	    !root_task_open(db, instance->id, &open, err))
		return false;
	if (open)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The root volume of '%s' is being replaced "
			    "already.",
			    instance->id);
	if (!find_root(call, instance, plan->arena, &plan->root, err) ||
	    !volume_get(db, plan->root.volume, plan->arena, &plan->old, &found,
			err))
		return false;
	return found ||
	       fail(err, FAULT_VOLUME_NOT_FOUND,
		    "The volume '%s' does not exist.", plan->root.volume);
}

/* What the instance's first root volume was made of. */
static bool plan_launched(struct call *call, struct plan *plan,
			  struct error *err)
{
	struct root_task first;
	bool found;

	if (!root_task_first(call->store->db, plan->instance.id, plan->arena,
			     &first, &found, err))
		return false;
	plan->launched = found ? first.launched : plan->old.snapshot;
	return true;
}

/* A snapshot that was taken of a root volume of the instance's. */
static bool plan_snapshot(struct call *call, struct plan *plan,
			  struct error *err)
{
	const char *id = plan->request->snapshot;
	bool related;

	if (!authorise_snapshot(call, RIGHT_SEE, id, plan->arena,
				&plan->snapshot, err))
		return false;
	related = strcmp(plan->snapshot.volume, plan->old.id) == 0;
	if (!related &&
	    !root_task_replaced(call->store->db, plan->instance.id,
				plan->snapshot.volume, &related, err))
		return false;
	return related ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "Value (%s) for parameter snapshotId is invalid. It was "
		    "not taken of a root volume of '%s'.",
		    id, plan->instance.id);
}

/* The same text, or no text both times. */
static bool agree(const char *one, const char *other)
{
	return strcmp(one ? one : "", other ? other : "") == 0;
}

/* What the machine is made for and the image is not. */
static bool check_image(const struct plan *plan, const struct image *image,
			struct error *err)
{
	const struct instance *instance = &plan->instance;
	const char *mode = image->boot_mode ? image->boot_mode : "legacy-bios";

	if (strcmp(image->state, "available") != 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is no longer available",
			    image->id);
	if (strcmp(image->kind, "machine") != 0 ||
	    strcmp(image->root_device_type, "ebs") != 0 ||
	    strcmp(image->architecture, instance->architecture) != 0 ||
	    strcmp(mode, instance->boot_mode) != 0 ||
	    !agree(image->kernel, instance->kernel) ||
	    !agree(image->ramdisk, instance->ramdisk))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%s) for parameter imageId is invalid. It "
			    "is no EBS-backed image of the architecture, the "
			    "boot mode and the kernel of '%s'.",
			    image->id, instance->id);
	return true;
}

/* The root of an image: launching it is right enough. */
static bool plan_image(struct call *call, struct plan *plan, struct error *err)
{
	const struct mapping *all;
	struct image image;
	bool found = false;
	size_t count;

	if (!authorise_image(call, RIGHT_SEE, plan->request->image, plan->arena,
			     &image, err) ||
	    !check_image(plan, &image, err) ||
	    !image_mappings(call->store->db, image.id, plan->arena, &all,
			    &count, err))
		return false;
	for (size_t i = 0; i < count && !found; i++) {
		if (!all[i].snapshot ||
		    !device_same(all[i].device, image.root_device_name))
			continue;
		plan->least = all[i].size;
		if (!snapshot_get(call->store->db, all[i].snapshot, plan->arena,
				  &plan->snapshot, &found, err))
			return false;
	}
	return found || fail(err, FAULT_INVALID_PARAMETER,
			     "Value (%s) for parameter imageId is invalid. "
			     "It has no snapshot of a root.",
			     image.id);
}

/* The state in which the instance was launched. */
static bool plan_first(struct call *call, struct plan *plan, struct error *err)
{
	bool found = false;

	if (*plan->launched &&
	    !snapshot_get(call->store->db, plan->launched, plan->arena,
			  &plan->snapshot, &found, err))
		return false;
	return found ||
	       fail(err, FAULT_SNAPSHOT_NOT_FOUND,
		    "The snapshot '%s' does not exist.", plan->launched);
}

static bool plan_source(struct call *call, struct plan *plan, struct error *err)
{
	const struct root_request *request = plan->request;

	plan->least = 0;
	if (request->snapshot && request->image)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameters snapshotId and imageId cannot be "
			    "used together");
	return plan_launched(call, plan, err) &&
	       (request->snapshot ? plan_snapshot(call, plan, err) :
		request->image	  ? plan_image(call, plan, err) :
				    plan_first(call, plan, err)) &&
	       snapshot_ready(&plan->snapshot, err);
}

/* The new volume is what the old one was, and as large as what it holds. */
static bool plan_volume(const struct call *call, struct plan *plan,
			struct error *err)
{
	const struct volume *old = &plan->old;
	const struct volume_type *type = volume_type_find(old->type);
	struct volume *new = &plan->new;
	const char *id = new->id, *layer = new->layer;

	*new = *old;
	new->id = id;
	new->layer = layer;
	new->snapshot = plan->snapshot.id;
	new->state = "creating";
	new->created = call->now;
	new->initialization_rate = plan->request->initialization_rate;
	if (new->size < plan->snapshot.size)
		new->size = plan->snapshot.size;
	if (new->size < plan->least)
		new->size = plan->least;
	/* what was not provisioned follows from the size */
	if (!type || !type->iops_most)
		new->iops = 0;
	if (!type || !type->throughput_most)
		new->throughput = 0;
	return volume_check(new->type, new->size, &new->iops, &new->throughput,
			    err);
}

/* What was encrypted stays so, whatever takes its place. */
static bool plan_encryption(struct call *call, struct plan *plan,
			    struct error *err)
{
	struct encryption wanted = { ENCRYPT_UNSAID, NULL };
	const struct volume *old = &plan->old;

	if (old->kms_key && !plan->snapshot.kms_key) {
		wanted.wish = ENCRYPT_YES;
		/* it may be another account's, by a grant */
		wanted.key = kms_arn(call, old->kms_owner, old->kms_key,
				     plan->arena);
		if (!wanted.key)
			return fail_memory(err);
	}
	return encrypt_plan(call, &wanted, &plan->snapshot, plan->arena,
			    &plan->sealing, err);
}

static bool make_plan(struct call *call, struct plan *plan, struct error *err)
{
	return plan_instance(call, plan, err) && plan_source(call, plan, err) &&
	       volume_rate_check(plan->request->initialization_rate, err) &&
	       plan_volume(call, plan, err) && plan_encryption(call, plan, err);
}

/* The rows and the intent; *ret_answer is the task of an earlier call with the
 * same client token, then nothing is written. */
static bool write_plan(struct call *call, struct plan *plan, struct op *op,
		       const char **ret_answer, struct error *err)
{
	const struct root_request *request = plan->request;
	struct root_task task = {
		.id = plan->task,
		.owner = call->account,
		.instance = request->instance,
		.state = "pending",
		.image = request->image,
		.volume = plan->new.id,
		.remove = request->remove,
		.started = call->now,
	};
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !op_begin(call->store->journal, op, plan->arena, ret_answer, err))
		return false;
	if (*ret_answer)
		return true;
	if (!make_plan(call, plan, err))
		return false;
	task.snapshot = plan->snapshot.id;
	task.launched = plan->launched;
	task.replaced = plan->old.id;
	return root_task_insert(call->store->db, &task, err) &&
	       tags_set_all(call, task.id, request->tags, request->tag_count,
			    err) &&
	       volume_write(call, &plan->new, &plan->sealing, err) &&
	       tx_commit(&tx, err);
}

/* The new volume, rows and file; others see its layer from the rows on. */
static bool make_new(struct call *call, struct plan *plan, struct op *op,
		     const char **ret_answer, bool *ret_begun,
		     struct error *err)
{
	auto_turn turn = TURN_INIT;

	if (!turn_take(call, &plan->new.id, 1, TURN_WAIT_MS, &turn, err) ||
	    !write_plan(call, plan, op, ret_answer, err))
		return false;
	plan->op = op->id;
	*ret_begun = !*ret_answer;
	return *ret_answer || volume_make(call, plan->new.id, err);
}

/* With the turns: the rows of the two volumes. */
static bool write_swap(struct call *call, const struct plan *plan,
		       struct error *err)
{
	struct db *db = call->store->db;
	const char *old = plan->old.id;
	struct attachment root = plan->root;

	root.volume = plan->new.id;
	root.attached = clock_now();
	if (!attachment_delete(db, old, err) ||
	    !attachment_insert(db, &root, err) ||
	    !volume_set_state(db, root.volume, "in-use", err) ||
	    !(plan->request->remove ?
		      volume_drop(call, old, err) :
		      volume_set_state(db, old, "available", err)) ||
	    !root_task_move(db, plan->task, "succeeded", clock_now(), err))
		return false;
	/* while the old one was there only that was counted, if it goes */
	return quota_hold_rows(db, call->account, QUOTA_STORAGE, err);
}

/* While the guest is off. */
static bool swap(struct call *call, const void *data, struct error *err)
{
	const struct plan *plan = data;
	struct db *db = call->store->db;
	struct instance now;
	struct attachment root;
	auto_turn turn = TURN_INIT;
	auto_tx tx = TX_INIT;

	if (!attach_turns(call, &plan->instance.id, 1, TURN_WAIT_MS, &turn,
			  err) ||
	    !freeze_over(call, plan->instance.id, err) ||
	    !tx_begin(&tx, db, err) ||
	    !authorise_instance(call, RIGHT_OWN, plan->instance.id, plan->arena,
				&now, err) ||
	    !check_running(&now, err) ||
	    !find_root(call, &now, plan->arena, &root, err))
		return false;
	if (strcmp(root.volume, plan->old.id) != 0)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The root volume of '%s' is another one by now.",
			    now.id);
	/* what runs then is not the machine that was shut down */
	if (now.changed != plan->instance.changed)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The instance '%s' was stopped and started "
			    "meanwhile.",
			    now.id);
	return write_swap(call, plan, err) &&
	       op_step(call->store->journal, plan->op, "done", 1, NULL,
		       plan->task, err) &&
	       tx_commit(&tx, err);
}

static bool undo(struct call *call, const char *task, const char *volume,
		 const char *op, struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, call->store->db, err) &&
	       root_task_move(call->store->db, task, "failed", clock_now(),
			      err) &&
	       volume_drop(call, volume, err) &&
	       op_step(call->store->journal, op, "aborted", 1, NULL, NULL,
		       err) &&
	       tx_commit(&tx, err) && layers_reap(call, err);
}

static bool carry_out(struct call *call, struct plan *plan, struct error *err)
{
	struct error late = { 0 };

	if (!root_task_move(call->store->db, plan->task, "in-progress", 0,
			    err) ||
	    !reboot_around(call, plan->instance.id, swap, plan, err))
		return false;
	if (plan->request->remove && !layers_reap(call, &late))
		log_warning("%s", late.text);
	return true;
}

static bool replace_new(struct call *call, struct plan *plan, struct op *op,
			const char **ret_answer, struct error *err)
{
	struct error later = { 0 };
	bool begun = false;

	if (make_new(call, plan, op, ret_answer, &begun, err) &&
	    (*ret_answer || carry_out(call, plan, err)))
		return true;
	/* what cannot be undone now is recovered by the next call */
	if (begun && !undo(call, plan->task, plan->new.id, op->id, &later))
		log_warning("%s", later.text);
	return false;
}

bool replace_root(struct call *call, const struct root_request *request,
		  char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	char id[ID_SIZE], volume[ID_SIZE], layer[LAYER_NAME_SIZE];
	struct plan plan = {
		.arena = arena,
		.request = request,
		.task = id,
		.new = { .id = volume, .layer = layer },
	};
	char payload[160];
	struct op op = {
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.client_token = call->client_token,
		.request = call->request,
		.payload = payload,
	};
	const char *answer;

	if (!arena)
		return fail_memory(err);
	id_new("replacevol", id);
	id_new("vol", volume);
	layer_name_new(LAYER_QCOW2, layer);
	snprintf(payload, sizeof(payload),
		 "{\"task\":\"%s\",\"volume\":\"%s\"}", id, volume);
	/* a replay needs nothing to be there */
	if (!op_answer(call->store->journal, &op, arena, &answer, err))
		return false;
	if (!answer &&
	    (!make_plan(call, &plan, err) || !call_dry_run(call, err) ||
	     !replace_new(call, &plan, &op, &answer, err)))
		return false;
	snprintf(ret_id, ID_SIZE, "%s", answer ? answer : id);
	return true;
}

bool replace_root_recover(struct call *call, const struct op *op,
			  struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *task = arena ? op_text(op, "task", arena) : NULL;
	const char *volume = arena ? op_text(op, "volume", arena) : NULL;
	auto_turn turn = TURN_INIT;

	if (!task || !volume)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	return turn_take(call, &volume, 1, TURN_RECOVERY_MS, &turn, err) &&
	       undo(call, task, volume, op->id, err);
}
