/* delete-bundle.c - ec2-delete-bundle: a bundle leaves its bucket */
#include "bundle/tool/delete-bundle.h"

#include <string.h>

#include "bundle/transfer.h"

#define MANIFEST ".manifest.xml"

const struct param tool_delete_bundle_params[] = {
	{ "Bucket", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "where it is, and what its keys begin with", NULL, NULL, 'b',
	  "BUCKET[/PREFIX]" },
	{ "Manifest", PARAM_FILE, 0, NULL,
	  "its manifest, of which only the name matters", NULL, NULL, 'm' },
	{ "Prefix", PARAM_STRING, 0, NULL, "what the bundle is called", NULL,
	  NULL, 'p' },
	{ "Clear", PARAM_BOOLEAN, 0, NULL,
	  "remove the bucket as well, if that leaves it empty" },
	{ "Yes", PARAM_BOOLEAN, 0, NULL, "do not ask", NULL, NULL, 'y' },
	TOOL_PARAM_SERVER,
	TOOL_PARAM_BATCH,
	{ 0 },
};

const enum fault tool_delete_bundle_faults[] = {
	FAULT_BUCKET_NOT_FOUND, FAULT_KEY_NOT_FOUND, FAULT_INVALID_MANIFEST,
	FAULT_BUCKET_NOT_EMPTY, FAULT_AUTH_FAILURE,  FAULT_UNAVAILABLE,
	FAULT_NONE
};

/* The keys of one bundle, in the arena. */
struct found {
	struct arena *arena;
	const char *begin; /* what all of them begin with */
	const char **keys;
	size_t count;
	bool broken;
};

/* Whether a key's end is that of a bundle's file. */
static bool is_file(const char *end)
{
	static const char part[] = ".part.";
	size_t digits;

	if (strcmp(end, MANIFEST) == 0)
		return true;
	if (strncmp(end, part, sizeof(part) - 1) != 0)
		return false;
	end += sizeof(part) - 1;
	digits = strspn(end, "0123456789");
	return digits && !end[digits];
}

static bool find(void *data, const struct bucket_object *object)
{
	struct found *found = data;

	if (!is_file(object->key + strlen(found->begin)))
		return true;
	found->keys = arena_more(found->arena, found->keys, found->count,
				 sizeof(*found->keys));
	if (found->keys)
		found->keys[found->count] =
			arena_str(found->arena, object->key);
	found->broken |= !found->keys || !found->keys[found->count];
	found->count++;
	return !found->broken;
}

/* The manifest goes first: from then on nobody takes the rest for a bundle. */
static bool remove_all(struct bucket *bucket, const struct found *found,
		       struct error *err)
{
	for (int parts = 0; parts < 2; parts++)
		for (size_t i = 0; i < found->count; i++) {
			const char *key = found->keys[i];
			bool manifest = strcmp(key + strlen(found->begin),
					       MANIFEST) == 0;

			if (*tool_cancel())
				return fail(err, FAULT_INTERNAL, "interrupted");
			if (manifest != parts &&
			    !bucket_remove(bucket, key, err))
				return false;
		}
	return true;
}

static bool delete_prefix(const struct tool_place *place, const char *prefix,
			  struct arena *arena, struct error *err)
{
	struct found found = {
		.arena = arena,
		.begin = arena_format(arena, "%s%s%s", place->prefix,
				      *place->prefix ? "/" : "", prefix),
	};

	if (!found.begin)
		return fail_memory(err);
	if (!bucket_list(place->bucket, found.begin, find, &found, err))
		return false;
	if (found.broken)
		return fail_memory(err);
	if (!found.count)
		return fail(err, FAULT_KEY_NOT_FOUND,
			    "there is nothing of a bundle '%.64s' in %s",
			    prefix, place->name);
	return remove_all(place->bucket, &found, err);
}

static bool delete_manifest(const struct tool_place *place,
			    const char *manifest, const struct tool_host *host,
			    struct error *err)
{
	const char *slash = strrchr(manifest, '/');
	const struct transfer transfer = {
		.bucket = place->bucket,
		.prefix = place->prefix,
		.cancel = tool_cancel(),
		.progress = host->progress,
		.watch_data = host->watch_data,
	};

	return bundle_delete(&transfer, slash ? slash + 1 : manifest, err);
}

static bool agreed(const struct tool_args *args, const struct tool_host *host,
		   const struct tool_place *place, const char *what,
		   struct arena *arena)
{
	const char *question =
		arena_format(arena, "Remove the bundle %s from %s (y or n)?",
			     what, place->name);
	const char *answer;

	if (tool_flag(args, "Yes", false) || !host->asks || !question ||
	    tool_flag(args, "Batch", false))
		return true;
	answer = tool_ask(args, host, question, "n", arena);
	return answer && (*answer == 'y' || *answer == 'Y');
}

bool tool_delete_bundle(const struct tool_args *args,
			const struct tool_host *host, struct buf *ret_out,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *manifest = tool_text(args, "Manifest");
	const char *prefix = tool_text(args, "Prefix");
	auto_tool_place place = { 0 };

	(void)ret_out;
	if (!arena)
		return fail_memory(err);
	if (!manifest == !prefix)
		return fail(err,
			    manifest ? FAULT_PARAMETER_COMBINATION :
				       FAULT_MISSING_PARAMETER,
			    "which bundle? Give one of --manifest and "
			    "--prefix");
	if (prefix && !bundle_name_ok(prefix))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is no name of a bundle", prefix);
	if (!tool_place_open(args, host, false, arena, &place, err))
		return false;
	if (!agreed(args, host, &place, manifest ? manifest : prefix, arena))
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "nothing was removed");
	if (!(manifest ? delete_manifest(&place, manifest, host, err) :
			 delete_prefix(&place, prefix, arena, err)))
		return false;
	if (!tool_flag(args, "Clear", false))
		return true;
	return place.server ? bucket_drop(place.bucket, err) :
			      host->bucket_drop(host->data, place.name, err);
}
