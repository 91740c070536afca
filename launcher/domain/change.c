/* change.c - a change as a text, on its way to the driver's process */
#include "launcher/domain/change.h"

#include <string.h>

#include "launcher/domain/monitor.h"

void change_secrets(const struct change *change, struct secrets *secrets)
{
	for (size_t i = 0; i < change->pivot_count; i++)
		secrets_add(secrets, change->pivots[i].secret);
	if (change->disk)
		secrets_add_disk(secrets, change->disk);
}

/* "" where there is none. */
static const char *secret_name(const struct machine_secret *secret)
{
	return secret ? secret->uuid : "";
}

static json_t *pack_pivots(const struct change *change)
{
	json_t *array = json_array();

	for (size_t i = 0; i < change->pivot_count; i++) {
		const struct machine_pivot *pivot = &change->pivots[i];

		json_array_append_new(array,
				      json_pack("[s, s, s]", pivot->serial,
						pivot->file,
						secret_name(pivot->secret)));
	}
	return array;
}

static json_t *pack_disk(const struct machine_disk *disk)
{
	json_t *chain;

	if (!disk)
		return json_null();
	chain = json_array();
	for (size_t i = 0; i < disk->chain_count; i++) {
		const struct machine_file *file = &disk->chain[i];

		json_array_append_new(
			chain, json_pack("[s, s, s]", file->path, file->format,
					 secret_name(file->secret)));
	}
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

/* A text out of an array; NULL without. */
static const char *parse_item(const json_t *array, size_t at,
			      struct arena *arena)
{
	return arena_str(arena, json_string_value(json_array_get(array, at)));
}

/* Two texts out of an array, and the secret that the third one names: its
 * value went another way. */
static bool parse_file(const json_t *array, struct arena *arena,
		       const char **ret_a, const char **ret_b,
		       const struct machine_secret **ret_secret)
{
	const char *uuid = parse_item(array, 2, arena);
	struct machine_secret *secret = NULL;

	*ret_a = parse_item(array, 0, arena);
	*ret_b = parse_item(array, 1, arena);
	if (uuid && *uuid) {
		secret = arena_alloc(arena, sizeof(*secret));
		if (!secret)
			return false;
		*secret = (struct machine_secret){ uuid, "" };
	}
	*ret_secret = secret;
	return *ret_a && *ret_b && uuid;
}

static bool parse_pivots(const json_t *array, struct arena *arena,
			 struct change *change)
{
	size_t count = json_array_size(array);
	struct machine_pivot *pivots =
		arena_alloc(arena, (count + 1) * sizeof(*pivots));

	for (size_t i = 0; pivots && i < count; i++)
		if (!parse_file(json_array_get(array, i), arena,
				&pivots[i].serial, &pivots[i].file,
				&pivots[i].secret))
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
		if (!parse_file(json_array_get(chain, i), arena, &files[i].path,
				&files[i].format, &files[i].secret))
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
