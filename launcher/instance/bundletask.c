/* bundletask.c - BundleInstance: a task is begun, looked up and cancelled
 *
 * What can be refused is refused here, before there is a task; its row and the
 * job that does the work come to be together.
 */
#include "launcher/instance/bundletask-private.h"

#include <string.h>

#include "bundle/manifest.h"

const char *bundletask_name(const char *prefix)
{
	const char *slash = strrchr(prefix, '/');

	return slash ? slash + 1 : prefix;
}

bool bundletask_location(const char *bucket, const char *prefix,
			 struct arena *arena, struct location *ret_location,
			 struct error *err)
{
	const char *text =
		arena_format(arena, "%s/%s.manifest.xml", bucket, prefix);

	return text ? location_split(text, arena, ret_location, err) :
		      fail_memory(err);
}

static bool check_name(const char *bucket, const char *prefix,
		       struct error *err)
{
	const char *rest = strncmp(bucket, "s3://", 5) == 0 ? bucket + 5 :
							      bucket;

	if (strchr(rest, '/'))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is no bucket's name", bucket);
	return bundle_name_ok(bundletask_name(prefix)) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "Invalid prefix '%.100s': its last part takes 1 to 200 of "
		    "A-Z, a-z, 0-9, '.', '_' and '-'",
		    prefix);
}

/* A bundle that is there already is not ours to write over. */
static bool check_free(struct bucket *bucket, const struct location *location,
		       struct error *err)
{
	struct bucket_object object;
	struct error why = { 0 };

	if (bucket_head(bucket, location->key, &object, &why))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "There is a bundle at %.63s/%.100s already",
			    location->bucket, location->key);
	return why.fault == FAULT_KEY_NOT_FOUND ||
	       fail(err, why.fault, "%s", why.text);
}

static bool check_instance(struct call *call, const char *id,
			   struct arena *arena, struct error *err)
{
	struct instance instance;
	bool open;

	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (strcmp(instance.state, "running") != 0 &&
	    strcmp(instance.state, "stopped") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is not in a state from which "
			    "it can be bundled.",
			    id);
	if (!bundle_task_open(call->store->db, id, &open, err))
		return false;
	return !open || fail(err, FAULT_BUNDLING,
			     "The specified instance already has a bundling "
			     "task in progress.");
}

/* The row of the task and its job. */
static bool write_task(struct call *call, const char *instance,
		       const char *bucket, const char *prefix, const char *id,
		       struct arena *arena, struct error *err)
{
	const struct bundle_task task = {
		.id = id,
		.owner = call->account,
		.instance = instance,
		.bucket = bucket,
		.prefix = prefix,
		.state = "pending",
		.started = call->now,
		.updated = call->now,
	};
	struct op op = {
		.kind = "bundle-task",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = arena_format(arena,
					"{\"task\":\"%s\",\"instance\":\"%s\","
					"\"files\":[\"%s-root.qcow2\","
					"\"%s-root.1.qcow2\"]}",
					id, instance, instance, instance),
		.due = clock_wall(),
		.slow = true,
	};
	auto_tx tx = TX_INIT;

	if (!op.payload)
		return fail_memory(err);
	return tx_begin(&tx, call->store->db, err) &&
	       check_instance(call, instance, arena, err) &&
	       bundle_task_insert(call->store->db, &task, err) &&
	       op_queue(call->store->journal, &op, err) && tx_commit(&tx, err);
}

bool bundletask_begin(struct call *call, const char *instance,
		      const char *bucket, const char *prefix,
		      char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(bucket) open = NULL;
	struct location location;

	if (!arena)
		return fail_memory(err);
	if (!check_instance(call, instance, arena, err) ||
	    !check_name(bucket, prefix, err) ||
	    !bundletask_location(bucket, prefix, arena, &location, err) ||
	    !call_dry_run(call, err) ||
	    !bucket_find(call, &location, true, &open, err) ||
	    !check_free(open, &location, err))
		return false;
	id_new("bun", ret_id);
	return write_task(call, instance, bucket, prefix, ret_id, arena, err);
}

bool bundletask_get(struct call *call, const char *id, struct arena *arena,
		    struct bundle_task *ret_task, struct error *err)
{
	bool found;

	if (!bundle_task_get(call->store->db, id, arena, ret_task, &found, err))
		return false;
	return (found && strcmp(ret_task->owner, call->account) == 0) ||
	       fail(err, FAULT_BUNDLE_NOT_FOUND,
		    "The bundle ID '%s' does not exist", id);
}

bool bundletask_cancel(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct bundle_task task;
	bool moved = true;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !bundletask_get(call, id, arena, &task, err))
		return false;
	if (strcmp(task.state, "complete") == 0 ||
	    strcmp(task.state, "failed") == 0)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The bundle task '%s' is over: it is %s", id,
			    task.state);
	return call_dry_run(call, err) &&
	       (strcmp(task.state, "cancelling") == 0 ||
		bundle_task_move(call->store->db, id, "cancelling",
				 task.progress, call->now, &moved, err)) &&
	       tx_commit(&tx, err);
}
