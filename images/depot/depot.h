/* depot.h - a region that is nothing but objects, sealed under one key
 *
 * Stores that never reach each other put their snapshots and images there and
 * take others' from there. Whoever keeps the objects (a bucket) is trusted with
 * nothing but to have them: he learns how many there are, how large each is and
 * when it was put, and that two blocks of one content are one object.
 *
 * Who has the region's key reads everything, and can write whatever he likes.
 *
 * From the region's key (32 random bytes) three are made, each the HMAC-SHA-256
 * under it of a word: "check", "names" and "seal". The objects, below the
 * place that the region was given:
 *
 *   region                what says that here is one
 *   blocks/DD/D…          a block of 512 KiB that is not zeros throughout; D…
 *                         are the digits of the HMAC under "names" of "block"
 *                         and its SHA-256, the first two twice
 *   lists/D…              which blocks a disk has; the HMAC of "list" and the
 *                         SHA-256 of what is in it
 *   snapshots/snap-…      what is said of a snapshot, and the name of its list
 *   images/ami-…          what is said of an image
 *   publishing/UUID       somebody is at work who counts on what is there
 *   collecting/UUID       somebody removes what nothing names
 *
 * "region" has 64 bytes. Numbers are big-endian, as in qcow2:
 *
 *   0   8  "qamirgn\n"
 *   8   4  version, 1
 *  12   4  bytes of a block, 524288
 *  16  16  zeros
 *  32  32  HMAC under "check" of those before
 *
 * So it depends on the key alone: who makes a region that is there already
 * changes nothing. Every other object is sealed, with its own name, from
 * "region"'s place on, as what it is about, so that it opens under no other:
 *
 *   0  12  nonce, drawn each time: what is packed may be packed otherwise by
 *          another version of zstd, so that none may follow from the content
 *  12   n  AES-256-GCM under "seal" of the content
 *      16  tag
 *
 * A block's content is a frame of zstd, or where that is not smaller the block
 * itself; in a disk's last block zeros follow the end. A list's:
 *
 *   0   8  bytes of the disk
 *   8   8  how many blocks follow
 *  16      of each, ascending: its number (8) and its SHA-256 (32)
 *
 * A record's (of a snapshot or image):
 *
 *   0   8  serial: each record under a name has a greater one than those
 *          before it, so that whoever has seen one knows an older one that
 *          somebody has put back
 *   8  32  what the list's name was made of (SHA-256 of its content); of an
 *          image zeros
 *  40      JSON, whose meaning is images/depotrecord.h's
 *
 * A mark's (publishing, collecting): the time (8) at which it was put, in
 * microseconds since 1970.
 *
 * An object that is there never changes, but for records. Blocks and lists are
 * named by what they contain, so that two who put one at a time do no harm.
 * What is named is put before what names it: blocks, list, snapshot, image. Who
 * dies on the way has left what nothing names, and finds it there when he
 * begins again. depot_collect() says why it takes away no block that somebody
 * else is about to name.
 *
 * Whoever reads believes nothing: what was cut short, altered, put under
 * another name, put back or is missing is FAULT_INTERNAL with a sentence that
 * says which object. FAULT_UNAVAILABLE: the bucket cannot be reached now.
 */
#ifndef QAMI_DEPOT_DEPOT_H
#define QAMI_DEPOT_DEPOT_H

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/secret.h"

#define DEPOT_BLOCK (512 * 1024U)
#define DEPOT_DIGEST 32
#define DEPOT_DISK_MOST (1ULL << 46) /* bytes */
#define DEPOT_RECORD_MOST (1U << 20) /* of JSON */
#define DEPOT_BLOCKS_MOST (6U << 20) /* of a list: 3 TiB that are not zeros */
#define DEPOT_NAME_SIZE 80	     /* of an object, with its NUL */
#define DEPOT_LIST_SIZE 65	     /* of a list's name, without "lists/" */

/* Where the objects are. Names have '/' in them and lead nowhere else. Calls
 * come from several threads at a time. What is put is there whole or not at
 * all, and whoever asks afterwards finds it, or that it is gone. */
struct depot_ops {
	bool (*put)(void *data, const char *name, const void *bytes,
		    size_t size, struct error *err);
	/* FAULT_KEY_NOT_FOUND; FAULT_INVALID_PARAMETER beyond `most`. */
	bool (*get)(void *data, const char *name, size_t most,
		    struct buf *ret_bytes, struct error *err);
	bool (*has)(void *data, const char *name, bool *ret_has,
		    struct error *err);
	/* One that is not there is no error. */
	bool (*remove)(void *data, const char *name, struct error *err);
	/* All whose names begin so; false of `each` ends it, without one. */
	bool (*list)(void *data, const char *prefix,
		     bool (*each)(void *each_data, const char *name,
				  uint64_t size),
		     void *each_data, struct error *err);
};

struct depot;

/* Opens a region; with `make` one is made where none is. `data` is the ops',
 * and borrowed. FAULT_REGION_NOT_FOUND; FAULT_AUTH_FAILURE for another key than
 * it was made with; FAULT_UNSUPPORTED for another version. */
bool depot_open(const struct depot_ops *ops, void *data,
		const struct secret *key, bool make, struct depot **ret_depot,
		struct error *err) must_check;
void depot_close(struct depot *depot);
AUTO_DEFINE(depot, depot_close)

/* Whether there is a region, under whatever key. */
bool depot_exists(const struct depot_ops *ops, void *data, bool *ret_exists,
		  struct error *err) must_check;

/* Room to pack and seal a block in, and the other way round: one thread's. */
struct depot_room;
bool depot_room_new(struct depot_room **ret_room, struct error *err) must_check;
void depot_room_free(struct depot_room *room);
AUTO_DEFINE(depot_room, depot_room_free)

/* Puts a block, of DEPOT_BLOCK bytes and this digest; *ret_size, unless NULL,
 * is what it takes there. */
bool depot_put_block(struct depot *depot, struct depot_room *room,
		     const uint8_t *block, const uint8_t digest[DEPOT_DIGEST],
		     uint64_t *ret_size, struct error *err) must_check;

/* Fetches the block of a digest: it is what that says. */
bool depot_get_block(struct depot *depot, struct depot_room *room,
		     const uint8_t digest[DEPOT_DIGEST], uint8_t *ret_block,
		     struct error *err) must_check;

/* Which blocks are there, as of when this was asked. */
struct depot_set;
bool depot_blocks(struct depot *depot, struct depot_set **ret_set,
		  struct error *err) must_check;
void depot_set_free(struct depot_set *set);
AUTO_DEFINE(depot_set, depot_set_free)

/* Whether a block is not there yet; from now on it is. So of several threads
 * that ask for one block one is told to put it. *ret_lacks. */
bool depot_set_lacks(struct depot *depot, struct depot_set *set,
		     const uint8_t digest[DEPOT_DIGEST], bool *ret_lacks,
		     struct error *err) must_check;

struct depot_entry {
	uint64_t number;
	uint8_t digest[DEPOT_DIGEST];
};

/* Which blocks a disk has: ascending, none of them behind its end. */
struct depot_list {
	uint64_t size; /* bytes */
	struct depot_entry *entries;
	size_t count;
};

/* Puts a list, unless it is there. */
bool depot_put_list(struct depot *depot, const struct depot_list *list,
		    uint8_t ret_digest[DEPOT_DIGEST], struct error *err)
	must_check;
bool depot_get_list(struct depot *depot, const uint8_t digest[DEPOT_DIGEST],
		    struct depot_list *ret_list, struct error *err) must_check;
void depot_list_done(struct depot_list *list);

/* A record; all that is no id of a snapshot or image is FAULT_KEY_NOT_FOUND, as
 * one that is not there. `text` of a record that was got is the caller's to
 * free. */
struct depot_record {
	int64_t serial;
	uint8_t list[DEPOT_DIGEST];
	char *text;
};
bool depot_put_record(struct depot *depot, const char *id,
		      const struct depot_record *record, struct error *err)
	must_check;
bool depot_get_record(struct depot *depot, const char *id,
		      struct depot_record *ret_record, struct error *err)
	must_check;
bool depot_remove_record(struct depot *depot, const char *id, struct error *err)
	must_check;

/* Calls `each` for the id of each "snap" or "ami", until it is false. */
bool depot_each(struct depot *depot, const char *prefix,
		bool (*each)(void *data, const char *id), void *data,
		struct error *err) must_check;

/* The id, "snap-…" or "ami-…", under which what has that id in its store is
 * published: the same each time, so that who begins again finds what he began.
 */
void depot_id(const struct depot *depot, const char *source, char ret_id[32]);

/* How long a mark that nobody has put anew holds others up. Those who put one
 * do so anew long before; that hosts' clocks differ by less than that is all
 * that is asked of them. */
#define DEPOT_MARK_LASTS (24 * 3600 * USEC_PER_SEC)
#define DEPOT_MARK_RENEWED (600 * USEC_PER_SEC)

/* Somebody who publishes: `now` is the host's time. */
struct depot_mark {
	char name[DEPOT_NAME_SIZE]; /* "" when there is none */
	usec_t put;
};

/* Puts a mark, before it is asked which blocks are there. FAULT_UNAVAILABLE
 * while somebody collects. */
bool depot_publish_begin(struct depot *depot, usec_t now,
			 struct depot_mark *ret_mark, struct error *err)
	must_check;

/* Puts it anew when it is time to. FAULT_UNAVAILABLE when it was taken away
 * meanwhile, because nobody had for a day: begin again. */
bool depot_publish_renew(struct depot *depot, usec_t now,
			 struct depot_mark *mark, struct error *err) must_check;

/* Puts a record, and makes sure that nobody can have collected a block of it:
 * otherwise it goes again, and that is FAULT_UNAVAILABLE. */
bool depot_publish(struct depot *depot, const struct depot_mark *mark,
		   const char *id, const struct depot_record *record,
		   struct error *err) must_check;
bool depot_publish_end(struct depot *depot, struct depot_mark *mark,
		       struct error *err) must_check;

struct depot_collected {
	uint64_t blocks; /* removed, … */
	uint64_t bytes;	 /* … and what they took */
	uint64_t lists;
	uint64_t kept; /* blocks */
};

/* Removes the blocks and lists that no record names, whatever is left of those
 * who died, and nothing else. `lasts` is how old a mark may be, in general
 * DEPOT_MARK_LASTS. FAULT_UNAVAILABLE while somebody publishes or collects. */
bool depot_collect(struct depot *depot, usec_t now, usec_t lasts,
		   struct depot_collected *ret_collected, struct error *err)
	must_check;

#endif
