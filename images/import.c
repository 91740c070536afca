/* import.c - taking a foreign disk image in
 *
 * The payload holds everything that the rows will say, so that recovery can
 * finish a moved file without the caller. What is to be encrypted is converted
 * straight into a layer that is: its bytes are in clear where the caller has
 * them, and in no file of ours.
 */
#include "images/import.h"

#include <fcntl.h>
#include <string.h>

#include "images/layers.h"
#include "images/member.h"
#include "images/registry/layer.h"
#include "images/registry/quota.h"
#include "images/tags.h"
#include "images/volume.h"

/* EC2's largest volume; nothing bigger could ever be launched. */
#define MOST_BYTES (64LL * 1024 * GIB)
#define MOST_KERNEL_BYTES (512LL * 1024 * 1024)

static bool is_disk(const struct import *import)
{
	return !import->kind || strcmp(import->kind, "machine") == 0;
}

static json_t *tags_json(const struct image_request *image)
{
	json_t *tags = json_object();

	for (size_t i = 0; image && i < image->tag_count; i++)
		json_object_set_new(tags, image->tags[i].key,
				    json_string(image->tags[i].value));
	return tags;
}

/* What will be made, under which names: the journal's payload. */
static json_t *import_payload(const struct import *import,
			      const struct disk_header *header,
			      const struct sealing *sealing,
			      const char *snapshot, const char *image)
{
	const struct image_request *request = import->image;
	enum layer_format format = sealing->key.id ? LAYER_QCOW2 :
						     header->format;
	char layer[LAYER_NAME_SIZE];

	layer_name_new(format, layer);
	return json_pack(
		"{s:s, s:s, s:s, s:s?, s:I, s:b, s:s, s:s?, s:s, s:s, s:s?, "
		"s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:b, s:o}",
		"layer", layer, "format", layer_format_name(format), "of",
		layer_format_name(header->format), "kms-key", sealing->key.id,
		"size", (json_int_t)header->virtual_size, "move",
		(int)import->move, "kind",
		is_disk(import) ? "machine" : import->kind, "cmdline",
		import->cmdline, "snapshot", snapshot, "image", image, "name",
		request ? request->name : NULL, "location",
		request ? request->location : NULL, "description",
		import->description, "architecture",
		request ? request->architecture : NULL, "root",
		request ? request->root_device_name : NULL, "boot-mode",
		request ? request->boot_mode : NULL, "kernel",
		request ? request->kernel : NULL, "ramdisk",
		request ? request->ramdisk : NULL, "ena",
		request ? (int)request->ena : 0, "tags", tags_json(request));
}

static bool write_layer(struct call *call, const json_t *payload,
			struct error *err)
{
	struct layer layer = {
		.name = arg_str(payload, "layer", NULL),
		.format = arg_str(payload, "format", NULL),
		.size = arg_int(payload, "size", 0),
		.state = "frozen",
		.disk_key = arg_str(payload, "disk-key", NULL),
	};

	return layer_insert(call->store->db, &layer, err);
}

static bool write_snapshot(struct call *call, const json_t *payload,
			   struct error *err)
{
	const char *description = arg_str(payload, "description", NULL);
	const char *of = arg_str(payload, "of", NULL);
	struct snapshot snapshot = {
		.id = arg_str(payload, "snapshot", NULL),
		.owner = call->account,
		.layer = arg_str(payload, "layer", NULL),
		.volume = "vol-ffffffff",
		.size = (arg_int(payload, "size", 0) + GIB - 1) / GIB,
		.description = description ? description : "",
		.state = "completed",
		.created = call->now,
		.imported = arg_str(payload, "name", NULL) ? NULL :
			    of			  ? of :
						    arg_str(payload, "format", NULL),
		.kms_key = arg_str(payload, "kms-key", NULL),
	};

	return snapshot_insert(call->store->db, &snapshot, err);
}

/* A kernel or ramdisk: an image without a mapping, whose layer is the file. */
static bool write_kernel(struct call *call, const json_t *payload,
			 struct error *err)
{
	const char *description = arg_str(payload, "description", NULL);
	const char *location = arg_str(payload, "location", NULL);
	struct image image = {
		.id = arg_str(payload, "image", NULL),
		.owner = call->account,
		.name = arg_str(payload, "name", NULL),
		.description = description ? description : "",
		.kind = arg_str(payload, "kind", NULL),
		.architecture = "x86_64",
		.state = "available",
		.location = location ? location : arg_str(payload, "name", NULL),
		.root_device_type = location ? "instance-store" : "ebs",
		.layer = arg_str(payload, "layer", NULL),
		.cmdline = arg_str(payload, "cmdline", NULL),
		.created = call->now,
	};

	return image_insert(call->store->db, &image, err);
}

static bool write_machine(struct call *call, const json_t *payload,
			  struct error *err)
{
	const char *root = arg_str(payload, "root", NULL);
	struct mapping mapping = {
		.device = root ? root : "/dev/sda1",
		.snapshot = arg_str(payload, "snapshot", NULL),
		.size = (arg_int(payload, "size", 0) + GIB - 1) / GIB,
		.type = "gp2",
		.delete_on_termination = 1,
	};
	struct image_request request = {
		.name = arg_str(payload, "name", NULL),
		.description = arg_str(payload, "description", NULL),
		.architecture = arg_str(payload, "architecture", NULL),
		.root_device_name = mapping.device,
		.boot_mode = arg_str(payload, "boot-mode", NULL),
		.kernel = arg_str(payload, "kernel", NULL),
		.ramdisk = arg_str(payload, "ramdisk", NULL),
		.ena = json_is_true(json_object_get(payload, "ena")),
		.mappings = &mapping,
		.mapping_count = 1,
	};

	return image_write(call, &request, arg_str(payload, "image", NULL),
			   err);
}

/* Somebody may have taken the name meanwhile. A recovered import then keeps
 * the snapshot alone: nobody waits for the answer, and the disk must not go. */
static bool check_name(struct call *call, const json_t *payload, bool recovered,
		       const char **id, struct error *err)
{
	if (!**id ||
	    image_name_check(call, arg_str(payload, "name", NULL), err))
		return true;
	if (!recovered || !*arg_str(payload, "snapshot", NULL))
		return false;
	error_clear(err);
	*id = "";
	return true;
}

/* The commit: all rows of an import whose layer is durably there. */
static bool import_commit(struct call *call, const char *op,
			  const json_t *payload, bool recovered,
			  struct error *err)
{
	struct journal *journal = call->store->journal;
	const char *id = arg_str(payload, "image", NULL);
	const char *key;
	json_t *value;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !check_name(call, payload, recovered, &id, err) ||
	    !write_layer(call, payload, err))
		return false;
	if (*arg_str(payload, "snapshot", NULL) &&
	    !write_snapshot(call, payload, err))
		return false;
	if (*id && !(*arg_str(payload, "snapshot", NULL) ?
			     write_machine(call, payload, err) :
			     write_kernel(call, payload, err)))
		return false;
	json_object_foreach(json_object_get(payload, "tags"), key, value)
		if (!tags_set(call,
			      *id ? id : arg_str(payload, "snapshot", NULL),
			      key, json_string_value(value), err))
			return false;
	return op_step(journal, op, "done", 1, NULL,
		       arg_str(payload, "snapshot", NULL), err) &&
	       tx_commit(&tx, err);
}

/* Throws away what was made so far. */
static bool import_undo(struct call *call, const char *op,
			const json_t *payload, struct error *err)
{
	const char *key = arg_str(payload, "disk-key", NULL);

	return layer_remove(call->store->chain, arg_str(payload, "layer", NULL),
			    err) &&
	       (!key || disk_key_forget(call->store->db, key, err)) &&
	       op_step(call->store->journal, op, "aborted", 0, NULL, NULL, err);
}

/* Draws the disk key, within the caller's transaction, and has the payload name
 * it. */
static bool seal(struct call *call, struct sealing *sealing,
		 struct arena *arena, json_t *payload, struct error *err)
{
	if (!encrypt_seal(call, sealing, arena, err))
		return false;
	return !sealing->disk_key ||
	       json_object_set_new(payload, "disk-key",
				   json_string(sealing->disk_key)) == 0 ||
	       fail_memory(err);
}

/* Opens the operation; the names in the payload are chosen by now. */
static bool import_begin(struct call *call, json_t *payload,
			 struct sealing *sealing, struct arena *arena,
			 struct op *ret_op, struct error *err)
{
	auto_free char *journalled = NULL;
	const char *answer;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !seal(call, sealing, arena, payload, err))
		return false;
	journalled = json_dumps(payload, JSON_COMPACT);
	if (!journalled)
		return fail_memory(err);
	*ret_op = (struct op){
		.kind = "import",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = journalled,
	};
	return (!*arg_str(payload, "snapshot", NULL) ||
		quota_room(call->store->db, call->account, QUOTA_SNAPSHOTS, 1,
			   err)) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err) &&
	       tx_commit(&tx, err);
}

static bool take_in(struct call *call, const struct import *import,
		    const struct disk_header *header, const json_t *payload,
		    struct error *err)
{
	const char *layer = arg_str(payload, "layer", NULL);
	auto_layer_secret secret = { .key = "" };

	if (!encrypt_secret(call, arg_str(payload, "disk-key", NULL), &secret,
			    err))
		return false;
	if (secret.text[0])
		return layer_import_encrypted(
			call->store->chain, layer, import->fd, header, &secret,
			call->progress, call->watch_data, err);
	if (import->move)
		return layer_move_in(call->store->chain, layer, import->path,
				     import->fd, err);
	return layer_import(call->store->chain, layer, import->fd, header,
			    call->progress, call->watch_data, err);
}

/* Whether what is imported becomes encrypted: a disk that is, and a file that
 * is moved stays what it was. */
static bool plan_sealing(struct call *call, const struct import *import,
			 struct arena *arena, struct sealing *ret_sealing,
			 struct error *err)
{
	*ret_sealing = (struct sealing){ .disk_key = NULL };
	if (!is_disk(import))
		return true;
	if (!encrypt_plan(call, &import->encryption, NULL, arena, ret_sealing,
			  err))
		return false;
	return !import->move || !ret_sealing->key.id ||
	       fail(err, FAULT_PARAMETER_COMBINATION,
		    "what is moved into the store stays in clear, and this "
		    "disk is to be encrypted: import it without moving it");
}

/* Everything that can be refused before a byte is copied. */
static bool import_check(struct call *call, const struct import *import,
			 struct arena *arena, struct disk_header *ret_header,
			 struct sealing *ret_sealing, struct error *err)
{
	const char *format = is_disk(import) ? import->format : "raw";
	uint64_t most = is_disk(import) ? MOST_BYTES : MOST_KERNEL_BYTES;

	if (!disk_header_read(import->fd, format, most, ret_header, err))
		return false;
	if (import->move && ret_header->format != LAYER_RAW)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "only a raw image can be moved into the store: a "
			    "qcow2 file is always converted");
	if (import->image && !image_name_check(call, import->image->name, err))
		return false;
	if (import->image &&
	    (!image_kind_check(call, import->image->kernel, "kernel", err) ||
	     !image_kind_check(call, import->image->ramdisk, "ramdisk", err)))
		return false;
	return plan_sealing(call, import, arena, ret_sealing, err) &&
	       call_dry_run(call, err);
}

bool import_disk(struct call *call, const struct import *import,
		 char ret_snapshot[ID_SIZE], char ret_image[ID_SIZE],
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct disk_header header;
	struct sealing sealing;
	struct error undo = { 0 };
	json_t *payload;
	struct op op;
	bool ok;

	ret_snapshot[0] = ret_image[0] = 0;
	if (!arena)
		return fail_memory(err);
	if (!import_check(call, import, arena, &header, &sealing, err))
		return false;
	if (is_disk(import))
		id_new("snap", ret_snapshot);
	if (import->image)
		id_new(is_disk(import)			   ? "ami" :
		       strcmp(import->kind, "kernel") == 0 ? "aki" :
							     "ari",
		       ret_image);
	payload = import_payload(import, &header, &sealing, ret_snapshot,
				 ret_image);
	if (!payload)
		return fail_memory(err);
	ok = import_begin(call, payload, &sealing, arena, &op, err);
	if (ok) {
		ok = take_in(call, import, &header, payload, err);
		ok = ok && import_commit(call, op.id, payload, false, err);
		/* what was moved stays for recovery to finish */
		if (!ok &&
		    !(import->move &&
		      layer_exists(call->store->chain,
				   arg_str(payload, "layer", NULL))) &&
		    !import_undo(call, op.id, payload, &undo))
			error_clear(&undo);
	}
	json_decref(payload);
	return ok;
}

bool import_recover(struct call *call, const struct op *op, struct error *err)
{
	json_t *payload = json_loads(op->payload, 0, NULL);
	bool ok;

	if (!payload)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (json_is_true(json_object_get(payload, "move")) &&
	    layer_exists(call->store->chain, arg_str(payload, "layer", NULL)))
		ok = layer_move_finish(call->store->chain,
				       arg_str(payload, "layer", NULL), err) &&
		     import_commit(call, op->id, payload, true, err);
	else
		ok = import_undo(call, op->id, payload, err);
	json_decref(payload);
	return ok;
}
