/* image.c - registering, sharing and deregistering images
 *
 * A deregistered image keeps its row: clients tell "gone" from "never was" by
 * the answer to its id.
 */
#include "images/image.h"

#include <string.h>

#include "images/device.h"
#include "images/encrypt.h"
#include "images/fill.h"
#include "images/layers.h"
#include "images/limits.h"
#include "images/publicaccess.h"
#include "images/recyclebin.h"
#include "images/registry/account.h"
#include "images/registry/bundle.h"
#include "images/scan.h"
#include "images/snapshot.h"
#include "images/snapshotlock.h"
#include "images/tags.h"
#include "images/withdraw.h"

bool image_name_check(const struct call *call, const char *name,
		      struct error *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789()[] ./-'@_";
	auto_of(arena) arena = arena_new();
	const char *taken = NULL;
	size_t size = strlen(name);

	if (!arena)
		return fail_memory(err);
	if (size < 3 || size > 128 || strspn(name, allowed) != size)
		return fail(err, FAULT_IMAGE_NAME_MALFORMED,
			    "AMI names must be between 3 and 128 characters "
			    "long, and may contain letters, numbers, '(', "
			    "')', '.', '-', '/', '_', '[', ']', '@', ''' and "
			    "spaces");
	if (!image_find_name(call->store->db, call->account, name, arena,
			     &taken, err))
		return false;
	if (taken)
		return fail(err, FAULT_IMAGE_NAME_DUPLICATE,
			    "AMI name %s is already in use by AMI %s", name,
			    taken);
	return true;
}

/* An entry is a volume, an instance store disk or nothing, on a device. */
static bool check_kind(const struct mapping *m, struct error *err)
{
	bool path = strncmp(m->device, "/dev/", 5) == 0;
	bool ebs = m->snapshot || m->size || m->type || m->iops ||
		   m->throughput || m->delete_on_termination >= 0;

	if (!device_valid(m->device + (path ? 5 : 0)))
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "Invalid device name '%.64s'.", m->device);
	if (m->no_device + (m->virtual_name != NULL) + ebs > 1)
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The mapping of '%s' has more than one of "
			    "NoDevice, VirtualName and Ebs.",
			    m->device);
	if (m->virtual_name && ephemeral_number(m->virtual_name) < 0)
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "Invalid VirtualName '%.64s' for device '%s'.",
			    m->virtual_name, m->device);
	return true;
}

bool image_mapping_check(struct call *call, const struct mapping *mapping,
			 struct arena *arena, struct error *err)
{
	struct snapshot snapshot;
	int64_t size = mapping->size, iops = mapping->iops;
	int64_t throughput = mapping->throughput;

	if (!check_kind(mapping, err))
		return false;
	if (mapping->encrypted == ENCRYPT_YES || mapping->kms_key)
		return fail(err, FAULT_UNSUPPORTED,
			    "An image's volumes are encrypted as its snapshots "
			    "are: leave Encrypted and KmsKeyId to who launches "
			    "it");
	if (mapping->no_device || mapping->virtual_name)
		return true;
	if (mapping->snapshot) {
		if (!authorise_snapshot(call, RIGHT_SEE, mapping->snapshot,
					arena, &snapshot, err) ||
		    !snapshot_ready(&snapshot, err))
			return false;
		if (size && size < snapshot.size)
			return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
				    "Volume of size %lldGB is smaller than "
				    "snapshot '%s', expect size >= %lldGB",
				    (long long)size, mapping->snapshot,
				    (long long)snapshot.size);
		size = size ? size : snapshot.size;
	}
	if (!size)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter size or "
			    "snapshotId");
	return volume_check(mapping->type ? mapping->type : "gp2", size, &iops,
			    &throughput, err);
}

static bool check_mappings(struct call *call,
			   const struct image_request *request,
			   struct arena *arena, struct error *err)
{
	const struct mapping *root = NULL;

	for (size_t i = 0; i < request->mapping_count; i++) {
		const struct mapping *mapping = &request->mappings[i];

		if (!mapping->device || !*mapping->device)
			return fail(err, FAULT_MISSING_PARAMETER,
				    "The request must contain the parameter "
				    "DeviceName");
		for (size_t j = 0; j < i; j++)
			if (strcmp(mapping->device,
				   request->mappings[j].device) == 0)
				return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
					    "The device '%s' is used in more "
					    "than one block-device mapping",
					    mapping->device);
		if (!image_mapping_check(call, mapping, arena, err))
			return false;
		if (device_same(mapping->device, request->root_device_name))
			root = mapping;
	}
	if (request->bundle && root)
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The root device '%s' of an image with an "
			    "instance-store root cannot be mapped.",
			    request->root_device_name);
	if (!request->bundle && (!root || !root->snapshot))
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The root device '%s' must be mapped to a "
			    "snapshot",
			    request->root_device_name);
	return true;
}

bool image_kind_check(const struct call *call, const char *id, const char *kind,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;

	if (!arena)
		return fail_memory(err);
	if (!id)
		return true;
	if (!authorise_image(call, RIGHT_SEE, id, arena, &image, err))
		return false;
	if (strcmp(image.kind, kind) != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The image %s is no %s", id, kind);
	if (strcmp(image.state, "available") != 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is no longer available", id);
	return true;
}

/* Whether all that a pending image stands on may be stood on: it is only being
 * fetched. */
static bool is_filling(const struct call *call, const char *id,
		       bool *ret_filling, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct mapping *mappings;
	bool fills = false, ready = true;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!image_mappings(call->store->db, id, arena, &mappings, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct error unready = { 0 };
		struct snapshot snapshot;
		bool found;

		if (!mappings[i].snapshot)
			continue;
		if (!snapshot_get(call->store->db, mappings[i].snapshot, arena,
				  &snapshot, &found, err))
			return false;
		ready = ready && found &&
			snapshot_ready_below(&snapshot, &unready);
		fills |= found && snapshot.fills;
	}
	*ret_filling = fills && ready;
	return true;
}

bool image_ready_below(const struct call *call, const struct image *image,
		       struct error *err)
{
	bool filling = false;

	if (strcmp(image->state, "available") == 0)
		return true;
	if (strcmp(image->state, "pending") == 0 &&
	    !is_filling(call, image->id, &filling, err))
		return false;
	return filling ||
	       fail(err, FAULT_IMAGE_UNAVAILABLE,
		    "The image ID '%s' is no longer available", image->id);
}

/* EC2's name of the root device where the caller gave none: the first that
 * stands on a snapshot. */
static const char *root_device(const struct image_request *request)
{
	if (request->root_device_name)
		return request->root_device_name;
	for (size_t i = 0; i < request->mapping_count; i++)
		if (request->mappings[i].snapshot)
			return request->mappings[i].device;
	return "/dev/sda1";
}

bool image_write(struct call *call, const struct image_request *request,
		 const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *location = arena ? arena_format(arena, "%s/%s",
						    call->account,
						    request->name) :
				       NULL;
	struct image image = {
		.id = id,
		.owner = call->account,
		.name = request->name,
		.description =
			request->description ? request->description : "",
		.kind = "machine",
		.architecture = request->architecture ? request->architecture :
							"x86_64",
		.state = "available",
		.location = request->location ? request->location : location,
		.root_device_name = root_device(request),
		.root_device_type = request->bundle ? "instance-store" : "ebs",
		.boot_mode = request->boot_mode,
		.imds_support = request->imds_support,
		.kernel = request->kernel,
		.ramdisk = request->ramdisk,
		.ena = request->ena,
		.created = call->now,
		.source_instance = request->source_instance,
		.source_image = request->source_image,
		.source_region = request->source_region ?
					 request->source_region :
				 request->source_image ? call->store->region :
							 NULL,
	};

	if (!location)
		return fail_memory(err);
	if (!image_insert(call->store->db, &image, err) ||
	    (request->bundle &&
	     !image_bundle_insert(call->store->db, id, request->bundle, err)))
		return false;
	for (size_t i = 0; i < request->mapping_count; i++)
		if (!image_mapping_insert(call->store->db, id, i,
					  &request->mappings[i], err))
			return false;
	return tags_set_all(call, id, request->tags, request->tag_count, err);
}

bool image_mapping_complete(struct call *call, struct mapping *mapping,
			    bool root, struct arena *arena, struct error *err)
{
	struct snapshot snapshot;

	if (mapping->delete_on_termination < 0)
		mapping->delete_on_termination = root;
	if (mapping->snapshot && !mapping->size) {
		if (!authorise_snapshot(call, RIGHT_SEE, mapping->snapshot,
					arena, &snapshot, err))
			return false;
		mapping->size = snapshot.size;
	}
	if (!mapping->virtual_name && !mapping->no_device && !mapping->type)
		mapping->type = "gp2";
	return !mapping->type ||
	       volume_check(mapping->type, mapping->size, &mapping->iops,
			    &mapping->throughput, err);
}

/* The request's mapping as it will be written; NULL after a failure. */
static struct mapping *complete(struct call *call,
				const struct image_request *request,
				struct arena *arena, struct error *err)
{
	size_t count = request->mapping_count;
	struct mapping *all = arena_alloc(arena, (count + 1) * sizeof(*all));

	if (!all) {
		fail_memory(err);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		all[i] = request->mappings[i];
		if (!image_mapping_complete(
			    call, &all[i],
			    device_same(all[i].device,
					request->root_device_name),
			    arena, err))
			return NULL;
	}
	return all;
}

bool image_register(struct call *call, const struct image_request *request,
		    char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image_request full = *request;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	full.root_device_name = root_device(request);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !image_name_check(call, full.name, err) ||
	    !check_mappings(call, &full, arena, err) ||
	    !image_kind_check(call, full.kernel, "kernel", err) ||
	    !image_kind_check(call, full.ramdisk, "ramdisk", err))
		return false;
	full.mappings = complete(call, &full, arena, err);
	if (!full.mappings || !call_dry_run(call, err))
		return false;
	id_new("ami", ret_id);
	return image_write(call, &full, ret_id, err) && tx_commit(&tx, err);
}

bool image_own(const struct call *call, const char *id, struct arena *arena,
	       struct image *ret_image, struct error *err)
{
	if (!authorise_image(call, RIGHT_OWN, id, arena, ret_image, err))
		return false;
	if (strcmp(ret_image->state, "deregistered") == 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is no longer available", id);
	return true;
}

/* Deletes a snapshot that the image stood on, if it is the caller's own, no
 * other image needs it and it is not locked; *ret_code is EC2's word for what
 * became of it, NULL when it is gone already. */
static bool drop_snapshot(struct call *call, const char *id,
			  struct arena *arena, const char **ret_code,
			  struct error *err)
{
	struct snapshot snapshot;
	const char *user = NULL;
	bool found, locked;

	*ret_code = NULL;
	if (!snapshot_get(call->store->db, id, arena, &snapshot, &found, err) ||
	    !snapshot_user(call->store->db, id, NULL, true, arena, &user,
			   err) ||
	    !snapshot_locked(call, id, &locked, err))
		return false;
	if (!found)
		return true;
	if (strcmp(snapshot.owner, call->account) != 0)
		*ret_code = "missing-permissions";
	else if (user)
		*ret_code = "skipped";
	else if (locked)
		*ret_code = "client-error";
	else
		*ret_code = "success";
	return strcmp(*ret_code, "success") != 0 ||
	       snapshot_discard(call, &snapshot, err);
}

static bool drop_snapshots(struct call *call, const struct mapping *mappings,
			   size_t count,
			   void (*report)(void *data, const char *snapshot,
					  const char *code),
			   void *data, struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *code;

		if (!mappings[i].snapshot)
			continue;
		if (!drop_snapshot(call, mappings[i].snapshot, arena, &code,
				   err))
			return false;
		if (code && report)
			report(data, mappings[i].snapshot, code);
	}
	return true;
}

bool image_forget(struct call *call, const char *id, struct error *err)
{
	struct db *db = call->store->db;

	return launch_permission_clear(db, id, err) &&
	       image_mapping_clear(db, id, err) && tag_clear(db, id, err) &&
	       layers_release_kernels(call, err);
}

bool image_deregister(struct call *call, const char *id, bool snapshots,
		      void (*report)(void *data, const char *snapshot,
				     const char *code),
		      void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct mapping *mappings;
	struct image image;
	size_t count;
	auto_tx tx = TX_INIT;
	bool kept;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !image_own(call, id, arena, &image, err) ||
	    !image_unprotected(call, &image, err) ||
	    !image_mappings(call->store->db, id, arena, &mappings, &count,
			    err) ||
	    !call_dry_run(call, err) ||
	    !recycle_image(call, &image, &kept, err))
		return false;
	if (!kept &&
	    (!image_set_state(call->store->db, id, "deregistered", err) ||
	     !image_forget(call, id, err)))
		return false;
	if (snapshots &&
	    !drop_snapshots(call, mappings, count, report, data, arena, err))
		return false;
	if (strcmp(image.state, "pending") == 0 &&
	    !fill_withdraw(call, id, mappings, count, err))
		return false;
	return tx_commit(&tx, err) && layers_reap(call, err);
}

/* A grantee is an account's number or "all". */
static bool check_grantees(const char *const *grantees, size_t count,
			   struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(grantees[i], "all") != 0 &&
		    !account_valid(grantees[i]))
			return fail(err, FAULT_IMAGE_ATTRIBUTE_ITEM,
				    "Invalid attribute item value \"%.64s\" "
				    "for userId item type.",
				    grantees[i]);
	return true;
}

/* An image is shared as far as its snapshots may be. */
static bool check_snapshots(struct call *call, const char *id,
			    const struct image_sharing *sharing,
			    struct arena *arena, struct error *err)
{
	const struct mapping *all;
	size_t mappings;

	if (!image_mappings(call->store->db, id, arena, &all, &mappings, err))
		return false;
	for (size_t i = 0; i < mappings; i++) {
		struct snapshot snapshot;
		bool found = false;

		if (all[i].snapshot &&
		    !snapshot_get(call->store->db, all[i].snapshot, arena,
				  &snapshot, &found, err))
			return false;
		if (found &&
		    !encrypt_check_share(call, snapshot.kms_key, sharing->add,
					 sharing->add_count, err))
			return false;
	}
	return true;
}

/* Everything that refuses a change of launch permissions but what the image's
 * disks hold. */
static bool check_share(struct call *call, const char *id,
			const struct image_sharing *sharing,
			struct arena *arena, struct image *ret_image,
			struct error *err)
{
	if (!image_own(call, id, arena, ret_image, err) ||
	    !check_grantees(sharing->add, sharing->add_count, err) ||
	    !check_grantees(sharing->remove, sharing->remove_count, err))
		return false;
	if (sharing->add_count && strcmp(ret_image->state, "disabled") == 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is disabled and cannot be "
			    "shared",
			    id);
	return check_snapshots(call, id, sharing, arena, err) &&
	       public_access_check(call, "image", sharing->add,
				   sharing->add_count, err);
}

/* Whether an image that is not public becomes so. */
static bool publishes(const struct image *image,
		      const struct image_sharing *sharing)
{
	for (size_t i = 0; i < sharing->add_count; i++)
		if (strcmp(sharing->add[i], "all") == 0)
			return !image->is_public;
	return false;
}

bool image_share(struct call *call, const char *id,
		 const struct image_sharing *sharing, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct image image;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	/* a scan takes its time, and no transaction: what it looks at, and
	 * what the image stands on, never changes */
	if (!check_share(call, id, sharing, arena, &image, err) ||
	    (publishes(&image, sharing) && !sharing->unscanned &&
	     !scan_check(call, &image, err)))
		return false;
	if (!tx_begin(&tx, db, err) ||
	    !check_share(call, id, sharing, arena, &image, err) ||
	    !call_dry_run(call, err))
		return false;
	for (size_t i = 0; i < sharing->add_count; i++)
		if (!launch_permission_add(db, id, sharing->add[i], err))
			return false;
	for (size_t i = 0; i < sharing->remove_count; i++)
		if (!launch_permission_remove(db, id, sharing->remove[i], err))
			return false;
	return tx_commit(&tx, err);
}

bool image_unshare(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;

	if (!arena)
		return fail_memory(err);
	return image_own(call, id, arena, &image, err) &&
	       call_dry_run(call, err) &&
	       launch_permission_clear(call->store->db, id, err);
}

bool image_require_tokens(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;

	if (!arena)
		return fail_memory(err);
	return image_own(call, id, arena, &image, err) &&
	       call_dry_run(call, err) &&
	       image_set_imds(call->store->db, id, "v2.0", err);
}

bool image_describe(struct call *call, const char *id, const char *description,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;

	if (!arena)
		return fail_memory(err);
	return image_own(call, id, arena, &image, err) &&
	       call_dry_run(call, err) &&
	       image_set_description(call->store->db, id, description, err);
}
