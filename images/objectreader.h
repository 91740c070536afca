/* objectreader.h - an object that is one parcel, piece by piece
 *
 * It is known by the digest that it ends with: whatever else takes its place is
 * an error, and when the right one lies there again that is read on. Nothing of
 * it is kept but a MiB that was read ahead. For one thread at a time.
 */
#ifndef QAMI_IMAGES_OBJECTREADER_H
#define QAMI_IMAGES_OBJECTREADER_H

#include "bundle/bucket.h"
#include "images/base/digest.h"
#include "images/parcel/pick.h"

struct object_reader;

/* Of a file that has all of it; `fd` is owned from here on. */
bool object_reader_file(int fd, struct object_reader **ret_reader,
			struct error *err) must_check;

/* Of a bucket, which is owned from here on, also after a failure:
 * FAULT_KEY_NOT_FOUND when it is not there, FAULT_UNSUPPORTED when the server
 * does not answer pieces. */
bool object_reader_bucket(struct bucket *bucket, const char *key,
			  struct object_reader **ret_reader, struct error *err)
	must_check;
void object_reader_close(struct object_reader *reader);
AUTO_DEFINE(object_reader, object_reader_close)

/* The object's bytes. */
uint64_t object_reader_size(const struct object_reader *reader);

/* The digest that it ends with; what that says is not checked. */
bool object_reader_digest(struct object_reader *reader,
			  uint8_t ret_digest[SHA256_SIZE], struct error *err)
	must_check;

/* Says by which digest it is known: FAULT_INVALID_PARAMETER, with `otherwise`
 * as the sentence, unless it has that. */
bool object_reader_expect(struct object_reader *reader,
			  const uint8_t digest[SHA256_SIZE],
			  const char *otherwise, struct error *err) must_check;

/* Opens the object anew, when the right one can be had: whether it was. */
bool object_reader_again(struct object_reader *reader);

/* Reads exactly so many bytes, within the object's: FAULT_INVALID_PARAMETER
 * when it is not the one any more that was opened, FAULT_UNAVAILABLE while a
 * server is away. */
bool object_reader_read(struct object_reader *reader, void *ret_bytes,
			size_t size, uint64_t offset, struct error *err)
	must_check;

/* A disk of the parcel, as pick_open() opens it; the reader stays the caller's,
 * and is read for as long as the pick is open. */
bool object_reader_pick(struct object_reader *reader, unsigned disk,
			const struct secret *key, struct pick **ret_pick,
			struct error *err) must_check;

#endif
