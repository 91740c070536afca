/* farask.c - the questions of who copies from elsewhere
 *
 * The list of a disk comes whole when that is opened: 40 bytes for each block
 * of 512 KiB that holds something. Blocks are asked for as soon as they are
 * wanted; those that come while digests are waited for are put aside as they
 * came, packed.
 */
#include "images/farask.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "images/base/bytes.h"
#include "images/base/digest.h"
#include "images/base/hex.h"
#include "images/base/packer.h"
#include "images/chain/digests.h"
#include "images/farrow.h"

#define LINEAGE_MOST 4096
#define SIZE_MOST ((uint64_t)65536 << 30)

struct asker {
	struct far far;
	struct wire wire;
	uint8_t key[SHA256_SIZE]; /* of digests, for this connection */
	bool lost;		  /* what comes next is of a disk that was
				   * closed before its blocks had come */
	void (*end)(void *data, struct wire *wire);
	void *data;
};

/* A block that has come, or will. */
struct coming {
	uint64_t block;
	uint8_t *body; /* of its frame; owned; NULL: it is under way */
	size_t size;
};

struct asked_disk {
	struct far_disk disk;
	struct asker *asker;
	struct arena *arena;   /* of the lineage; owned */
	struct packer *packer; /* owned */

	/* the list */
	uint64_t *blocks; /* ascending; owned */
	uint8_t *digests; /* of each, … ; owned */
	bool digested;	  /* … if there are any */
	size_t count, room;

	/* blocks that were wanted, in a ring */
	struct coming coming[FAR_AHEAD];
	size_t first, wanted, come;

	/* the digests that were compared with last: entries of the list from
	 * this one on */
	size_t compared, compared_count;
	uint8_t macs[WIRE_COMPARE_MOST * SHA256_SIZE];
	struct error failed; /* where that could not be said at once */
};

static struct asker *asker_of(struct far *far)
{
	return (struct asker *)far;
}

static struct asked_disk *disk_of(struct far_disk *disk)
{
	return (struct asked_disk *)disk;
}

static const struct asked_disk *disk_seen(const struct far_disk *disk)
{
	return (const struct asked_disk *)disk;
}

/* Asks by an object, which is released, and takes the answer; NULL with the
 * error. */
static json_t *ask(struct asker *asker, enum wire_what what, json_t *question,
		   struct error *err)
{
	auto_wire_json *asked = question;

	if (asker->lost) {
		fail(err, FAULT_UNAVAILABLE, "the connection is used up");
		return NULL;
	}
	return wire_send_json(&asker->wire, what, asked, err) &&
			       wire_answer(&asker->wire, what, WIRE_JSON_MOST,
					   err) ?
		       wire_json(&asker->wire, err) :
		       NULL;
}

static bool ask_snapshot(struct far *far, const char *account, const char *id,
			 struct arena *arena, struct snapshot *ret_snapshot,
			 struct error *err)
{
	auto_wire_json *row =
		ask(asker_of(far), WIRE_SNAPSHOT,
		    json_pack("{s:s, s:s}", "account", account, "id", id), err);

	return row && far_snapshot_read(row, id, arena, ret_snapshot, err);
}

static bool ask_image(struct far *far, const char *account, const char *id,
		      struct arena *arena, struct far_image *ret_image,
		      struct error *err)
{
	auto_wire_json *row =
		ask(asker_of(far), WIRE_IMAGE,
		    json_pack("{s:s, s:s}", "account", account, "id", id), err);

	return row && far_image_read(row, id, arena, ret_image, err);
}

/* The first entry of the list of that block or a later one. */
static size_t find(const struct asked_disk *disk, uint64_t block)
{
	size_t low = 0, high = disk->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (disk->blocks[middle] < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool lists(const struct asked_disk *disk, size_t at, uint64_t block)
{
	return at < disk->count && disk->blocks[at] == block;
}

static bool asked_has(const struct far_disk *far_disk, uint64_t block)
{
	const struct asked_disk *disk = disk_seen(far_disk);

	return lists(disk, find(disk, block), block);
}

static const uint8_t *asked_digest(const struct far_disk *far_disk,
				   uint64_t block)
{
	const struct asked_disk *disk = disk_seen(far_disk);
	size_t at = find(disk, block);

	if (!disk->digested)
		return NULL;
	return lists(disk, at, block) ? disk->digests + at * SHA256_SIZE :
					digest_of_zeros;
}

/* Puts a block's frame aside, for when it is read. */
static bool put_aside(struct asked_disk *disk, struct error *err)
{
	struct wire *wire = &disk->asker->wire;
	struct coming *coming =
		disk->coming + (disk->first + disk->come) % FAR_AHEAD;

	if (disk->come == disk->wanted || wire->size < WIRE_BLOCK_HEAD ||
	    get64(wire->body) != coming->block)
		return wire_wrong("a block that was not asked for", err);
	coming->body = malloc(wire->size);
	if (!coming->body)
		return fail_memory(err);
	memcpy(coming->body, wire->body, wire->size);
	coming->size = wire->size;
	disk->come++;
	return true;
}

/* Asks for the digests of the next entries of the list. */
static bool compare_more(struct asked_disk *disk, size_t from,
			 struct error *err)
{
	struct wire *wire = &disk->asker->wire;
	uint8_t blocks[WIRE_COMPARE_MOST * 8];
	size_t count = disk->count - from;

	if (count > WIRE_COMPARE_MOST)
		count = WIRE_COMPARE_MOST;
	for (size_t i = 0; i < count; i++)
		put64(blocks + 8 * i, disk->blocks[from + i]);
	if (!wire_send(wire, WIRE_COMPARE, NULL, 0, blocks, 8 * count, err))
		return false;
	while (disk->come < disk->wanted)
		if (!wire_answer(wire, WIRE_BLOCK, WIRE_BLOCK_HEAD + BLOCK_SIZE,
				 err) ||
		    !put_aside(disk, err))
			return false;
	if (!wire_answer(wire, WIRE_COMPARE, sizeof(disk->macs), err))
		return false;
	if (wire->size != count * SHA256_SIZE)
		return wire_wrong("digests of other blocks", err);
	memcpy(disk->macs, wire->body, wire->size);
	disk->compared = from;
	disk->compared_count = count;
	return true;
}

static bool is_zeros(const uint8_t *data)
{
	return !data[0] && memcmp(data, data + 1, BLOCK_SIZE - 1) == 0;
}

static bool matches(struct asked_disk *disk, uint64_t block,
		    const uint8_t *data)
{
	uint8_t is[SHA256_SIZE];
	size_t at = find(disk, block);

	if (!lists(disk, at, block))
		return is_zeros(data);
	if (disk->digested) {
		sha256(data, BLOCK_SIZE, is);
		return memcmp(is, disk->digests + at * SHA256_SIZE,
			      sizeof(is)) == 0;
	}
	/* a block that holds something there, and here nothing */
	if (is_zeros(data))
		return false;
	if (at < disk->compared || at >= disk->compared + disk->compared_count)
		if (!compare_more(disk, at, &disk->failed))
			return false;
	hmac_sha256(disk->asker->key, data, BLOCK_SIZE, is);
	return memcmp(is, disk->macs + (at - disk->compared) * SHA256_SIZE,
		      sizeof(is)) == 0;
}

static bool asked_matches(const struct far_disk *far_disk, uint64_t block,
			  const uint8_t *data)
{
	struct asked_disk *disk =
		disk_of((struct far_disk *)(uintptr_t)far_disk);

	return disk->failed.fault == FAULT_NONE && matches(disk, block, data);
}

static bool asked_want(struct far_disk *far_disk, uint64_t block,
		       struct error *err)
{
	struct asked_disk *disk = disk_of(far_disk);
	uint8_t number[8];

	if (disk->failed.fault != FAULT_NONE) {
		*err = disk->failed;
		return false;
	}
	put64(number, block);
	if (!wire_send(&disk->asker->wire, WIRE_BLOCK, number, sizeof(number),
		       NULL, 0, err))
		return false;
	disk->coming[(disk->first + disk->wanted++) % FAR_AHEAD] =
		(struct coming){ .block = block };
	return true;
}

/* What a block's frame says, if it is what its digests say. */
static bool unpack(struct asked_disk *disk, uint64_t block, const uint8_t *body,
		   size_t size, uint8_t *ret_data, struct error *err)
{
	const uint8_t *said = body + 8;
	const uint8_t *listed = asked_digest(&disk->disk, block);
	const uint8_t *data = body + WIRE_BLOCK_HEAD;
	uint8_t is[SHA256_SIZE];

	if (size < WIRE_BLOCK_HEAD || get64(body) != block)
		return wire_wrong("a block that was not asked for", err);
	size -= WIRE_BLOCK_HEAD;
	if (size == BLOCK_SIZE)
		memcpy(ret_data, data, BLOCK_SIZE);
	else if (!packer_unpack(disk->packer, data, size, ret_data, BLOCK_SIZE))
		return wire_wrong("a block is packed in another way", err);
	sha256(ret_data, BLOCK_SIZE, is);
	return (memcmp(is, said, sizeof(is)) == 0 &&
		(!listed || memcmp(is, listed, sizeof(is)) == 0)) ||
	       wire_wrong("a block is not what its digest says", err);
}

static bool asked_read(struct far_disk *far_disk, uint64_t block,
		       uint8_t *ret_data, struct error *err)
{
	struct asked_disk *disk = disk_of(far_disk);
	struct wire *wire = &disk->asker->wire;
	struct coming *coming = disk->coming + disk->first;
	auto_free uint8_t *aside = take(coming->body);
	size_t size = coming->size;

	if (!aside) {
		if (!wire_answer(wire, WIRE_BLOCK, WIRE_BLOCK_HEAD + BLOCK_SIZE,
				 err))
			return false;
		size = wire->size;
	}
	disk->first = (disk->first + 1) % FAR_AHEAD;
	disk->wanted--;
	disk->come -= aside != NULL;
	return unpack(disk, block, aside ? aside : wire->body, size, ret_data,
		      err);
}

/* Takes the entries of a frame into a map: ascending, so that it ends. */
static bool take_changes(struct asked_disk *disk, uint64_t *next,
			 struct blockmap *map, struct error *err)
{
	const struct wire *wire = &disk->asker->wire;
	uint64_t blocks = (disk->disk.size + BLOCK_SIZE - 1) / BLOCK_SIZE;

	if (wire->size % 8)
		return wire_wrong("half an entry of a list", err);
	for (size_t i = 0; i < wire->size; i += 8) {
		uint64_t block = get64(wire->body + i);

		if (block < *next || block >= blocks)
			return wire_wrong("a list out of order", err);
		if (!blockmap_add(map, block, err))
			return false;
		*next = block + 1;
	}
	return true;
}

static bool asked_since(struct far_disk *far_disk, size_t older,
			struct blockmap *map, bool *ret_known,
			struct error *err)
{
	struct asked_disk *disk = disk_of(far_disk);
	struct wire *wire = &disk->asker->wire;
	auto_wire_json *said =
		ask(disk->asker, WIRE_SINCE,
		    json_pack("{s:s}", "older", far_disk->lineage[older]), err);
	uint64_t next = 0;

	if (!said)
		return false;
	*ret_known = json_is_true(json_object_get(said, "known"));
	if (!*ret_known)
		return true;
	do
		if (!wire_answer(wire, WIRE_LIST, WIRE_LIST_MOST * 8, err) ||
		    !take_changes(disk, &next, map, err))
			return false;
	while (wire->size);
	return true;
}

static void asked_disk_close(struct far_disk *far_disk)
{
	struct asked_disk *disk = disk_of(far_disk);

	disk->asker->lost |= disk->come < disk->wanted ||
			     disk->failed.fault != FAULT_NONE;
	for (size_t i = 0; i < FAR_AHEAD; i++)
		free(disk->coming[i].body);
	packer_free(disk->packer);
	arena_free(disk->arena);
	free(disk->blocks);
	free(disk->digests);
	free(disk);
}

static const struct far_disk_ops disk_ops = {
	.has = asked_has,
	.digest = asked_digest,
	.matches = asked_matches,
	.since = asked_since,
	.want = asked_want,
	.read = asked_read,
	.close = asked_disk_close,
};

/* Makes room for so many entries more. */
static bool make_room(struct asked_disk *disk, size_t count, struct error *err)
{
	size_t room = disk->room ? 2 * disk->room : 256;
	uint64_t *blocks;
	uint8_t *digests;

	if (disk->count + count <= disk->room)
		return true;
	if (room < disk->count + count)
		room = disk->count + count;
	blocks = realloc(disk->blocks, room * sizeof(*blocks));
	if (!blocks)
		return fail_memory(err);
	disk->blocks = blocks;
	if (disk->digested) {
		digests = realloc(disk->digests, room * SHA256_SIZE);
		if (!digests)
			return fail_memory(err);
		disk->digests = digests;
	}
	disk->room = room;
	return true;
}

/* Takes the entries of a frame: ascending, and within the disk, so that there
 * are no more than that has blocks. */
static bool take_entries(struct asked_disk *disk, struct error *err)
{
	const struct wire *wire = &disk->asker->wire;
	uint64_t blocks = (disk->disk.size + BLOCK_SIZE - 1) / BLOCK_SIZE;
	size_t entry = disk->digested ? 8 + SHA256_SIZE : 8;
	size_t count = wire->size / entry;

	if (wire->size % entry || count > WIRE_LIST_MOST)
		return wire_wrong("half an entry of a list", err);
	if (!make_room(disk, count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *at = wire->body + i * entry;
		uint64_t block = get64(at);
		size_t n = disk->count;

		if (block >= blocks || (n && block <= disk->blocks[n - 1]))
			return wire_wrong("a list out of order", err);
		disk->blocks[n] = block;
		if (disk->digested)
			memcpy(disk->digests + n * SHA256_SIZE, at + 8,
			       SHA256_SIZE);
		disk->count++;
	}
	return true;
}

static bool take_list(struct asked_disk *disk, struct error *err)
{
	struct wire *wire = &disk->asker->wire;

	do
		if (!wire_answer(wire, WIRE_LIST,
				 WIRE_LIST_MOST * (8 + SHA256_SIZE), err) ||
		    !take_entries(disk, err))
			return false;
	while (wire->size);
	return true;
}

static bool take_lineage(struct asked_disk *disk, const json_t *list,
			 struct error *err)
{
	size_t count = json_array_size(list);
	const char **names;

	if (!json_is_array(list) || count > LINEAGE_MOST)
		return wire_wrong("no lineage", err);
	names = arena_alloc(disk->arena, (count + 1) * sizeof(*names));
	if (!names)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (!name || !far_name_valid(name))
			return wire_wrong("no lineage", err);
		names[i] = arena_str(disk->arena, name);
		if (!names[i])
			return fail_memory(err);
	}
	disk->disk.lineage = names;
	disk->disk.lineage_count = count;
	return true;
}

/* Fills in what the other side says of a disk. */
static bool describe(struct asked_disk *disk, const json_t *said,
		     struct error *err)
{
	json_int_t size = json_integer_value(json_object_get(said, "size"));

	disk->arena = arena_new();
	if (!disk->arena)
		return fail_memory(err);
	if (size < 1 || (uint64_t)size > SIZE_MOST)
		return wire_wrong("no disk's size", err);
	disk->disk.size = (uint64_t)size;
	disk->digested = json_is_true(json_object_get(said, "digests"));
	disk->disk.listed = true; /* where there is no list, one may ask */
	return packer_open(true, &disk->packer, err) &&
	       take_lineage(disk, json_object_get(said, "lineage"), err) &&
	       take_list(disk, err);
}

static bool ask_open(struct far *far, const char *snapshot, const char *content,
		     struct far_disk **ret_disk, struct error *err)
{
	struct asker *asker = asker_of(far);
	auto_wire_json *said = ask(asker, WIRE_OPEN,
				   json_pack("{s:s, s:s}", "snapshot", snapshot,
					     "content", content),
				   err);
	auto_of(far_disk) opened = NULL;
	struct asked_disk *disk;

	if (!said)
		return false;
	*ret_disk = NULL;
	if (!json_is_true(json_object_get(said, "there")))
		return true;
	disk = calloc(1, sizeof(*disk));
	if (!disk)
		return fail_memory(err);
	opened = &disk->disk;
	opened->ops = &disk_ops;
	disk->asker = asker;
	if (!describe(disk, said, err)) {
		asker->lost = true;
		return false;
	}
	*ret_disk = take(opened);
	return true;
}

static void asker_close(struct far *far)
{
	struct asker *asker = asker_of(far);

	if (asker->end)
		asker->end(asker->data, &asker->wire);
	wire_done(&asker->wire);
	free(asker);
}

static const struct far_ops ops = {
	.snapshot = ask_snapshot,
	.image = ask_image,
	.open = ask_open,
	.close = asker_close,
};

/* Says who we are, and hears who answers. */
static bool greet(struct asker *asker, const char *store, struct error *err)
{
	char key[2 * SHA256_SIZE + 1];
	auto_wire_json *answer = NULL;

	if (getrandom(asker->key, sizeof(asker->key), 0) != sizeof(asker->key))
		return fail_errno(err, "no random bytes");
	hex_write(asker->key, sizeof(asker->key), key);
	answer = ask(asker, WIRE_HELLO,
		     json_pack("{s:i, s:s, s:s}", "qami-copy", WIRE_VERSION,
			       "store", store, "key", key),
		     err);
	if (!answer && asker->wire.strange) {
		error_clear(err);
		return fail(err, FAULT_UNAVAILABLE,
			    "what answers there is no 'qami region "
			    "serve-copy': does a shell print something?");
	}
	return answer &&
	       (json_integer_value(json_object_get(answer, "qami-copy")) ==
			WIRE_VERSION ||
		wire_wrong("it speaks another version", err));
}

bool far_ask(struct wire *wire, const char *store,
	     void (*end)(void *data, struct wire *wire), void *data,
	     struct far **ret_far, struct error *err)
{
	struct asker *asker = calloc(1, sizeof(*asker));
	auto_of(far) far = NULL;

	if (!asker) {
		if (end)
			end(data, wire);
		wire_done(wire);
		return fail_memory(err);
	}
	far = &asker->far;
	far->ops = &ops;
	asker->wire = *wire;
	*wire = (struct wire)WIRE_INIT;
	asker->end = end;
	asker->data = data;
	if (!greet(asker, store, err))
		return false;
	*ret_far = take(far);
	return true;
}
