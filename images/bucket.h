/* bucket.h - an account's buckets: directories of the store, or on its server
 *
 * "BUCKET/KEY" is a bucket in <store>/buckets, which belongs to the account
 * that made it; "s3://BUCKET/KEY" one on the S3 server which the store's owner
 * has configured for the account (`qami s3-server`). No request ever names a
 * host: what an account cannot reach is not there.
 */
#ifndef QAMI_IMAGES_BUCKET_H
#define QAMI_IMAGES_BUCKET_H

#include "bundle/bucket.h"
#include "images/base/arena.h"
#include "images/call.h"

/* Where an object, or what begins with a prefix, lies. Strings in an arena. */
struct location {
	const char *bucket;
	const char *key; /* without slashes at its ends; "" when none */
	bool server;	 /* "s3://" */
};

/* Splits "BUCKET", "BUCKET/KEY", "/BUCKET/KEY" or "s3://BUCKET/KEY".
 * FAULT_INVALID_PARAMETER when the bucket's name or the key cannot be one. */
bool location_split(const char *text, struct arena *arena,
		    struct location *ret_location, struct error *err)
	must_check;

/* Opens the caller's bucket; with `make` one that is not there is made.
 * FAULT_BUCKET_NOT_FOUND when there is none, when it is another account's, or
 * when no server is configured; FAULT_BUCKET_EXISTS when another account's is
 * in the way of making it. `ret_bucket` is the caller's to close. */
bool bucket_find(const struct call *call, const struct location *location,
		 bool make, struct bucket **ret_bucket, struct error *err)
	must_check;

/* Removes the caller's bucket. FAULT_BUCKET_NOT_EMPTY while there are objects
 * in it. */
bool bucket_erase(const struct call *call, const struct location *location,
		  struct error *err) must_check;

/* Removes what uploads that died have left of objects which never were. */
bool bucket_sweep(const struct call *call, unsigned *ret_files,
		  uint64_t *ret_bytes, struct error *err) must_check;

/* The S3 server that the store's owner has configured for an account, or for
 * what else has one of its own (by its name), in the arena; *ret_found is false
 * when there is none. It is kept in <store>/s3, in a file that only the store's
 * owner can read. */
bool bucket_server_get(const struct call *call, const char *whose,
		       struct arena *arena, struct bucket_server *ret_server,
		       bool *ret_found, struct error *err) must_check;
bool bucket_server_set(const struct call *call, const char *whose,
		       const struct bucket_server *server, struct error *err)
	must_check;
bool bucket_server_unset(const struct call *call, const char *whose,
			 struct error *err) must_check;

#endif
