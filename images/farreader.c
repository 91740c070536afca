/* farreader.c - the thread that asks a region for who reads a disk of it
 *
 * A block on its way has a seat: whoever reads it waits there, and blocks that
 * were only wanted sit until they are read or have to give way. The thread
 * asks for all that it finds wanted, those first that somebody waits for, and
 * then takes what was asked for first. After a failure it cannot be known what
 * a connection would say next: it is closed, and what had been asked for is
 * wanted again.
 */
#include "images/farreader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SEATS 16
#define TRIES 2

_Static_assert(SEATS <= FAR_AHEAD, "a region is asked for no more at a time");

enum seat_state { SEAT_FREE, SEAT_WANTED, SEAT_ASKED, SEAT_CAME, SEAT_FAILED };

struct seat {
	enum seat_state state;
	uint64_t block;
	uint64_t since;	  /* in the order of wanting, or else of asking */
	unsigned waiting; /* who read it, each to take it */
	unsigned tries;
	struct error err; /* why it will not come */
	uint8_t *data;	  /* of the reader's room */
};

struct question {
	bool (*ask)(void *data, struct far_disk *disk, struct error *err);
	void *data;
	bool done, ok;
	struct error err;
};

struct far_reader {
	const struct far_origin *origin;
	uint64_t size; /* never changes once it is open */
	pthread_t thread;

	/* the thread's alone */
	struct far *far;
	struct far_disk *disk;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work;  /* for the thread */
	pthread_cond_t news;  /* for who waits for it */
	struct seat seats[SEATS];
	uint8_t *room;		   /* of all seats; owned */
	struct question *question; /* borrowed from who asks */
	uint64_t count;		   /* of what was wanted, or asked for */
	bool ends;
};

static void disconnect(struct far_reader *reader)
{
	far_disk_close(take(reader->disk));
	far_close(take(reader->far));
}

/* Opens region and disk: that which was read before. */
static bool open_disk(struct far_reader *reader, struct error *err)
{
	const struct far_origin *origin = reader->origin;

	if (!origin->open(origin->data, &reader->far, err) ||
	    !reader->far->ops->open(reader->far, origin->snapshot,
				    origin->content, &reader->disk, err))
		return false;
	if (!reader->disk)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "The source snapshot is gone");
	if (!reader->size)
		reader->size = reader->disk->size;
	return reader->disk->size == reader->size ||
	       fail(err, FAULT_INTERNAL,
		    "the source has another size than before");
}

static bool goes_before(const struct seat *seat, const struct seat *other)
{
	if (!seat->waiting != !other->waiting)
		return seat->waiting != 0;
	return seat->since < other->since;
}

/* The first of those in a state; NULL: none is. */
static struct seat *first_that(struct far_reader *reader, enum seat_state state)
{
	struct seat *first = NULL;

	for (unsigned i = 0; i < SEATS; i++) {
		struct seat *seat = reader->seats + i;

		if (seat->state != state)
			continue;
		if (!first ||
		    (state == SEAT_ASKED ? seat->since < first->since :
					   goes_before(seat, first)))
			first = seat;
	}
	return first;
}

static struct seat *seat_of(struct far_reader *reader, uint64_t block)
{
	for (unsigned i = 0; i < SEATS; i++)
		if (reader->seats[i].state != SEAT_FREE &&
		    reader->seats[i].block == block)
			return reader->seats + i;
	return NULL;
}

/* It came to nothing; one that nobody waits for will be wanted again. */
static void seat_fail(struct seat *seat, const struct error *err)
{
	seat->state = seat->waiting ? SEAT_FAILED : SEAT_FREE;
	seat->err = *err;
}

/* The connection was closed: what had been asked for is wanted again, but for
 * one that has failed often enough. */
static void start_over(struct far_reader *reader, struct seat *failed,
		       const struct error *err)
{
	for (unsigned i = 0; i < SEATS; i++)
		if (reader->seats[i].state == SEAT_ASKED)
			reader->seats[i].state = SEAT_WANTED;
	if (++failed->tries >= TRIES)
		seat_fail(failed, err);
	pthread_cond_broadcast(&reader->news);
}

/* There is nobody to be asked: all who wait hear so. */
static void fail_all(struct far_reader *reader, const struct error *err)
{
	for (unsigned i = 0; i < SEATS; i++)
		if (reader->seats[i].state == SEAT_WANTED ||
		    reader->seats[i].state == SEAT_ASKED)
			seat_fail(reader->seats + i, err);
	if (reader->question) {
		reader->question->err = *err;
		reader->question->done = true;
		reader->question = NULL;
	}
	pthread_cond_broadcast(&reader->news);
}

/* The steps of the thread: each with the lock, which it gives away while the
 * region is asked. */
static void step_ask(struct far_reader *reader, struct seat *seat)
{
	const struct far_disk_ops *ops = reader->disk->ops;
	struct error err = { 0 };
	uint64_t block = seat->block;
	bool ok = true;

	seat->state = SEAT_ASKED;
	seat->since = reader->count++;
	pthread_mutex_unlock(&reader->lock);
	if (ops->want)
		ok = ops->want(reader->disk, block, &err);
	if (!ok)
		disconnect(reader);
	pthread_mutex_lock(&reader->lock);
	if (!ok)
		start_over(reader, seat, &err);
}

static void step_take(struct far_reader *reader, struct seat *seat)
{
	struct error err = { 0 };
	uint64_t block = seat->block;
	bool ok;

	pthread_mutex_unlock(&reader->lock);
	ok = reader->disk->ops->read(reader->disk, block, seat->data, &err);
	if (!ok)
		disconnect(reader);
	pthread_mutex_lock(&reader->lock);
	if (!ok) {
		start_over(reader, seat, &err);
		return;
	}
	seat->state = SEAT_CAME;
	pthread_cond_broadcast(&reader->news);
}

static void step_answer(struct far_reader *reader)
{
	struct question *question = reader->question;
	bool ok;

	error_clear(&question->err);
	pthread_mutex_unlock(&reader->lock);
	ok = question->ask(question->data, reader->disk, &question->err);
	if (!ok)
		disconnect(reader);
	pthread_mutex_lock(&reader->lock);
	question->ok = ok;
	question->done = true;
	reader->question = NULL;
	pthread_cond_broadcast(&reader->news);
}

static void step_connect(struct far_reader *reader)
{
	struct error err = { 0 };
	bool ok;

	pthread_mutex_unlock(&reader->lock);
	ok = open_disk(reader, &err);
	if (!ok)
		disconnect(reader);
	pthread_mutex_lock(&reader->lock);
	if (!ok)
		fail_all(reader, &err);
}

static void step(struct far_reader *reader)
{
	struct seat *wanted = first_that(reader, SEAT_WANTED);
	struct seat *asked = first_that(reader, SEAT_ASKED);

	if (!wanted && !asked && !reader->question)
		pthread_cond_wait(&reader->work, &reader->lock);
	else if (!reader->disk)
		step_connect(reader);
	else if (wanted && !reader->question)
		step_ask(reader, wanted);
	else if (asked)
		step_take(reader, asked);
	else
		step_answer(reader);
}

static void *work(void *data)
{
	struct far_reader *reader = data;

	pthread_mutex_lock(&reader->lock);
	while (!reader->ends)
		step(reader);
	pthread_mutex_unlock(&reader->lock);
	/* who opened it closes it: a program that it started ends with us */
	disconnect(reader);
	return NULL;
}

/* A seat for a block: a free one, or that of a block which nobody has come for
 * in the longest time. NULL: none is to be had. With the lock. */
static struct seat *seat_find(struct far_reader *reader, bool only_ahead)
{
	struct seat *free_one = NULL, *oldest = NULL;
	unsigned ahead = 0;

	for (unsigned i = 0; i < SEATS; i++) {
		struct seat *seat = reader->seats + i;
		bool idle = seat->state != SEAT_FREE && !seat->waiting;

		ahead += idle;
		if (seat->state == SEAT_FREE)
			free_one = seat;
		else if (idle && seat->state == SEAT_CAME &&
			 (!oldest || seat->since < oldest->since))
			oldest = seat;
	}
	if (!free_one || (only_ahead && ahead >= FAR_READER_AHEAD))
		free_one = oldest;
	return free_one;
}

static void seat_take(struct far_reader *reader, struct seat *seat,
		      uint64_t block)
{
	seat->state = SEAT_WANTED;
	seat->block = block;
	seat->since = reader->count++;
	seat->tries = 0;
	error_clear(&seat->err);
	pthread_cond_signal(&reader->work);
}

void far_reader_want(struct far_reader *reader, uint64_t block)
{
	struct seat *seat;

	pthread_mutex_lock(&reader->lock);
	seat = seat_of(reader, block) ? NULL : seat_find(reader, true);
	if (seat)
		seat_take(reader, seat, block);
	pthread_mutex_unlock(&reader->lock);
}

/* The seat of a block that is read now; waits until there is one. */
static struct seat *sit_down(struct far_reader *reader, uint64_t block)
{
	for (;;) {
		struct seat *seat = seat_of(reader, block);

		/* one that failed is for those who waited then */
		if (seat && seat->state != SEAT_FAILED)
			return seat;
		if (!seat) {
			seat = seat_find(reader, false);
			if (seat) {
				seat_take(reader, seat, block);
				return seat;
			}
		}
		pthread_cond_wait(&reader->news, &reader->lock);
	}
}

bool far_reader_read(struct far_reader *reader, uint64_t block,
		     uint8_t *ret_data, struct error *err)
{
	struct seat *seat;
	bool ok;

	pthread_mutex_lock(&reader->lock);
	seat = sit_down(reader, block);
	seat->waiting++;
	while (seat->state != SEAT_CAME && seat->state != SEAT_FAILED)
		pthread_cond_wait(&reader->news, &reader->lock);
	ok = seat->state == SEAT_CAME;
	if (ok)
		memcpy(ret_data, seat->data, BLOCK_SIZE);
	else
		fail(err, seat->err.fault, "%s", seat->err.text);
	if (--seat->waiting == 0) {
		seat->state = SEAT_FREE;
		pthread_cond_broadcast(&reader->news);
	}
	pthread_mutex_unlock(&reader->lock);
	return ok;
}

bool far_reader_ask(struct far_reader *reader,
		    bool (*question)(void *data, struct far_disk *disk,
				     struct error *err),
		    void *data, struct error *err)
{
	struct question asked;

	pthread_mutex_lock(&reader->lock);
	for (unsigned tries = 0; tries < TRIES; tries++) {
		asked = (struct question){ .ask = question, .data = data };
		while (reader->question)
			pthread_cond_wait(&reader->news, &reader->lock);
		reader->question = &asked;
		pthread_cond_signal(&reader->work);
		while (!asked.done)
			pthread_cond_wait(&reader->news, &reader->lock);
		if (asked.ok || asked.err.fault != FAULT_UNAVAILABLE)
			break;
	}
	pthread_mutex_unlock(&reader->lock);
	return asked.ok || fail(err, asked.err.fault, "%s", asked.err.text);
}

uint64_t far_reader_size(const struct far_reader *reader)
{
	return reader->size;
}

void far_reader_close(struct far_reader *reader)
{
	if (!reader)
		return;
	pthread_mutex_lock(&reader->lock);
	reader->ends = true;
	pthread_cond_signal(&reader->work);
	pthread_mutex_unlock(&reader->lock);
	pthread_join(reader->thread, NULL);
	free(reader->room);
	pthread_cond_destroy(&reader->news);
	pthread_cond_destroy(&reader->work);
	pthread_mutex_destroy(&reader->lock);
	free(reader);
}

/* That it is connected is all that is asked. */
static bool nothing(void *data, struct far_disk *disk, struct error *err)
{
	(void)data;
	(void)disk;
	(void)err;
	return true;
}

bool far_reader_open(const struct far_origin *origin,
		     struct far_reader **ret_reader, struct error *err)
{
	auto_of(far_reader) reader = NULL;
	struct far_reader *fresh = calloc(1, sizeof(*fresh));

	*ret_reader = NULL;
	if (!fresh)
		return fail_memory(err);
	fresh->origin = origin;
	pthread_mutex_init(&fresh->lock, NULL);
	pthread_cond_init(&fresh->work, NULL);
	pthread_cond_init(&fresh->news, NULL);
	fresh->room = malloc(SEATS * (size_t)BLOCK_SIZE);
	for (unsigned i = 0; fresh->room && i < SEATS; i++)
		fresh->seats[i].data = fresh->room + i * (size_t)BLOCK_SIZE;
	if (!fresh->room ||
	    pthread_create(&fresh->thread, NULL, work, fresh) != 0) {
		free(fresh->room);
		free(fresh);
		return fail_memory(err);
	}
	reader = fresh;
	if (far_reader_ask(reader, nothing, NULL, err)) {
		*ret_reader = take(reader);
		return true;
	}
	if (err->fault != FAULT_SNAPSHOT_NOT_FOUND)
		return false;
	error_clear(err);
	return true;
}
