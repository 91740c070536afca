/* fill-private.h - what the files of filling share */
#ifndef QAMI_IMAGES_FILL_PRIVATE_H
#define QAMI_IMAGES_FILL_PRIVATE_H

#include "images/chain/blocks.h"
#include "images/fill.h"
#include "images/objectreader.h"
#include "images/parcel/pick.h"

/* Where a layer's bytes come from, as who fills it asks: the head of each
 * kind's own struct. A fault of block() tells what is to be expected. The
 * source is another one than it was, or is gone, and where it lay is there:
 * FAULT_INVALID_PARAMETER, FAULT_KEY_NOT_FOUND, FAULT_BUCKET_NOT_FOUND,
 * FAULT_SNAPSHOT_NOT_FOUND; while that lasts for some tries there is no hope
 * any more, unless the source is the store's own. With any other fault it is
 * away for a while, however long: it is tried again as fill_pause() says. The
 * same holds for who opens one. One thread at a time asks. */
struct fill_source;
struct fill_source_ops {
	/* Whether a block is said to be anything but zeros. */
	bool (*has)(const struct fill_source *source, uint64_t number);

	/* The number of the first such block from one on; PARCEL_NO_BLOCK when
	 * there is none. */
	uint64_t (*next)(const struct fill_source *source, uint64_t number);

	/* Reads a block, with zeros behind the disk's end, and proves that it
	 * is the right one, or that it is zeros. */
	bool (*block)(struct fill_source *source, uint64_t number,
		      uint8_t ret_data[PARCEL_BLOCK], struct error *err);
	/* Whether a block is these bytes, zeros behind the disk's end among
	 * them, as far as that can be said without reading it there. NULL
	 * where a layer shows nothing but what was fetched; otherwise it shows
	 * rightly already what the source has not. */
	bool (*same)(struct fill_source *source, uint64_t number,
		     const uint8_t data[PARCEL_BLOCK]);

	/* Says that a block is among the FILL_AHEAD that will be read next;
	 * waits for nothing. NULL where it would be no use. */
	void (*want)(struct fill_source *source, uint64_t number);
	void (*close)(struct fill_source *source);
};

#define FILL_AHEAD 8

struct fill_source {
	const struct fill_source_ops *ops;
	uint64_t size;	 /* of the disk, bytes */
	uint64_t blocks; /* of it that are not zeros, as it says */
};

/* Opens what a row names. */
bool fill_source_open(struct call *call, const struct filling *filling,
		      struct fill_source **ret_source, struct error *err)
	must_check;
void fill_source_close(struct fill_source *source);
AUTO_DEFINE(fill_source, fill_source_close)

/* One that has nothing to give any more, for a layer of that size: why is
 * borrowed. */
bool fill_source_lost(uint64_t size, const char *why,
		      struct fill_source **ret_source, struct error *err)
	must_check;

/* Whether what failed will always do so, as far as a fault tells. */
bool fill_fault_lasts(enum fault fault);

/* How long to wait for a source that was away so many times in a row, or for
 * anything else (0): two seconds, and a quarter of the time that it has been
 * away when that is more, up to half a minute. */
usec_t fill_pause(unsigned times);

/* Whether a kind of sources is the store's own, for ever: it keeps what a layer
 * needs until that is full, and its snapshots are completed all the while. */
bool fill_kind_ours(const char *kind);

/* The kinds, each in a file of its own. */
bool fill_archive_open(struct call *call, const struct filling *filling,
		       struct fill_source **ret_source, struct error *err)
	must_check;
bool fill_bucket_open(struct call *call, const struct filling *filling,
		      struct fill_source **ret_source, struct error *err)
	must_check;
bool fill_region_open(struct call *call, const struct filling *filling,
		      struct fill_source **ret_source, struct error *err)
	must_check;

/* Opens the object that a row of the kind "bucket" names. From a server that
 * does not answer pieces it is fetched whole, unless the layer is to be
 * `sealed` (its bytes shall lie nowhere in clear): then that is
 * FAULT_UNSUPPORTED. */
bool fill_object_open(struct call *call, const struct filling *filling,
		      bool sealed, struct object_reader **ret_reader,
		      struct error *err) must_check;

/* What those that are a disk of a parcel have in common. */
struct fill_parcel {
	struct fill_source source;
	struct object_reader *reader; /* owned, as is the pick */
	struct pick *pick;
};

/* Opens the disk of the object that the reader reads. */
bool fill_parcel_open(struct fill_parcel *parcel, unsigned disk,
		      const struct secret *key, struct error *err) must_check;
bool fill_parcel_has(const struct fill_source *source, uint64_t number);
uint64_t fill_parcel_next(const struct fill_source *source, uint64_t number);
bool fill_parcel_block(struct fill_source *source, uint64_t number,
		       uint8_t ret_data[PARCEL_BLOCK], struct error *err)
	must_check;

/* Frees it, the struct too. */
void fill_parcel_close(struct fill_source *source);

/* Ends the filling of a layer, within the caller's transaction: all of it is
 * here, or it never will be (`why`). Snapshots that were pending for it, and
 * images of these, are what they are to be now. */
bool fill_settle_full(struct call *call, const char *layer, int64_t blocks,
		      struct error *err) must_check;
bool fill_settle_failed(struct call *call, const char *layer,
			const struct error *why, struct error *err) must_check;

/* The path of the lock that the process which fills a layer holds; caller
 * frees. */
char *fill_lock(const struct store *store, const char *layer);

/* The blocks of a layer that is being filled: safe from several threads. */
struct fill_blocks;

/* `map` is what is known to be there, as fill_blocks_flush() gave it, or NULL;
 * `disk` is the layer, and owned from here on; `source` is borrowed, NULL when
 * all is there and will only be read. */
bool fill_blocks_open(struct fill_source *source, struct disk *disk,
		      const uint8_t *map, struct fill_blocks **ret_blocks,
		      struct error *err) must_check;
void fill_blocks_close(struct fill_blocks *blocks);
AUTO_DEFINE(fill_blocks, fill_blocks_close)

/* Reads what the layer shows, fetching what is not there, before everything
 * that is only fetched to be there. */
bool fill_blocks_read(struct fill_blocks *blocks, void *ret_data, size_t size,
		      uint64_t offset, struct error *err) must_check;

/* Reads on from another source, which is borrowed instead. */
void fill_blocks_change(struct fill_blocks *blocks, struct fill_source *source);

/* Fetches the next block that is missing, when nobody waits for another one;
 * *ret_size is how much that was, in bytes, 0 when none is missing. What is
 * fetched and cannot be kept for want of room is FAULT_VOLUME_CAPACITY. With
 * `again`, one that cannot be had is the next one once more. */
bool fill_blocks_pour(struct fill_blocks *blocks, bool again, size_t *ret_size,
		      struct error *err) must_check;

/* The bytes of a map of the blocks, a bit for each. */
size_t fill_blocks_map_size(const struct fill_blocks *blocks);

/* Makes what is there durable, and says what that is; *ret_filled is how many
 * blocks of the source's. False also when a block could not be written for
 * another reason than a full disk: the layer is to be opened anew. */
bool fill_blocks_flush(struct fill_blocks *blocks, uint8_t *ret_map,
		       uint64_t *ret_filled, struct error *err) must_check;

/* Compares what was in the map that it was opened with, as far as that was not
 * done: *ret_done is false when there is more, after some blocks. One that
 * differs is missing again, and said in the log. */
bool fill_blocks_compare(struct fill_blocks *blocks, bool *ret_done,
			 struct error *err) must_check;

/* Closes the disk and reads on from the one that `open` opens, which shows the
 * same. Who reads meanwhile waits. When it fails they wait on: the process is
 * to end, since a reader is better off with no answer than with a wrong one. */
bool fill_blocks_move(struct fill_blocks *blocks,
		      bool (*open)(void *data, struct disk **ret_disk,
				   struct error *err),
		      void *data, struct error *err) must_check;

/* Shows a layer that is being filled to those who connect. */
struct fill_server;
bool fill_server_open(const char *path, const char *name,
		      struct fill_blocks *blocks, uint64_t size,
		      struct fill_server **ret_server, struct error *err)
	must_check;

/* Lets in who connects within so many milliseconds. */
void fill_server_accept(struct fill_server *server, int wait_ms);

/* How many are connected. */
unsigned fill_server_clients(struct fill_server *server);

/* Ends all connections. */
void fill_server_close(struct fill_server *server);
AUTO_DEFINE(fill_server, fill_server_close)

#endif
