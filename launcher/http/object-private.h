/* object-private.h - a request to the buckets, taken apart */
#ifndef QAMI_HTTP_OBJECT_PRIVATE_H
#define QAMI_HTTP_OBJECT_PRIVATE_H

#include "images/bucket.h"
#include "launcher/http/form.h"
#include "launcher/http/object.h"

#define OBJECT_NAMESPACE "http://s3.amazonaws.com/doc/2006-03-01/"

struct asked {
	struct exchange *exchange;
	const struct caller *caller;
	struct call call;
	struct location location; /* "" for what is not named */
	struct form query;
};

/* Each answers one operation of that name. */
typedef bool object_fn(struct asked *asked, struct error *err);
object_fn object_list_buckets, object_create_bucket, object_head_bucket,
	object_delete_bucket, object_location, object_list, object_list_v2,
	object_bucket_acl, object_put, object_get, object_delete, object_acl;

/* Opens the bucket that was asked for: FAULT_BUCKET_NOT_FOUND for another
 * account's as for none. */
bool object_bucket(const struct asked *asked, struct bucket **ret_bucket,
		   struct error *err) must_check;

/* What S3 tells of an object beside its bytes. */
struct object_facts {
	uint64_t size;
	usec_t modified;
	char etag[35]; /* with its quotes */
};
bool object_open(struct bucket *bucket, const char *key, int *ret_fd,
		 struct object_facts *ret_facts, struct error *err) must_check;

/* Compares the body, in a file from its start, with the digests that the
 * request gives of it; its MD5 in ret_md5. */
bool object_verify(const struct exchange *exchange, int fd, char ret_md5[33],
		   struct error *err) must_check;

/* Begins an answer in XML: "<name xmlns=…>", which the caller ends. */
struct buf *object_xml(struct asked *asked, const char *name);

/* Adds "<name>text</name>", what is reserved in it replaced. */
void object_element(struct buf *out, const char *name, const char *text);

#endif
