/* press.c - blocks are packed by every core, and written in their order
 *
 * A ring of slots: whoever reads the disk fills them, threads pack what is
 * full, and the oldest is taken out when it is done. The ring bounds what is
 * in memory.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/parcel/parcel-private.h"

#define THREADS_MOST 8
#define SLOTS_EACH 3

enum state { SLOT_FREE, SLOT_FULL, SLOT_PACKING, SLOT_DONE };

struct slot {
	enum state state;
	uint64_t number, field;
	size_t size;
	const uint8_t *data;
	uint8_t digest[SHA256_SIZE];
	struct error err; /* why it could not be packed */
	uint8_t plan[PLAN_SIZE];
	uint8_t *block;	 /* as it was read … */
	uint8_t *packed; /* … packed … */
	uint8_t *sealed; /* … and sealed, or unpacked for proof */
	uint8_t *woven;	 /* as a dense one is packed; else NULL */
};

/* What each thread has to itself. */
struct worker {
	struct press *press;
	pthread_t thread;
	struct packer *packer;
	struct packer *unpacker; /* NULL: nothing is proved */
	struct sealer *sealer;	 /* NULL: nothing is sealed */
};

/* What a slot has room for in each of its buffers. */
#define ROOM_PLAIN (PARCEL_BLOCK + TAG_SIZE)
#define ROOM_DENSE (WOVEN_MOST + TAG_SIZE)

struct press {
	pthread_mutex_t lock; /* of all below but the slots' contents */
	pthread_cond_t filled, done;
	bool over;
	struct form form;
	struct fold *fold; /* NULL: it is not dense; of who reads the disk */
	uint32_t disk;
	const struct parcel_watch *watch;
	uint64_t given, begun, taken; /* blocks so far */
	bool held; /* the oldest was taken and is still looked at */

	unsigned worker_count, slot_count, running;
	struct worker workers[THREADS_MOST];
	struct slot *slots;
	uint8_t *rooms; /* the slots' buffers */
	size_t rooms_size;
};

/* Whether what was packed unpacks to what was to be packed. */
static bool is_proved(struct worker *worker, struct slot *slot,
		      const uint8_t *data, size_t size)
{
	if (!worker->unpacker || slot->data != slot->packed)
		return true;
	return (packer_unpack(worker->unpacker, slot->packed, slot->size,
			      slot->sealed, size) &&
		memcmp(slot->sealed, data, size) == 0) ||
	       fail(&slot->err, FAULT_INTERNAL,
		    "block %llu was not packed as it is",
		    (unsigned long long)slot->number);
}

/* Whether a part of a block is wanted, which is not zeros. */
static bool is_wanted(const struct worker *worker, struct slot *slot,
		      unsigned part, const uint8_t *digest)
{
	const struct press *press = worker->press;
	const struct parcel_watch *watch = press->watch;

	return !watch->check ||
	       watch->check(watch->data,
			    slot->number * press->form.parts + part,
			    slot->block + part * (size_t)PARCEL_BLOCK, digest,
			    &slot->err);
}

/* Asks for each part of a slot's block, and notes which there are and, unless
 * they are sealed later, their digest. */
static bool look_at_parts(const struct worker *worker, struct slot *slot)
{
	const struct form *form = &worker->press->form;
	uint8_t digests[DENSE_PARTS][SHA256_SIZE];
	unsigned count = 0;

	slot->field = slot->number;
	for (unsigned i = 0; i < form->parts; i++) {
		const uint8_t *part = slot->block + i * (size_t)PARCEL_BLOCK;
		uint8_t *digest = worker->sealer ? NULL : digests[count];

		if (is_zero(part, PARCEL_BLOCK))
			continue;
		if (digest)
			sha256(part, PARCEL_BLOCK, digest);
		if (!is_wanted(worker, slot, i, digest))
			return false;
		count++;
		if (form->dense)
			slot->field |= 1ULL << (PARTS_SHIFT + i);
	}
	if (form->dense && !worker->sealer)
		sha256(digests, (size_t)count * SHA256_SIZE, slot->digest);
	else if (!worker->sealer)
		memcpy(slot->digest, digests[0], SHA256_SIZE);
	return true;
}

/* Packs what is to be packed of a block, or has it as it is. */
static bool pack_data(struct worker *worker, struct slot *slot)
{
	const struct form *form = &worker->press->form;
	const uint8_t *data = slot->block;
	size_t size = form->block;

	if (form->dense) {
		size = fold_weave(slot->plan, slot->block, slot->woven);
		data = slot->woven;
	}
	slot->data = slot->packed;
	slot->size = packer_pack_into(worker->packer, data, size, slot->packed,
				      form->block - 1);
	if (!slot->size) {
		slot->data = slot->block;
		slot->size = form->block;
	}
	return is_proved(worker, slot, data, size);
}

/* Packs the block of a slot, and seals it. */
static bool pack(struct worker *worker, struct slot *slot)
{
	const struct press *press = worker->press;

	slot->size = 0;
	if (is_zero(slot->block, press->form.block))
		return true;
	if (!look_at_parts(worker, slot) || !pack_data(worker, slot))
		return false;
	if (!worker->sealer)
		return true;
	slot->size = sealer_seal(worker->sealer, press->disk, slot->field,
				 slot->data, slot->size, slot->sealed);
	slot->data = slot->sealed;
	sha256(slot->data, slot->size, slot->digest);
	return slot->size || fail_memory(&slot->err);
}

static void *work(void *data)
{
	struct worker *worker = data;
	struct press *press = worker->press;

	pthread_mutex_lock(&press->lock);
	while (!press->over) {
		struct slot *slot;

		if (press->begun == press->given) {
			pthread_cond_wait(&press->filled, &press->lock);
			continue;
		}
		slot = &press->slots[press->begun++ % press->slot_count];
		slot->state = SLOT_PACKING;
		pthread_mutex_unlock(&press->lock);
		if (!pack(worker, slot))
			slot->size = 0;
		pthread_mutex_lock(&press->lock);
		slot->state = SLOT_DONE;
		pthread_cond_signal(&press->done);
	}
	pthread_mutex_unlock(&press->lock);
	return NULL;
}

void press_free(struct press *press)
{
	if (!press)
		return;
	pthread_mutex_lock(&press->lock);
	press->over = true;
	pthread_cond_broadcast(&press->filled);
	pthread_mutex_unlock(&press->lock);
	for (unsigned i = 0; i < press->running; i++)
		pthread_join(press->workers[i].thread, NULL);
	for (unsigned i = 0; i < press->worker_count; i++) {
		packer_free(press->workers[i].packer);
		packer_free(press->workers[i].unpacker);
		sealer_free(press->workers[i].sealer);
	}
	/* blocks of a disk that is encrypted elsewhere */
	if (press->rooms)
		secret_forget(press->rooms, press->rooms_size);
	free(press->rooms);
	free(press->slots);
	fold_free(press->fold);
	pthread_cond_destroy(&press->filled);
	pthread_cond_destroy(&press->done);
	pthread_mutex_destroy(&press->lock);
	free(press);
}

/* Makes what the threads need, and starts them. */
static bool start(struct press *press, const struct parcel_way *way,
		  const uint8_t *salt, struct error *err)
{
	for (unsigned i = 0; i < press->worker_count; i++) {
		struct worker *worker = &press->workers[i];

		worker->press = press;
		if (!packer_open(false, &worker->packer, err) ||
		    (way->proves &&
		     !packer_open(true, &worker->unpacker, err)) ||
		    (way->key &&
		     !sealer_open(way->key, salt, &worker->sealer, err)))
			return false;
		if (way->level)
			packer_set_level(worker->packer, way->level);
	}
	while (press->running < press->worker_count &&
	       pthread_create(&press->workers[press->running].thread, NULL,
			      work, &press->workers[press->running]) == 0)
		press->running++;
	return press->running || fail_memory(err);
}

/* Makes the ring. */
static bool make_slots(struct press *press, struct error *err)
{
	bool dense = press->form.dense;
	size_t room = dense ? ROOM_DENSE : ROOM_PLAIN;
	size_t each = (dense ? 4 : 3) * room;

	press->slot_count = press->worker_count * SLOTS_EACH;
	press->rooms_size = press->slot_count * each;
	press->slots = calloc(press->slot_count, sizeof(*press->slots));
	press->rooms = calloc(1, press->rooms_size);
	if (!press->slots || !press->rooms)
		return fail_memory(err);
	for (unsigned i = 0; i < press->slot_count; i++) {
		uint8_t *rooms = press->rooms + i * each;

		press->slots[i].block = rooms;
		press->slots[i].packed = rooms + room;
		press->slots[i].sealed = rooms + 2 * room;
		press->slots[i].woven = dense ? rooms + 3 * room : NULL;
	}
	return !dense || fold_open(&press->fold, err);
}

bool press_open(const struct parcel_way *way, const struct form *form,
		const uint8_t salt[SALT_SIZE], struct press **ret_press,
		struct error *err)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct press *press = calloc(1, sizeof(*press));

	if (!press)
		return fail_memory(err);
	pthread_mutex_init(&press->lock, NULL);
	pthread_cond_init(&press->filled, NULL);
	pthread_cond_init(&press->done, NULL);
	press->worker_count = cores < 1		   ? 1 :
			      cores > THREADS_MOST ? THREADS_MOST :
						     (unsigned)cores;
	press->form = *form;
	if (!make_slots(press, err) || !start(press, way, salt, err)) {
		press_free(press);
		return false;
	}
	*ret_press = press;
	return true;
}

void press_disk(struct press *press, uint32_t disk,
		const struct parcel_watch *watch)
{
	press->disk = disk;
	press->watch = watch;
	if (press->fold)
		fold_begin(press->fold);
}

uint8_t *press_room(struct press *press)
{
	return press->given - press->taken + press->held < press->slot_count ?
		       press->slots[press->given % press->slot_count].block :
		       NULL;
}

void press_give(struct press *press, uint64_t number)
{
	struct slot *slot = &press->slots[press->given % press->slot_count];

	if (press->fold)
		fold_plan(press->fold, (uint32_t)number, slot->block,
			  slot->plan);
	pthread_mutex_lock(&press->lock);
	slot->number = number;
	slot->err = (struct error){ FAULT_NONE };
	slot->state = SLOT_FULL;
	press->given++;
	pthread_cond_signal(&press->filled);
	pthread_mutex_unlock(&press->lock);
}

bool press_take(struct press *press, struct pressed *ret_pressed,
		bool *ret_found, struct error *err)
{
	struct slot *slot;

	if (press->held) {
		press->slots[(press->taken - 1) % press->slot_count].state =
			SLOT_FREE;
		press->held = false;
	}
	*ret_found = press->taken < press->given;
	if (!*ret_found)
		return true;
	slot = &press->slots[press->taken % press->slot_count];
	pthread_mutex_lock(&press->lock);
	while (slot->state != SLOT_DONE)
		pthread_cond_wait(&press->done, &press->lock);
	pthread_mutex_unlock(&press->lock);
	press->taken++;
	press->held = true;
	if (slot->err.fault != FAULT_NONE)
		return fail(err, slot->err.fault, "%s", slot->err.text);
	*ret_pressed = (struct pressed){ slot->field, slot->size, slot->data,
					 slot->digest };
	return true;
}

void press_drop(struct press *press)
{
	struct pressed unused;
	bool found = true;

	while (found) {
		struct error ignored = { 0 };

		if (!press_take(press, &unused, &found, &ignored))
			error_clear(&ignored);
	}
}
