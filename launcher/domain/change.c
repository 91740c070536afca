/* change.c - a change as a text, on its way to the driver's process */
#include "launcher/domain/change.h"

#include <string.h>

#include "launcher/domain/monitor.h"

static json_t *pack_pivots(const struct change *change)
{
	json_t *array = json_array();

	for (size_t i = 0; i < change->pivot_count; i++)
		json_array_append_new(array, json_pack("[s, s]",
						       change->pivots[i].serial,
						       change->pivots[i].file));
	return array;
}

static json_t *pack_disk(const struct machine_disk *disk)
{
	json_t *chain;

	if (!disk)
		return json_null();
	chain = json_array();
	for (size_t i = 0; i < disk->chain_count; i++)
		json_array_append_new(chain,
				      json_pack("[s, s]", disk->chain[i].path,
						disk->chain[i].format));
	return json_pack("{s:s, s:b, s:o}", "serial", disk->serial, "read_only",
			 disk->read_only, "chain", chain);
}

static json_t *pack_throttle(const struct machine_throttle *throttle)
{
	static const struct machine_throttle none = { 0 };
	const struct machine_throttle *t = throttle ? throttle : &none;

	return json_pack(
		"[I, I, I, I, I, I, I]", (json_int_t)t->iops,
		(json_int_t)t->iops_burst, (json_int_t)t->iops_burst_seconds,
		(json_int_t)t->bytes, (json_int_t)t->bytes_burst,
		(json_int_t)t->bytes_burst_seconds, (json_int_t)t->iops_size);
}

char *change_text(const struct change *change)
{
	const struct machine_throttle *throttle =
		change->disk ? &change->disk->throttle : change->throttle;
	auto_json *json = json_pack(
		"{s:i, s:s, s:s*, s:o, s:b, s:o, s:o, s:I, s:s*}", "kind",
		(int)change->kind, "uuid", change->uuid, "serial",
		change->serial, "pivots", pack_pivots(change), "quiesce",
		change->quiesce, "disk", pack_disk(change->disk), "throttle",
		pack_throttle(throttle), "bytes", (json_int_t)change->bytes,
		"base", change->base);

	return json ? json_dumps(json, JSON_COMPACT) : NULL;
}

/* Two texts out of an array. */
static bool parse_pair(const json_t *pair, struct arena *arena,
		       const char **ret_a, const char **ret_b)
{
	*ret_a = arena_str(arena, json_string_value(json_array_get(pair, 0)));
	*ret_b = arena_str(arena, json_string_value(json_array_get(pair, 1)));
	return *ret_a && *ret_b;
}

static bool parse_pivots(const json_t *array, struct arena *arena,
			 struct change *change)
{
	size_t count = json_array_size(array);
	struct machine_pivot *pivots =
		arena_alloc(arena, (count + 1) * sizeof(*pivots));

	for (size_t i = 0; pivots && i < count; i++)
		if (!parse_pair(json_array_get(array, i), arena,
				&pivots[i].serial, &pivots[i].file))
			return false;
	change->pivots = pivots;
	change->pivot_count = count;
	return pivots;
}

static bool parse_throttle(json_t *array, struct arena *arena,
			   struct change *change)
{
	json_int_t n[7];
	struct machine_throttle *throttle =
		arena_alloc(arena, sizeof(*throttle));

	if (!throttle ||
	    json_unpack(array, "[I, I, I, I, I, I, I]", &n[0], &n[1], &n[2],
			&n[3], &n[4], &n[5], &n[6]) != 0)
		return false;
	*throttle = (struct machine_throttle){
		.iops = (uint64_t)n[0],
		.iops_burst = (uint64_t)n[1],
		.iops_burst_seconds = (uint64_t)n[2],
		.bytes = (uint64_t)n[3],
		.bytes_burst = (uint64_t)n[4],
		.bytes_burst_seconds = (uint64_t)n[5],
		.iops_size = (uint64_t)n[6],
	};
	change->throttle = throttle;
	return true;
}

static bool parse_disk(const json_t *object, struct arena *arena,
		       struct change *change)
{
	const json_t *chain = json_object_get(object, "chain");
	size_t count = json_array_size(chain);
	struct machine_disk *disk = arena_alloc(arena, sizeof(*disk));
	struct machine_file *files =
		arena_alloc(arena, (count + 1) * sizeof(*files));

	if (json_is_null(object))
		return true;
	if (!disk || !files)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!parse_pair(json_array_get(chain, i), arena, &files[i].path,
				&files[i].format))
			return false;
	disk->serial = arena_str(
		arena, json_string_value(json_object_get(object, "serial")));
	disk->read_only = json_is_true(json_object_get(object, "read_only"));
	disk->chain = files;
	disk->chain_count = count;
	disk->throttle = *change->throttle;
	change->disk = disk;
	return disk->serial;
}

const struct change *change_parse(const char *text, struct arena *arena,
				  struct error *err)
{
	auto_json *json = json_loads(text, 0, NULL);
	struct change *change = arena_alloc(arena, sizeof(*change));
	const char *uuid = NULL, *serial = NULL, *base = NULL;
	json_t *pivots = NULL, *disk = NULL, *throttle = NULL;
	json_int_t bytes = 0;
	int kind = CHANGE_KINDS, quiesce = 0;

	if (!change)
		return fail_memory(err), NULL;
	if (!json ||
	    json_unpack(json, "{s:i, s:s, s?s, s:o, s:b, s:o, s:o, s:I, s?s}",
			"kind", &kind, "uuid", &uuid, "serial", &serial,
			"pivots", &pivots, "quiesce", &quiesce, "disk", &disk,
			"throttle", &throttle, "bytes", &bytes, "base",
			&base) != 0 ||
	    kind < 0 || kind >= CHANGE_KINDS)
		return fail(err, FAULT_INTERNAL, "no change to a machine"),
		       NULL;
	change->kind = (enum change_kind)kind;
	change->uuid = arena_str(arena, uuid);
	change->serial = arena_str(arena, serial);
	change->base = arena_str(arena, base);
	change->quiesce = quiesce;
	change->bytes = (uint64_t)bytes;
	if (!parse_pivots(pivots, arena, change) ||
	    !parse_throttle(throttle, arena, change) ||
	    !parse_disk(disk, arena, change) || !change->uuid ||
	    (serial && !change->serial) || (base && !change->base))
		return fail(err, FAULT_INTERNAL, "half a change to a machine"),
		       NULL;
	return change;
}
