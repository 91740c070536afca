/* bundle.c - opening what is to be bundled
 *
 * The operation is journalled before the snapshot is taken and closed after
 * it was deleted, so that a process which dies in between leaves it to
 * recovery. Reading takes as long as it takes; nobody waits for that.
 */
#include "images/bundle.h"

#include <fcntl.h>
#include <string.h>

#include "images/authorise.h"
#include "images/chain/source.h"
#include "images/encrypt.h"
#include "images/freeze.h"
#include "images/registry/layer.h"
#include "images/snapshot.h"
#include "images/turn.h"
#include "images/volume.h"

#define KIND "bundle"
#define MOST_BYTES (64LL * 1024 * GIB)
#define MOST_KERNEL_BYTES (512LL * 1024 * 1024)

static const struct bundle_source closed = { .fd = -1 };

/* From here on the files are open, and may lose their names. */
static bool open_snapshot(struct call *call, const char *id,
			  struct bundle_source *source, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct snapshot snapshot;
	struct layer layer;
	struct disk *disk = NULL;
	struct layer_ref ref;

	if (!arena)
		return fail_memory(err);
	if (!turn_pin(call, &turn, err) ||
	    !authorise_snapshot(call, RIGHT_SEE, id, arena, &snapshot, err) ||
	    !snapshot_ready(&snapshot, err) ||
	    !encrypt_may_open(call, snapshot.layer, err) ||
	    !layer_get(call->store->db, snapshot.layer, arena, &layer, err))
		return false;
	ref.name = layer.name;
	ref.format = layer.format[0] == 'r' ? LAYER_RAW : LAYER_QCOW2;
	return disk_open(call->store->chain, &ref, &disk, err) &&
	       source_open_disk(disk, &source->source, err);
}

static bool begin(struct call *call, const char *volume, const char *snapshot,
		  char ret_op[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *answer;
	struct op op = {
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.request = call->request,
	};
	auto_tx tx = TX_INIT;

	if (arena)
		op.payload = arena_format(
			arena, "{\"snapshot\":\"%s\",\"volume\":\"%s\"}",
			snapshot, volume);
	if (!op.payload)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !op_begin(call->store->journal, &op, arena, &answer, err) ||
	    !tx_commit(&tx, err))
		return false;
	memcpy(ret_op, op.id, ID_SIZE);
	return true;
}

/* Deletes the snapshot, unless somebody has built on it or locked it
 * meanwhile. */
static bool forget(struct call *call, const char *op, const char *snapshot,
		   struct error *err)
{
	if (!snapshot_erase_own(call, snapshot, err)) {
		if (err->fault != FAULT_SNAPSHOT_NOT_FOUND &&
		    err->fault != FAULT_SNAPSHOT_IN_USE &&
		    err->fault != FAULT_OPERATION_NOT_PERMITTED)
			return false;
		error_clear(err);
	}
	return op_step(call->store->journal, op, "done", 1, NULL, NULL, err);
}

static bool open_volume(struct call *call, const char *id,
			struct bundle_source *source, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error undo = { 0 };
	struct volume volume;
	struct shot shot = { .volume = id,
			     .description = "taken for a bundle" };
	char snapshot[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!authorise_volume(call, RIGHT_OWN, id, arena, &volume, err))
		return false;
	id_new("snap", snapshot);
	shot.snapshot = snapshot;
	if (!begin(call, id, snapshot, source->op, err))
		return false;
	memcpy(source->snapshot, snapshot, sizeof(snapshot));
	if (freeze_volumes(call, &shot, 1, NULL, NULL, err) &&
	    open_snapshot(call, snapshot, source, err))
		return true;
	/* what cannot be undone now is left to recovery */
	if (!bundle_source_close(call, source, &undo))
		error_clear(&undo);
	return false;
}

static bool open_instance(struct call *call, const char *id,
			  struct bundle_source *source, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct attachment *all;
	struct instance instance;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err) ||
	    !attachment_of(call->store->db, id, NULL, arena, &all, &count, err))
		return false;
	if (strcmp(instance.root_device_type, "ebs") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance '%s' has no root volume but an "
			    "instance-store root: use bundle-instance",
			    id);
	source->architecture =
		strcmp(instance.architecture, "i386") == 0 ? "i386" : "x86_64";
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].device, instance.root_device_name) == 0)
			return open_volume(call, all[i].volume, source, err);
	return fail(err, FAULT_INCORRECT_STATE,
		    "The instance '%s' has no volume attached at root (%s)", id,
		    instance.root_device_name);
}

bool bundle_source_open(struct call *call, const char *id,
			struct bundle_source *ret_source, struct error *err)
{
	*ret_source = closed;
	if (id_valid(id, "vol"))
		return open_volume(call, id, ret_source, err);
	if (id_valid(id, "i"))
		return open_instance(call, id, ret_source, err);
	return open_snapshot(call, id, ret_source, err);
}

bool bundle_source_open_file(struct call *call, const char *path, bool raw,
			     struct bundle_source *ret_source,
			     struct error *err)
{
	struct bundle_source source = closed;
	struct disk_header header;
	struct disk *disk = NULL;

	source.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (source.fd < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open %.100s: %m", path);
	if (disk_header_read(source.fd, raw ? "raw" : NULL,
			     raw ? MOST_KERNEL_BYTES : MOST_BYTES, &header,
			     err) &&
	    (header.format == LAYER_RAW ?
		     source_open_file(source.fd, path, &source.source, err) :
		     disk_open_foreign(call->store->chain, source.fd, &header,
				       &disk, err) &&
			     source_open_disk(disk, &source.source, err))) {
		*ret_source = source;
		return true;
	}
	close(source.fd);
	*ret_source = closed;
	return false;
}

bool bundle_source_close(struct call *call, struct bundle_source *source,
			 struct error *err)
{
	struct bundle_source was = *source;

	*source = closed;
	source_close(was.source);
	if (was.fd >= 0)
		close(was.fd);
	return !was.op[0] || forget(call, was.op, was.snapshot, err);
}

bool bundle_source_recover(struct call *call, const struct op *op,
			   struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *snapshot;
	bool open;

	if (!arena)
		return fail_memory(err);
	snapshot = op_text(op, "snapshot", arena);
	if (!snapshot)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	/* its taking may have been cut short, and be finished later */
	if (!op_kind_names(call->store->db, "snapshot", snapshot, &open, err))
		return false;
	if (open)
		return fail(err, FAULT_UNAVAILABLE,
			    "%s is just being recovered", snapshot);
	return forget(call, op->id, snapshot, err);
}
