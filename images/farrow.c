/* farrow.c - rows that travel */
#include "images/farrow.h"

#include <stdlib.h>
#include <string.h>

#include "images/base/id.h"
#include "images/registry/account.h"
#include "images/stored.h"

#define SIZE_MOST 65536 /* GiB */
#define NO_VOLUME "vol-ffffffff"
#define DISKS_MOST 128

static bool wrong(const char *what, struct error *err)
{
	return fail(err, FAULT_INTERNAL,
		    "what the other side says of it is no row: %s", what);
}

bool far_name_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";

	return *name && strlen(name) < FAR_NAME_SIZE &&
	       strspn(name, letters) == strlen(name);
}

json_t *far_snapshot_write(const struct snapshot *snapshot)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:I}", "owner", snapshot->owner,
			 "content", snapshot->layer, "volume", snapshot->volume,
			 "encrypted", snapshot->kms_key != NULL, "size",
			 (json_int_t)snapshot->size);
}

/* A text of the object, in the arena; NULL with the error when it is not there.
 */
static const char *text_of(const json_t *json, const char *name,
			   struct arena *arena, struct error *err)
{
	const char *text = json_string_value(json_object_get(json, name));
	const char *copy = text ? arena_str(arena, text) : NULL;

	if (!text)
		wrong(name, err);
	else if (!copy)
		fail_memory(err);
	return copy;
}

static const char *owner_of(const json_t *json, struct arena *arena,
			    struct error *err)
{
	const char *owner = text_of(json, "owner", arena, err);

	if (owner && !account_valid(owner)) {
		wrong("owner", err);
		return NULL;
	}
	return owner;
}

bool far_snapshot_read(const json_t *json, const char *id, struct arena *arena,
		       struct snapshot *ret_snapshot, struct error *err)
{
	struct snapshot row = {
		.id = id,
		.description = "",
		.state = "completed",
		.size = json_integer_value(json_object_get(json, "size")),
	};

	row.owner = owner_of(json, arena, err);
	row.layer = row.owner ? text_of(json, "content", arena, err) : NULL;
	row.volume = row.layer ? text_of(json, "volume", arena, err) : NULL;
	if (!row.volume)
		return false;
	if (!far_name_valid(row.layer))
		return wrong("content", err);
	if (strcmp(row.volume, NO_VOLUME) != 0 && !id_valid(row.volume, "vol"))
		return wrong("volume", err);
	if (row.size < 1 || row.size > SIZE_MOST)
		return wrong("size", err);
	if (json_is_true(json_object_get(json, "encrypted")))
		row.kms_key = "another";
	*ret_snapshot = row;
	return true;
}

static bool is_whole(const struct image *image)
{
	return strcmp(image->state, "available") == 0 &&
	       strcmp(image->kind, "machine") == 0 &&
	       strcmp(image->root_device_type, "ebs") == 0 && !image->kernel &&
	       !image->ramdisk;
}

/* Numbers the snapshots of a mapping, which are its disks. */
static bool number_disks(const struct far_image *image, struct stored *stored,
			 json_t *snapshots, struct arena *arena,
			 struct error *err)
{
	size_t count = image->mapping_count;
	int *disk = arena_alloc(arena, (count + 1) * sizeof(*disk));

	stored->disks =
		arena_alloc(arena, (count + 1) * sizeof(*stored->disks));
	if (!disk || !stored->disks)
		return fail_memory(err);
	stored->disk = disk;
	for (size_t i = 0; i < count; i++) {
		const struct mapping *m = image->mappings + i;

		disk[i] = -1;
		if (!m->snapshot)
			continue;
		disk[i] = (int)stored->disk_count;
		stored->disks[stored->disk_count++] =
			(struct stored_disk){ "", m->size, NULL, 0 };
		json_array_append_new(snapshots, json_string(m->snapshot));
	}
	return true;
}

/* What of an image could be copied. */
static bool add_whole(json_t *json, const struct far_image *image,
		      struct arena *arena, struct error *err)
{
	struct stored stored = {
		.image = {
			.source_image = image->image.id,
			.source_region = "",
			.name = image->image.name,
			.description = "",
			.architecture = image->image.architecture,
			.root_device_name = image->image.root_device_name,
			.boot_mode = image->image.boot_mode,
			.imds_support = image->image.imds_support,
			.ena = image->image.ena,
			.mappings = image->mappings,
			.mapping_count = image->mapping_count,
			.tags = image->tags,
			.tag_count = image->tag_count,
		},
	};
	json_t *snapshots = json_array();
	auto_free char *text = NULL;

	if (json_object_set_new(json, "snapshots", snapshots) != 0)
		return fail_memory(err);
	if (!number_disks(image, &stored, snapshots, arena, err) ||
	    !stored_pack(&stored, &text, err))
		return false;
	return json_object_set_new(json, "stored", json_string(text)) == 0 ||
	       fail_memory(err);
}

json_t *far_image_write(const struct far_image *image, struct arena *arena,
			struct error *err)
{
	const struct image *row = &image->image;
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s*, s:b}", "owner", row->owner, "state",
		row->state, "kind", row->kind, "root-device-type",
		row->root_device_type, "kernel", row->kernel || row->ramdisk);

	if (!json)
		fail_memory(err);
	else if (!is_whole(row) || add_whole(json, image, arena, err))
		return json;
	json_decref(json);
	return NULL;
}

/* The ids of the disks, which the mapping names by number. */
static bool read_snapshots(const json_t *list, const struct stored *stored,
			   struct arena *arena, struct mapping *mappings,
			   struct error *err)
{
	for (size_t i = 0; i < stored->image.mapping_count; i++) {
		const char *id;

		mappings[i] = stored->image.mappings[i];
		if (stored->disk[i] < 0)
			continue;
		id = json_string_value(
			json_array_get(list, (size_t)stored->disk[i]));
		if (!id || !id_valid(id, "snap"))
			return wrong("snapshots", err);
		mappings[i].snapshot = arena_str(arena, id);
		if (!mappings[i].snapshot)
			return fail_memory(err);
	}
	return true;
}

static bool read_whole(const json_t *json, struct arena *arena,
		       struct far_image *image, struct error *err)
{
	const char *text = text_of(json, "stored", arena, err);
	const json_t *list = json_object_get(json, "snapshots");
	const struct image_request *said;
	struct mapping *mappings;
	struct stored stored;

	if (!text)
		return false;
	if (!json_is_array(list) || json_array_size(list) > DISKS_MOST)
		return wrong("snapshots", err);
	if (!stored_read(text, (unsigned)json_array_size(list), arena, &stored,
			 err)) {
		err->fault = FAULT_INTERNAL; /* not of who calls here */
		return false;
	}
	said = &stored.image;
	if (!said->source_image ||
	    strcmp(said->source_image, image->image.id) != 0)
		return wrong("another image's", err);
	mappings = arena_alloc(arena,
			       (said->mapping_count + 1) * sizeof(*mappings));
	if (!mappings)
		return fail_memory(err);
	if (!read_snapshots(list, &stored, arena, mappings, err))
		return false;
	image->mappings = mappings;
	image->mapping_count = said->mapping_count;
	image->tags = said->tags;
	image->tag_count = said->tag_count;
	image->image.name = said->name;
	image->image.architecture = said->architecture;
	image->image.root_device_name = said->root_device_name;
	image->image.boot_mode = said->boot_mode;
	image->image.imds_support = said->imds_support;
	image->image.ena = said->ena;
	return true;
}

bool far_image_read(const json_t *json, const char *id, struct arena *arena,
		    struct far_image *ret_image, struct error *err)
{
	struct far_image image = { .image = { .id = id } };
	struct image *row = &image.image;
	bool kernel = json_is_true(json_object_get(json, "kernel"));

	row->owner = owner_of(json, arena, err);
	row->state = row->owner ? text_of(json, "state", arena, err) : NULL;
	row->kind = row->state ? text_of(json, "kind", arena, err) : NULL;
	if (!row->kind)
		return false;
	row->root_device_type = "";
	if (json_object_get(json, "root-device-type"))
		row->root_device_type =
			text_of(json, "root-device-type", arena, err);
	row->kernel = kernel ? "another" : NULL;
	if (!row->root_device_type ||
	    (is_whole(row) && !read_whole(json, arena, &image, err)))
		return false;
	*ret_image = image;
	return true;
}
