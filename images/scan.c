/* scan.c - what is in an image that should not be in one for everybody
 *
 * What could not be read counts like what was found: an answer of "nothing" has
 * to mean that somebody has looked.
 */
#include "images/scan.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "images/cache.h"
#include "images/chain/source.h"
#include "images/fill.h"
#include "images/layers.h"
#include "images/registry/bundle.h"
#include "images/registry/layer.h"
#include "images/registry/scan.h"
#include "images/snapshot.h"
#include "images/tier.h"
#include "images/turn.h"
#include "launcher/domain/domain.h"

#define SECTOR 512
#define NOTHING "{\"Findings\":[],\"More\":0}"

/* A scan in the making. */
struct gathering {
	struct call *call;
	struct arena *arena;
	struct scan_finding *findings;
	struct scan *scan;
};

static bool add(struct gathering *all, const struct scan_finding *finding,
		struct error *err)
{
	all->findings = arena_more(all->arena, all->findings, all->scan->count,
				   sizeof(*finding));
	if (!all->findings)
		return fail_memory(err);
	all->findings[all->scan->count++] = *finding;
	all->scan->findings = all->findings;
	return true;
}

static const char *text_of(struct gathering *all, const json_t *object,
			   const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return arena_str(all->arena, text ? text : "");
}

/* Adds what was found on a disk. */
static bool add_result(struct gathering *all, const char *device,
		       const char *result, struct error *err)
{
	json_t *json = json_loads(result, 0, NULL);
	const json_t *one;
	bool ok = json_is_object(json);
	size_t i;

	if (!ok)
		fail(err, FAULT_INTERNAL, "what a scan found is unreadable");
	json_array_foreach(json_object_get(json, "Findings"), i, one) {
		struct scan_finding finding = {
			.device = device,
			.partition = text_of(all, one, "Partition"),
			.kind = text_of(all, one, "Kind"),
			.path = text_of(all, one, "Path"),
		};

		ok = ok && (finding.partition && finding.kind && finding.path ?
				    add(all, &finding, err) :
				    fail_memory(err));
	}
	all->scan->more +=
		(uint64_t)json_integer_value(json_object_get(json, "More"));
	json_decref(json);
	return ok;
}

/* Whether nothing but zeros lies behind a disk's first sector. */
static bool is_bare(struct source *source, bool *ret_bare, struct error *err)
{
	auto_free uint8_t *block = malloc(BLOCK_SIZE);
	uint64_t size;
	bool data;

	if (!block)
		return fail_memory(err);
	*ret_bare = false;
	for (uint64_t at = 0; at < source->size; at += size) {
		if (!source_next(source, at, &size, &data, err))
			return false;
		if (!data)
			continue;
		if (size > BLOCK_SIZE)
			size = BLOCK_SIZE;
		if (!source_read(source, block, size, at, err))
			return false;
		for (uint64_t i = at ? 0 : SECTOR; i < size; i++)
			if (block[i])
				return true;
	}
	*ret_bare = true;
	return true;
}

/* The chain's files are open: who wants to put others in their places may. */
static void unpin(void *data)
{
	turn_done(data);
}

/* Looks through a disk, unless it is bare; `source` is closed. */
static bool look_through(const struct machine_file *file, struct source *source,
			 struct turn *pin, char **ret_result, struct error *err)
{
	auto_of(source) opened = source;
	bool bare = false;

	if (!is_bare(source, &bare, err))
		return false;
	source_close(opened);
	opened = NULL;
	if (!bare)
		return disk_scan(file, unpin, pin, ret_result, err);
	*ret_result = strdup(NOTHING);
	return *ret_result || fail_memory(err);
}

static bool scan_layer(struct gathering *all, const char *name,
		       char **ret_result, struct error *err)
{
	struct call *call = all->call;
	const struct machine_file *files;
	struct layer_ref ref = { .name = name };
	struct source *source;
	struct layer layer;
	struct disk *disk;
	size_t count;
	auto_turn pin = TURN_INIT;

	if (!turn_pin(call, &pin, err) ||
	    !fill_check(call, name, "The snapshot", err) ||
	    !layer_get(call->store->db, name, all->arena, &layer, err) ||
	    !layers_files(call, name, all->arena, &files, &count, err))
		return false;
	ref.format = layer.format[0] == 'r' ? LAYER_RAW : LAYER_QCOW2;
	return disk_open(call->store->chain, &ref, &disk, err) &&
	       source_open_disk(disk, &source, err) &&
	       look_through(&files[0], source, &pin, ret_result, err);
}

static bool scan_bundle(struct gathering *all, const struct image *image,
			const char *digest, char **ret_result,
			struct error *err)
{
	auto_free char *path = cache_path(all->call->store, digest);
	struct machine_file file = { path, "raw" };
	auto_close int fd = -1;
	struct turn none = TURN_INIT;
	struct source *source;

	if (!path)
		return fail_memory(err);
	if (!cache_fill(all->call, image, err))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail_errno(err, "cannot open %s", path);
	return source_open_file(fd, path, &source, err) &&
	       look_through(&file, source, &none, ret_result, err);
}

/* Adds what is on one disk: a layer, or an instance-store image's bundle. */
static bool scan_disk(struct gathering *all, const struct image *image,
		      const char *device, const char *layer, const char *digest,
		      struct error *err)
{
	struct db *db = all->call->store->db;
	const char *subject = layer ? layer : digest;
	auto_free char *result = NULL;
	const char *known;

	if (!scan_row_get(db, subject, DISK_SCAN_RULES, all->arena, &known,
			  err))
		return false;
	if (known)
		return add_result(all, device, known, err);
	if (!(layer ? scan_layer(all, layer, &result, err) :
		      scan_bundle(all, image, digest, &result, err)) ||
	    !add_result(all, device, result, err))
		return false;
	return scan_row_set(db, subject, DISK_SCAN_RULES, all->call->now,
			    result, err);
}

static bool scan_mapping(struct gathering *all, const struct image *image,
			 const struct mapping *mapping, struct error *err)
{
	struct snapshot snapshot;
	bool found;

	if (!mapping->snapshot)
		return true;
	if (!snapshot_get(all->call->store->db, mapping->snapshot, all->arena,
			  &snapshot, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "The snapshot '%s' does not exist.",
			    mapping->snapshot);
	return snapshot_ready(&snapshot, err) &&
	       scan_disk(all, image, mapping->device, snapshot.layer, NULL,
			 err);
}

/* An image without a disk: nobody knows how to look into a kernel. */
static bool scan_kernel(struct gathering *all, struct error *err)
{
	static const struct scan_finding unread = { "-", "",
						    "unread:no-file-system",
						    "" };

	return add(all, &unread, err);
}

bool scan_image(struct call *call, const struct image *image,
		struct arena *arena, struct scan *ret_scan, struct error *err)
{
	struct gathering all = { call, arena, NULL, ret_scan };
	const struct mapping *mappings;
	struct image_bundle bundle;
	size_t count;
	bool bundled;

	*ret_scan = (struct scan){ 0 };
	if (strcmp(image->state, "deregistered") == 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is no longer available",
			    image->id);
	if (strcmp(image->kind, "machine") != 0)
		return scan_kernel(&all, err);
	if (!image_bundle_get(call->store->db, image->id, arena, &bundle,
			      &bundled, err) ||
	    !image_mappings(call->store->db, image->id, arena, &mappings,
			    &count, err))
		return false;
	if (bundled && !scan_disk(&all, image, image->root_device_name, NULL,
				  bundle.digest, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!scan_mapping(&all, image, &mappings[i], err))
			return false;
	return true;
}

bool scan_snapshot(struct call *call, const struct snapshot *snapshot,
		   struct arena *arena, struct scan *ret_scan,
		   struct error *err)
{
	struct gathering all = { call, arena, NULL, ret_scan };

	*ret_scan = (struct scan){ 0 };
	return snapshot_ready(snapshot, err) && tier_check(snapshot, err) &&
	       scan_disk(&all, NULL, "-", snapshot->layer, NULL, err);
}

/* Refuses what something was found in. */
static bool judge(const struct scan *scan, const char *kind, const char *id,
		  struct error *err)
{
	const struct scan_finding *first = scan->findings;

	if (!scan->count)
		return true;
	return fail(err, FAULT_OPERATION_NOT_PERMITTED,
		    "The %s is not made public: %llu finding%s on its disk%s, "
		    "the first %.40s %.20s:%.60s. See: qami scan-%s %s",
		    kind, (unsigned long long)(scan->count + scan->more),
		    scan->count + scan->more == 1 ? "" : "s",
		    strcmp(kind, "image") == 0 ? "s" : "", first->kind,
		    first->partition, first->path, kind, id);
}

bool scan_check(struct call *call, const struct image *image, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct scan scan;

	if (!arena)
		return fail_memory(err);
	return scan_image(call, image, arena, &scan, err) &&
	       judge(&scan, "image", image->id, err);
}

bool scan_check_snapshot(struct call *call, const struct snapshot *snapshot,
			 struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct scan scan;

	if (!arena)
		return fail_memory(err);
	return scan_snapshot(call, snapshot, arena, &scan, err) &&
	       judge(&scan, "snapshot", snapshot->id, err);
}
