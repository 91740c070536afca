/* bucket-private.h - what the two kinds of bucket give bucket.c */
#ifndef QAMI_BUNDLE_BUCKET_PRIVATE_H
#define QAMI_BUNDLE_BUCKET_PRIVATE_H

#include "bundle/bucket.h"
#include "bundle/sums.h"

/* As the calls of bucket.h; names and keys were checked. */
struct bucket_ops {
	bool (*put)(struct bucket *bucket, const char *key, int fd,
		    const char *acl, const char *tags, struct error *err);
	bool (*start)(struct bucket *bucket, const char *key, size_t size,
		      struct buf *ret_start, struct error *err);
	bool (*get)(struct bucket *bucket, const char *key, uint64_t most,
		    int fd, struct error *err);
	bool (*open)(struct bucket *bucket, const char *key, uint64_t most,
		     const char *scratch, int *ret_fd, struct error *err);
	/* Of the object that it was, a piece of HTTP_TEXT_MOST bytes at most;
	 * NULL where open() costs nothing. */
	bool (*piece)(struct bucket *bucket, const struct bucket_object *object,
		      void *ret_bytes, size_t size, uint64_t offset,
		      struct error *err);
	bool (*head)(struct bucket *bucket, const char *key,
		     struct bucket_object *ret_object, struct error *err);
	bool (*holds)(struct bucket *bucket, const char *key,
		      const struct sums *sums, bool *ret_holds,
		      struct error *err);
	bool (*remove)(struct bucket *bucket, const char *key,
		       struct error *err);
	bool (*list)(struct bucket *bucket, const char *prefix,
		     bool (*each)(void *data,
				  const struct bucket_object *object),
		     void *data, struct error *err);
	bool (*region)(struct bucket *bucket, struct arena *arena,
		       const char **ret_region, struct error *err);
	bool (*drop)(struct bucket *bucket, struct error *err);
	void (*close)(struct bucket *bucket);
};

/* The head of either kind's own struct. */
struct bucket {
	const struct bucket_ops *ops;
	char *name;
	const bool *cancel; /* borrowed; may be NULL */
};

/* Whether somebody wants it to end; reports that. */
bool bucket_cancelled(const struct bucket *bucket, struct error *err);

/* FAULT_KEY_NOT_FOUND for a key; always false. */
bool fail_key(const struct bucket *bucket, const char *key, struct error *err);
#ifdef __clang_analyzer__ /* as images/base/error.h has it */
#define fail_key(...) ((void)(fail_key)(__VA_ARGS__), false)
#endif

/* bucket_list() of a directory, whose descriptor it closes. */
bool bucket_list_tree(struct bucket *bucket, int root, const char *prefix,
		      bool (*each)(void *data,
				   const struct bucket_object *object),
		      void *data, struct error *err) must_check;

#endif
