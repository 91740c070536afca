/* pick.c - single blocks of a parcel's disk, in any order
 *
 * The index has no digest of its own, and a bit that flipped in it could make
 * data look like zeros. So every entry that an answer rests on is held against
 * the head that it leads to, which must say the same number and end where the
 * next one begins: a gap between two numbers is then a gap in the parcel.
 */
#include "images/parcel/pick.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "images/parcel/parcel-private.h"

#define refuse(err, ...) fail(err, FAULT_INVALID_PARAMETER, __VA_ARGS__)

/* One read of a server takes as long as another one. */
#define ENTRIES_AT_ONCE 65536

/* An entry of the index; the last one, behind all, is where the disk ends. */
struct entry {
	uint64_t field; /* its number, as form_number() has it */
	uint64_t at;
};

struct pick {
	struct pick_reader reader;
	uint64_t size;
	uint64_t count;	       /* of entries */
	uint64_t blocks;       /* of PARCEL_BLOCK that are not zeros */
	struct entry *entries; /* count + 1 */
	uint8_t *proven;       /* a bit for each: its head says the same */
	unsigned disk;
	struct sealer *sealer; /* NULL: it is not sealed */
	struct form form;
	struct packer *packer;
	struct unfold *unfold; /* of a dense one, else NULL */
	uint8_t *raw;	       /* a block's head, and its data … */
	uint8_t *packed;       /* … without the seal … */
	uint8_t *block;	       /* … and unpacked: that of the entry … */
	uint64_t unpacked;     /* … or `count`: of none */
};

static uint64_t number_of(const struct pick *pick, uint64_t i)
{
	return form_number(&pick->form, pick->entries[i].field);
}

static bool get(const struct pick_reader *reader, void *ret_data, size_t size,
		uint64_t offset, struct error *err)
{
	if (offset > reader->size || size > reader->size - offset)
		return refuse(err, "the object was cut short");
	return reader->read(reader->data, ret_data, size, offset, err);
}

/* Where things are in a parcel, as its frame says. */
struct frame {
	uint64_t index, blocks;
	uint64_t first; /* where the first disk begins */
	unsigned disks;
	struct form form;
};

static bool read_frame(const struct pick_reader *reader,
		       struct frame *ret_frame, struct error *err)
{
	uint8_t header[PARCEL_HEADER], end[END_SIZE];
	struct frame frame;
	uint64_t rest;

	if (reader->size < PARCEL_HEADER + END_SIZE)
		return refuse(err, "the object is no stored image");
	rest = reader->size - END_SIZE;
	if (!get(reader, header, sizeof(header), 0, err) ||
	    !get(reader, end, sizeof(end), rest, err) ||
	    !header_check(header, &frame.form, err))
		return false;
	frame.index = get64(end + END_INDEX);
	frame.blocks = get64(end + END_BLOCKS);
	frame.disks = get32(header + HEADER_DISKS);
	frame.first = PARCEL_HEADER + frame.form.salt +
		      get32(header + HEADER_METADATA);
	if (memcmp(end, END_MAGIC, MAGIC_SIZE) != 0 ||
	    get64(end + END_TOTAL) != reader->size)
		return refuse(err, "the object was cut short, or has "
				   "something behind its end");
	if (frame.index < frame.first || frame.index > rest ||
	    frame.blocks > rest / ENTRY_SIZE ||
	    rest - frame.index != (frame.blocks + frame.disks) * ENTRY_SIZE)
		return refuse(err, "the object's index is at no place for one");
	*ret_frame = frame;
	return true;
}

/* Goes backwards through the index: `rest` of its entries are left, the last of
 * which says what the disk before had. */
static bool step_back(const struct pick_reader *reader,
		      const struct frame *frame, uint64_t *rest,
		      uint64_t *ret_size, uint64_t *ret_count,
		      struct error *err)
{
	uint8_t entry[ENTRY_SIZE];

	if (!*rest)
		return refuse(err, "the object's index is too short");
	--*rest;
	if (!get(reader, entry, sizeof(entry),
		 frame->index + *rest * ENTRY_SIZE, err))
		return false;
	*ret_size = get64(entry);
	*ret_count = get64(entry + 8);
	if (*ret_count > *rest)
		return refuse(err, "the object's index is too short");
	*rest -= *ret_count;
	return true;
}

/* Reads the entries that begin at the `first` of the index. */
static bool read_entries(struct pick *pick, const struct frame *frame,
			 uint64_t first, struct error *err)
{
	auto_free uint8_t *some = malloc(ENTRIES_AT_ONCE * ENTRY_SIZE);

	if (!some)
		return fail_memory(err);
	for (uint64_t done = 0; done < pick->count;) {
		uint64_t rest = pick->count - done;
		size_t count = rest < ENTRIES_AT_ONCE ? rest : ENTRIES_AT_ONCE;

		if (!get(&pick->reader, some, count * ENTRY_SIZE,
			 frame->index + (first + done) * ENTRY_SIZE, err))
			return false;
		for (size_t i = 0; i < count; i++)
			pick->entries[done++] = (struct entry){
				get64(some + i * ENTRY_SIZE),
				get64(some + i * ENTRY_SIZE + 8),
			};
	}
	return true;
}

/* Whether the entries ascend, with room for one block at most between two. */
static bool check_entries(const struct pick *pick, struct error *err)
{
	const struct form *form = &pick->form;

	for (uint64_t i = 0; i < pick->count; i++) {
		const struct entry *one = &pick->entries[i];

		if (!form_fits(form, one->field, pick->size) ||
		    one->at > one[1].at ||
		    one[1].at - one->at <=
			    BLOCK_HEAD + form->data_most - form->block ||
		    one[1].at - one->at > BLOCK_HEAD + form->data_most ||
		    (i + 1 < pick->count &&
		     number_of(pick, i) >= number_of(pick, i + 1)))
			return refuse(err, "the object's index is not that of "
					   "its blocks");
	}
	return true;
}

/* Holds an entry against the head that it leads to; the end's is a head
 * without anything. */
static bool prove(struct pick *pick, uint64_t i, const uint8_t *head,
		  struct error *err)
{
	const struct entry *entry = &pick->entries[i];
	uint64_t bytes = get32(head + BLOCK_BYTES);

	if (get64(head + BLOCK_NUMBER) != entry->field ||
	    (i < pick->count ? entry->at + BLOCK_HEAD + bytes != entry[1].at :
			       bytes != 0))
		return refuse(err,
			      "the object's index is not that of its blocks");
	pick->proven[i / 8] |= (uint8_t)(1 << i % 8);
	return true;
}

static bool prove_entry(struct pick *pick, uint64_t i, struct error *err)
{
	uint8_t head[BLOCK_HEAD];

	if (pick->proven[i / 8] & 1 << i % 8)
		return true;
	return get(&pick->reader, head, sizeof(head), pick->entries[i].at,
		   err) &&
	       prove(pick, i, head, err);
}

/* Where a disk of the index ends, which begins at `at`; the last entry there is
 * `last`, if it has any. */
static bool disk_end(const struct pick_reader *reader, uint64_t at,
		     uint64_t size, const struct entry *last, uint64_t *ret_end,
		     struct error *err)
{
	uint8_t head[BLOCK_HEAD];

	if (!get(reader, head, DISK_HEAD, at, err))
		return false;
	if (get64(head) != size)
		return refuse(err,
			      "the object's index is not that of its disks");
	*ret_end = at + DISK_HEAD;
	if (!last)
		return true;
	if (!get(reader, head, sizeof(head), last->at, err))
		return false;
	if (last->at < *ret_end || get64(head) != last->field)
		return refuse(err,
			      "the object's index is not that of its blocks");
	*ret_end = last->at + BLOCK_HEAD + get32(head + BLOCK_BYTES);
	return true;
}

/* What the index says of the disks up to one, the others passed over. */
struct part {
	uint64_t first, count, size;
};

static bool find_parts(const struct pick_reader *reader,
		       const struct frame *frame, struct part *ret_parts,
		       struct error *err)
{
	uint64_t rest = frame->blocks + frame->disks;

	for (unsigned i = frame->disks; i-- > 0;) {
		if (!step_back(reader, frame, &rest, &ret_parts[i].size,
			       &ret_parts[i].count, err))
			return false;
		ret_parts[i].first = rest;
	}
	return rest == 0 || refuse(err, "the object's index is too long");
}

/* The last entry of a disk; *ret_last is left alone when it has none. */
static bool read_last(const struct pick_reader *reader,
		      const struct frame *frame, const struct part *part,
		      struct entry *ret_last, struct error *err)
{
	uint8_t entry[ENTRY_SIZE];

	if (!part->count)
		return true;
	if (!get(reader, entry, sizeof(entry),
		 frame->index + (part->first + part->count - 1) * ENTRY_SIZE,
		 err))
		return false;
	*ret_last = (struct entry){ get64(entry), get64(entry + 8) };
	return true;
}

/* Goes from disk to disk, each ending where the next one begins, to where the
 * last of the parts begins and ends. */
static bool walk(const struct pick_reader *reader, const struct frame *frame,
		 const struct part *parts, unsigned disk, uint64_t *ret_begin,
		 uint64_t *ret_end, struct error *err)
{
	uint64_t at = frame->first, end = 0;

	for (unsigned i = 0; i <= disk; i++) {
		struct entry last = { 0 };

		if (i)
			at = end + BLOCK_HEAD;
		if (!read_last(reader, frame, &parts[i], &last, err) ||
		    !disk_end(reader, at, parts[i].size,
			      parts[i].count ? &last : NULL, &end, err))
			return false;
	}
	*ret_begin = at + DISK_HEAD;
	*ret_end = end;
	return true;
}

static bool load(struct pick *pick, const struct frame *frame,
		 const struct part *parts, unsigned disk, struct error *err)
{
	uint64_t begin, end;

	pick->form = frame->form;
	pick->size = parts[disk].size;
	pick->count = parts[disk].count;
	if (!pick->size || pick->size % 512 || pick->size > PARCEL_DISK_MOST)
		return refuse(err, "the object has a disk of %" PRIu64 " bytes",
			      pick->size);
	/* somebody else says how large the index is */
	if (pick->count > (pick->size - 1) / pick->form.block + 1)
		return refuse(err, "the object's index has more blocks than "
				   "the disk");
	pick->entries = calloc(pick->count + 1, sizeof(*pick->entries));
	pick->proven = calloc(1, pick->count / 8 + 1);
	if (!pick->entries || !pick->proven)
		return fail_memory(err);
	if (!walk(&pick->reader, frame, parts, disk, &begin, &end, err) ||
	    !read_entries(pick, frame, parts[disk].first, err))
		return false;
	pick->entries[pick->count] = (struct entry){ PARCEL_NO_BLOCK, end };
	if (pick->entries[0].at != begin)
		return refuse(err,
			      "the object's index is not that of its blocks");
	if (!check_entries(pick, err))
		return false;
	for (uint64_t i = 0; i < pick->count; i++)
		pick->blocks += (unsigned)__builtin_popcount(
			form_parts(&pick->form, pick->entries[i].field));
	return prove_entry(pick, pick->count, err);
}

/* What takes the seal off, if there is one. */
static bool open_seal(struct pick *pick, const struct secret *key,
		      struct error *err)
{
	bool sealed = pick->form.sealed;
	uint8_t salt[SALT_SIZE];

	if (sealed != (key != NULL))
		return refuse(err, sealed ? "the object is sealed: it takes a "
					    "key" :
					    "the object is not sealed");
	return !sealed ||
	       (get(&pick->reader, salt, sizeof(salt), PARCEL_HEADER, err) &&
		sealer_open(key, salt, &pick->sealer, err));
}

static bool find_data(void *data, uint64_t number, const uint8_t **ret_data,
		      size_t *ret_size, struct error *err);

/* What it takes to make blocks of the data. */
static bool make_room(struct pick *pick, struct error *err)
{
	const struct unfold_find find = { find_data, pick };

	pick->raw = malloc(BLOCK_HEAD + pick->form.data_most);
	pick->packed = malloc(pick->form.data_most);
	pick->block = malloc(pick->form.block);
	pick->unpacked = pick->count;
	if (!pick->raw || !pick->packed || !pick->block)
		return fail_memory(err);
	return pick->form.dense ? unfold_open(&find, &pick->unfold, err) :
				  packer_open(true, &pick->packer, err);
}

bool pick_open(const struct pick_reader *reader, unsigned disk,
	       const struct secret *key, struct pick **ret_pick,
	       struct error *err)
{
	auto_of(pick) pick = calloc(1, sizeof(*pick));
	struct part parts[PARCEL_DISKS_MOST] = { 0 };
	struct frame frame = { 0 };

	if (!pick)
		return fail_memory(err);
	pick->reader = *reader;
	pick->disk = disk;
	if (!read_frame(reader, &frame, err))
		return false;
	if (disk >= frame.disks)
		return refuse(err, "the object has no disk %u", disk + 1);
	if (!find_parts(reader, &frame, parts, err) ||
	    !load(pick, &frame, parts, disk, err) ||
	    !open_seal(pick, key, err) || !make_room(pick, err))
		return false;
	*ret_pick = take(pick);
	return true;
}

void pick_close(struct pick *pick)
{
	if (!pick)
		return;
	packer_free(pick->packer);
	unfold_free(pick->unfold);
	free(pick->entries);
	free(pick->proven);
	if (pick->sealer && pick->packed && pick->block) {
		secret_forget(pick->packed, pick->form.data_most);
		secret_forget(pick->block, pick->form.block);
	}
	sealer_free(pick->sealer);
	free(pick->raw);
	free(pick->packed);
	free(pick->block);
	free(pick);
}

uint64_t pick_size(const struct pick *pick)
{
	return pick->size;
}

uint64_t pick_blocks(const struct pick *pick)
{
	return pick->blocks;
}

/* The first entry whose number is not below; the end's at the latest. */
static uint64_t find(const struct pick *pick, uint64_t number)
{
	uint64_t low = 0, high = pick->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (number_of(pick, middle) < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool pick_has(const struct pick *pick, uint64_t number)
{
	return number != PARCEL_NO_BLOCK && pick_next(pick, number) == number;
}

uint64_t pick_next(const struct pick *pick, uint64_t number)
{
	unsigned parts = pick->form.parts, part = number % parts;
	uint64_t i = find(pick, number / parts);

	for (; i < pick->count; i++, part = 0) {
		if (number_of(pick, i) > number / parts)
			part = 0;
		for (; part < parts; part++)
			if (form_parts(&pick->form, pick->entries[i].field) >>
				    part & 1)
				return number_of(pick, i) * parts + part;
	}
	return PARCEL_NO_BLOCK;
}

static bool altered(uint64_t number, struct error *err)
{
	return refuse(err, "block %" PRIu64 " of the object was altered",
		      number);
}

/* Reads an entry's head and data; of sealed ones the digest is checked here,
 * and the seal taken off. */
static bool read_entry(struct pick *pick, uint64_t i, const uint8_t **ret_data,
		       size_t *ret_size, struct error *err)
{
	const struct entry *entry = &pick->entries[i];
	size_t size = entry[1].at - entry->at;
	uint8_t digest[SHA256_SIZE];

	if (!get(&pick->reader, pick->raw, size, entry->at, err) ||
	    !prove(pick, i, pick->raw, err))
		return false;
	*ret_data = pick->raw + BLOCK_HEAD;
	*ret_size = size -= BLOCK_HEAD;
	if (!pick->sealer)
		return true;
	sha256(*ret_data, size, digest);
	if (memcmp(digest, pick->raw + BLOCK_DIGEST, SHA256_SIZE) != 0 ||
	    !sealer_unseal(pick->sealer, pick->disk, entry->field, *ret_data,
			   size, pick->packed))
		return altered(number_of(pick, i), err);
	*ret_data = pick->packed;
	*ret_size = size - TAG_SIZE;
	return true;
}

/* The data of a block that another one has pieces of. */
static bool find_data(void *data, uint64_t number, const uint8_t **ret_data,
		      size_t *ret_size, struct error *err)
{
	struct pick *pick = data;
	uint64_t i = find(pick, number);

	if (i == pick->count || number_of(pick, i) != number)
		return altered(number, err);
	return read_entry(pick, i, ret_data, ret_size, err);
}

/* Makes an entry's block of its data. */
static bool unpack(struct pick *pick, uint64_t i, const uint8_t *data,
		   size_t size, struct error *err)
{
	uint64_t number = number_of(pick, i);

	if (pick->unfold)
		return unfold_block(pick->unfold, number, data, size,
				    pick->block, err);
	if (size == PARCEL_BLOCK)
		memcpy(pick->block, data, size);
	return size == PARCEL_BLOCK ||
	       packer_unpack(pick->packer, data, size, pick->block,
			     PARCEL_BLOCK) ||
	       altered(number, err);
}

/* Makes and checks an entry's block. */
static bool make_block(struct pick *pick, uint64_t i, struct error *err)
{
	const struct form *form = &pick->form;
	uint64_t field = pick->entries[i].field, number = number_of(pick, i);
	uint64_t rest = pick->size - number * form->block;
	uint8_t digest[SHA256_SIZE], wanted[SHA256_SIZE];
	const uint8_t *data;
	size_t size;

	if (!read_entry(pick, i, &data, &size, err))
		return false;
	memcpy(wanted, pick->raw + BLOCK_DIGEST, SHA256_SIZE);
	if (!unpack(pick, i, data, size, err))
		return false;
	if ((form->dense || !form->sealed) &&
	    !form_digest(form, field, pick->block, digest))
		return altered(number, err);
	if (!form->sealed && memcmp(digest, wanted, SHA256_SIZE) != 0)
		return altered(number, err);
	if (rest < form->block &&
	    !is_zero(pick->block + rest, form->block - rest))
		return refuse(err, "the object has data behind a disk's end");
	return true;
}

/* Unpacks an entry's block, unless it is the one that was asked for last. Of a
 * parcel that was damaged nothing is kept: it may be mended meanwhile. */
static bool read_block(struct pick *pick, uint64_t i, struct error *err)
{
	if (pick->unpacked == i)
		return true;
	pick->unpacked = pick->count;
	if (!make_block(pick, i, err)) {
		if (pick->unfold)
			unfold_begin(pick->unfold);
		return false;
	}
	pick->unpacked = i;
	return true;
}

bool pick_block(struct pick *pick, uint64_t number, uint8_t *ret_data,
		struct error *err)
{
	unsigned parts = pick->form.parts;
	uint64_t i = find(pick, number / parts);

	if (pick_has(pick, number)) {
		if (!read_block(pick, i, err))
			return false;
		memcpy(ret_data, pick->block + number % parts * PARCEL_BLOCK,
		       PARCEL_BLOCK);
		return true;
	}
	memset(ret_data, 0, PARCEL_BLOCK);
	return (i == 0 || prove_entry(pick, i - 1, err)) &&
	       prove_entry(pick, i, err);
}
