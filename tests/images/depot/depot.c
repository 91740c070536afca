/* depot.c - what is put into a region comes out of it, and nothing else does
 *
 * The objects are in memory. Every byte of each is altered, and each is cut at
 * every length; one publisher, one collector or another publisher comes at
 * every step of another one, and each dies at every step.
 */
#include "tests/images/chain/testing.h"

#include "images/base/digest.h"
#include "images/base/id.h"
#include "images/depot/depot-private.h"

#define MOST 256
#define BLOCKS 3
#define SNAPSHOT "snap-0123456789abcdef0"

static struct error err;

/* A place for objects. */
struct object {
	char name[DEPOT_NAME_SIZE];
	uint8_t *bytes;
	size_t size;
};
struct place {
	struct object objects[MOST];
	size_t count;
	long calls;	    /* so far */
	long last;	    /* the one that is the last; -1: there is none */
	long when;	    /* before this call … */
	void (*then)(void); /* … that happens */
};
static struct place place;

static void place_clear(void)
{
	for (size_t i = 0; i < place.count; i++)
		free(place.objects[i].bytes);
	place = (struct place){ .last = -1, .when = -1 };
}

static struct object *find(const char *name)
{
	for (size_t i = 0; i < place.count; i++)
		if (strcmp(place.objects[i].name, name) == 0)
			return &place.objects[i];
	return NULL;
}

/* A call comes; false when this host has died by now. */
static bool comes(struct error *own)
{
	long now = place.calls++;

	if (now == place.when) {
		place.when = -1;
		place.then();
	}
	return place.last < 0 || now < place.last ||
	       fail(own, FAULT_UNAVAILABLE, "the host is down");
}

static bool put(void *data, const char *name, const void *bytes, size_t size,
		struct error *own)
{
	struct object *object;

	(void)data;
	if (!comes(own))
		return false;
	object = find(name);
	if (!object) {
		check(place.count < MOST);
		object = &place.objects[place.count++];
		snprintf(object->name, sizeof(object->name), "%s", name);
		object->bytes = NULL;
	}
	free(object->bytes);
	object->bytes = malloc(size + 1);
	check(object->bytes != NULL);
	memcpy(object->bytes, bytes, size);
	object->size = size;
	return true;
}

static bool get(void *data, const char *name, size_t most,
		struct buf *ret_bytes, struct error *own)
{
	const struct object *object;

	(void)data;
	if (!comes(own))
		return false;
	object = find(name);
	if (!object)
		return fail(own, FAULT_KEY_NOT_FOUND, "no %s", name);
	if (object->size > most)
		return fail(own, FAULT_INVALID_PARAMETER, "%s is large", name);
	buf_add(ret_bytes, object->bytes, object->size);
	return true;
}

static bool has(void *data, const char *name, bool *ret_has, struct error *own)
{
	(void)data;
	if (!comes(own))
		return false;
	*ret_has = find(name) != NULL;
	return true;
}

static bool drop(void *data, const char *name, struct error *own)
{
	struct object *object;

	(void)data;
	if (!comes(own))
		return false;
	object = find(name);
	if (object) {
		free(object->bytes);
		*object = place.objects[--place.count];
	}
	return true;
}

static bool list(void *data, const char *prefix,
		 bool (*each)(void *each_data, const char *name, uint64_t size),
		 void *each_data, struct error *own)
{
	(void)data;
	if (!comes(own))
		return false;
	for (size_t i = 0; i < place.count; i++)
		if (strncmp(place.objects[i].name, prefix, strlen(prefix)) ==
			    0 &&
		    !each(each_data, place.objects[i].name,
			  place.objects[i].size))
			break;
	return true;
}

static const struct depot_ops ops = { put, get, has, drop, list };
static const struct secret key = { "thirty-two bytes of a region's k" };
static usec_t now = 1000000 * USEC_PER_SEC;

static struct depot *opened(void)
{
	struct depot *depot = NULL;

	good(depot_open(&ops, NULL, &key, true, &depot, &err));
	return depot;
}

/* A block of its own for each number: even ones can be packed. */
static void fill(uint8_t *block, unsigned number)
{
	uint32_t state = number * 2654435761U + 1;

	memset(block, (int)number + 1, DEPOT_BLOCK);
	for (size_t i = 0; number % 2 && i < DEPOT_BLOCK; i++) {
		state = state * 1664525U + 1013904223U;
		block[i] = (uint8_t)(state >> 24);
	}
}

static struct depot_room *room;

/* Publishes blocks `from` to `from` + BLOCKS under an id, as a store does. */
static bool publish(const char *id, unsigned from, struct error *own)
{
	static uint8_t block[DEPOT_BLOCK];
	struct depot_entry entries[BLOCKS];
	struct depot_list blocks = { 10 * DEPOT_BLOCK, entries, BLOCKS };
	struct depot_record record = { 1, { 0 }, (char[]){ "{}" } };
	auto_of(depot_set) set = NULL;
	auto_of(depot) depot = NULL;
	struct depot_mark mark = { "", 0 };
	bool lacks;

	if (!depot_open(&ops, NULL, &key, true, &depot, own) ||
	    !depot_publish_begin(depot, now, &mark, own) ||
	    !depot_blocks(depot, &set, own))
		return false;
	for (unsigned i = 0; i < BLOCKS; i++) {
		fill(block, from + i);
		entries[i].number = 2 * i;
		sha256(block, DEPOT_BLOCK, entries[i].digest);
		if (!depot_set_lacks(depot, set, entries[i].digest, &lacks,
				     own) ||
		    (lacks && !depot_put_block(depot, room, block,
					       entries[i].digest, NULL, own)))
			return false;
	}
	return depot_put_list(depot, &blocks, record.list, own) &&
	       depot_publish(depot, &mark, id, &record, own) &&
	       depot_publish_end(depot, &mark, own);
}

/* Whether there is such a record; then everything it names is there. */
static bool is_whole(const char *id)
{
	static uint8_t is[DEPOT_BLOCK];
	auto_of(depot) depot = opened();
	struct depot_record record;
	struct depot_list blocks;

	if (!depot_get_record(depot, id, &record, &err)) {
		check(err.fault == FAULT_KEY_NOT_FOUND);
		error_clear(&err);
		return false;
	}
	check(strcmp(record.text, "{}") == 0 && record.serial == 1);
	good(depot_get_list(depot, record.list, &blocks, &err));
	check(blocks.count == BLOCKS && blocks.size == 10 * DEPOT_BLOCK);
	for (size_t i = 0; i < blocks.count; i++) {
		check(blocks.entries[i].number == 2 * i);
		good(depot_get_block(depot, room, blocks.entries[i].digest, is,
				     &err));
	}
	depot_list_done(&blocks);
	free(record.text);
	return true;
}

static unsigned count(const char *prefix)
{
	unsigned found = 0;

	for (size_t i = 0; i < place.count; i++)
		found += strncmp(place.objects[i].name, prefix,
				 strlen(prefix)) == 0;
	return found;
}

static void test_round(void)
{
	struct depot_collected collected;
	auto_of(depot) depot = NULL;

	place_clear();
	good(publish(SNAPSHOT, 0, &err));
	check(is_whole(SNAPSHOT));
	check(count("blocks/") == BLOCKS && count("lists/") == 1);
	check(count("publishing/") == 0);
	/* what others have in common with it is there once */
	good(publish("snap-0fedcba9876543210", 1, &err));
	check(is_whole("snap-0fedcba9876543210"));
	check(count("blocks/") == BLOCKS + 1 && count("lists/") == 2);
	good(publish("snap-00000000000000000", 1, &err));
	check(count("blocks/") == BLOCKS + 1 && count("lists/") == 2);

	/* nothing goes that is named; all that is not goes */
	depot = opened();
	good(depot_collect(depot, now, DEPOT_MARK_LASTS, &collected, &err));
	check(!collected.blocks && collected.kept == BLOCKS + 1);
	good(depot_remove_record(depot, SNAPSHOT, &err));
	good(depot_collect(depot, now, DEPOT_MARK_LASTS, &collected, &err));
	check(collected.blocks == 1 && collected.kept == BLOCKS &&
	      collected.lists == 1 && collected.bytes > 100);
	check(count("blocks/") == BLOCKS && count("lists/") == 1 &&
	      count("collecting/") == 0);
	check(!is_whole(SNAPSHOT) && is_whole("snap-0fedcba9876543210"));
}

/* Names say nothing of contents, and are another region's under another key. */
static void test_names(void)
{
	static const struct secret other = {
		"another thirty-two bytes, as key"
	};
	char plain[65], id[ID_SIZE], again[ID_SIZE];
	static uint8_t block[DEPOT_BLOCK];
	auto_of(depot) depot = NULL;
	auto_of(depot) second = NULL;
	bool exists;

	place_clear();
	good(depot_exists(&ops, NULL, &exists, &err));
	check(!exists);
	bad(REGION_NOT_FOUND, "no region",
	    depot_open(&ops, NULL, &key, false, &depot, &err));
	good(publish(SNAPSHOT, 0, &err));
	good(depot_exists(&ops, NULL, &exists, &err));
	check(exists);
	fill(block, 0);
	sha256_text(block, DEPOT_BLOCK, plain);
	for (size_t i = 0; i < place.count; i++)
		check(!strstr(place.objects[i].name, plain));
	bad(AUTH_FAILURE, "another key",
	    depot_open(&ops, NULL, &other, true, &depot, &err));

	depot = opened();
	depot_id(depot, "ami-0123456789abcdef0", id);
	depot_id(depot, "ami-0123456789abcdef0", again);
	check(id_valid(id, "ami") && strcmp(id, again) == 0 &&
	      strcmp(id, "ami-0123456789abcdef0") != 0);
	place_clear();
	good(depot_open(&ops, NULL, &other, true, &second, &err));
	depot_id(second, "ami-0123456789abcdef0", again);
	check(strcmp(id, again) != 0);
}

/* The fault of reading everything again, NONE if it can be. */
static enum fault read_again(const char *what)
{
	static uint8_t block[DEPOT_BLOCK];
	auto_of(depot) depot = NULL;
	struct depot_list blocks = { 0 };
	struct depot_record record = { 0 };
	struct error own = { 0 };
	bool ok;

	ok = depot_open(&ops, NULL, &key, true, &depot, &own) &&
	     depot_get_record(depot, SNAPSHOT, &record, &own) &&
	     depot_get_list(depot, record.list, &blocks, &own);
	for (size_t i = 0; ok && i < blocks.count; i++)
		ok = depot_get_block(depot, room, blocks.entries[i].digest,
				     block, &own);
	depot_list_done(&blocks);
	free(record.text);
	check(ok || strstr(own.text, what) || own.fault == FAULT_UNSUPPORTED ||
	      own.fault == FAULT_AUTH_FAILURE);
	return own.fault;
}

static void test_altered(void)
{
	place_clear();
	good(publish(SNAPSHOT, 0, &err));
	check(read_again("") == FAULT_NONE);
	for (size_t i = 0; i < place.count; i++) {
		struct object *object = &place.objects[i];
		size_t size = object->size;
		/* of large ones each thousandth byte */
		size_t step = size < 4096 ? 1 : 1009;

		for (size_t at = 0; at < size; at += step) {
			object->bytes[at] ^= 1;
			check(read_again(object->name) != FAULT_NONE);
			object->bytes[at] ^= 1;
		}
		for (object->size = 0; object->size < size;
		     object->size += step)
			check(read_again(object->name) != FAULT_NONE);
		object->size = size;
	}
	check(read_again("") == FAULT_NONE);
}

/* One object in the place of another, of any kind; and one that is gone. */
static void test_exchanged(void)
{
	place_clear();
	good(publish(SNAPSHOT, 0, &err));
	for (size_t i = 0; i < place.count; i++)
		for (size_t j = 0; j < place.count; j++) {
			struct object *to = &place.objects[i], was = *to;

			if (i == j)
				continue;
			to->bytes = place.objects[j].bytes;
			to->size = place.objects[j].size;
			check(read_again(to->name) != FAULT_NONE);
			*to = was;
		}
	for (size_t i = 0; i < place.count; i++) {
		struct object *object = &place.objects[i];
		char name[DEPOT_NAME_SIZE];

		if (strcmp(object->name, "region") == 0)
			continue; /* is made again */
		memcpy(name, object->name, sizeof(name));
		object->name[0] = 'X';
		check(read_again(strchr(name, '-') ? SNAPSHOT : "is missing") !=
		      FAULT_NONE);
		memcpy(object->name, name, sizeof(name));
	}
	check(read_again("") == FAULT_NONE);
}

/* What is sealed rightly and is nonsense, by somebody with the key. */
static void test_hostile_lists(void)
{
	auto_of(depot) depot = NULL;
	struct depot_entry entries[2] = { { 3, { 1 } }, { 3, { 2 } } };
	struct depot_list blocks = { 10 * DEPOT_BLOCK, entries, 2 }, got;
	uint8_t digest[DEPOT_DIGEST], content[64] = { 0 };
	char name[DEPOT_NAME_SIZE];
	static const struct {
		uint64_t size, first, second;
	} lists[] = {
		{ 10 * DEPOT_BLOCK, 3, 3 },
		{ 10 * DEPOT_BLOCK, 4, 3 },
		{ 10 * DEPOT_BLOCK, 3, 10 },
		{ 10 * DEPOT_BLOCK, 3, ~0ULL },
		{ 0, 0, 1 },
		{ DEPOT_BLOCK + 1, 0, 1 },
		{ DEPOT_DISK_MOST + 512, 0, 1 },
	};

	place_clear();
	depot = opened();
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		blocks.size = lists[i].size;
		entries[0].number = lists[i].first;
		entries[1].number = lists[i].second;
		good(depot_put_list(depot, &blocks, digest, &err));
		bad(INTERNAL, "lists/",
		    depot_get_list(depot, digest, &got, &err));
	}
	blocks.count = DEPOT_BLOCKS_MOST + 1;
	bad(UNSUPPORTED, "too large",
	    depot_put_list(depot, &blocks, digest, &err));
	/* a count that does not fit, and no head at all */
	put64(content, DEPOT_BLOCK);
	put64(content + 8, UINT64_MAX / 40);
	for (size_t size = 0; size < sizeof(content); size++) {
		sha256(content, size, digest);
		list_name(depot, digest, name);
		good(depot_object_put(depot, name, content, size, &err));
		bad(INTERNAL, "no list",
		    depot_get_list(depot, digest, &got, &err));
	}
}

/* Too short, without a serial, with a NUL. */
static void test_hostile_records(void)
{
	auto_of(depot) depot = NULL;
	struct depot_record record;
	uint8_t content[64] = { 0 };

	place_clear();
	depot = opened();
	for (size_t size = 0; size < sizeof(content); size++) {
		good(depot_object_put(depot, "snapshots/" SNAPSHOT, content,
				      size, &err));
		bad(INTERNAL, "no record",
		    depot_get_record(depot, SNAPSHOT, &record, &err));
		content[0] = size % 2 ? 0x80 : 0;
	}
	content[0] = 0;
	content[7] = 1;
	good(depot_object_put(depot, "snapshots/" SNAPSHOT, content, 41, &err));
	bad(INTERNAL, "no record",
	    depot_get_record(depot, SNAPSHOT, &record, &err));
	bad(KEY_NOT_FOUND, "no ../x",
	    depot_get_record(depot, "../x", &record, &err));
}

/* A block that unpacks to nothing, to another one, to too much. */
static void test_hostile_blocks(void)
{
	auto_of(depot) depot = NULL;
	static uint8_t block[DEPOT_BLOCK];
	uint8_t digest[DEPOT_DIGEST], content[10] = { 0 };
	char name[DEPOT_NAME_SIZE];

	place_clear();
	depot = opened();
	sha256(block, DEPOT_BLOCK, digest);
	block_name(depot, digest, name);
	good(depot_object_put(depot, name, content, 0, &err));
	bad(INTERNAL, "unpacked",
	    depot_get_block(depot, room, digest, block, &err));
	good(depot_object_put(depot, name, content, 10, &err));
	bad(INTERNAL, "unpacked",
	    depot_get_block(depot, room, digest, block, &err));
	memset(block, 7, DEPOT_BLOCK);
	good(depot_object_put(depot, name, block, DEPOT_BLOCK, &err));
	bad(INTERNAL, "another block",
	    depot_get_block(depot, room, digest, block, &err));
	good(put(NULL, name, block, DEPOT_BLOCK, &err));
	bad(INTERNAL, "does not open",
	    depot_get_block(depot, room, digest, block, &err));
}

/* Who comes meanwhile. */
static usec_t lasts;
static bool collected, published;

static void do_collect(void)
{
	struct depot_collected all;
	struct error own = { 0 };
	auto_of(depot) depot = NULL;

	collected = depot_open(&ops, NULL, &key, true, &depot, &own) &&
		    depot_collect(depot, now, lasts, &all, &own);
	check(collected || own.fault == FAULT_UNAVAILABLE);
}

static void do_publish(void)
{
	struct error own = { 0 };

	published = publish("snap-0fedcba9876543210", 0, &own);
	check(published || own.fault == FAULT_UNAVAILABLE);
}

/* A region with blocks that nothing names, and that a publisher is about to. */
static void prepare(void)
{
	auto_of(depot) depot = NULL;

	place_clear();
	good(publish("snap-00000000000000000", 0, &err));
	depot = opened();
	good(depot_remove_record(depot, "snap-00000000000000000", &err));
	place.calls = 0;
}

/* A collector comes at each step of a publisher, who may have slept so long
 * that his mark is worth nothing: what he says is published is whole. */
static void test_collector_comes(usec_t patience)
{
	unsigned came = 0, lost_mark = 0;

	lasts = patience;
	for (long step = 0;; step++) {
		struct error own = { 0 };
		bool done;

		prepare();
		place.when = step;
		place.then = do_collect;
		collected = false;
		done = publish(SNAPSHOT, 0, &own);
		if (place.when >= 0)
			break;
		came += collected;
		lost_mark += !done;
		check(done || own.fault == FAULT_UNAVAILABLE);
		check(done == is_whole(SNAPSHOT));
		good(publish(SNAPSHOT, 0, &err));
		check(is_whole(SNAPSHOT));
	}
	/* before he has begun and after he is done at least */
	check(came >= 2);
	check((lost_mark > 0) == (patience == 0));
}

/* A publisher comes at each step of a collector. */
static void test_publisher_comes(void)
{
	unsigned came = 0;

	for (long step = 0;; step++) {
		prepare();
		place.when = step;
		place.then = do_publish;
		published = false;
		lasts = DEPOT_MARK_LASTS;
		do_collect();
		if (place.when >= 0)
			break;
		came += published;
		check(published == is_whole("snap-0fedcba9876543210"));
	}
	check(came >= 2);
}

/* Two publishers of the same, one at each step of the other. */
static void test_two_publish(void)
{
	for (long step = 0;; step++) {
		prepare();
		place.when = step;
		place.then = do_publish;
		good(publish(SNAPSHOT, 0, &err));
		if (place.when >= 0)
			break;
		check(published && is_whole(SNAPSHOT) &&
		      is_whole("snap-0fedcba9876543210"));
	}
}

/* A publisher dies at each step: nothing is half there, and the next one
 * begins where he was; so for a collector. */
static void test_die(void)
{
	struct error own = { 0 };
	bool done = false;

	for (long step = 0; !done; step++) {
		place_clear();
		place.last = step;
		error_clear(&own);
		done = publish(SNAPSHOT, 0, &own);
		place.last = -1;
		check(done || own.fault == FAULT_UNAVAILABLE);
		if (is_whole(SNAPSHOT))
			check(step > BLOCKS);
		good(publish(SNAPSHOT, 0, &err));
		check(is_whole(SNAPSHOT) && count("blocks/") == BLOCKS);
		lasts = DEPOT_MARK_LASTS;
		do_collect();
		check(collected == (count("publishing/") == 0));
		lasts = 0;
		do_collect();
		check(collected && is_whole(SNAPSHOT) &&
		      count("publishing/") == 0);
	}
	done = false;
	for (long step = 0; !done; step++) {
		prepare();
		good(publish(SNAPSHOT, 1, &err));
		place.calls = 0;
		place.last = step;
		lasts = DEPOT_MARK_LASTS;
		do_collect();
		done = collected;
		place.last = -1;
		check(is_whole(SNAPSHOT));
		if (done)
			break;
		/* its mark holds others up for a day, and no longer */
		if (count("collecting/")) {
			error_clear(&own);
			check(!publish(SNAPSHOT, 0, &own) &&
			      own.fault == FAULT_UNAVAILABLE);
		}
		now += DEPOT_MARK_LASTS;
		good(publish(SNAPSHOT, 1, &err));
		do_collect();
		check(collected && is_whole(SNAPSHOT) &&
		      count("collecting/") == 0 && count("blocks/") == BLOCKS);
	}
}

/* A mark is renewed, unless somebody has taken it for one of the dead. */
static void test_renew(void)
{
	auto_of(depot) depot = NULL;
	struct depot_mark mark, was;

	place_clear();
	depot = opened();
	good(depot_publish_begin(depot, now, &mark, &err));
	was = mark;
	good(depot_publish_renew(depot, now + 1, &mark, &err));
	check(strcmp(mark.name, was.name) == 0);
	good(depot_publish_renew(depot, now + DEPOT_MARK_RENEWED, &mark, &err));
	check(strcmp(mark.name, was.name) != 0 && count("publishing/") == 1);
	lasts = 0;
	do_collect();
	check(collected && count("publishing/") == 0);
	bad(UNAVAILABLE, "begin again",
	    depot_publish_renew(depot, now + 2 * DEPOT_MARK_RENEWED, &mark,
				&err));
	check(count("publishing/") == 0);
}

/* A record that cannot be read keeps everything. */
static void test_doubt(void)
{
	struct depot_collected all;
	auto_of(depot) depot = NULL;
	struct object *object;

	prepare();
	depot = opened();
	good(publish(SNAPSHOT, 1, &err));
	object = find("snapshots/" SNAPSHOT);
	object->bytes[20] ^= 1;
	bad(INTERNAL, SNAPSHOT,
	    depot_collect(depot, now, DEPOT_MARK_LASTS, &all, &err));
	check(count("blocks/") == BLOCKS + 1 && count("collecting/") == 0);
	object->bytes[20] ^= 1;
	check(is_whole(SNAPSHOT));
}

int main(void)
{
	good(depot_room_new(&room, &err));
	test_round();
	test_names();
	test_altered();
	test_exchanged();
	test_hostile_lists();
	test_hostile_records();
	test_hostile_blocks();
	test_collector_comes(DEPOT_MARK_LASTS);
	test_collector_comes(0);
	test_publisher_comes();
	test_two_publish();
	test_die();
	test_renew();
	test_doubt();
	depot_room_free(room);
	place_clear();
	return 0;
}
