/* importtask.c - a disk image in a bucket becomes an image
 *
 * The object is a stranger's: it comes in by the rules and the way of `import`
 * (images/chain/chain.h, layer_import()), only that nobody waits for it.
 */
#include <string.h>
#include <unistd.h>

#include "images/chain/chain.h"
#include "images/imagetask-private.h"
#include "images/layers.h"
#include "images/registry/quota.h"
#include "images/tags.h"
#include "images/volume.h"

/* EC2's largest volume; nothing bigger could ever be launched. */
#define MOST_BYTES (64LL * 1024 * GIB)
#define ROOT "/dev/sda1"

static bool check(struct call *call, const struct import_request *request,
		  struct arena *arena, struct error *err)
{
	auto_of(bucket) bucket = NULL;
	struct bucket_object object;
	struct location location;

	if (!location_split(request->bucket, arena, &location, err))
		return false;
	if (*location.key || !bucket_key_ok(request->key))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is no bucket's name, or '%.100s' no "
			    "object's",
			    request->bucket, request->key);
	return bucket_find(call, &location, false, &bucket, err) &&
	       bucket_head(bucket, request->key, &object, err);
}

bool importtask_begin(struct call *call, const struct import_request *request,
		      char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image_task task = { .kind = "import",
				   .bucket = request->bucket,
				   .key = request->key };
	const char *key;
	json_t *asked;
	bool fresh, ok;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	id_new("import-ami", ret_id);
	task.id = ret_id;
	if (!check(call, request, arena, err) ||
	    !imagetask_encryption(call, &request->encryption, arena, &key,
				  err) ||
	    !call_dry_run(call, err))
		return false;
	asked = json_pack("{s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?}",
			  KMS_KEY, key, "format", request->format,
			  "description", request->description, "disk",
			  request->disk, "architecture", request->architecture,
			  "boot-mode", request->boot_mode, "license",
			  request->license, "device", request->device);
	if (!asked)
		return fail_memory(err);
	ok = tx_begin(&tx, call->store->db, err) &&
	     imagetask_once(call, ret_id, arena, &fresh, err) &&
	     (!fresh || (quota_room(call->store->db, call->account,
				    QUOTA_SNAPSHOTS, 1, err) &&
			 imagetask_insert(call, &task, asked, err) &&
			 tags_set_all(call, ret_id, request->tags,
				      request->tag_count, err))) &&
	     tx_commit(&tx, err);
	json_decref(asked);
	return ok;
}

static const char *asked(const struct task_work *work, const char *name)
{
	return json_string_value(json_object_get(work->request, name));
}

/* The rows: layer, snapshot and image, whose name is the task's id as EC2 has
 * it. */
static bool commit(struct task_work *work, const struct disk_header *header,
		   struct error *err)
{
	struct call *call = work->call;
	const struct layer layer = {
		.name = work->layers[0],
		.format = layer_format_name(work->kms_key ? LAYER_QCOW2 :
							    header->format),
		.size = (int64_t)header->virtual_size,
		.state = "frozen",
		.disk_key = work->disk_keys[0],
	};
	const char *disk = asked(work, "disk");
	char snapshot[ID_SIZE], image[ID_SIZE];
	const struct snapshot row = {
		.id = snapshot,
		.size = ((int64_t)header->virtual_size + GIB - 1) / GIB,
		.description = disk ? disk : "",
	};
	const struct mapping mapping = {
		.device = asked(work, "device") ? asked(work, "device") : ROOT,
		.snapshot = snapshot,
		.size = row.size,
		.type = "gp2",
		.delete_on_termination = 1,
	};
	const struct image_request request = {
		.name = work->task.id,
		.description = asked(work, "description"),
		.architecture = asked(work, "architecture"),
		.root_device_name = mapping.device,
		.boot_mode = asked(work, "boot-mode"),
		.ena = true,
		.mappings = &mapping,
		.mapping_count = 1,
	};
	auto_tx tx = TX_INIT;

	id_new("snap", snapshot);
	id_new("ami", image);
	return tx_begin(&tx, call->store->db, err) &&
	       imagetask_snapshot(work, &layer, &row, err) &&
	       image_write(call, &request, image, err) &&
	       layers_tend(call, err) && imagetask_complete(work, image, err) &&
	       tx_commit(&tx, err);
}

/* Writes the layer; what is to be encrypted never lies in clear in a file. */
static bool take_in(struct task_work *work, int fd,
		    const struct disk_header *header, struct error *err)
{
	struct chain *chain = work->call->store->chain;
	auto_layer_secret secret = { .key = "" };

	if (!encrypt_secret(work->call, work->disk_keys[0], &secret, err))
		return false;
	if (secret.text[0])
		return layer_import_encrypted(chain, work->layers[0], fd,
					      header, &secret,
					      imagetask_progress, work, err);
	return layer_import(chain, work->layers[0], fd, header,
			    imagetask_progress, work, err);
}

bool importtask_run(struct task_work *work, struct error *err)
{
	const char *format = asked(work, "format");
	struct disk_header header;
	auto_close int fd = -1;

	if (!imagetask_object(work, MOST_BYTES, &fd, err) ||
	    !disk_header_read(fd, format, MOST_BYTES, &header, err) ||
	    !imagetask_layers(work, header.format, 1, err))
		return false;
	imagetask_stretch(work, 0, 99);
	return take_in(work, fd, &header, err) && commit(work, &header, err);
}
