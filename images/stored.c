/* stored.c - an image's metadata as JSON, and back
 *
 * What comes back was anybody's to write: every text is measured, every number
 * is checked as if somebody had sent it in a call.
 */
#include "images/stored.h"

#include <jansson.h>
#include <string.h>

#include "images/device.h"
#include "images/imagetask-private.h"
#include "images/limits.h"
#include "images/snapshot.h"
#include "images/tags.h"

#define MAPPINGS_MOST 128
#define TEXT_MOST 255
#define SIZE_MOST 65536 /* GiB */

static void json_done(json_t **json)
{
	json_decref(*json);
}
#define auto_json __attribute__((cleanup(json_done))) json_t

/* Tags as an object; NULL when memory ran out. */
static json_t *tags_json(const struct pair *tags, size_t count)
{
	json_t *object = json_object();

	for (size_t i = 0; i < count; i++)
		json_object_set_new(object, tags[i].key,
				    json_string(tags[i].value));
	return object;
}

/* An entry of the mapping; NULL when memory ran out. */
static json_t *mapping_json(const struct mapping *m, int disk)
{
	json_t *entry = json_pack("{s:s, s:s*}", "device", m->device,
				  "virtual-name", m->virtual_name);

	if (entry && m->no_device)
		json_object_set_new(entry, "no-device", json_true());
	else if (entry && !m->virtual_name)
		json_object_update_new(
			entry,
			json_pack("{s:I, s:s*, s:I, s:I, s:b}", "size",
				  (json_int_t)m->size, "type", m->type, "iops",
				  (json_int_t)m->iops, "throughput",
				  (json_int_t)m->throughput,
				  "delete-on-termination",
				  m->delete_on_termination > 0));
	if (entry && disk >= 0)
		json_object_set_new(entry, "disk", json_integer(disk));
	return entry;
}

bool stored_pack(const struct stored *stored, char **ret_text,
		 struct error *err)
{
	const struct image_request *image = &stored->image;
	auto_json *root = json_pack(
		"{s:{s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:b}, s:o, "
		"s:[], s:[]}",
		"image", "id", image->source_image, "region",
		image->source_region, "name", image->name, "description",
		image->description, "architecture", image->architecture,
		"root-device-name", image->root_device_name, "boot-mode",
		image->boot_mode, "imds-support", image->imds_support, "ena",
		(int)image->ena, "tags",
		tags_json(image->tags, image->tag_count), "mappings", "disks");
	json_t *mappings = json_object_get(root, "mappings");
	json_t *disks = json_object_get(root, "disks");
	char *text;

	for (size_t i = 0; i < image->mapping_count; i++)
		if (json_array_append_new(mappings,
					  mapping_json(image->mappings + i,
						       stored->disk[i])) != 0)
			return fail_memory(err);
	for (unsigned i = 0; i < stored->disk_count; i++) {
		const struct stored_disk *disk = stored->disks + i;

		if (json_array_append_new(
			    disks, json_pack("{s:s, s:I, s:o}", "description",
					     disk->description, "volume-size",
					     (json_int_t)disk->size, "tags",
					     tags_json(disk->tags,
						       disk->tag_count))) != 0)
			return fail_memory(err);
	}
	text = json_dumps(root, JSON_COMPACT);
	if (!text)
		return fail_memory(err);
	*ret_text = text;
	return true;
}

/* The number of a snapshot among the disks, which it joins. */
static bool list_disk(struct call *call, const char *id, struct stored *stored,
		      const char **snapshots, struct arena *arena,
		      int *ret_number, struct error *err)
{
	struct stored_disk *disk;
	struct snapshot snapshot;

	for (unsigned i = 0; i < stored->disk_count; i++)
		if (strcmp(snapshots[i], id) == 0) {
			*ret_number = (int)i;
			return true;
		}
	if (!authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err)) {
		if (err->fault != FAULT_SNAPSHOT_NOT_FOUND &&
		    err->fault != FAULT_AUTH_FAILURE)
			return false;
		error_clear(err);
		return fail(err, FAULT_UNSUPPORTED,
			    "The image stands on the snapshot '%s' of another "
			    "account: copy the image first",
			    id);
	}
	if (!snapshot_ready(&snapshot, err) || !imagetask_plain(&snapshot, err))
		return false;
	snapshots[stored->disk_count] = snapshot.id;
	disk = stored->disks + stored->disk_count;
	*disk = (struct stored_disk){ .description = snapshot.description,
				      .size = snapshot.size };
	*ret_number = (int)stored->disk_count++;
	return tags_read(call, id, arena, &disk->tags, &disk->tag_count, err);
}

/* The image's mapping, with the snapshots that are its disks. */
static bool list_mappings(struct call *call, const char *image,
			  struct stored *stored, const char ***ret_snapshots,
			  struct arena *arena, struct error *err)
{
	struct image_request *request = &stored->image;
	const char **snapshots;
	size_t room;
	int *disk;

	if (!image_mappings(call->store->db, image, arena, &request->mappings,
			    &request->mapping_count, err))
		return false;
	room = request->mapping_count + 1;
	disk = arena_alloc(arena, room * sizeof(*disk));
	snapshots = arena_alloc(arena, room * sizeof(*snapshots));
	stored->disks = arena_alloc(arena, room * sizeof(*stored->disks));
	if (!disk || !snapshots || !stored->disks)
		return fail_memory(err);
	*ret_snapshots = snapshots;
	stored->disk = disk;
	for (size_t i = 0; i < request->mapping_count; i++) {
		const char *snapshot = request->mappings[i].snapshot;

		disk[i] = -1;
		if (snapshot && !list_disk(call, snapshot, stored, snapshots,
					   arena, disk + i, err))
			return false;
	}
	return true;
}

static bool check_kind(const struct image *image, struct error *err)
{
	if (strcmp(image->kind, "machine") != 0 ||
	    strcmp(image->root_device_type, "ebs") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The image '%s' does not stand on snapshots: only "
			    "an EBS-backed one can be stored",
			    image->id);
	return imagetask_alone(image, err);
}

bool stored_write(struct call *call, const struct image *image,
		  struct arena *arena, char **ret_text,
		  const char *const **ret_snapshots, unsigned *ret_count,
		  struct error *err)
{
	struct stored stored = {
		.image = {
			.source_image = image->id,
			.source_region = call->store->region,
			.name = image->name,
			.description = image->description,
			.architecture = image->architecture,
			.root_device_name = image->root_device_name,
			.boot_mode = image->boot_mode,
			.imds_support = image->imds_support,
			.ena = image->ena,
		},
	};
	const char **snapshots = NULL;

	if (!check_kind(image, err) ||
	    !tags_read(call, image->id, arena, &stored.image.tags,
		       &stored.image.tag_count, err) ||
	    !list_mappings(call, image->id, &stored, &snapshots, arena, err) ||
	    !stored_pack(&stored, ret_text, err))
		return false;
	*ret_snapshots = snapshots;
	*ret_count = stored.disk_count;
	return true;
}

static bool wrong(const char *what, struct error *err)
{
	return fail(err, FAULT_INVALID_PARAMETER,
		    "the object's metadata are no image's: %s", what);
}

/* A text that may be missing (NULL), without control characters. */
static bool get_text(const json_t *object, const char *name, size_t most,
		     struct arena *arena, const char **ret_text,
		     struct error *err)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);

	*ret_text = NULL;
	if (!value)
		return true;
	if (!text || json_string_length(value) > most ||
	    strlen(text) != json_string_length(value))
		return wrong(name, err);
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return wrong(name, err);
	*ret_text = arena_str(arena, text);
	return *ret_text || fail_memory(err);
}

/* A number that may be missing (0). */
static bool get_number(const json_t *object, const char *name, int64_t most,
		       int64_t *ret_number, struct error *err)
{
	const json_t *value = json_object_get(object, name);

	*ret_number = json_integer_value(value);
	if (!value)
		return true;
	return (json_is_integer(value) && *ret_number >= 0 &&
		*ret_number <= most) ||
	       wrong(name, err);
}

static bool get_tags(const json_t *object, struct arena *arena,
		     const struct pair **ret_tags, size_t *ret_count,
		     struct error *err)
{
	json_t *tags = json_object_get(object, "tags");
	struct pair *all;
	json_t *value;
	const char *key;
	size_t count = 0;

	*ret_tags = NULL;
	*ret_count = 0;
	if (!tags)
		return true;
	if (!json_is_object(tags) || json_object_size(tags) > TAGS_MOST)
		return wrong("tags", err);
	all = arena_alloc(arena, (json_object_size(tags) + 1) * sizeof(*all));
	if (!all)
		return fail_memory(err);
	json_object_foreach(tags, key, value) {
		if (!json_is_string(value) ||
		    !tags_check(key, json_string_value(value), err))
			return err->fault != FAULT_NONE ? false :
							  wrong("tags", err);
		all[count].key = arena_str(arena, key);
		all[count].value = arena_str(arena, json_string_value(value));
		if (!all[count].key || !all[count].value)
			return fail_memory(err);
		count++;
	}
	*ret_tags = all;
	*ret_count = count;
	return true;
}

static bool one_of(const char *text, const char *const *words)
{
	if (!text)
		return true;
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool read_image(const json_t *object, struct arena *arena,
		       struct image_request *image, struct error *err)
{
	static const char *const architectures[] = { "x86_64", "i386", NULL };
	static const char *const modes[] = { "legacy-bios", "uefi",
					     "uefi-preferred", NULL };
	static const char *const supports[] = { "v2.0", NULL };

	if (!json_is_object(object))
		return wrong("image", err);
	if (!get_text(object, "name", TEXT_MOST, arena, &image->name, err) ||
	    !get_text(object, "description", TEXT_MOST, arena,
		      &image->description, err) ||
	    !get_text(object, "architecture", TEXT_MOST, arena,
		      &image->architecture, err) ||
	    !get_text(object, "root-device-name", TEXT_MOST, arena,
		      &image->root_device_name, err) ||
	    !get_text(object, "boot-mode", TEXT_MOST, arena, &image->boot_mode,
		      err) ||
	    !get_text(object, "imds-support", TEXT_MOST, arena,
		      &image->imds_support, err) ||
	    !get_text(object, "id", ID_SIZE - 1, arena, &image->source_image,
		      err) ||
	    !get_text(object, "region", 63, arena, &image->source_region, err))
		return false;
	image->ena = json_is_true(json_object_get(object, "ena"));
	if (!image->name || !image->architecture || !image->root_device_name)
		return wrong("the name, architecture or root device is "
			     "missing",
			     err);
	if (!one_of(image->architecture, architectures))
		return wrong("architecture", err);
	if (!one_of(image->boot_mode, modes))
		return wrong("boot-mode", err);
	if (!one_of(image->imds_support, supports))
		return wrong("imds-support", err);
	return !image->source_image || id_valid(image->source_image, "ami") ||
	       wrong("id", err);
}

static bool check_device(const struct mapping *mappings, size_t count,
			 const char *device, struct error *err)
{
	bool path = device && strncmp(device, "/dev/", 5) == 0;

	if (!device || !device_valid(device + (path ? 5 : 0)))
		return wrong("device", err);
	for (size_t i = 0; i < count; i++)
		if (device_same(mappings[i].device, device))
			return wrong("a device is mapped twice", err);
	return true;
}

/* Whether there may be such a volume. Of a type whose IOPS are nobody's to
 * choose an image says those that it has. */
static bool check_volume(const struct mapping *m, struct error *err)
{
	const char *name = m->type ? m->type : "gp2";
	const struct volume_type *type = volume_type_find(name);
	int64_t iops = type && type->iops_most ? m->iops : 0;
	int64_t throughput = type && type->throughput_most ? m->throughput : 0;

	if (!volume_check(name, m->size, &iops, &throughput, err))
		return false;
	return ((!m->iops || m->iops == iops) &&
		(!m->throughput || m->throughput == throughput)) ||
	       wrong("iops or throughput", err);
}

/* What an entry says of a volume. */
static bool read_volume(const json_t *entry, const struct stored *stored,
			struct arena *arena, struct mapping *m, int *ret_disk,
			struct error *err)
{
	const json_t *disk = json_object_get(entry, "disk");
	int64_t number;

	*ret_disk = -1;
	if (!get_number(entry, "size", SIZE_MOST, &m->size, err) ||
	    !get_text(entry, "type", 16, arena, &m->type, err) ||
	    !get_number(entry, "iops", INT32_MAX, &m->iops, err) ||
	    !get_number(entry, "throughput", INT32_MAX, &m->throughput, err) ||
	    !get_number(entry, "disk", INT32_MAX, &number, err))
		return false;
	m->delete_on_termination =
		json_is_true(json_object_get(entry, "delete-on-termination"));
	if (disk && number >= stored->disk_count)
		return wrong("disk", err);
	if (disk)
		*ret_disk = (int)number;
	if (disk && m->size < stored->disks[number].size)
		return wrong("a volume is smaller than its snapshot", err);
	return check_volume(m, err);
}

static bool read_mapping(const json_t *entry, const struct stored *stored,
			 struct arena *arena, struct mapping *m, int *ret_disk,
			 struct error *err)
{
	bool none = json_is_true(json_object_get(entry, "no-device"));

	*ret_disk = -1;
	m->no_device = none;
	m->delete_on_termination = -1;
	if (!get_text(entry, "device", 64, arena, &m->device, err) ||
	    !get_text(entry, "virtual-name", 16, arena, &m->virtual_name, err))
		return false;
	if (m->virtual_name && (none || ephemeral_number(m->virtual_name) < 0))
		return wrong("virtual-name", err);
	return none || m->virtual_name ||
	       read_volume(entry, stored, arena, m, ret_disk, err);
}

static bool read_mappings(const json_t *list, struct arena *arena,
			  struct stored *stored, struct error *err)
{
	size_t count = json_array_size(list);
	const char *root = stored->image.root_device_name;
	bool rooted = false;
	struct mapping *all;
	int *disk;

	if (!json_is_array(list) || count > MAPPINGS_MOST)
		return wrong("mappings", err);
	all = arena_alloc(arena, (count + 1) * sizeof(*all));
	disk = arena_alloc(arena, (count + 1) * sizeof(*disk));
	if (!all || !disk)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (!read_mapping(json_array_get(list, i), stored, arena,
				  &all[i], &disk[i], err) ||
		    !check_device(all, i, all[i].device, err))
			return false;
		rooted |= disk[i] >= 0 && device_same(all[i].device, root);
	}
	stored->image.mappings = all;
	stored->image.mapping_count = count;
	stored->disk = disk;
	return rooted || wrong("the root device has no disk", err);
}

static bool read_disks(const json_t *list, struct arena *arena,
		       struct stored *stored, struct error *err)
{
	if (json_array_size(list) != stored->disk_count)
		return wrong("disks", err);
	stored->disks =
		arena_alloc(arena, stored->disk_count * sizeof(*stored->disks));
	if (!stored->disks)
		return fail_memory(err);
	for (unsigned i = 0; i < stored->disk_count; i++) {
		struct stored_disk *disk = &stored->disks[i];
		const json_t *entry = json_array_get(list, i);

		if (!get_text(entry, "description", TEXT_MOST, arena,
			      &disk->description, err) ||
		    !get_number(entry, "volume-size", SIZE_MOST, &disk->size,
				err) ||
		    !get_tags(entry, arena, &disk->tags, &disk->tag_count, err))
			return false;
		if (!disk->size)
			return wrong("volume-size", err);
	}
	return true;
}

bool stored_read(const char *text, unsigned disks, struct arena *arena,
		 struct stored *ret_stored, struct error *err)
{
	auto_json *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct stored stored = { .disk_count = disks };

	if (!json_is_object(root))
		return wrong("no object of JSON", err);
	if (!read_image(json_object_get(root, "image"), arena, &stored.image,
			err) ||
	    !get_tags(root, arena, &stored.image.tags, &stored.image.tag_count,
		      err) ||
	    !read_disks(json_object_get(root, "disks"), arena, &stored, err) ||
	    !read_mappings(json_object_get(root, "mappings"), arena, &stored,
			   err))
		return false;
	*ret_stored = stored;
	return true;
}
