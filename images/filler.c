/* filler.c - the process that fills one layer
 *
 * This thread looks after everything: who connects, what is noted as being
 * there, the registry. Another one pours at the rate that the volumes above
 * have asked for. Nothing of a layer is noted before it is durable; whatever
 * goes wrong beyond a full disk or a source that is away ends the process, and
 * the next one begins with what was noted.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "images/chain/filling.h"
#include "images/fill-private.h"
#include "images/layers.h"
#include "images/registry/layer.h"

#define LOOK_MS 100
#define REST_US 50000
#define NOTE_EVERY USEC_PER_SEC

/* So long it stays for whoever decided to connect while the layer was not full,
 * and for machines that come back. */
#define LINGER (10 * USEC_PER_SEC)

/* What seems to have gone for good is looked for so often, with such pauses. */
#define TRIES 3
#define AGAIN_US 2000000

/* The last one's tools die with it, but a moment later. */
#define BUSY_TRIES 100
#define BUSY_WAIT_US 50000

struct filler {
	struct call *call;
	const char *layer;
	bool ours; /* the source is the store's own */
	struct fill_blocks *blocks;
	struct fill_server *server;
	int map; /* its file */
	uint8_t *noted, *now;
	size_t map_size;
	int64_t total;
	uint64_t filled;
	usec_t looked, last;   /* monotonic: at the registry; at a client */
	bool impaired, failed; /* now; for good */
	char text[sizeof(((struct error *)NULL)->text)]; /* why it failed */
	struct fill_source *lost; /* what is read from then on */

	/* between the threads */
	int64_t rate; /* bytes a second */
	bool poured, stop;
	pthread_mutex_t lock; /* of `why` */
	struct error why;     /* the source cannot be read now */
	unsigned tries;	      /* that found it gone for good, in a row, … */
	usec_t tried;	      /* … the last of them then */
};

static void note_failure(struct filler *filler, const struct error *failed)
{
	bool lasts = !filler->ours && fill_fault_lasts(failed->fault);
	usec_t now = clock_monotonic();

	pthread_mutex_lock(&filler->lock);
	filler->why = *failed;
	if (!lasts) {
		filler->tries = 0;
	} else if (!filler->tries || now - filler->tried >= AGAIN_US) {
		filler->tries++;
		filler->tried = now;
	}
	pthread_mutex_unlock(&filler->lock);
}

/* Fetches what is missing, at the rate. */
static void *pour(void *data)
{
	struct filler *filler = data;
	usec_t due = clock_monotonic();
	int64_t before = 0;
	unsigned away = 0;

	while (!__atomic_load_n(&filler->stop, __ATOMIC_ACQUIRE)) {
		struct error failed = { 0 };
		usec_t now = clock_monotonic();
		int64_t rate = __atomic_load_n(&filler->rate, __ATOMIC_ACQUIRE);
		size_t size;
		bool ok;

		/* who wants it faster does not wait as the slower one did */
		if (rate != before)
			due = now;
		before = rate;
		if (due > now) {
			/* in pieces, so that an end and a rate are soon seen */
			usleep(due - now < REST_US ? (useconds_t)(due - now) :
						     REST_US);
			continue;
		}
		if (now - due > USEC_PER_SEC / 10)
			due = now;
		ok = fill_blocks_pour(filler->blocks, !filler->ours, &size,
				      &failed);
		/* no room is no fault of the source's; when nothing is left it
		 * was not asked */
		if (!ok || size)
			note_failure(
				filler,
				ok || failed.fault == FAULT_VOLUME_CAPACITY ?
					&(struct error){ 0 } :
					&failed);
		__atomic_store_n(&filler->poured, ok && !size,
				 __ATOMIC_RELEASE);
		away = !ok && failed.fault != FAULT_VOLUME_CAPACITY ? away + 1 :
								      0;
		due = ok && size ? due + (usec_t)size * USEC_PER_SEC / rate :
				   now + fill_pause(away);
	}
	return NULL;
}

/* Writes the map; *ret_noted is false when there is no room for it: what is not
 * noted is fetched again. */
static bool note_map(struct filler *filler, bool *ret_noted, struct error *err)
{
	*ret_noted = true;
	if (memcmp(filler->now, filler->noted, filler->map_size) == 0)
		return true;
	if (pwrite(filler->map, filler->now, filler->map_size, 0) !=
		    (ssize_t)filler->map_size ||
	    fdatasync(filler->map) != 0) {
		*ret_noted = false;
		return errno == ENOSPC || errno == EDQUOT ||
		       fail_errno(err, "cannot note what of %s is there",
				  filler->layer);
	}
	memcpy(filler->noted, filler->now, filler->map_size);
	return true;
}

/* Writes down what is there, once it is durable. The map may be ahead of the
 * registry, where the last process was killed between them. */
static bool note(struct filler *filler, struct error *err)
{
	struct db *db = filler->call->store->db;
	uint64_t filled;
	bool noted;

	if (!fill_blocks_flush(filler->blocks, filler->now, &filled, err) ||
	    !note_map(filler, &noted, err))
		return false;
	if (!noted || filled == filler->filled)
		return true;
	if (!filling_set_progress(db, filler->layer, filler->total,
				  (int64_t)filled, err))
		return false;
	filler->filled = filled;
	return true;
}

/* From now on nothing is fetched, and what is missing is an error. */
static bool lose_source(struct filler *filler, const char *why,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct layer layer;

	if (!arena)
		return fail_memory(err);
	snprintf(filler->text, sizeof(filler->text), "%s", why ? why : "");
	if (!layer_get(filler->call->store->db, filler->layer, arena, &layer,
		       err) ||
	    !fill_source_lost((uint64_t)layer.size, filler->text, &filler->lost,
			      err))
		return false;
	filler->failed = true;
	__atomic_store_n(&filler->stop, true, __ATOMIC_RELEASE);
	if (filler->blocks)
		fill_blocks_change(filler->blocks, filler->lost);
	return true;
}

/* Says in the registry that there is no hope: what is here is served for as
 * long as anything stands on the layer. */
static bool give_up(struct filler *filler, const struct error *why,
		    struct error *err)
{
	struct call *call = filler->call;
	auto_tx tx = TX_INIT;

	call->now = clock_now();
	log_warning("%s: %s", filler->layer, why->text);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !fill_settle_failed(call, filler->layer, why, err) ||
	    !tx_commit(&tx, err))
		return false;
	return lose_source(filler, why->text, err);
}

/* Tells in the registry whether the source can be read. */
static bool tell_state(struct filler *filler, struct error *err)
{
	struct error failed;
	unsigned tries;
	bool impaired;

	pthread_mutex_lock(&filler->lock);
	failed = filler->why;
	tries = filler->tries;
	pthread_mutex_unlock(&filler->lock);
	impaired = failed.fault != FAULT_NONE;
	if (tries >= TRIES && !filler->failed)
		return give_up(filler, &failed, err);
	if (filler->failed || impaired == filler->impaired)
		return true;
	if (impaired)
		log_warning("%s: %s", filler->layer, failed.text);
	filler->impaired = impaired;
	return filling_set_state(filler->call->store->db, filler->layer,
				 impaired ? "impaired" : "filling",
				 impaired ? failed.text : NULL, err);
}

/* Whether the store is still there: it may have been removed under us. */
static bool store_there(const struct filler *filler)
{
	auto_free char *path = store_path(filler->call->store, "qami.db");

	return path && access(path, F_OK) == 0;
}

/* Looks at the registry: whether anybody wants the layer, and how fast. */
static bool look(struct filler *filler, bool *ret_wanted, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = filler->call->store->db;
	struct filling filling;
	int64_t rate;

	if (!arena)
		return fail_memory(err);
	if (!filling_get(db, filler->layer, arena, &filling, ret_wanted, err) ||
	    !filling_rate(db, filler->layer, &rate, err))
		return false;
	__atomic_store_n(&filler->rate, fill_speed(rate), __ATOMIC_RELEASE);
	filler->looked = clock_monotonic();
	*ret_wanted = *ret_wanted && store_there(filler);
	return true;
}

/* A registry that is busy or on a full disk can wait. */
static bool bear(struct error *failed, struct error *err)
{
	if (failed->fault == FAULT_NONE ||
	    failed->fault == FAULT_VOLUME_CAPACITY ||
	    failed->fault == FAULT_UNAVAILABLE) {
		error_clear(failed);
		return true;
	}
	return fail(err, failed->fault, "%s", failed->text);
}

/* What is done now and then; *ret_wanted is false when the layer is gone. */
static bool keep_up(struct filler *filler, bool *ret_wanted, struct error *err)
{
	struct error failed = { 0 };

	*ret_wanted = true;
	if (clock_monotonic() - filler->looked < NOTE_EVERY)
		return true;
	return (note(filler, &failed) && tell_state(filler, &failed) &&
		look(filler, ret_wanted, &failed)) ||
	       bear(&failed, err);
}

/* Opens what has become the layer; readers are waiting. */
static bool open_finished(void *data, struct disk **ret_disk, struct error *err)
{
	struct filler *filler = data;
	struct chain *chain = filler->call->store->chain;
	const struct layer_ref layer = { filler->layer, LAYER_QCOW2 };

	return filling_finish(chain, filler->layer, err) &&
	       disk_open(chain, &layer, ret_disk, err);
}

static bool write_full(struct filler *filler, struct error *err)
{
	struct call *call = filler->call;
	auto_tx tx = TX_INIT;

	call->now = clock_now();
	return tx_begin(&tx, call->store->db, err) &&
	       fill_settle_full(call, filler->layer, filler->total, err) &&
	       tx_commit(&tx, err);
}

/* Makes the layer what it is to be, once all is there and compared. */
static bool finish(struct filler *filler, bool *ret_full, struct error *err)
{
	struct error failed = { 0 };
	bool done;

	if (filler->failed ||
	    !__atomic_load_n(&filler->poured, __ATOMIC_ACQUIRE))
		return true;
	if (!fill_blocks_compare(filler->blocks, &done, &failed)) {
		note_failure(filler, &failed);
		return true;
	}
	note_failure(filler, &failed);
	if (!done || !note(filler, err))
		return done ? false : true;
	if ((int64_t)filler->filled != filler->total) {
		__atomic_store_n(&filler->poured, false, __ATOMIC_RELEASE);
		return true;
	}
	if (!fill_blocks_move(filler->blocks, open_finished, filler, err)) {
		log_warning("%s: %s", filler->layer, err->text);
		_exit(EXIT_FAILURE);
	}
	*ret_full = true;
	return write_full(filler, err);
}

/* Whether nobody names the layer any more; looks once in a while. */
static bool is_doomed(struct filler *filler)
{
	auto_of(arena) arena = arena_new();
	struct error gone = { 0 };
	struct layer layer;

	if (!arena || clock_monotonic() - filler->looked < NOTE_EVERY)
		return false;
	filler->looked = clock_monotonic();
	return !layer_get(filler->call->store->db, filler->layer, arena, &layer,
			  &gone) ?
		       gone.fault == FAULT_INTERNAL :
		       strcmp(layer.state, "doomed") == 0;
}

/* Serves those who still read a layer that is full. */
static void linger(struct filler *filler)
{
	filler->last = clock_monotonic();
	while (clock_monotonic() - filler->last < LINGER &&
	       store_there(filler)) {
		fill_server_accept(filler->server, LOOK_MS);
		if (fill_server_clients(filler->server))
			filler->last = clock_monotonic();
		else if (is_doomed(filler))
			return;
	}
}

static bool fill_all(struct filler *filler, bool *ret_full, struct error *err)
{
	bool wanted = true;

	while (wanted && !*ret_full) {
		fill_server_accept(filler->server, LOOK_MS);
		if (!keep_up(filler, &wanted, err) ||
		    (wanted && !finish(filler, ret_full, err)))
			return false;
	}
	return true;
}

/* Fills with a thread that pours. */
static bool run_threads(struct filler *filler, struct error *err)
{
	bool full = false, wanted, ok;
	pthread_t thread;

	if (!look(filler, &wanted, err) ||
	    !filling_set_progress(filler->call->store->db, filler->layer,
				  filler->total, (int64_t)filler->filled, err))
		return false;
	if (!wanted)
		return true;
	pthread_mutex_init(&filler->lock, NULL);
	if (pthread_create(&thread, NULL, pour, filler) != 0)
		return fail_memory(err);
	ok = fill_all(filler, &full, err);
	__atomic_store_n(&filler->stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	pthread_mutex_destroy(&filler->lock);
	if (ok && full)
		linger(filler);
	return ok;
}

/* Opens the layer, which a process that was killed may have open for another
 * moment. */
static bool open_layer(struct filler *filler, struct disk **ret_disk,
		       struct error *err)
{
	for (int i = 0;; i++) {
		if (filling_open(filler->call->store->chain, filler->layer,
				 ret_disk, err))
			return true;
		if (err->fault != FAULT_VOLUME_IN_USE || i == BUSY_TRIES)
			return false;
		error_clear(err);
		usleep(BUSY_WAIT_US);
	}
}

/* Opens the map, and reads what is in it; a fresh one is all zeros. */
static bool open_map(struct filler *filler, uint64_t blocks, struct error *err)
{
	auto_free char *path =
		filling_map(filler->call->store->chain, filler->layer);
	ssize_t got;

	filler->map_size = (size_t)(blocks / 8 + 1);
	filler->noted = calloc(1, filler->map_size);
	filler->now = calloc(1, filler->map_size);
	if (!path || !filler->noted || !filler->now)
		return fail_memory(err);
	filler->map =
		open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (filler->map < 0)
		return fail_errno(err, "cannot open %s", path);
	got = pread(filler->map, filler->noted, filler->map_size, 0);
	return got >= 0 || fail_errno(err, "cannot read %s", path);
}

/* The layer and its map, behind a socket. */
static bool fill_open(struct filler *filler, struct fill_source *source,
		      struct error *err)
{
	auto_free char *path =
		filling_socket(filler->call->store->chain, filler->layer, err);
	auto_of(fill_blocks) blocks = NULL;
	auto_of(fill_server) server = NULL;
	uint64_t count = (source->size + PARCEL_BLOCK - 1) / PARCEL_BLOCK;
	struct disk *disk = NULL;
	bool ok;

	if (!path)
		return false;
	if (!open_map(filler, count, err) || !open_layer(filler, &disk, err) ||
	    !fill_blocks_open(source, disk, filler->noted, &blocks, err) ||
	    !fill_server_open(path, filler->layer, blocks, source->size,
			      &server, err))
		return false;
	filler->blocks = blocks;
	filler->server = server;
	if (!filler->failed)
		filler->total = (int64_t)source->blocks;
	ok = run_threads(filler, err);
	unlink(path);
	return ok;
}

/* Serves a layer that is full to those who were reading it when the process
 * that filled it was killed. */
static bool serve_full(struct filler *filler, struct error *err)
{
	struct chain *chain = filler->call->store->chain;
	const struct layer_ref layer = { filler->layer, LAYER_QCOW2 };
	auto_free char *path = filling_socket(chain, filler->layer, err);
	auto_of(fill_blocks) blocks = NULL;
	auto_of(fill_server) server = NULL;
	struct disk *disk;
	uint64_t size;

	if (!path)
		return false;
	if (!disk_open(chain, &layer, &disk, err))
		return false;
	size = disk_size(disk);
	if (!fill_blocks_open(NULL, disk, NULL, &blocks, err) ||
	    !fill_server_open(path, filler->layer, blocks, size, &server, err))
		return false;
	filler->server = server;
	linger(filler);
	unlink(path);
	return true;
}

/* Opens the source. One that is away is told of, and the job tries again; one
 * that has gone for good is lost. */
static bool open_source(struct filler *filler, const struct filling *filling,
			struct fill_source **ret_source, struct error *err)
{
	struct db *db = filler->call->store->db;
	struct error lost = { 0 };

	for (unsigned try = 1;; try++) {
		error_clear(err);
		if (fill_source_open(filler->call, filling, ret_source, err))
			return true;
		if (!filling_set_state(db, filler->layer, "impaired", err->text,
				       &lost))
			log_warning("%s", lost.text);
		if (filler->ours || !fill_fault_lasts(err->fault))
			return false;
		if (try == TRIES)
			break;
		usleep(AGAIN_US);
	}
	lost = *err;
	error_clear(err);
	return give_up(filler, &lost, err);
}

/* Fills a layer from its source, or serves what is here of one that has lost
 * it. */
static bool fill(struct filler *filler, const struct filling *filling,
		 struct error *err)
{
	auto_of(fill_source) source = NULL;
	bool ok;

	filler->ours = fill_kind_ours(filling->kind);
	filler->filled = (uint64_t)filling->filled;
	filler->total = filling->blocks;
	if (strcmp(filling->state, "failed") == 0 ?
		    !lose_source(filler, filling->message, err) :
		    !open_source(filler, filling, &source, err))
		return false;
	filler->impaired = strcmp(filling->state, "impaired") == 0;
	/* the one is open, or the other stands for it */
	assert(source || filler->lost);
	ok = fill_open(filler, source ? source : filler->lost, err);
	if (filler->map >= 0)
		close(filler->map);
	fill_source_close(filler->lost);
	free(filler->noted);
	free(filler->now);
	return ok;
}

/* Nobody needs what lies beside a layer any more; its row may be gone. */
static bool tidy(struct filler *filler, struct error *err)
{
	struct store *store = filler->call->store;

	return filling_delete(store->db, filler->layer, err) &&
	       filling_forget(store->chain, filler->layer, err) &&
	       layers_reap(filler->call, err);
}

static bool run(struct filler *filler, struct error *err)
{
	struct store *store = filler->call->store;
	auto_of(arena) arena = arena_new();
	struct filling filling;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!filling_get(store->db, filler->layer, arena, &filling, &found,
			 err))
		return false;
	if (layer_exists(store->chain, filler->layer)) {
		/* it may have died between the file and the row */
		filler->total = found ? filling.blocks : 0;
		if ((found && strcmp(filling.state, "full") != 0 &&
		     !write_full(filler, err)) ||
		    !serve_full(filler, err))
			return false;
	} else if (found && !fill(filler, &filling, err)) {
		return false;
	}
	return tidy(filler, err);
}

bool fill_run(struct call *call, const char *layer, struct error *err)
{
	struct filler filler = { .call = call, .layer = layer, .map = -1 };
	auto_free char *path = fill_lock(call->store, layer);
	auto_close int lock = path ? file_lock(path, false) : -1;

	if (!path)
		return fail_memory(err);
	/* somebody does it, or nothing was ever to be filled here */
	if (lock < 0)
		return errno == EAGAIN || errno == ENOENT ||
		       fail_errno(err, "cannot lock %s", path);
	if (!run(&filler, err))
		return false;
	unlink(path);
	filling_settle(call->store->chain);
	return true;
}
