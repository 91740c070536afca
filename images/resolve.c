/* resolve.c - from names to ids
 *
 * In the order of what is most surely meant: a whole id, a name, then the
 * beginning of an id. Terminated instances answer only to their ids.
 */
#include "images/resolve.h"

#include <stdio.h>
#include <string.h>

#include "images/registry/image.h"
#include "images/registry/instance.h"
#include "images/registry/snapshot.h"
#include "images/registry/volume.h"

/* What a search found so far. */
struct found {
	char id[ID_SIZE];
	int count;
};

static bool found_one(struct found *found, const char *id)
{
	if (found->count++ == 0)
		snprintf(found->id, sizeof(found->id), "%s", id);
	return true;
}

static bool found_image(void *data, const struct image *row, struct error *err)
{
	(void)err;
	return found_one(data, row->id);
}

static bool found_instance(void *data, const struct instance *row,
			   struct error *err)
{
	(void)err;
	return strcmp(row->state, "terminated") == 0 ||
	       found_one(data, row->id);
}

static bool found_volume(void *data, const struct volume *row,
			 struct error *err)
{
	(void)err;
	return found_one(data, row->id);
}

static bool found_snapshot(void *data, const struct snapshot *row,
			   struct error *err)
{
	(void)err;
	return found_one(data, row->id);
}

/* Lists what has `value` under the filter `name`. */
static bool search(struct call *call, const char *prefix, const char *name,
		   const char *value, struct found *ret_found,
		   struct error *err)
{
	struct filter filter = { name, &value, 1 };
	struct query query = {
		.account = call->account,
		.filters = &filter,
		.filter_count = 1,
	};
	struct db *db = call->store->db;

	*ret_found = (struct found){ .count = 0 };
	if (prefix[0] == 'a')
		return image_list(db, &query, found_image, ret_found, err);
	if (prefix[0] == 'v')
		return volume_list(db, &query, found_volume, ret_found, err);
	if (prefix[0] == 's')
		return snapshot_list(db, &query, found_snapshot, ret_found,
				     err);
	return instance_list(db, &query, found_instance, ret_found, err);
}

/* Settles a search: true when it is decided, one way or the other. */
static bool settle(const struct found *found, const char *text,
		   char ret_id[ID_SIZE], struct error *err)
{
	if (found->count == 0)
		return false;
	if (found->count == 1)
		memcpy(ret_id, found->id, ID_SIZE);
	else
		fail(err, FAULT_INVALID_PARAMETER,
		     "'%.64s' names %d resources: say which by id", text,
		     found->count);
	return true;
}

/* The pattern for ids that begin as the text does; "" when it cannot. */
static void id_pattern(const char *prefix, const char *text, char *ret_pattern,
		       size_t room)
{
	ret_pattern[0] = 0;
	if (id_valid_prefix(text, prefix))
		snprintf(ret_pattern, room, "%s*", text);
	else if (strlen(text) >= 4 && strlen(text) <= ID_DIGITS &&
		 strspn(text, "0123456789abcdef") == strlen(text))
		snprintf(ret_pattern, room, "%s-%s*", prefix, text);
}

/* Escapes what a filter would take for wildcards. */
static char *literal(struct arena *arena, const char *text)
{
	char *copy = arena_alloc(arena, 2 * strlen(text) + 1);
	char *to = copy;

	while (copy && *text) {
		if (strchr("*?\\", *text))
			*to++ = '\\';
		*to++ = *text++;
	}
	return copy;
}

bool resolve(struct call *call, const char *prefix, const char *text,
	     char ret_id[ID_SIZE], struct error *err)
{
	static const char *const id_filter[] = {
		['a'] = "image-id", ['i'] = "instance-id",
		['s'] = "snapshot-id", ['v'] = "volume-id",
	};
	auto_of(arena) arena = arena_new();
	const char *name = arena ? literal(arena, text) : NULL;
	char pattern[ID_SIZE + 2];
	struct found found;

	if (!name)
		return fail_memory(err);
	snprintf(ret_id, ID_SIZE, "%s", text);
	if (id_valid(text, prefix))
		return true;
	if (!search(call, prefix, "tag:Name", name, &found, err))
		return false;
	if (settle(&found, text, ret_id, err))
		return !err->fault;
	if (prefix[0] == 'a') {
		if (!search(call, prefix, "name", name, &found, err))
			return false;
		if (settle(&found, text, ret_id, err))
			return !err->fault;
	}
	id_pattern(prefix, text, pattern, sizeof(pattern));
	if (!pattern[0])
		return true;
	if (!search(call, prefix, id_filter[(unsigned char)prefix[0]], pattern,
		    &found, err))
		return false;
	settle(&found, text, ret_id, err);
	return !err->fault;
}
