/* depotrecord.c - records of a region of objects as rows, and back */
#include "images/depotrecord.h"

#include <string.h>

#include "images/base/hex.h"
#include "images/registry/account.h"
#include "images/registry/regiondepot.h"

#define SHARED_MOST 10000
#define TEXT_MOST 1024

static void json_done(json_t **json)
{
	json_decref(*json);
}
#define auto_json __attribute__((cleanup(json_done))) json_t

static bool wrong(const char *what, struct error *err)
{
	return fail(err, FAULT_INTERNAL, "the record in the region is none: %s",
		    what);
}

const char *depot_item_owner(const struct depot_item *item)
{
	return item->is_image ? item->image.image.owner : item->snapshot.owner;
}

static bool is_account(const char *text)
{
	return strcmp(text, "all") == 0 || account_valid(text);
}

static bool is_content(const char *text)
{
	return strlen(text) == 2 * DEPOT_DIGEST && hex_ok(text);
}

/* A list of texts that are all of a kind, in the arena. */
static bool read_texts(const json_t *json, const char *name, size_t most,
		       bool (*check)(const char *text), struct arena *arena,
		       const char *const **ret_texts, size_t *ret_count,
		       struct error *err)
{
	const json_t *list = json_object_get(json, name);
	size_t count = json_array_size(list);
	const char **texts;

	if (count > most)
		return wrong(name, err);
	texts = arena_alloc(arena, (count + 1) * sizeof(*texts));
	if (!texts)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (!text || !check(text))
			return wrong(name, err);
		texts[i] = arena_str(arena, text);
		if (!texts[i])
			return fail_memory(err);
	}
	*ret_texts = texts;
	*ret_count = count;
	return true;
}

/* A text for people, "" when there is none. */
static const char *text_of(const json_t *json, const char *name,
			   struct arena *arena)
{
	const char *text = json_string_value(json_object_get(json, name));

	return arena_str(arena, text && strlen(text) <= TEXT_MOST ? text : "");
}

static bool read_item(const json_t *json, struct arena *arena,
		      struct depot_item *item, struct error *err)
{
	char digits[2 * DEPOT_DIGEST + 1];

	if (!json_is_object(json))
		return wrong("no object of JSON", err);
	if (!(item->is_image ?
		      far_image_read(json, item->id, arena, &item->image, err) :
		      far_snapshot_read(json, item->id, arena, &item->snapshot,
					err)) ||
	    !read_texts(json, "shared", SHARED_MOST, is_account, arena,
			&item->shared, &item->shared_count, err) ||
	    !read_texts(json, "lineage", DEPOT_LINEAGE_MOST, is_content, arena,
			&item->lineage, &item->lineage_count, err))
		return false;
	hex_write(item->list, sizeof(item->list), digits);
	if (!item->is_image && strcmp(item->snapshot.layer, digits) != 0)
		return wrong("its list is another one", err);
	item->source = text_of(json, "source", arena);
	item->region = text_of(json, "region", arena);
	item->description = text_of(json, "description", arena);
	item->published =
		json_integer_value(json_object_get(json, "published"));
	return (item->source && item->region && item->description) ||
	       fail_memory(err);
}

/* Whether this store has seen no newer one; then this is what it has seen. */
static bool check_serial(const struct call *call, struct depot_place *place,
			 const char *id, int64_t serial, struct error *err)
{
	const char *region = depot_place_region(place);
	struct db *db = call->store->db;
	int64_t seen;

	if (!region_seen_get(db, region, id, &seen, err))
		return false;
	if (serial < seen)
		return fail(err, FAULT_INTERNAL,
			    "the record of %s in the region %s is older than "
			    "one that was seen there before: somebody has put "
			    "it back",
			    id, region);
	return serial == seen || region_seen_note(db, region, id, serial, err);
}

bool depot_item_get(const struct call *call, struct depot_place *place,
		    const char *id, struct arena *arena,
		    struct depot_item *ret_item, struct error *err)
{
	struct depot_item item = { .id = arena_str(arena, id),
				   .is_image = id_valid(id, "ami") };
	auto_free char *text = NULL;
	auto_json *json = NULL;
	struct depot_record record;

	if (!item.id)
		return fail_memory(err);
	if (!depot_get_record(depot_place_depot(place), id, &record, err))
		return false;
	text = record.text;
	item.serial = record.serial;
	memcpy(item.list, record.list, sizeof(item.list));
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!read_item(json, arena, &item, err) ||
	    !check_serial(call, place, id, record.serial, err))
		return false;
	*ret_item = item;
	return true;
}

bool depot_item_visible(const struct depot_item *item, const char *account)
{
	if (strcmp(depot_item_owner(item), account) == 0)
		return true;
	for (size_t i = 0; i < item->shared_count; i++)
		if (strcmp(item->shared[i], "all") == 0 ||
		    strcmp(item->shared[i], account) == 0)
			return true;
	return false;
}

/* NULL when memory ran out. */
static json_t *texts_of(const char *const *texts, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < count; i++)
		if (json_array_append_new(list, json_string(texts[i])) != 0) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

/* NULL with the error. */
static char *write_item(const struct depot_item *item, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_json *json = NULL;
	json_t *shared, *lineage;
	char *text;

	if (!arena) {
		fail_memory(err);
		return NULL;
	}
	if (item->is_image)
		json = far_image_write(&item->image, arena, err);
	else if (!(json = far_snapshot_write(&item->snapshot)))
		fail_memory(err);
	if (!json)
		return NULL;
	shared = texts_of(item->shared, item->shared_count);
	lineage = texts_of(item->lineage, item->lineage_count);
	json_object_update_new(
		json,
		json_pack("{s:o, s:o, s:s, s:s, s:s, s:I}", "shared", shared,
			  "lineage", lineage, "source", item->source, "region",
			  item->region, "description", item->description,
			  "published", (json_int_t)item->published));
	text = json_dumps(json, JSON_COMPACT);
	/* what memory ran out for is missing */
	if (text && json_object_get(json, "published"))
		return text;
	free(text);
	fail_memory(err);
	return NULL;
}

/* The serial of what is there now under an id, or was seen there. */
static bool last_serial(const struct call *call, struct depot_place *place,
			const char *id, int64_t *ret_serial, struct error *err)
{
	struct depot_record record;
	int64_t seen;

	if (!region_seen_get(call->store->db, depot_place_region(place), id,
			     &seen, err))
		return false;
	*ret_serial = seen;
	if (!depot_get_record(depot_place_depot(place), id, &record, err)) {
		/* a damaged one is replaced by a good one */
		if (err->fault == FAULT_UNAVAILABLE)
			return false;
		error_clear(err);
		return true;
	}
	free(record.text);
	if (record.serial > seen)
		*ret_serial = record.serial;
	return true;
}

bool depot_item_put(const struct call *call, struct depot_place *place,
		    const struct depot_mark *mark,
		    const struct depot_item *item, struct error *err)
{
	struct depot_record record = { .text = NULL };
	auto_free char *text = NULL;

	if (!last_serial(call, place, item->id, &record.serial, err))
		return false;
	record.serial++;
	text = write_item(item, err);
	if (!text)
		return false;
	record.text = text;
	if (!item->is_image)
		memcpy(record.list, item->list, sizeof(record.list));
	return depot_publish(depot_place_depot(place), mark, item->id, &record,
			     err) &&
	       region_seen_note(call->store->db, depot_place_region(place),
				item->id, record.serial, err);
}

bool depot_item_remove(const struct call *call, struct depot_place *place,
		       const struct depot_item *item, struct error *err)
{
	return region_seen_note(call->store->db, depot_place_region(place),
				item->id, item->serial + 1, err) &&
	       depot_remove_record(depot_place_depot(place), item->id, err);
}

/* Ids, gathered before they are looked at. */
struct ids {
	struct arena *arena;
	const char **ids;
	size_t count;
	bool failed;
};

static bool gather(void *data, const char *id)
{
	struct ids *ids = data;

	ids->ids =
		arena_more(ids->arena, ids->ids, ids->count, sizeof(*ids->ids));
	if (ids->ids)
		ids->ids[ids->count] = arena_str(ids->arena, id);
	ids->failed = !ids->ids || !ids->ids[ids->count++];
	return !ids->failed;
}

/* Who is told of the items. */
struct telling {
	const struct call *call;
	struct depot_place *place;
	bool (*each)(void *data, const struct depot_item *item,
		     struct error *err);
	bool (*bad)(void *data, const char *id, const char *why);
	void *data;
};

static bool tell_item(const struct telling *telling, const char *id,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct depot_item item;

	if (!arena)
		return fail_memory(err);
	if (depot_item_get(telling->call, telling->place, id, arena, &item,
			   err))
		return telling->each(telling->data, &item, err);
	if (err->fault != FAULT_KEY_NOT_FOUND &&
	    (err->fault == FAULT_UNAVAILABLE ||
	     !telling->bad(telling->data, id, err->text)))
		return false;
	error_clear(err);
	return true;
}

bool depot_items(const struct call *call, struct depot_place *place,
		 bool (*each)(void *data, const struct depot_item *item,
			      struct error *err),
		 bool (*bad)(void *data, const char *id, const char *why),
		 void *data, struct error *err)
{
	const struct telling telling = { call, place, each, bad, data };
	auto_of(arena) arena = arena_new();
	struct ids ids = { .arena = arena };
	struct depot *depot = depot_place_depot(place);

	if (!arena)
		return fail_memory(err);
	if (!depot_each(depot, "snap", gather, &ids, err) ||
	    (!ids.failed && !depot_each(depot, "ami", gather, &ids, err)))
		return false;
	if (ids.failed)
		return fail_memory(err);
	for (size_t i = 0; i < ids.count; i++)
		if (!tell_item(&telling, ids.ids[i], err))
			return false;
	return true;
}
