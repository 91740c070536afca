/* exporttask.c - the disk of an image becomes a file of a known format
 *
 * EC2 exports images of one disk, and so does this.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/imagetask-private.h"
#include "images/registry/layer.h"
#include "images/snapshot.h"
#include "images/tags.h"
#include "images/turn.h"

#define CONVERTED_PERCENT 85

/* EC2's formats, and one of ours. */
static const struct format {
	const char *name;
	const char *ending;
	const char *driver; /* QEMU's */
} formats[] = {
	{ "VMDK", "vmdk", "vmdk" },
	{ "RAW", "raw", "raw" },
	{ "VHD", "vhd", "vpc" },
	{ "QCOW2", "qcow2", "qcow2" },
};

static const struct format *format_of(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (name && strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

/* The one snapshot that the image stands on, which is the caller's. */
static bool find_disk(struct call *call, const char *id, struct arena *arena,
		      struct snapshot *ret_snapshot, struct error *err)
{
	const struct mapping *mappings;
	const char *snapshot = NULL;
	unsigned disks = 0;
	struct image image;
	size_t count;

	if (!image_own(call, id, arena, &image, err))
		return false;
	if (strcmp(image.state, "available") != 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is %s: only an available one "
			    "can be exported",
			    id, image.state);
	if (!imagetask_alone(&image, err) ||
	    !image_mappings(call->store->db, id, arena, &mappings, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		disks += !mappings[i].no_device && !mappings[i].virtual_name;
		if (mappings[i].snapshot)
			snapshot = mappings[i].snapshot;
	}
	if (disks != 1 || !snapshot)
		return fail(err, FAULT_UNSUPPORTED,
			    "The image '%s' has %u disks on volumes: only one "
			    "with a single disk can be exported",
			    id, disks);
	if (authorise_snapshot(call, RIGHT_OWN, snapshot, arena, ret_snapshot,
			       err))
		return snapshot_ready(ret_snapshot, err) &&
		       imagetask_plain(ret_snapshot, err);
	if (err->fault != FAULT_SNAPSHOT_NOT_FOUND &&
	    err->fault != FAULT_AUTH_FAILURE)
		return false;
	error_clear(err);
	return fail(err, FAULT_UNSUPPORTED,
		    "The image stands on the snapshot '%s' of another "
		    "account: copy the image first",
		    snapshot);
}

static bool check(struct call *call, const struct export_request *request,
		  struct location *ret_location, struct arena *arena,
		  struct error *err)
{
	const char *prefix = request->prefix ? request->prefix : "";
	struct snapshot snapshot;

	if (!find_disk(call, request->image, arena, &snapshot, err) ||
	    !location_split(request->bucket, arena, ret_location, err))
		return false;
	if (*ret_location->key)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is no bucket's name", request->bucket);
	if (!format_of(request->format))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.40s' is no format", request->format);
	return (strlen(prefix) <= 900 && *prefix != '/') ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "'%.100s' cannot be what a key begins with", prefix);
}

/* Rows of the task, its tags and its job. */
static bool write_task(struct call *call, const struct export_request *request,
		       const char *id, const char *key, struct error *err)
{
	struct image_task task = { .id = id,
				   .kind = "export",
				   .image = request->image,
				   .bucket = request->bucket,
				   .key = key };
	json_t *asked = json_pack(
		"{s:s, s:s, s:s?, s:s?}", "format", request->format, "prefix",
		request->prefix ? request->prefix : "", "description",
		request->description, "role", request->role);
	bool ok;

	if (!asked)
		return fail_memory(err);
	ok = imagetask_insert(call, &task, asked, err) &&
	     tags_set_all(call, id, request->tags, request->tag_count, err);
	json_decref(asked);
	return ok;
}

bool exporttask_begin(struct call *call, const struct export_request *request,
		      char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(bucket) bucket = NULL;
	const struct format *format = format_of(request->format);
	struct location location;
	const char *key;
	bool fresh;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	id_new("export-ami", ret_id);
	if (!check(call, request, &location, arena, err))
		return false;
	key = arena_format(arena, "%s%s.%s",
			   request->prefix ? request->prefix : "", ret_id,
			   format->ending);
	if (!key)
		return fail_memory(err);
	if (!bucket_key_ok(key))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' cannot be an object's key", key);
	if (!call_dry_run(call, err) ||
	    !bucket_find(call, &location, true, &bucket, err))
		return false;
	return tx_begin(&tx, call->store->db, err) &&
	       imagetask_once(call, ret_id, arena, &fresh, err) &&
	       (!fresh || (check(call, request, &location, arena, err) &&
			   write_task(call, request, ret_id, key, err))) &&
	       tx_commit(&tx, err);
}

/* What is converted, until all of its files are open. */
struct exporting {
	struct task_work *work;
	struct turn pin;
};

static void progress(void *data, uint64_t done, uint64_t total)
{
	struct exporting *exporting = data;

	turn_done(&exporting->pin);
	imagetask_progress(exporting->work, done, total);
}

static bool convert(struct task_work *work, const char *object,
		    struct error *err)
{
	struct exporting exporting = { .work = work, .pin = TURN_INIT };
	const struct format *format = format_of(
		json_string_value(json_object_get(work->request, "format")));
	struct call *call = work->call;
	struct snapshot snapshot;
	struct layer layer;
	struct layer_ref ref;
	bool ok;

	if (!format)
		return fail(err, FAULT_INTERNAL, "task %s is unreadable",
			    work->task.id);
	imagetask_stretch(work, 0, CONVERTED_PERCENT);
	ok = turn_pin(call, &exporting.pin, err) &&
	     find_disk(call, work->task.image, work->arena, &snapshot, err) &&
	     layer_get(call->store->db, snapshot.layer, work->arena, &layer,
		       err);
	if (ok) {
		ref.name = layer.name;
		ref.format = layer.format[0] == 'r' ? LAYER_RAW : LAYER_QCOW2;
		ok = layer_export(call->store->chain, &ref, format->driver,
				  object, progress, &exporting, err);
	}
	turn_done(&exporting.pin);
	return ok;
}

static bool put(struct task_work *work, const char *object, struct error *err)
{
	auto_close int fd = open(object, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_of(bucket) bucket = NULL;

	if (fd < 0)
		return fail_errno(err, "cannot open %s", object);
	if (!imagetask_fits(work, fd, err))
		return false;
	work->told = 0;
	imagetask_stretch(work, CONVERTED_PERCENT, 99);
	imagetask_progress(work, 0, 1);
	return imagetask_bucket(work, true, &bucket, err) &&
	       bucket_put(bucket, work->task.key, fd, NULL, err);
}

/* Nobody wants what was put any more. */
static bool take_back(struct task_work *work, struct error *err)
{
	auto_of(bucket) bucket = NULL;

	work->cancel = false;
	return imagetask_bucket(work, false, &bucket, err) &&
	       bucket_remove(bucket, work->task.key, err);
}

bool exporttask_run(struct task_work *work, struct error *err)
{
	auto_free char *object = format_text("%s/object", work->dir);
	struct error late = { 0 };
	auto_tx tx = TX_INIT;

	if (!object)
		return fail_memory(err);
	if (!convert(work, object, err) || !put(work, object, err))
		return false;
	if (tx_begin(&tx, work->call->store->db, err) &&
	    imagetask_complete(work, NULL, err) && tx_commit(&tx, err))
		return true;
	if (!take_back(work, &late))
		error_clear(&late);
	return false;
}
