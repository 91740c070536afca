/* bundletask.c - BundleInstance
 *
 *   step 0  the root is held still and packed into bundling/<task>/
 *   step 1  the parts go to the bucket, the manifest last; the task is complete
 *   step 2  what was packed here goes; an instance-store root is one file again
 *
 * Whoever dies is followed by another round of the same job: packing begins
 * anew, storing goes on with what is not there yet. A task that fails or is
 * cancelled takes back what it had stored. While the job works, a thread with a
 * connection of its own writes down how far it is and looks whether somebody
 * has cancelled it.
 */
#include "launcher/instance/bundletask.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundle/pack.h"
#include "bundle/transfer.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "images/bucket.h"
#include "images/bundle.h"
#include "images/bundlekey.h"
#include "images/registry/instance.h"
#include "launcher/instance/storeroot.h"

#define LOOK_USEC 200000
#define TRY_AGAIN (5 * USEC_PER_SEC)
#define TRIES_FOR (3600 * USEC_PER_SEC) /* to take back what was stored */
#define PACKED_PERCENT 70	 /* of the work is done when it is packed */
#define CANCELLED "Client.Cancelled"

enum step { STEP_PACK, STEP_STORE, STEP_CLEAN };

/* A task under way. */
struct work {
	struct call *call;
	const struct op *op;
	struct arena *arena;
	struct bundle_task task;
	struct location location; /* of the manifest, with its key */
	char *dir;		  /* where it is packed */
	char *manifest;		  /* the file in there */
	const char *name;	  /* of the image and the parts */

	/* For the watching thread; progress is written by whoever works. */
	pthread_t watcher;
	bool watching;
	bool over;
	bool cancel;
	int percent;
	int from, to; /* the percents of what is being done */
};

/* The last component of a prefix: what image and parts are called. */
static const char *last_name(const char *prefix)
{
	const char *slash = strrchr(prefix, '/');

	return slash ? slash + 1 : prefix;
}

static bool find_bucket(const char *bucket, const char *prefix,
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
	return bundle_name_ok(last_name(prefix)) ||
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
		.due = call->now,
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
	    !find_bucket(bucket, prefix, arena, &location, err) ||
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

/* Whether the task was cancelled by now, or is gone. */
static bool is_cancelled(struct db *db, const char *id)
{
	auto_of(arena) arena = arena_new();
	struct error ignored = { 0 };
	struct bundle_task task;
	bool found = false;

	if (!arena || !bundle_task_get(db, id, arena, &task, &found, &ignored))
		return false;
	return !found || strcmp(task.state, "cancelling") == 0;
}

/* Looks for a cancellation and tells how far it is, until the work is over. */
static void *watch(void *data)
{
	struct work *work = data;
	auto_free char *path = store_path(work->call->store, "qami.db");
	auto_of(db) db = NULL;
	struct error ignored = { 0 };
	int told = 0;

	if (!path || !db_open(path, &db, &ignored))
		return NULL;
	while (!__atomic_load_n(&work->over, __ATOMIC_ACQUIRE)) {
		int percent = __atomic_load_n(&work->percent, __ATOMIC_RELAXED);
		bool moved = true;

		if (percent != told &&
		    !bundle_task_move(db, work->task.id,
				      percent < PACKED_PERCENT ? "bundling" :
								 "storing",
				      percent, clock_now(), &moved, &ignored))
			error_clear(&ignored);
		told = percent;
		if (is_cancelled(db, work->task.id))
			__atomic_store_n(&work->cancel, true, __ATOMIC_RELEASE);
		usleep(LOOK_USEC);
	}
	return NULL;
}

static void watch_begin(struct work *work, int from, int to)
{
	work->from = from;
	work->to = to;
	work->percent = from;
	work->over = work->cancel = false;
	work->watching = pthread_create(&work->watcher, NULL, watch, work) == 0;
}

static void watch_end(struct work *work)
{
	__atomic_store_n(&work->over, true, __ATOMIC_RELEASE);
	if (work->watching)
		pthread_join(work->watcher, NULL);
	work->watching = false;
}

static void progress(void *data, uint64_t done, uint64_t total)
{
	struct work *work = data;
	double part = total ? (double)done / (double)total : 1;

	if (part > 1)
		part = 1;
	__atomic_store_n(&work->percent,
			 work->from + (int)(part * (work->to - work->from)),
			 __ATOMIC_RELAXED);
}

/* Moves the row on, unless it was cancelled meanwhile. */
static bool tell(struct work *work, const char *state, int percent,
		 struct error *err)
{
	bool moved;

	if (!bundle_task_move(work->call->store->db, work->task.id, state,
			      percent, clock_now(), &moved, err))
		return false;
	return moved || fail(err, FAULT_UNAVAILABLE, "cancelled");
}

/* What the manifest says of the instance: its disks by AWS's words for them. */
static bool describe(struct work *work, struct manifest *ret_about,
		     struct error *err)
{
	struct db *db = work->call->store->db;
	struct manifest_mapping *all;
	const struct scratch *disks;
	struct instance instance;
	size_t count, used = 0;
	const char *root;
	bool found;

	if (!instance_get(db, work->task.instance, work->arena, &instance,
			  &found, err) ||
	    !scratch_of(db, work->task.instance, work->arena, &disks, &count,
			err))
		return false;
	if (!found)
		return fail(err, FAULT_INSTANCE_NOT_FOUND,
			    "The instance ID '%s' does not exist",
			    work->task.instance);
	all = arena_alloc(work->arena, (count + 2) * sizeof(*all));
	if (!all)
		return fail_memory(err);
	root = instance.root_device_name;
	all[used++] = (struct manifest_mapping){
		"ami", strncmp(root, "/dev/", 5) == 0 ? root + 5 : root
	};
	for (size_t i = 0; i < count; i++)
		if (!disks[i].cache)
			all[used++] = (struct manifest_mapping){
				disks[i].virtual_name, disks[i].device
			};
	all[used++] = (struct manifest_mapping){ "root", root };
	*ret_about = (struct manifest){
		.bundler_name = "qami",
		.bundler_version = "1",
		.bundler_release = "0",
		.architecture = instance.architecture,
		.mappings = all,
		.mapping_count = used,
		.kernel = instance.kernel,
		.ramdisk = instance.ramdisk,
		.name = work->name,
		.user = work->task.owner,
		.type = "machine",
	};
	return true;
}

/* Removes what was packed here, by somebody who died, too. */
static bool clear_dir(const struct work *work, struct error *err)
{
	if (access(work->dir, F_OK) != 0)
		return true;
	return pack_clean(work->dir, work->name, err) &&
	       dir_remove(work->dir, err);
}

static bool pack_source(struct work *work, struct source *source,
			struct error *err)
{
	auto_of(rsa) user = NULL;
	auto_of(rsa) ec2 = NULL;
	struct manifest about;
	struct pack pack = {
		.source = source,
		.prefix = work->name,
		.about = &about,
		.cancel = &work->cancel,
		.progress = progress,
		.watch_data = work,
	};
	bool ok;

	if (!describe(work, &about, err) ||
	    !bundle_key_of(work->call, work->call->account, &user, err) ||
	    !bundle_key_of(work->call, BUNDLE_KEY_EC2, &ec2, err) ||
	    !clear_dir(work, err) || !dir_make(work->dir, 0700, err))
		return false;
	pack.user = user;
	pack.signer = user;
	pack.ec2 = ec2;
	watch_begin(work, 0, PACKED_PERCENT - 1);
	ok = pack_directory(&pack, work->dir, err);
	watch_end(work);
	return ok;
}

/* A root volume, as a snapshot that goes afterwards. */
static bool pack_volume(struct work *work, struct error *err)
{
	struct bundle_source source;
	struct error late = { 0 };
	bool ok;

	if (!bundle_source_open(work->call, work->task.instance, &source, err))
		return false;
	ok = pack_source(work, source.source, err);
	/* what cannot go now is left to recovery */
	if (!bundle_source_close(work->call, &source, &late))
		log_warning("%s", late.text);
	return ok;
}

/* An instance-store root, which is put together again at the end. */
static bool pack_store(struct work *work, struct error *err)
{
	auto_of(source) source = NULL;

	return storeroot_open(work->call, work->task.instance, &source, err) &&
	       pack_source(work, source, err);
}

/* Whether the root of the instance is as it was before; if not, later. */
static bool is_settled(struct work *work, usec_t *ret_due)
{
	struct error late = { 0 };
	bool settled = false;

	if (!storeroot_settle(work->call, work->task.instance, &settled, &late))
		log_warning("%s: %s", work->task.instance, late.text);
	if (!settled)
		*ret_due = clock_now() + TRY_AGAIN;
	return settled;
}

static bool do_pack(struct work *work, struct error *err)
{
	struct instance instance;
	bool found;

	if (!tell(work, "bundling", 0, err) ||
	    !instance_get(work->call->store->db, work->task.instance,
			  work->arena, &instance, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_INSTANCE_NOT_FOUND,
			    "The instance ID '%s' does not exist",
			    work->task.instance);
	return (strcmp(instance.root_device_type, "ebs") == 0 ?
			pack_volume(work, err) :
			pack_store(work, err)) &&
	       op_step(work->call->store->journal, work->op->id, "intent",
		       STEP_STORE, NULL, NULL, err);
}

/* The part of the manifest's key before its name, without a slash at its end.
 */
static char *key_prefix(const struct location *location)
{
	const char *slash = strrchr(location->key, '/');

	return slash ? strndup(location->key, (size_t)(slash - location->key)) :
		       strdup("");
}

static bool do_store(struct work *work, struct error *err)
{
	auto_of(bucket) bucket = NULL;
	auto_free char *prefix = key_prefix(&work->location);
	struct transfer transfer = {
		.prefix = prefix,
		.cancel = &work->cancel,
		.progress = progress,
		.watch_data = work,
	};
	bool ok;

	if (!prefix)
		return fail_memory(err);
	if (!tell(work, "storing", PACKED_PERCENT, err) ||
	    !bucket_find(work->call, &work->location, true, &bucket, err))
		return false;
	transfer.bucket = bucket;
	watch_begin(work, PACKED_PERCENT, 99);
	ok = bundle_upload(&transfer, work->manifest, err);
	watch_end(work);
	return ok;
}

/* Takes back what was stored: the manifest, then the parts. */
static bool take_back(struct work *work, struct error *err)
{
	auto_of(bucket) bucket = NULL;
	auto_free char *prefix = key_prefix(&work->location);
	auto_close int fd =
		open(work->manifest, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct manifest manifest;

	if (!prefix)
		return fail_memory(err);
	if (fd < 0) /* nothing is stored before it is packed */
		return errno == ENOENT ||
		       fail_errno(err, "cannot open %s", work->manifest);
	if (!manifest_read(fd, work->arena, &manifest, NULL, err) ||
	    !bucket_find(work->call, &work->location, false, &bucket, err) ||
	    !bucket_remove(bucket, work->location.key, err))
		return false;
	for (size_t i = 0; i < manifest.part_count; i++) {
		auto_free char *key = format_text("%s%s%s", prefix,
						  *prefix ? "/" : "",
						  manifest.parts[i].name);

		if (!key)
			return fail_memory(err);
		if (!bucket_remove(bucket, key, err))
			return false;
	}
	return true;
}

/* The end of a task that came to nothing; why it did is in the error. */
static bool give_up(struct work *work, struct error *why, usec_t *ret_due,
		    struct error *err)
{
	bool cancelled = is_cancelled(work->call->store->db, work->task.id);
	const char *code = cancelled ? CANCELLED : fault_code(why->fault);
	const char *text = cancelled ? "Client.Cancelled: Cancelled by the "
				       "user" :
				       why->text;
	struct error late = { 0 };
	auto_tx tx = TX_INIT;

	if (!is_settled(work, ret_due))
		return true;
	if (!take_back(work, &late) && late.fault != FAULT_BUCKET_NOT_FOUND) {
		log_warning("%s: %s", work->task.id, late.text);
		if (clock_now() < work->op->created + TRIES_FOR) {
			*ret_due = clock_now() + TRY_AGAIN;
			return true;
		}
	}
	return clear_dir(work, err) &&
	       tx_begin(&tx, work->call->store->db, err) &&
	       bundle_task_fail(work->call->store->db, work->task.id, code,
				text, clock_now(), err) &&
	       op_step(work->call->store->journal, work->op->id, "aborted",
		       STEP_CLEAN, NULL, NULL, err) &&
	       tx_commit(&tx, err);
}

/* The manifest is stored: from here on the task cannot fail. */
static bool complete(struct work *work, struct error *err)
{
	bool moved;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, work->call->store->db, err) ||
	    !bundle_task_move(work->call->store->db, work->task.id, "complete",
			      100, clock_now(), &moved, err))
		return false;
	if (!moved)
		return fail(err, FAULT_UNAVAILABLE, "cancelled");
	return op_step(work->call->store->journal, work->op->id, "intent",
		       STEP_CLEAN, NULL, NULL, err) &&
	       tx_commit(&tx, err);
}

static bool open_work(struct work *work, const char *id, bool *ret_found,
		      struct error *err)
{
	const struct store *store = work->call->store;

	if (!bundle_task_get(store->db, id, work->arena, &work->task, ret_found,
			     err) ||
	    !*ret_found)
		return !err->fault;
	work->name = last_name(work->task.prefix);
	work->dir = store_path(store, "bundling/%s", id);
	work->manifest = store_path(store, "bundling/%s/%s.manifest.xml", id,
				    work->name);
	if (!work->dir || !work->manifest)
		return fail_memory(err);
	return find_bucket(work->task.bucket, work->task.prefix, work->arena,
			   &work->location, err);
}

static bool run_steps(struct work *work, usec_t *ret_due, struct error *err)
{
	struct error why = { 0 };
	bool ok = strcmp(work->task.state, "complete") == 0;

	if (!ok)
		ok = (work->op->step >= STEP_STORE || do_pack(work, &why)) &&
		     do_store(work, &why) && complete(work, &why);
	if (!ok)
		return give_up(work, &why, ret_due, err);
	if (!is_settled(work, ret_due))
		return true;
	return clear_dir(work, err) &&
	       op_step(work->call->store->journal, work->op->id, "done",
		       STEP_CLEAN, NULL, NULL, err);
}

bool bundletask_job(struct call *call, const struct op *op, usec_t *ret_due,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct work work = { .call = call, .op = op, .arena = arena };
	const char *id = arena ? op_text(op, "task", arena) : NULL;
	bool found = false, ok;

	*ret_due = 0;
	if (!id)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	ok = open_work(&work, id, &found, err);
	if (ok && !found)
		ok = op_step(call->store->journal, op->id, "done", STEP_CLEAN,
			     NULL, NULL, err);
	else if (ok)
		ok = run_steps(&work, ret_due, err);
	free(work.dir);
	free(work.manifest);
	return ok;
}
