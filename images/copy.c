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
#include "images/snapshot.h"
#include "images/tags.h"

/* Opens where a copy comes from; *ret_far is NULL for this store. */
static bool open_origin(const struct call *call,
			const struct copy_request *request,
			struct far **ret_far, struct error *err)
{
	return strcmp(request->region, call->store->region) == 0 ||
	       region_open(call, request->region, ret_far, err);
}

/* A snapshot that is to be copied: it is complete, and the caller may see it.
 */
static bool read_snapshot(const struct call *call, struct far *far,
			  const char *id, struct arena *arena,
			  struct snapshot *ret_snapshot, struct error *err)
{
	if (far)
		return far->ops->snapshot(far, call->account, id, arena,
					  ret_snapshot, err);
	return authorise_snapshot(call, RIGHT_SEE, id, arena, ret_snapshot,
				  err) &&
	       snapshot_ready(ret_snapshot, err);
}

/* Leaves it to a job to carry the layer of a snapshot here. */
static bool bring(struct call *call, const struct copy_request *request,
		  const struct snapshot *source, const char *id,
		  const char *description, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct sealing sealing;

	if (!arena)
		return fail_memory(err);
	return encrypt_plan_copy(call, &request->encryption, source, arena,
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
static bool copy_one(struct call *call, const struct copy_request *request,
		     const struct snapshot *source, const char *id,
		     const char *description, json_t *copies, struct error *err)
{
	if (strcmp(request->region, call->store->region) != 0)
		return bring(call, request, source, id, description, err);
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
	auto_of(far) far = NULL;
	struct snapshot source;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	/* another region is not asked while others wait for the registry */
	if (!open_origin(call, request, &far, err) ||
	    (far &&
	     !read_snapshot(call, far, request->source, arena, &source, err)) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    (!far &&
	     !read_snapshot(call, far, request->source, arena, &source, err)))
		return false;
	id_new("snap", ret_id);
	return copy_one(call, request, &source, ret_id,
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

/* An image that is to be copied, as where it comes from tells of it. */
struct original {
	struct far_image at;
	struct snapshot *snapshots; /* of the mappings that have one */
};

/* May it be copied at all? */
static bool check_image(const struct image *image, bool from_far,
			struct error *err)
{
	if (strcmp(image->state, "available") != 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is no longer available",
			    image->id);
	if (strcmp(image->kind, "machine") != 0 ||
	    strcmp(image->root_device_type, "ebs") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The image '%s' has no snapshots that could be "
			    "copied",
			    image->id);
	if (from_far && (image->kernel || image->ramdisk))
		return fail(err, FAULT_UNSUPPORTED,
			    "The image '%s' boots a kernel of its own, which "
			    "is not copied from another region",
			    image->id);
	return true;
}

/* May the caller read what an entry of the image's mapping stands on? */
static bool read_storage(const struct call *call, struct far *far,
			 const char *id, struct arena *arena,
			 struct snapshot *ret_snapshot, struct error *err)
{
	if (read_snapshot(call, far, id, arena, ret_snapshot, err))
		return true;
	if (err->fault != FAULT_SNAPSHOT_NOT_FOUND)
		return false;
	error_clear(err);
	return fail(err, FAULT_INVALID_REQUEST,
		    "You do not have permission to access the storage of this "
		    "ami");
}

static bool read_image(const struct call *call, struct far *far, const char *id,
		       struct arena *arena, struct far_image *ret_image,
		       struct error *err)
{
	if (far)
		return far->ops->image(far, call->account, id, arena, ret_image,
				       err);
	return authorise_image(call, RIGHT_SEE, id, arena, &ret_image->image,
			       err) &&
	       image_mappings(call->store->db, id, arena, &ret_image->mappings,
			      &ret_image->mapping_count, err) &&
	       tags_read(call, id, arena, &ret_image->tags,
			 &ret_image->tag_count, err);
}

/* Everything about the source that a copy needs. */
static bool read_original(const struct call *call, struct far *far,
			  const struct copy_request *request,
			  struct arena *arena, struct original *ret,
			  struct error *err)
{
	const struct far_image *at = &ret->at;

	if (!read_image(call, far, request->source, arena, &ret->at, err) ||
	    !check_image(&at->image, far != NULL, err))
		return false;
	ret->snapshots = arena_alloc(arena, (at->mapping_count + 1) *
						    sizeof(*ret->snapshots));
	if (!ret->snapshots)
		return fail_memory(err);
	for (size_t i = 0; i < at->mapping_count; i++)
		if (at->mappings[i].snapshot &&
		    !read_storage(call, far, at->mappings[i].snapshot, arena,
				  ret->snapshots + i, err))
			return false;
	return true;
}

/* Copies the snapshots of a mapping, which then names the copies. */
static bool copy_mappings(struct call *call, const struct copy_request *request,
			  const struct original *original, const char *image,
			  struct mapping *mappings, json_t *copies,
			  struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < original->at.mapping_count; i++) {
		const char *from = original->at.mappings[i].snapshot;
		char id[ID_SIZE];
		char text[200];

		mappings[i] = original->at.mappings[i];
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
		if (!copy_one(call, request, original->snapshots + i, id, text,
			      copies, err) ||
		    !tags_set_all(call, id, request->snapshot_tags,
				  request->snapshot_tag_count, err))
			return false;
	}
	return true;
}

/* Tags are the source's owner's; what is asked for goes over them. */
static bool write_image_tags(struct call *call,
			     const struct copy_request *request,
			     const struct far_image *source, const char *id,
			     struct error *err)
{
	bool own = strcmp(source->image.owner, call->account) == 0;

	return (!request->copy_tags || !own ||
		tags_set_all(call, id, source->tags, source->tag_count, err)) &&
	       tags_set_all(call, id, request->tags, request->tag_count, err);
}

/* The rows of an image over its copied snapshots, which may be pending. */
static bool write_over(struct call *call, const struct copy_request *request,
		       const struct image_request *copy,
		       const struct far_image *source, const char *id,
		       const json_t *copies, struct error *err)
{
	bool waits = strcmp(request->region, call->store->region) != 0 ||
		     json_array_size(copies);

	return image_write(call, copy, id, err) &&
	       (!waits ||
		image_set_state(call->store->db, id, "pending", err)) &&
	       write_image_tags(call, request, source, id, err) &&
	       queue(call, copies, id, err);
}

/* All rows of an image's copy, within the caller's transaction. */
static bool write_image(struct call *call, const struct copy_request *request,
			const struct original *original, const char *id,
			json_t *copies, struct arena *arena, struct error *err)
{
	const struct image *source = &original->at.image;
	size_t count = original->at.mapping_count;
	struct mapping *mappings =
		arena_alloc(arena, (count + 1) * sizeof(*mappings));

	if (!mappings)
		return fail_memory(err);
	const struct image_request copy = {
		.name = request->name,
		.description = request->description ?
				       request->description :
				       arena_format(arena,
						    "[Copied %s from %s] %s",
						    source->id, request->region,
						    source->name),
		.architecture = source->architecture,
		.root_device_name = source->root_device_name,
		.boot_mode = source->boot_mode,
		.imds_support = source->imds_support,
		.kernel = source->kernel,
		.ramdisk = source->ramdisk,
		.ena = source->ena,
		.mappings = mappings,
		.mapping_count = count,
		.source_image = source->id,
		.source_region = request->region,
	};

	return image_name_check(call, request->name, err) &&
	       copy_mappings(call, request, original, id, mappings, copies,
			     arena, err) &&
	       call_dry_run(call, err) &&
	       write_over(call, request, &copy, &original->at, id, copies, err);
}

/* What was answered to the same token before, or else what another region says
 * of the source: that is not asked while others wait for the registry. */
static bool look_around(struct call *call, const struct copy_request *request,
			const struct op *op, struct arena *arena,
			struct far **ret_far, struct original *ret_original,
			struct error *err)
{
	const char *answer;

	return op_answer(call->store->journal, op, arena, &answer, err) &&
	       (answer ||
		(open_origin(call, request, ret_far, err) &&
		 (!*ret_far || read_original(call, *ret_far, request, arena,
					     ret_original, err))));
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
	auto_of(far) far = NULL;
	struct original original;
	const char *answer;
	char id[ID_SIZE];
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!look_around(call, request, &op, arena, &far, &original, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !op_begin(call->store->journal, &op, arena, &answer, err))
		return false;
	id_new("ami", id);
	if (!answer &&
	    ((!far &&
	      !read_original(call, far, request, arena, &original, err)) ||
	     !write_image(call, request, &original, id, copies, arena, err) ||
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
