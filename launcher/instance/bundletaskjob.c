/* bundletaskjob.c - the job behind BundleInstance
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
#include "launcher/instance/bundletask-private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "bundle/pack.h"
#include "bundle/transfer.h"
#include "images/base/file.h"
#include "images/base/log.h"
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
	struct manifest_mapping *all;
	const struct scratch *disks;
	struct instance instance;
	size_t count, used = 0;
	const char *root;

	if (!authorised_instance(work->call, work->task.instance, work->arena,
				 &instance, err) ||
	    !scratch_of(work->call->store->db, work->task.instance, work->arena,
			&disks, &count, err))
		return false;
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
		*ret_due = clock_wall() + TRY_AGAIN;
	return settled;
}

static bool do_pack(struct work *work, struct error *err)
{
	struct instance instance;

	if (!tell(work, "bundling", 0, err) ||
	    !authorised_instance(work->call, work->task.instance, work->arena,
				 &instance, err))
		return false;
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
		if (clock_wall() < work->op->created + TRIES_FOR) {
			*ret_due = clock_wall() + TRY_AGAIN;
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
	work->name = bundletask_name(work->task.prefix);
	work->dir = store_path(store, "bundling/%s", id);
	work->manifest = store_path(store, "bundling/%s/%s.manifest.xml", id,
				    work->name);
	if (!work->dir || !work->manifest)
		return fail_memory(err);
	return bundletask_location(work->task.bucket, work->task.prefix,
				   work->arena, &work->location, err);
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
