/* copy.c - snapshots and images as their copies
 *
 * What the caller waits for is rows and nothing else, written in one
 * transaction: there is no step at which somebody who dies leaves half of one.
 * Of what comes from another region, or is encrypted anew, the rows are
 * pending, and a job of theirs carries the bytes.
 */
#include "images/copy.h"

#include <stdio.h>
#include <string.h>

#include "images/reencrypt.h"
#include "images/region.h"
#include "images/registry/tag.h"
#include "images/snapshot.h"
#include "images/tags.h"

/* Where a copy comes from: this store, or another region's. */
struct origin {
	struct call far;     /* the caller, in the store of the source */
	struct store *store; /* the other one's, owned; NULL: this one */
};

static void origin_done(struct origin *origin)
{
	store_close(origin->store);
}

#define auto_origin __attribute__((cleanup(origin_done))) struct origin

static bool open_origin(const struct call *call,
			const struct copy_request *request,
			struct origin *ret_origin, struct error *err)
{
	ret_origin->far = *call;
	return strcmp(request->region, call->store->region) == 0 ||
	       region_open(call, request->region, &ret_origin->store,
			   &ret_origin->far, err);
}

/* Leaves it to a job to carry the layer of a snapshot here. */
static bool bring(struct call *call, struct call *far,
		  const struct copy_request *request,
		  const struct snapshot *source, const char *id,
		  const char *description, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct sealing sealing;

	if (!arena)
		return fail_memory(err);
	return encrypt_plan_copy(call, &request->encryption, far, source, arena,
				 &sealing, err) &&
	       region_copy_begin(call, request->region, source, &sealing, id,
				 description, err);
}

/* Gives the layer of a snapshot one more name; or, under another key, leaves
 * what has to be done in `copies`. */
static bool write_copy(struct call *call, const struct copy_request *request,
		       const struct snapshot *source, const char *id,
		       const char *description, json_t *copies,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot copy = *source;
	struct sealing sealing;

	if (!arena)
		return fail_memory(err);
	if (!encrypt_plan(call, &request->encryption, source, arena, &sealing,
			  err))
		return false;
	copy.id = id;
	copy.owner = call->account;
	copy.volume = "vol-ffffffff";
	copy.description = description;
	copy.created = call->now;
	copy.imported = NULL;
	return sealing.fresh ?
		       reencrypt_write(call, &copy, &sealing, copies, err) :
		       snapshot_insert(call->store->db, &copy, err);
}

/* A copy of a snapshot, from wherever. */
static bool copy_one(struct call *call, struct origin *origin,
		     const struct copy_request *request,
		     const struct snapshot *source, const char *id,
		     const char *description, json_t *copies, struct error *err)
{
	if (origin->store)
		return bring(call, &origin->far, request, source, id,
			     description, err);
	return write_copy(call, request, source, id, description, copies, err);
}

/* Leaves the job behind that does what is in `copies`, if there is any. */
static bool queue(struct call *call, const json_t *copies, const char *image,
		  struct error *err)
{
	return !json_array_size(copies) ||
	       reencrypt_queue(call, copies, image, err);
}

static bool copy_snapshot(struct call *call, const struct copy_request *request,
			  char ret_id[ID_SIZE], json_t *copies,
			  struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_origin origin = { .store = NULL };
	struct snapshot source;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!open_origin(call, request, &origin, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !authorise_snapshot(&origin.far, RIGHT_SEE, request->source, arena,
				&source, err) ||
	    !snapshot_ready(&source, err))
		return false;
	id_new("snap", ret_id);
	return copy_one(call, &origin, request, &source, ret_id,
			request->description ? request->description : "",
			copies, err) &&
	       tags_set_all(call, ret_id, request->tags, request->tag_count,
			    err) &&
	       queue(call, copies, NULL, err) && call_dry_run(call, err) &&
	       tx_commit(&tx, err);
}

bool snapshot_copy(struct call *call, const struct copy_request *request,
		   char ret_id[ID_SIZE], struct error *err)
{
	json_t *copies = json_array();
	bool ok = copies ? copy_snapshot(call, request, ret_id, copies, err) :
			   fail_memory(err);

	json_decref(copies);
	return ok;
}

static bool read_source(struct call *call, const struct origin *origin,
			const struct copy_request *request, struct arena *arena,
			struct image *ret_image, struct error *err)
{
	if (!authorise_image(&origin->far, RIGHT_SEE, request->source, arena,
			     ret_image, err))
		return false;
	if (strcmp(ret_image->state, "available") != 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is no longer available",
			    request->source);
	if (strcmp(ret_image->kind, "machine") != 0 ||
	    strcmp(ret_image->root_device_type, "ebs") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The image '%s' has no snapshots that could be "
			    "copied",
			    request->source);
	if (origin->store && (ret_image->kernel || ret_image->ramdisk))
		return fail(err, FAULT_UNSUPPORTED,
			    "The image '%s' boots a kernel of its own, which "
			    "is not copied from another region",
			    request->source);
	return image_name_check(call, request->name, err);
}

/* May the caller read what an entry of the image's mapping stands on? */
static bool read_snapshot(const struct call *call, const char *id,
			  struct arena *arena, struct snapshot *ret_snapshot,
			  struct error *err)
{
	if (authorise_snapshot(call, RIGHT_SEE, id, arena, ret_snapshot, err))
		return snapshot_ready(ret_snapshot, err);
	if (err->fault != FAULT_SNAPSHOT_NOT_FOUND)
		return false;
	error_clear(err);
	return fail(err, FAULT_INVALID_REQUEST,
		    "You do not have permission to access the storage of this "
		    "ami");
}

/* Copies the snapshots of a mapping, which then names the copies. */
static bool copy_mappings(struct call *call, struct origin *origin,
			  const struct copy_request *request, const char *image,
			  struct mapping *mappings, size_t count,
			  json_t *copies, struct arena *arena,
			  struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *from = mappings[i].snapshot;
		struct snapshot source;
		char id[ID_SIZE];
		char text[200];

		if (!from)
			continue;
		id_new("snap", id);
		snprintf(text, sizeof(text),
			 "Copied for DestinationAmi %s from SourceAmi %s for "
			 "SourceSnapshot %s.",
			 image, request->source, from);
		mappings[i].snapshot = arena_str(arena, id);
		if (!mappings[i].snapshot)
			return fail_memory(err);
		if (!read_snapshot(&origin->far, from, arena, &source, err) ||
		    !copy_one(call, origin, request, &source, id, text, copies,
			      err) ||
		    !tags_set_all(call, id, request->snapshot_tags,
				  request->snapshot_tag_count, err))
			return false;
	}
	return true;
}

/* A source's tags on their way to its copy. */
struct carrying {
	struct call *call;
	const char *to;
	struct error *err;
	bool failed;
};

static void carry(void *data, const struct tag *tag)
{
	struct carrying *carrying = data;

	carrying->failed |= !carrying->failed &&
			    !tags_set(carrying->call, carrying->to, tag->key,
				      tag->value, carrying->err);
}

/* Tags are the source's owner's; what is asked for goes over them. */
static bool write_image_tags(struct call *call, const struct origin *origin,
			     const struct copy_request *request,
			     const struct image *source, const char *id,
			     struct error *err)
{
	struct carrying carrying = { .call = call, .to = id, .err = err };

	if (request->copy_tags && strcmp(source->owner, call->account) == 0 &&
	    (!tag_each(origin->far.store->db, source->id, carry, &carrying,
		       err) ||
	     carrying.failed))
		return false;
	return tags_set_all(call, id, request->tags, request->tag_count, err);
}

/* The rows of an image over its copied snapshots, which may be pending. */
static bool write_over(struct call *call, const struct origin *origin,
		       const struct copy_request *request,
		       const struct image_request *copy,
		       const struct image *source, const char *id,
		       const json_t *copies, struct error *err)
{
	bool waits = origin->store || json_array_size(copies);

	return image_write(call, copy, id, err) &&
	       (!waits ||
		image_set_state(call->store->db, id, "pending", err)) &&
	       write_image_tags(call, origin, request, source, id, err) &&
	       queue(call, copies, id, err);
}

/* All rows of an image's copy, within the caller's transaction. */
static bool write_image(struct call *call, struct origin *origin,
			const struct copy_request *request, const char *id,
			json_t *copies, struct arena *arena, struct error *err)
{
	const struct mapping *old;
	struct mapping *mappings;
	struct image source;
	size_t count;

	if (!read_source(call, origin, request, arena, &source, err) ||
	    !image_mappings(origin->far.store->db, source.id, arena, &old,
			    &count, err))
		return false;
	mappings = arena_alloc(arena, (count + 1) * sizeof(*mappings));
	if (!mappings)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		mappings[i] = old[i];
	const struct image_request copy = {
		.name = request->name,
		.description = request->description ?
				       request->description :
				       arena_format(arena,
						    "[Copied %s from %s] %s",
						    source.id, request->region,
						    source.name),
		.architecture = source.architecture,
		.root_device_name = source.root_device_name,
		.boot_mode = source.boot_mode,
		.imds_support = source.imds_support,
		.kernel = source.kernel,
		.ramdisk = source.ramdisk,
		.ena = source.ena,
		.mappings = mappings,
		.mapping_count = count,
		.source_image = source.id,
		.source_region = request->region,
	};

	return copy_mappings(call, origin, request, id, mappings, count, copies,
			     arena, err) &&
	       call_dry_run(call, err) &&
	       write_over(call, origin, request, &copy, &source, id, copies,
			  err);
}

static bool copy_image(struct call *call, const struct copy_request *request,
		       char ret_id[ID_SIZE], json_t *copies, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct op op = {
		.kind = "copy-image",
		.account = call->account,
		.action = call->action,
		.client_token = call->client_token,
		.request = call->request,
		.payload = "{}",
	};
	auto_origin origin = { .store = NULL };
	const char *answer;
	char id[ID_SIZE];
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!open_origin(call, request, &origin, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !op_begin(call->store->journal, &op, arena, &answer, err))
		return false;
	id_new("ami", id);
	if (!answer &&
	    (!write_image(call, &origin, request, id, copies, arena, err) ||
	     !op_step(call->store->journal, op.id, "done", 1, NULL, id, err)))
		return false;
	if (answer && !call_dry_run(call, err))
		return false;
	snprintf(ret_id, ID_SIZE, "%s", answer ? answer : id);
	return tx_commit(&tx, err);
}

bool image_copy(struct call *call, const struct copy_request *request,
		char ret_id[ID_SIZE], struct error *err)
{
	json_t *copies = json_array();
	bool ok = copies ? copy_image(call, request, ret_id, copies, err) :
			   fail_memory(err);

	json_decref(copies);
	return ok;
}
