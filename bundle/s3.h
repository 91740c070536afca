/* s3.h - one signed request at an S3 server, until it is answered for good
 *
 * What may pass (a lost connection, 5xx, SlowDown) is tried again with growing
 * pauses. A redirect is signed anew for where it leads, and followed only to
 * the server's own name, what is below it, or within AWS.
 */
#ifndef QAMI_BUNDLE_S3_H
#define QAMI_BUNDLE_S3_H

#include "bundle/answer.h"
#include "bundle/bucket.h"
#include "bundle/http.h"

#define S3_QUERY_MOST 6

struct s3;

/* All borrowed. */
struct s3_request {
	const char *method;
	const char *key; /* NULL: the bucket itself */
	struct sigv4_pair query[S3_QUERY_MOST];
	size_t query_count;
	const char *acl;     /* x-amz-acl, or NULL */
	const char *tags;    /* x-amz-tagging, or NULL */
	const char *range;   /* Range, or NULL */
	const char *md5;     /* Content-MD5, or NULL */
	const char *payload; /* 64 hexadecimal digits; NULL: of no body */
	const char *text;    /* as http_request has them */
	int from;
	uint64_t size;
	int to;
	uint64_t most;
	const bool *cancel;
};
#define S3_REQUEST_INIT(verb, name) \
	{ .method = (verb), .key = (name), .from = -1, .to = -1, \
	  .most = HTTP_TEXT_MOST }

/* Copies what it is given. */
bool s3_open(const struct bucket_server *server, const char *bucket,
	     struct s3 **ret_s3, struct error *err) must_check;
void s3_close(struct s3 *s3);

/* Asks until there is an answer that is neither a redirect nor a passing
 * failure; *ret_answer, which must be zeroed, may still be a failure. */
bool s3_ask(struct s3 *s3, const struct s3_request *request,
	    struct http_answer *ret_answer, struct error *err) must_check;

/* Reports a failure that a server answered, by its code and words; always
 * false. */
bool s3_fail(struct s3 *s3, const struct http_answer *answer,
	     struct error *err);
#ifdef __clang_analyzer__ /* as images/base/error.h has it */
#define s3_fail(...) ((void)(s3_fail)(__VA_ARGS__), false)
#endif

/* The region that requests are signed for now: "" when the caller did not say
 * any and the server has not. Copied. */
void s3_region(struct s3 *s3, char ret_region[65]);

#endif
