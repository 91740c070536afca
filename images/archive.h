/* archive.h - the archive: a file a snapshot, outside of all chains
 *
 * Each object is a parcel of one disk (images/parcel/parcel.h), sealed with
 * the snapshot's own disk key where that is encrypted. QAMI_ARCHIVE says where
 * they go: a directory that is there, on a cheaper disk maybe, or a bucket of
 * the snapshot's account ("BUCKET[/PREFIX]", "s3://BUCKET[/PREFIX]"); without
 * it archive/ in the store. An object stays where it was put. A directory in
 * which an object was begun is never empty: one that is, or is not there, is
 * taken for one whose disk is not mounted, and FAULT_UNAVAILABLE says so
 * whatever is asked of it.
 */
#ifndef QAMI_IMAGES_ARCHIVE_H
#define QAMI_IMAGES_ARCHIVE_H

#include "images/registry/tier.h"
#include "images/store.h"

/* Where objects go from now on, as archive_object.place has it; in the arena.
 * FAULT_UNAVAILABLE, with a sentence, when that is no place for one. */
bool archive_place(const struct call *call, struct arena *arena,
		   const char **ret_place, struct error *err) must_check;

/* How long a restore waits before it begins: QAMI_ARCHIVE_DELAY, hours from 0
 * (default) to 72. FAULT_UNAVAILABLE when it is anything else. */
bool archive_delay(usec_t *ret_delay, struct error *err) must_check;

/* How hard an object is packed, from 1 to 19, zstd's levels: as a text says,
 * QAMI_ARCHIVE_LEVEL's or a job's; 6 where it is NULL or empty.
 * FAULT_UNAVAILABLE when it is anything else. */
bool archive_level(const char *text, int *ret_level, struct error *err)
	must_check;

/* Makes the draft of an object, empty, for reading and writing; what somebody
 * who died has left of it goes. */
bool archive_draft(const struct call *call, const struct archive_object *object,
		   int *ret_fd, struct error *err) must_check;

/* Puts a whole draft where the object belongs, durably: FAULT_UNSUPPORTED for
 * one that is larger than what a server takes in one request. */
bool archive_put(const struct call *call, const struct archive_object *object,
		 int fd, struct error *err) must_check;

/* Opens an object for reading; a server's is fetched into an unnamed file in
 * the store. FAULT_KEY_NOT_FOUND when it is not there. */
bool archive_open(const struct call *call, const struct archive_object *object,
		  int *ret_fd, struct error *err) must_check;

/* An object that is read in pieces, which must be the one that was put there:
 * its digest is. One on a server that does not answer pieces is read as
 * archive_open() has it. */
struct object_reader; /* images/objectreader.h */
bool archive_reader_open(const struct call *call,
			 const struct archive_object *object,
			 struct object_reader **ret_reader, struct error *err)
	must_check;

/* Whether an object is there, and its bytes. */
bool archive_look(const struct call *call, const struct archive_object *object,
		  bool *ret_there, uint64_t *ret_bytes, struct error *err)
	must_check;

/* Removes an object and its draft; what is not there is no error, unless the
 * place that it was put into is not there either. */
bool archive_remove(const struct call *call,
		    const struct archive_object *object, struct error *err)
	must_check;

/* Calls `found` for each file of the store's own archive directory that no
 * row names, with its name and how old it is, in seconds; of other places the
 * store does not know whose the others are. */
bool archive_strays(const struct call *call,
		    bool (*found)(void *data, const char *path, int64_t age,
				  struct error *err),
		    void *data, struct error *err) must_check;

#endif
