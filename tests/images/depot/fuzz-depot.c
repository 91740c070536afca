/* fuzz-depot.c - libFuzzer upon the readers of a region's objects
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/images/depot/fuzz-depot.c \
 *     images/base/?*.c images/depot/?*.c -ljansson -lcrypto -ldl -pthread \
 *     -o fuzz-depot
 *   ./fuzz-depot -max_len=4096 -timeout=5 -rss_limit_mb=512 CORPUS
 *
 * The first byte says what the rest is: the content of a list, a record or a
 * block, sealed as somebody with the region's key would, or the whole of one
 * of them, or of what says that here is a region.
 */
#include <stdlib.h>
#include <string.h>

#include "images/base/digest.h"
#include "images/depot/depot-private.h"

#define SNAPSHOT "snap-0123456789abcdef0"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One object, whatever it is called, and the region's. */
static struct buf object, region;

static bool put(void *data, const char *name, const void *bytes, size_t size,
		struct error *err)
{
	struct buf *to = strcmp(name, "region") == 0 ? &region : &object;

	(void)data;
	(void)err;
	to->size = 0;
	buf_add(to, bytes, size);
	return true;
}

static bool get(void *data, const char *name, size_t most,
		struct buf *ret_bytes, struct error *err)
{
	const struct buf *from = strcmp(name, "region") == 0 ? &region :
							       &object;

	(void)data;
	if (!from->size)
		return fail(err, FAULT_KEY_NOT_FOUND, "none");
	if (from->size > most)
		return fail(err, FAULT_INVALID_PARAMETER, "too large");
	buf_add(ret_bytes, from->data, from->size);
	return true;
}

static const struct depot_ops ops = { .put = put, .get = get };
static const struct secret key;

static void must(bool right)
{
	if (!right)
		abort();
}

static void read_list(struct depot *depot, const uint8_t *digest)
{
	struct error err = { 0 };
	struct depot_list list;

	if (!depot_get_list(depot, digest, &list, &err))
		return;
	for (size_t i = 0; i < list.count; i++)
		must(list.entries[i].number * DEPOT_BLOCK < list.size &&
		     (!i ||
		      list.entries[i].number > list.entries[i - 1].number));
	depot_list_done(&list);
}

static void read_record(struct depot *depot)
{
	struct depot_record record;
	struct error err = { 0 };

	if (!depot_get_record(depot, SNAPSHOT, &record, &err))
		return;
	must(record.serial > 0 && strlen(record.text) <= DEPOT_RECORD_MOST);
	free(record.text);
}

static void read_block(struct depot *depot, const uint8_t *digest)
{
	static uint8_t block[DEPOT_BLOCK];
	auto_of(depot_room) room = NULL;
	struct error err = { 0 };

	must(depot_room_new(&room, &err));
	(void)!depot_get_block(depot, room, digest, block, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_of(depot) depot = NULL;
	char name[DEPOT_NAME_SIZE] = "snapshots/" SNAPSHOT;
	uint8_t digest[SHA256_SIZE];
	struct error err = { 0 };
	unsigned kind;

	if (size < 1)
		return 0;
	kind = *data++ % 7;
	size--;
	region.size = object.size = 0;
	if (kind == 6)
		put(NULL, "region", data, size, &err);
	if (!depot_open(&ops, NULL, &key, true, &depot, &err)) {
		must(kind == 6);
		return 0;
	}
	sha256(data, size, digest);
	if (kind % 3 == 0)
		list_name(depot, digest, name);
	if (kind % 3 == 2)
		block_name(depot, digest, name);
	if (kind < 3)
		must(depot_object_put(depot, name, data, size, &err));
	else
		put(NULL, name, data, size, &err);
	if (kind % 3 == 0)
		read_list(depot, digest);
	else if (kind % 3 == 1)
		read_record(depot);
	else
		read_block(depot, digest);
	return 0;
}
