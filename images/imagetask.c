/* imagetask.c - what the tasks with images and buckets have in common
 *
 *   step 0  at work; what was made by somebody who died goes first, but for
 *           what a store has packed whole
 *   step 1  completed: only tasks/<id>/ is still to go
 */
#include "images/imagetask-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/log.h"

#define KIND "image-task"
#define TELL_EVERY 300000
#define SERVER_MOST (5LL << 30)   /* bytes, S3's for one request */
#define MEMORY_MOST (512LL << 20) /* bytes */

enum step { STEP_WORK, STEP_CLEAN };

static const struct kind {
	const char *name;
	bool keeps; /* what is in its directory serves the next round */
	bool (*run)(struct task_work *work, struct error *err);
	bool (*failed)(struct task_work *work, struct error *err);
} kinds[] = {
	{ "store", true, storetask_run, NULL },
	{ "restore", false, restore_run, restore_failed },
	{ "export", false, exporttask_run, NULL },
	{ "import", false, importtask_run, NULL },
};

static const struct kind *kind_of(const struct task_work *work)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, work->task.kind) == 0)
			return &kinds[i];
	return NULL;
}

/* The row of a task, and the operation that does its work. */
static bool write_task(struct call *call, struct image_task *task,
		       const json_t *request, struct arena *arena,
		       struct op *ret_op, struct error *err)
{
	auto_free char *text = request ? json_dumps(request, JSON_COMPACT) :
					 strdup("{}");

	*ret_op = (struct op){
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = arena_format(arena, "{\"task\":\"%s\"}", task->id),
		.due = clock_wall(),
		.slow = true,
	};
	if (!text || !ret_op->payload)
		return fail_memory(err);
	task->owner = call->account;
	task->request = text;
	task->started = task->updated = call->now;
	return image_task_insert(call->store->db, task, err);
}

bool imagetask_insert(struct call *call, struct image_task *task,
		      const json_t *request, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct op op;

	if (!arena)
		return fail_memory(err);
	return write_task(call, task, request, arena, &op, err) &&
	       op_queue(call->store->journal, &op, err);
}

bool imagetask_begin(struct call *call, struct image_task *task,
		     const json_t *request, struct arena *arena,
		     struct op *ret_op, struct error *err)
{
	const char *answer;

	return write_task(call, task, request, arena, ret_op, err) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err);
}

bool imagetask_now(struct call *call, const struct op *op, struct error *err)
{
	struct error failed = { 0 };
	usec_t due;

	if (imagetask_job(call, op, &due, &failed))
		return true;
	log_warning("%s %s: %s", op->kind, op->id, failed.text);
	return op_postpone(call->store->journal, op->id, clock_wall(), err);
}

bool imagetask_once(struct call *call, char id[ID_SIZE], struct arena *arena,
		    bool *ret_fresh, struct error *err)
{
	struct op op = {
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.client_token = call->client_token,
		.request = call->request,
		.payload = "{}",
	};
	const char *answer = NULL;

	*ret_fresh = true;
	if (!call->client_token)
		return true;
	if (!op_begin(call->store->journal, &op, arena, &answer, err))
		return false;
	if (!answer)
		return op_step(call->store->journal, op.id, "done", STEP_CLEAN,
			       NULL, id, err);
	*ret_fresh = false;
	snprintf(id, ID_SIZE, "%s", answer);
	return true;
}

bool imagetask_get(const struct call *call, const char *kind, const char *id,
		   struct arena *arena, struct image_task *ret_task,
		   struct error *err)
{
	bool found;

	if (!image_task_get(call->store->db, id, arena, ret_task, &found, err))
		return false;
	if (found && strcmp(ret_task->owner, call->account) == 0 &&
	    strcmp(ret_task->kind, kind) == 0)
		return true;
	if (strcmp(kind, "export") == 0)
		return fail(err, FAULT_EXPORT_TASK_NOT_FOUND,
			    "The export task ID '%s' does not exist", id);
	return fail(err, FAULT_IMPORT_TASK_NOT_FOUND,
		    "The conversion task ID '%s' is not valid", id);
}

bool imagetask_cancel(struct call *call, const char *kind, const char *id,
		      struct arena *arena, const char **ret_before,
		      struct error *err)
{
	struct image_task task;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !imagetask_get(call, kind, id, arena, &task, err))
		return false;
	if (strcmp(task.state, "active") != 0)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The task '%s' is over: it is %s", id, task.state);
	*ret_before = task.state;
	return call_dry_run(call, err) &&
	       image_task_end(call->store->db, id, "deleting", NULL, NULL, NULL,
			      call->now, err) &&
	       tx_commit(&tx, err);
}

json_t *imagetask_pairs(const struct pair *pairs, size_t count)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < count; i++)
		json_object_set_new(object, pairs[i].key,
				    json_string(pairs[i].value));
	return object;
}

bool imagetask_read_pairs(const json_t *object, struct arena *arena,
			  const struct pair **ret_pairs, size_t *ret_count,
			  struct error *err)
{
	size_t count = json_object_size(object), used = 0;
	struct pair *all = arena_alloc(arena, (count + 1) * sizeof(*all));
	const char *key;
	json_t *value;

	if (!all)
		return fail_memory(err);
	json_object_foreach((json_t *)object, key, value)
		all[used++] = (struct pair){ key, json_string_value(value) };
	*ret_pairs = all;
	*ret_count = used;
	return true;
}

bool imagetask_bucket(struct task_work *work, bool make,
		      struct bucket **ret_bucket, struct error *err)
{
	struct location location;

	if (!location_split(work->task.bucket, work->arena, &location, err) ||
	    !bucket_find(work->call, &location, make, ret_bucket, err))
		return false;
	bucket_cancel(*ret_bucket, &work->cancel);
	return true;
}

static bool on_server(const struct task_work *work)
{
	return strncmp(work->task.bucket, "s3://", 5) == 0;
}

void imagetask_stretch(struct task_work *work, int from, int to)
{
	work->from = from;
	work->to = to;
}

void imagetask_progress(void *data, uint64_t done, uint64_t total)
{
	struct task_work *work = data;
	double part = total ? (double)done / (double)total : 1;
	usec_t now = clock_monotonic();
	struct error ignored = { 0 };
	bool active = true;

	if (now - work->told < TELL_EVERY)
		return;
	work->told = now;
	if (!image_task_move(work->call->store->db, work->task.id,
			     work->from + (int)(part * (work->to - work->from)),
			     clock_now(), &active, &ignored))
		log_info("%s: %s", work->task.id, ignored.text);
	if (!active)
		__atomic_store_n(&work->cancel, true, __ATOMIC_RELEASE);
}

bool imagetask_encryption(struct call *call, const struct encryption *wanted,
			  struct arena *arena, const char **ret_key,
			  struct error *err)
{
	struct sealing sealing;

	*ret_key = NULL;
	if (!encrypt_plan(call, wanted, NULL, arena, &sealing, err))
		return false;
	if (!sealing.key.id)
		return true;
	*ret_key = kms_arn(call, sealing.key.owner, sealing.key.id, arena);
	return *ret_key || fail_memory(err);
}

/* The key that was decided on when the task began; NULL: none. */
static const char *wanted_key(const struct task_work *work)
{
	return json_string_value(json_object_get(work->request, KMS_KEY));
}

/* A server's object in memory, which nobody can change any more. */
static bool fetch(struct task_work *work, struct bucket *bucket, uint64_t most,
		  int *ret_fd, struct error *err)
{
	auto_close int fd =
		memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct bucket_object object;

	if (!bucket_head(bucket, work->task.key, &object, err))
		return false;
	if (object.size > MEMORY_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "What becomes encrypted comes from a server in "
			    "memory, at most %lld bytes, and the object has "
			    "%llu: put it into a bucket of the store",
			    MEMORY_MOST, (unsigned long long)object.size);
	if (fd < 0)
		return fail_errno(err, "cannot fetch the object");
	if (!bucket_get(bucket, work->task.key,
			most < MEMORY_MOST ? most : MEMORY_MOST, fd, err))
		return false;
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
		return fail_errno(err, "cannot hold the object");
	*ret_fd = take_fd(fd);
	return true;
}

bool imagetask_object(struct task_work *work, uint64_t most, int *ret_fd,
		      struct error *err)
{
	auto_of(bucket) bucket = NULL;

	if (!imagetask_bucket(work, false, &bucket, err))
		return false;
	if (wanted_key(work) && on_server(work))
		return fetch(work, bucket, most, ret_fd, err);
	return bucket_open_object(bucket, work->task.key, most, work->dir,
				  ret_fd, err);
}

/* Draws so many disk keys, within the caller's transaction. */
static bool draw_keys(struct task_work *work, const struct sealing *sealing,
		      size_t count, json_t *noted, struct error *err)
{
	work->disk_keys = arena_alloc(work->arena,
				      (count + 1) * sizeof(*work->disk_keys));
	if (!work->disk_keys)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct sealing own = *sealing;

		if (!encrypt_seal(work->call, &own, work->arena, err))
			return false;
		work->disk_keys[i] = own.disk_key;
		if (own.disk_key &&
		    json_array_append_new(noted, json_string(own.disk_key)))
			return fail_memory(err);
	}
	work->kms_key = sealing->key.id;
	return true;
}

static bool name_layers(struct task_work *work, enum layer_format format,
			size_t count, json_t *noted, struct error *err)
{
	const char **all = arena_alloc(work->arena, (count + 1) * sizeof(*all));

	if (!all)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		char name[LAYER_NAME_SIZE];

		layer_name_new(format, name);
		all[i] = arena_str(work->arena, name);
		if (!all[i] || json_array_append_new(noted, json_string(name)))
			return fail_memory(err);
	}
	work->layers = all;
	work->layer_count = count;
	return true;
}

/* Notes layers and keys in the journal. */
static bool note(struct task_work *work, enum layer_format format,
		 const struct sealing *sealing, size_t count, json_t *root,
		 struct error *err)
{
	auto_free char *payload = NULL;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, work->call->store->db, err) ||
	    !draw_keys(work, sealing, count, json_object_get(root, "disk-keys"),
		       err) ||
	    !name_layers(work, work->kms_key ? LAYER_QCOW2 : format, count,
			 json_object_get(root, "layers"), err))
		return false;
	payload = json_dumps(root, JSON_COMPACT);
	if (!payload)
		return fail_memory(err);
	return op_step(work->call->store->journal, work->op->id, "intent",
		       STEP_WORK, payload, NULL, err) &&
	       tx_commit(&tx, err);
}

bool imagetask_layers(struct task_work *work, enum layer_format format,
		      size_t count, struct error *err)
{
	const struct encryption wanted = { ENCRYPT_YES, wanted_key(work) };
	struct sealing sealing = { .disk_key = NULL };
	json_t *root;
	bool ok;

	if (wanted.key && !encrypt_plan(work->call, &wanted, NULL, work->arena,
					&sealing, err))
		return false;
	root = json_pack("{s:s, s:[], s:[]}", "task", work->task.id, "layers",
			 "disk-keys");
	if (!root)
		return fail_memory(err);
	ok = note(work, format, &sealing, count, root, err);
	json_decref(root);
	return ok;
}

bool imagetask_plain(const struct snapshot *snapshot, struct error *err)
{
	return !snapshot->kms_key ||
	       fail(err, FAULT_UNSUPPORTED,
		    "The snapshot '%s' is encrypted, which a bucket's objects "
		    "are not: it cannot go there",
		    snapshot->id);
}

bool imagetask_alone(const struct image *image, struct error *err)
{
	return (!image->kernel && !image->ramdisk) ||
	       fail(err, FAULT_UNSUPPORTED,
		    "The image '%s' boots a kernel from outside, %s, which "
		    "would stay behind",
		    image->id, image->kernel ? image->kernel : image->ramdisk);
}

bool imagetask_fits(const struct task_work *work, int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at what is to be put");
	return !on_server(work) || st.st_size <= SERVER_MOST ||
	       fail(err, FAULT_UNSUPPORTED,
		    "The image takes %lld bytes: an object of a server has at "
		    "most %lld, one of a bucket of the store any number",
		    (long long)st.st_size, SERVER_MOST);
}

bool imagetask_snapshot(struct task_work *work, const struct layer *layer,
			const struct snapshot *snapshot, struct error *err)
{
	struct snapshot full = *snapshot;
	struct db *db = work->call->store->db;

	full.owner = work->call->account;
	full.layer = layer->name;
	full.volume = "vol-ffffffff";
	full.state = full.fills ? "pending" : "completed";
	full.created = clock_now();
	full.kms_key = work->kms_key;
	return layer_insert(db, layer, err) && snapshot_insert(db, &full, err);
}

bool imagetask_complete(struct task_work *work, const char *image,
			struct error *err)
{
	auto_free char *payload =
		format_text("{\"task\":\"%s\"}", work->task.id);
	struct call *call = work->call;
	bool active;

	if (!payload)
		return fail_memory(err);
	if (!image_task_move(call->store->db, work->task.id, 100, clock_now(),
			     &active, err))
		return false;
	if (!active) {
		work->ending = false;
		return fail(err, FAULT_UNAVAILABLE, "cancelled");
	}
	return image_task_end(call->store->db, work->task.id, "completed", NULL,
			      NULL, image, clock_now(), err) &&
	       op_step(call->store->journal, work->op->id, "intent", STEP_CLEAN,
		       payload, NULL, err);
}

bool imagetask_handed_over(struct task_work *work, struct error *err)
{
	auto_free char *payload =
		format_text("{\"task\":\"%s\"}", work->task.id);

	if (!payload)
		return fail_memory(err);
	return op_step(work->call->store->journal, work->op->id, "intent",
		       STEP_CLEAN, payload, NULL, err);
}

/* Removes the layers and keys of earlier rounds, which the journal names. */
static bool clear_earlier(struct task_work *work, struct error *err)
{
	json_t *payload = json_loads(work->op->payload, 0, NULL);
	json_t *layers = json_object_get(payload, "layers");
	json_t *keys = json_object_get(payload, "disk-keys");
	const json_t *name;
	bool ok = true;
	size_t i;

	json_array_foreach(layers, i, name)
		ok = ok && layer_remove(work->call->store->chain,
					json_string_value(name), err);
	json_array_foreach(keys, i, name)
		ok = ok && disk_key_forget(work->call->store->db,
					   json_string_value(name), err);
	json_decref(payload);
	return ok;
}

/* Removes all that this round has made. */
static bool clear(struct task_work *work, struct error *err)
{
	for (size_t i = 0; i < work->layer_count; i++)
		if (!layer_remove(work->call->store->chain, work->layers[i],
				  err) ||
		    (work->disk_keys[i] &&
		     !disk_key_forget(work->call->store->db, work->disk_keys[i],
				      err)))
			return false;
	return dir_remove(work->dir, err);
}

/* The end of a task that came to nothing; why it did is in the error. */
static bool give_up(struct task_work *work, const struct error *why,
		    struct error *err)
{
	const struct kind *kind = kind_of(work);
	struct call *call = work->call;
	auto_of(arena) arena = arena_new();
	struct image_task now;
	const char *state;
	bool found;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!clear(work, err) || !tx_begin(&tx, call->store->db, err) ||
	    !image_task_get(call->store->db, work->task.id, arena, &now, &found,
			    err))
		return false;
	state = found && strcmp(now.state, "deleting") == 0 ? "deleted" :
							      "failed";
	return image_task_end(call->store->db, work->task.id, state,
			      fault_code(why->fault), why->text, NULL,
			      clock_now(), err) &&
	       (!kind->failed || kind->failed(work, err)) &&
	       op_step(call->store->journal, work->op->id, "aborted",
		       STEP_CLEAN, NULL, NULL, err) &&
	       tx_commit(&tx, err);
}

static bool finish(struct task_work *work, struct error *err)
{
	return dir_remove(work->dir, err) &&
	       op_step(work->call->store->journal, work->op->id, "done",
		       STEP_CLEAN, NULL, NULL, err);
}

/* What is at work, from wherever it is. */
static bool go_on(struct task_work *work, struct error *err)
{
	const struct kind *kind = kind_of(work);
	struct error why = { 0 };

	if (!kind)
		return fail(err, FAULT_INTERNAL, "'%s' is no task's kind",
			    work->task.kind);
	if (!clear_earlier(work, err) ||
	    (!kind->keeps && !dir_remove(work->dir, err)))
		return false;
	if (strcmp(work->task.state, "deleting") == 0)
		fail(&why, FAULT_UNAVAILABLE, "cancelled");
	else if (dir_make(work->dir, 0700, &why) && kind->run(work, &why))
		return finish(work, err);
	if (work->ending)
		return fail(err, why.fault, "%s", why.text);
	return give_up(work, &why, err);
}

bool imagetask_job(struct call *call, const struct op *op, usec_t *ret_due,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct task_work work = { .call = call, .op = op, .arena = arena };
	const char *id = arena ? op_text(op, "task", arena) : NULL;
	bool found, ok;

	*ret_due = 0;
	if (!id)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	if (!image_task_get(call->store->db, id, arena, &work.task, &found,
			    err))
		return false;
	work.dir = store_path(call->store, "tasks/%s", id);
	work.request = json_loads(found ? work.task.request : "{}", 0, NULL);
	if (!work.dir || !work.request)
		ok = fail_memory(err);
	else if (!found || op->step == STEP_CLEAN)
		ok = finish(&work, err);
	else
		ok = go_on(&work, err);
	free(work.dir);
	json_decref(work.request);
	return ok;
}
