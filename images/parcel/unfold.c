/* unfold.c - a dense block, put together from its own pieces and others'
 *
 * A plan is somebody's word: whatever it says, no more than its few sources are
 * unpacked, none of them for another one's sake, and what comes of it is held
 * against the block's digest by whoever asked. The blocks that were unpacked
 * last are kept, since the pieces of neighbours lie beside each other.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/secret.h"
#include "images/parcel/parcel-private.h"

#define refuse(err, ...) fail(err, FAULT_INVALID_PARAMETER, __VA_ARGS__)

#define SLOTS (1 + SOURCES)

/* A block that was unpacked. */
struct woven {
	uint64_t number;     /* PARCEL_NO_BLOCK: none */
	uint64_t used;	     /* when, in blocks */
	uint32_t at[PIECES]; /* where its own pieces are; 0: it has it not */
	uint8_t data[WOVEN_MOST];
};

struct unfold {
	struct unfold_find find;
	struct packer *packer;
	uint64_t clock;
	struct woven slots[SLOTS];
};

bool unfold_open(const struct unfold_find *find, struct unfold **ret_unfold,
		 struct error *err)
{
	struct unfold *unfold = calloc(1, sizeof(*unfold));

	if (!unfold)
		return fail_memory(err);
	unfold->find = *find;
	unfold_begin(unfold);
	if (!packer_open(true, &unfold->packer, err)) {
		unfold_free(unfold);
		return false;
	}
	*ret_unfold = unfold;
	return true;
}

void unfold_free(struct unfold *unfold)
{
	if (!unfold)
		return;
	packer_free(unfold->packer);
	/* they may be a disk's that is encrypted elsewhere */
	for (unsigned i = 0; i < SLOTS; i++)
		if (unfold->slots[i].used)
			secret_forget(&unfold->slots[i],
				      sizeof(unfold->slots[i]));
	free(unfold);
}

void unfold_begin(struct unfold *unfold)
{
	for (unsigned i = 0; i < SLOTS; i++)
		unfold->slots[i].number = PARCEL_NO_BLOCK;
}

static bool no_block(uint64_t number, struct error *err)
{
	return refuse(err, "block %" PRIu64 " of the object cannot be unpacked",
		      number);
}

/* Whether a plan names blocks before its own, none in vain, and has as many
 * pieces behind it as it says; notes where they are. */
static bool check_plan(struct woven *woven, uint64_t number, size_t size)
{
	bool named[SOURCES] = { false };
	size_t end = PLAN_SIZE;

	for (unsigned i = 0; i < PIECES; i++) {
		unsigned piece = plan_piece(woven->data, i);

		if (piece > SOURCES * PIECES)
			return false;
		if (piece)
			named[(piece - 1) / PIECES] = true;
		woven->at[i] = piece ? 0 : (uint32_t)end;
		end += piece ? 0 : PIECE;
	}
	for (unsigned i = 0; i < SOURCES; i++) {
		uint32_t source = plan_source(woven->data, i);

		if (named[i] ? source >= number : source != NO_SOURCE)
			return false;
	}
	return end == size;
}

/* Unpacks data in the place of the block that was not needed for longest. */
static bool load(struct unfold *unfold, uint64_t number, const uint8_t *data,
		 size_t size, struct woven **ret_woven, struct error *err)
{
	struct woven *woven = &unfold->slots[0];
	size_t got = WOVEN_MOST;

	for (unsigned i = 1; i < SLOTS; i++)
		if (unfold->slots[i].used < woven->used)
			woven = &unfold->slots[i];
	woven->number = PARCEL_NO_BLOCK;
	woven->used = ++unfold->clock;
	if (size == DENSE_BLOCK) {
		plan_plain(woven->data);
		memcpy(woven->data + PLAN_SIZE, data, size);
	} else if (!packer_unpack_some(unfold->packer, data, size, woven->data,
				       WOVEN_MOST, &got)) {
		return no_block(number, err);
	}
	if (got < PLAN_SIZE || !check_plan(woven, number, got))
		return no_block(number, err);
	woven->number = number;
	*ret_woven = woven;
	return true;
}

/* Another block of the disk, unpacked. */
static bool find_woven(struct unfold *unfold, uint64_t number,
		       struct woven **ret_woven, struct error *err)
{
	const uint8_t *data;
	size_t size;

	for (unsigned i = 0; i < SLOTS; i++)
		if (unfold->slots[i].number == number) {
			*ret_woven = &unfold->slots[i];
			(*ret_woven)->used = ++unfold->clock;
			return true;
		}
	return unfold->find.find(unfold->find.data, number, &data, &size,
				 err) &&
	       load(unfold, number, data, size, ret_woven, err);
}

bool unfold_block(struct unfold *unfold, uint64_t number, const uint8_t *data,
		  size_t size, uint8_t *ret_block, struct error *err)
{
	struct woven *sources[SOURCES] = { NULL }, *own;

	/* with as many slots as this takes, none of them is the oldest now */
	if (!load(unfold, number, data, size, &own, err))
		return false;
	for (unsigned i = 0; i < PIECES; i++) {
		unsigned piece = plan_piece(own->data, i);
		unsigned which = piece ? (piece - 1) / PIECES : 0;
		uint32_t at = own->at[i];

		if (piece && !sources[which] &&
		    !find_woven(unfold, plan_source(own->data, which),
				&sources[which], err))
			return false;
		if (piece)
			at = sources[which]->at[(piece - 1) % PIECES];
		if (!at)
			return no_block(number, err);
		memcpy(ret_block + (size_t)i * PIECE,
		       (piece ? sources[which] : own)->data + at, PIECE);
	}
	return true;
}
