/* bucket.h - where bundles are kept: a directory, or a bucket of an S3 server
 *
 * Keys are S3's: text with '/', never a path that leads out. An object is
 * there whole or not at all in both kinds.
 */
#ifndef QAMI_BUNDLE_BUCKET_H
#define QAMI_BUNDLE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "images/base/arena.h"
#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/error.h"

struct bucket;
struct sums; /* bundle/sums.h */

/* How an S3 server is reached. All borrowed; bundle/server.h finds one in the
 * environment. */
struct bucket_server {
	const char *url;    /* http(s)://host[:port], NULL: AWS's */
	const char *region; /* NULL: us-east-1 */
	const char *access_key;
	const char *secret;
	const char *token; /* of temporary keys, or NULL */
	unsigned tries;	   /* of each request; 0: 5 */
	unsigned stall;	   /* seconds without progress that end one; 0: 60 */
	bool hosted; /* bucket.host instead of host/bucket; AWS's always is,
		      * unless the name has dots */
};

struct bucket_object {
	const char *key;
	uint64_t size; /* bytes */
	char etag[65]; /* "" where the server gives none */
};

/* Whether S3 allows that name: 3 to 63 of a-z0-9.-, beginning and ending with
 * a letter or digit, no "..", no IPv4 address. */
bool bucket_name_ok(const char *name);

/* Fails with FAULT_INVALID_PARAMETER for any other one. */
bool bucket_name_check(const char *name, struct error *err);

/* Whether a key is usable in both kinds: 1 to 1024 bytes of UTF-8 without
 * control characters, no empty, "." or ".." component. */
bool bucket_key_ok(const char *key);

/* A directory's bucket: <directory>/<name>, mode 0700. With `make` it is made
 * when it is not there, else FAULT_BUCKET_NOT_FOUND. */
bool bucket_open_directory(const char *directory, const char *name, bool make,
			   struct bucket **ret_bucket, struct error *err)
	must_check;

/* Removes what writers who died have left beside the buckets of a directory,
 * and says how many files and bytes on the disk that were. */
void bucket_sweep_directory(const char *directory, unsigned *ret_files,
			    uint64_t *ret_bytes);

/* A server's bucket; it is asked for at the first use, with `make` at once and
 * made there when missing. What the server answers is in the error's text:
 * FAULT_AUTH_FAILURE what it forbids (401, 403), FAULT_INVALID_PARAMETER and
 * FAULT_UNSUPPORTED what it will not do, FAULT_UNAVAILABLE when it could not be
 * reached, fails or makes no sense, after as many tries as may help. */
bool bucket_open_server(const struct bucket_server *server, const char *name,
			bool make, struct bucket **ret_bucket,
			struct error *err) must_check;
void bucket_close(struct bucket *bucket);
AUTO_DEFINE(bucket, bucket_close)

/* The bucket's calls may be made by several threads at a time. While *cancel is
 * true they end with FAULT_UNAVAILABLE, also in the middle; NULL: never. Set
 * before the first of them. */
void bucket_cancel(struct bucket *bucket, const bool *cancel);

/* Stores a whole file (from its start) under a key; `acl` is S3's canned one,
 * NULL for none. In a directory "a" and "a/b" cannot both be objects:
 * FAULT_INVALID_PARAMETER, as for a component of more than 255 bytes. */
bool bucket_put(struct bucket *bucket, const char *key, int fd, const char *acl,
		struct error *err) must_check;

/* The same with an object's tags, as a URL's query ("key=value&…", encoded);
 * NULL: none. A directory keeps them in an attribute of the file, where its
 * file system has room for one. */
bool bucket_put_tagged(struct bucket *bucket, const char *key, int fd,
		       const char *tags, struct error *err) must_check;

/* Adds the first `size` bytes of an object, or all of a smaller one, to a
 * buffer: at most 4 MiB. FAULT_KEY_NOT_FOUND when there is none. */
bool bucket_start(struct bucket *bucket, const char *key, size_t size,
		  struct buf *ret_start, struct error *err) must_check;

/* An object that is read in pieces, always the one that was there when it was
 * opened; the bucket is borrowed. FAULT_KEY_NOT_FOUND when there is none,
 * FAULT_UNSUPPORTED when a server does not answer pieces. */
struct bucket_reader;
bool bucket_open_reader(struct bucket *bucket, const char *key,
			struct bucket_reader **ret_reader, struct error *err)
	must_check;
void bucket_reader_close(struct bucket_reader *reader);
AUTO_DEFINE(bucket_reader, bucket_reader_close)

/* The object's bytes. */
uint64_t bucket_reader_size(const struct bucket_reader *reader);

/* Reads exactly so many bytes, which the object has; by several threads at a
 * time. FAULT_INVALID_PARAMETER when another one took the object's place or it
 * is shorter than it was, FAULT_UNAVAILABLE when a server gives something else
 * than what it was asked for. */
bool bucket_reader_read(struct bucket_reader *reader, void *ret_bytes,
			size_t size, uint64_t offset, struct error *err)
	must_check;

/* Fetches an object of at most `most` bytes (FAULT_INVALID_PARAMETER beyond
 * that) into an empty file. FAULT_KEY_NOT_FOUND when there is none. */
bool bucket_get(struct bucket *bucket, const char *key, uint64_t most, int fd,
		struct error *err) must_check;

/* A local object opened for reading, or a server's fetched into an unnamed
 * file in `scratch`. */
bool bucket_open_object(struct bucket *bucket, const char *key, uint64_t most,
			const char *scratch, int *ret_fd, struct error *err)
	must_check;

bool bucket_head(struct bucket *bucket, const char *key,
		 struct bucket_object *ret_object, struct error *err)
	must_check;

/* Whether there is an object of that size and MD5, as far as the bucket tells;
 * where it does not, there is none. */
bool bucket_holds(struct bucket *bucket, const char *key,
		  const struct sums *sums, bool *ret_holds, struct error *err)
	must_check;

/* Removes an object; one that is not there is no error. */
bool bucket_remove(struct bucket *bucket, const char *key, struct error *err)
	must_check;

/* Calls `each` for the objects whose keys begin with the prefix, in the order
 * of their keys, however many there are, until it returns false. */
bool bucket_list(struct bucket *bucket, const char *prefix,
		 bool (*each)(void *data, const struct bucket_object *object),
		 void *data, struct error *err) must_check;

/* The region that a server's bucket is in, in the arena; "" of a directory. */
bool bucket_region(struct bucket *bucket, struct arena *arena,
		   const char **ret_region, struct error *err) must_check;

/* Removes an empty bucket: FAULT_BUCKET_NOT_EMPTY when it is not. */
bool bucket_drop(struct bucket *bucket, struct error *err) must_check;

#endif
