/* depotrecord.c - records of a region of objects: what is written is read, by
 * whom it may be, and nothing is believed that somebody with the key made up
 */
#include "tests/images/testing.h"

#include "images/base/hex.h"
#include "images/depotrecord.h"

#define SNAPSHOT "snap-0123456789abcdef0"
#define IMAGE "ami-0123456789abcdef0"
#define OTHER "222222222222"
#define THIRD "333333333333"

static struct depot_place *place;
static struct depot *depot;
static struct arena *arena;
static int64_t serial = 1;
static const uint8_t list[DEPOT_DIGEST] = { 0xab, 0xcd };
static char content[2 * DEPOT_DIGEST + 1];

/* What a record with that JSON is read as. */
static bool read_as(const char *id, const char *text,
		    struct depot_item *ret_item)
{
	struct depot_record record = { .serial = serial++ };

	memcpy(record.list, list, sizeof(list));
	record.text = keep(strdup(text));
	good(depot_put_record(depot, id, &record, &err));
	return depot_item_get(&call, place, id, arena, ret_item, &err);
}

static char *snapshot_json(const char *owner, const char *volume,
			   const char *size, const char *rest)
{
	return keep(format_text("{\"owner\":\"%s\",\"content\":\"%s\","
				"\"volume\":\"%s\",\"encrypted\":false,"
				"\"size\":%s%s}",
				owner, content, volume, size, rest));
}

static void test_written(void)
{
	const char *const shared[] = { OTHER };
	const char *const lineage[] = { content };
	struct depot_item got, item = {
		.id = SNAPSHOT,
		.snapshot = { .owner = ACCOUNT,
			      .layer = content,
			      .volume = "vol-0123456789abcdef0",
			      .size = 8,
			      .kms_key = "something" },
		.shared = shared,
		.shared_count = 1,
		.lineage = lineage,
		.lineage_count = 1,
		.source = "snap-0fedcba9876543210",
		.region = "us-east-1",
		.description = "every \"night\"",
		.published = 17,
	};
	struct depot_mark mark;

	memcpy(item.list, list, sizeof(list));
	good(depot_publish_begin(depot, clock_wall(), &mark, &err));
	good(depot_item_put(&call, place, &mark, &item, &err));
	good(depot_item_get(&call, place, SNAPSHOT, arena, &got, &err));
	check(!strcmp(got.snapshot.layer, content) && got.snapshot.size == 8 &&
	      got.snapshot.kms_key && !strcmp(got.source, item.source) &&
	      !strcmp(got.description, item.description) &&
	      got.published == 17 && got.lineage_count == 1 &&
	      !memcmp(got.list, list, sizeof(list)) && got.serial == 1);
	check(depot_item_visible(&got, ACCOUNT) &&
	      depot_item_visible(&got, OTHER) &&
	      !depot_item_visible(&got, THIRD));

	/* each is newer than those before, those that were taken away too */
	good(depot_item_put(&call, place, &mark, &item, &err));
	good(depot_item_get(&call, place, SNAPSHOT, arena, &got, &err));
	check(got.serial == 2);
	good(depot_item_remove(&call, place, &got, &err));
	bad(KEY_NOT_FOUND, SNAPSHOT,
	    depot_item_get(&call, place, SNAPSHOT, arena, &got, &err));
	serial = 2;
	bad(INTERNAL, "put it back",
	    read_as(SNAPSHOT, snapshot_json(ACCOUNT, "vol-ffffffff", "1", ""),
		    &got));
	good(depot_item_put(&call, place, &mark, &item, &err));
	good(depot_item_get(&call, place, SNAPSHOT, arena, &got, &err));
	check(got.serial == 4);
	serial = 5;
	good(depot_publish_end(depot, &mark, &err));
}

static void test_hostile(void)
{
	static const char *const texts[] = {
		"", "{", "[]", "null", "{}", "{\"owner\":\"" ACCOUNT "\"}",
		"{\"owner\":1}", "{\"owner\":\"" ACCOUNT "\",\"owner\":\"x\"}",
	};
	static const char *const rests[] = {
		",\"shared\":[1]",
		",\"shared\":[\"everybody\"]",
		",\"shared\":[\"12345678901\"]",
		",\"lineage\":[\"../../layers/x\"]",
		",\"lineage\":[7]",
		",\"lineage\":[\"abcd\"]",
	};
	struct depot_item got;
	auto_buf many = BUF_INIT;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bad(INTERNAL, "", read_as(SNAPSHOT, texts[i], &got));
		bad(INTERNAL, "", read_as(IMAGE, texts[i], &got));
	}
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++)
		bad(INTERNAL, "is none",
		    read_as(SNAPSHOT,
			    snapshot_json(ACCOUNT, "vol-ffffffff", "1",
					  rests[i]),
			    &got));
	bad(INTERNAL, "owner",
	    read_as(SNAPSHOT, snapshot_json("x", "vol-ffffffff", "1", ""),
		    &got));
	bad(INTERNAL, "volume",
	    read_as(SNAPSHOT, snapshot_json(ACCOUNT, "vol/../x", "1", ""),
		    &got));
	bad(INTERNAL, "size",
	    read_as(SNAPSHOT, snapshot_json(ACCOUNT, "vol-ffffffff", "0", ""),
		    &got));
	bad(INTERNAL, "size",
	    read_as(SNAPSHOT,
		    snapshot_json(ACCOUNT, "vol-ffffffff", "99999999", ""),
		    &got));
	/* another list than the one that the record names */
	content[0] = 'b';
	bad(INTERNAL, "another one",
	    read_as(SNAPSHOT, snapshot_json(ACCOUNT, "vol-ffffffff", "1", ""),
		    &got));
	content[0] = 'a';
	/* more of what it was made on than anybody keeps */
	buf_str(&many, ",\"lineage\":[");
	for (int i = 0; i <= DEPOT_LINEAGE_MOST; i++)
		buf_printf(&many, "%s\"%s\"", i ? "," : "", content);
	buf_str(&many, "]");
	bad(INTERNAL, "lineage",
	    read_as(SNAPSHOT,
		    snapshot_json(ACCOUNT, "vol-ffffffff", "1", many.data),
		    &got));
	good(read_as(SNAPSHOT,
		     snapshot_json(ACCOUNT, "vol-ffffffff", "1",
				   ",\"shared\":[\"all\"],\"later\":{}"),
		     &got));
	check(depot_item_visible(&got, THIRD));
}

static bool count_item(void *data, const struct depot_item *item,
		       struct error *own)
{
	(void)own;
	check(strcmp(item->id, SNAPSHOT) == 0);
	++*(int *)data;
	return true;
}

static bool count_bad(void *data, const char *id, const char *why)
{
	check(strcmp(id, IMAGE) == 0 && *why);
	*(int *)data += 100;
	return true;
}

static bool refuse_bad(void *data, const char *id, const char *why)
{
	(void)data;
	(void)id;
	(void)why;
	return false;
}

/* One that is damaged hides none of the others, but from who must see all. */
static void test_all(void)
{
	int seen = 0;

	good(depot_items(&call, place, count_item, count_bad, &seen, &err));
	check(seen == 101);
	bad(INTERNAL, "",
	    depot_items(&call, place, count_item, refuse_bad, &seen, &err));
}

int main(void)
{
	struct depot_request request = { .name = "site",
					 .place = in_dir("bucket") };
	const char *key_file;

	arena = arena_new();
	store_new();
	hex_write(list, sizeof(list), content);
	good(region_add_depot(&call, &request, arena, &key_file, &err));
	check(access(key_file, R_OK) == 0);
	good(depot_place_open(&call, "nowhere", &place, &err));
	check(!place);
	good(depot_place_open(&call, "site", &place, &err));
	depot = depot_place_depot(place);
	test_written();
	test_hostile();
	test_all();
	depot_place_close(place);
	store_close(call.store);
	arena_free(arena);
	return 0;
}
