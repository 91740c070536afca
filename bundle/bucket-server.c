/* bucket-server.c - a bucket of an S3 server
 *
 * Every body is hashed before it is sent, twice: SHA-256 for the signature,
 * MD5 for Content-MD5. So what arrives is what was meant, by http as by https,
 * and a part that is read again for another try cannot have changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bucket-private.h"
#include "bundle/s3.h"
#include "bundle/server.h"
#include "bundle/sums.h"
#include "images/base/digest.h"

#define PAGES_MOST 10000 /* of 1000 objects each */

struct server {
	struct bucket bucket;
	struct s3 *s3;
	char *wished; /* the region that a new bucket shall be in, or NULL */
};

static struct server *of(struct bucket *bucket)
{
	return (struct server *)bucket;
}

/* Asks, and reports every answer that is not `wanted`; 0: any 2xx. */
static bool ask(struct bucket *bucket, struct s3_request *request, long wanted,
		struct http_answer *ret_answer, struct error *err)
{
	struct s3 *s3 = of(bucket)->s3;

	request->cancel = bucket->cancel;
	if (!s3_ask(s3, request, ret_answer, err))
		return false;
	if (wanted ? ret_answer->status == wanted :
		     ret_answer->status / 100 == 2)
		return true;
	return s3_fail(s3, ret_answer, err);
}

#define auto_answer __attribute__((cleanup(http_answer_done))) struct http_answer

static bool server_put(struct bucket *bucket, const char *key, int fd,
		       const char *acl, const char *tags, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("PUT", key);
	auto_answer answer = { 0 };
	struct sums sums;

	if (!sum_file(fd, SUM_SHA256 | SUM_MD5, &sums, err))
		return false;
	request.acl = acl;
	request.tags = tags;
	request.md5 = sums.md5_base64;
	request.payload = sums.sha256;
	request.from = fd;
	request.size = sums.size;
	return ask(bucket, &request, 200, &answer, err);
}

/* A server that does not know ranges answers with all of it. */
static bool server_start(struct bucket *bucket, const char *key, size_t size,
			 struct buf *ret_start, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("GET", key);
	auto_answer answer = { 0 };
	char range[48];

	snprintf(range, sizeof(range), "bytes=0-%zu", size - 1);
	request.range = range;
	if (!ask(bucket, &request, 0, &answer, err)) {
		if (err->fault == FAULT_KEY_NOT_FOUND) {
			error_clear(err);
			return fail_key(bucket, key, err);
		}
		return false;
	}
	buf_add(ret_start, answer.body.data,
		answer.body.size < size ? answer.body.size : size);
	return !ret_start->broken || fail_memory(err);
}

/* A missing object and a missing bucket are told apart by the server's code
 * only. */
static bool server_get(struct bucket *bucket, const char *key, uint64_t most,
		       int fd, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("GET", key);
	auto_answer answer = { 0 };

	request.to = fd;
	request.most = most;
	if (!ask(bucket, &request, 200, &answer, err)) {
		if (err->fault == FAULT_KEY_NOT_FOUND) {
			error_clear(err);
			return fail_key(bucket, key, err);
		}
		return false;
	}
	return true;
}

static int open_unnamed(const char *directory)
{
	auto_free char *name = NULL;
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	name = format_text("%s/.object-XXXXXX", directory);
	fd = name ? mkostemp(name, O_CLOEXEC) : -1;
	if (fd >= 0)
		unlink(name);
	return fd;
}

static bool server_open(struct bucket *bucket, const char *key, uint64_t most,
			const char *scratch, int *ret_fd, struct error *err)
{
	auto_close int fd = open_unnamed(scratch);

	if (fd < 0)
		return fail_errno(err, "cannot make a file in %s", scratch);
	if (!server_get(bucket, key, most, fd, err))
		return false;
	*ret_fd = take_fd(fd);
	return true;
}

static bool server_head(struct bucket *bucket, const char *key,
			struct bucket_object *ret_object, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("HEAD", key);
	auto_answer answer = { 0 };

	request.cancel = bucket->cancel;
	if (!s3_ask(of(bucket)->s3, &request, &answer, err))
		return false;
	if (answer.status == 404)
		return fail_key(bucket, key, err);
	if (answer.status != 200)
		return s3_fail(of(bucket)->s3, &answer, err);
	if (!answer.sized)
		return fail(err, FAULT_UNAVAILABLE,
			    "the S3 server does not say how large '%.100s' is",
			    key);
	*ret_object = (struct bucket_object){ .key = key,
					      .size = answer.size };
	snprintf(ret_object->etag, sizeof(ret_object->etag), "%s", answer.etag);
	return true;
}

/* What a Content-Range says, "bytes FIRST-LAST/TOTAL". */
static bool read_range(const char *text, uint64_t *ret_offset,
		       uint64_t *ret_size, uint64_t *ret_total)
{
	unsigned long long first, last, total;
	int end = 0;

	if (sscanf(text, "bytes %19llu-%19llu/%19llu%n", &first, &last, &total,
		   &end) != 3 ||
	    text[end] || last < first || last >= total)
		return false;
	*ret_offset = first;
	*ret_size = last - first + 1;
	*ret_total = total;
	return true;
}

/* Whether a piece is the one that was asked for, of the same object. */
static bool check_piece(const struct bucket_object *object, size_t size,
			uint64_t offset, const struct http_answer *answer,
			struct error *err)
{
	uint64_t from = 0, count = 0, total = 0;
	bool told = read_range(answer->range, &from, &count, &total);

	if (told &&
	    (total != object->size || strcmp(answer->etag, object->etag) != 0))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "another object took the place of '%.100s'",
			    object->key);
	return (told && from == offset && count == size &&
		answer->body.size == size) ||
	       fail(err, FAULT_UNAVAILABLE,
		    "the S3 server gives another piece of '%.100s' than the "
		    "one that was asked for",
		    object->key);
}

/* What a server refuses for another reason than that there is no such piece
 * says nothing of the object: it may be had when that is settled. */
static bool fail_refused(const struct http_answer *answer, struct error *err)
{
	const struct error refused = *err;

	if (refused.fault != FAULT_INVALID_PARAMETER || answer->status < 400 ||
	    answer->status == 416)
		return false;
	error_clear(err);
	return fail(err, FAULT_UNAVAILABLE, "%s", refused.text);
}

/* A server that does not know ranges answers with all of it, of which no more
 * is taken than the piece would have. */
static bool server_piece(struct bucket *bucket,
			 const struct bucket_object *object, void *ret_bytes,
			 size_t size, uint64_t offset, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("GET", object->key);
	auto_answer answer = { 0 };
	char range[64];
	bool ok;

	snprintf(range, sizeof(range), "bytes=%" PRIu64 "-%" PRIu64, offset,
		 offset + size - 1);
	request.range = range;
	request.most = size;
	ok = ask(bucket, &request, 0, &answer, err);
	if (answer.status == 200 &&
	    (ok || err->fault == FAULT_INVALID_PARAMETER)) {
		error_clear(err);
		return fail(err, FAULT_UNSUPPORTED,
			    "the S3 server does not answer pieces of an "
			    "object");
	}
	if (!ok && answer.status == 404) {
		error_clear(err);
		return fail_key(bucket, object->key, err);
	}
	if (!ok)
		return fail_refused(&answer, err);
	if (!check_piece(object, size, offset, &answer, err))
		return false;
	memcpy(ret_bytes, answer.body.data, size);
	return true;
}

/* What was sent whole has the MD5 for its ETag, unless the server encrypts:
 * then it counts as another one, and is sent again. */
static bool server_holds(struct bucket *bucket, const char *key,
			 const struct sums *sums, bool *ret_holds,
			 struct error *err)
{
	struct bucket_object object;

	*ret_holds = false;
	if (server_head(bucket, key, &object, err)) {
		*ret_holds = object.size == sums->size &&
			     strcasecmp(object.etag, sums->md5) == 0;
		return true;
	}
	/* who may only write is not told what is there */
	if (err->fault != FAULT_KEY_NOT_FOUND &&
	    err->fault != FAULT_AUTH_FAILURE)
		return false;
	error_clear(err);
	return true;
}

static bool server_remove(struct bucket *bucket, const char *key,
			  struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("DELETE", key);
	auto_answer answer = { 0 };

	if (ask(bucket, &request, 0, &answer, err))
		return true;
	if (err->fault != FAULT_KEY_NOT_FOUND)
		return false;
	error_clear(err);
	return true;
}

/* Hands a page on. Keys that no bundle has (a console's "folders", paths that
 * lead out) are passed over; what does not go up cannot come to an end. */
static bool take_page(struct bucket *bucket, const char *prefix,
		      const struct answer_page *page, struct buf *last,
		      bool (*each)(void *data,
				   const struct bucket_object *object),
		      void *data, bool *ret_stopped, struct error *err)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct bucket_object *object = &page->objects[i];

		if (strncmp(object->key, prefix, strlen(prefix)) != 0 ||
		    (last->size && strcmp(object->key, last->data) <= 0))
			return fail(err, FAULT_UNAVAILABLE,
				    "the S3 server's listing of '%s' is out of "
				    "order",
				    bucket->name);
		last->size = 0;
		buf_str(last, object->key);
		if (last->broken)
			return fail_memory(err);
		if (bucket_key_ok(object->key) && !each(data, object)) {
			*ret_stopped = true;
			return true;
		}
	}
	return true;
}

static bool ask_page(struct bucket *bucket, const char *prefix,
		     const char *token, struct arena *arena,
		     struct answer_page *ret_page, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("GET", NULL);
	auto_answer answer = { 0 };

	request.query[request.query_count++] =
		(struct sigv4_pair){ "list-type", "2" };
	request.query[request.query_count++] =
		(struct sigv4_pair){ "encoding-type", "url" };
	if (*prefix)
		request.query[request.query_count++] =
			(struct sigv4_pair){ "prefix", prefix };
	if (token)
		request.query[request.query_count++] =
			(struct sigv4_pair){ "continuation-token", token };
	return ask(bucket, &request, 200, &answer, err) &&
	       answer_page(&answer.body, arena, ret_page, err);
}

static bool server_list(struct bucket *bucket, const char *prefix,
			bool (*each)(void *data,
				     const struct bucket_object *object),
			void *data, struct error *err)
{
	auto_buf last = BUF_INIT, token = BUF_INIT;
	bool stopped = false;

	for (unsigned pages = 0; pages < PAGES_MOST; pages++) {
		auto_of(arena) arena = arena_new();
		struct answer_page page;

		if (!arena)
			return fail_memory(err);
		if (!ask_page(bucket, prefix, token.size ? token.data : NULL,
			      arena, &page, err) ||
		    !take_page(bucket, prefix, &page, &last, each, data,
			       &stopped, err))
			return false;
		if (!page.more || stopped)
			return true;
		if (!page.next || !page.count)
			break;
		token.size = 0;
		buf_str(&token, page.next);
		if (token.broken)
			return fail_memory(err);
	}
	return fail(err, FAULT_UNAVAILABLE,
		    "the S3 server's listing of '%s' does not end",
		    bucket->name);
}

static bool server_region(struct bucket *bucket, struct arena *arena,
			  const char **ret_region, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("GET", NULL);
	auto_answer answer = { 0 };

	request.query[request.query_count++] =
		(struct sigv4_pair){ "location", "" };
	return ask(bucket, &request, 200, &answer, err) &&
	       answer_region(&answer.body, arena, ret_region, err);
}

static bool server_drop(struct bucket *bucket, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("DELETE", NULL);
	auto_answer answer = { 0 };

	return ask(bucket, &request, 0, &answer, err);
}

static void server_close(struct bucket *bucket)
{
	struct server *server = of(bucket);

	s3_close(server->s3);
	free(server->wished);
	free(server);
}

static const struct bucket_ops server_ops = {
	.put = server_put,
	.start = server_start,
	.get = server_get,
	.open = server_open,
	.piece = server_piece,
	.head = server_head,
	.holds = server_holds,
	.remove = server_remove,
	.list = server_list,
	.region = server_region,
	.drop = server_drop,
	.close = server_close,
};

/* Makes the bucket; the first region must not be named. */
static bool create(struct bucket *bucket, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("PUT", NULL);
	const char *region = of(bucket)->wished;
	char digest[SHA256_TEXT_SIZE];
	auto_answer answer = { 0 };
	auto_buf text = BUF_INIT;

	if (region && strcmp(region, "us-east-1") != 0) {
		buf_printf(&text,
			   "<CreateBucketConfiguration xmlns=\"http://s3.amaz"
			   "onaws.com/doc/2006-03-01/\"><LocationConstraint>%s"
			   "</LocationConstraint></CreateBucketConfiguration>",
			   region);
		if (text.broken)
			return fail_memory(err);
		sha256_text(text.data, text.size, digest);
		request.payload = digest;
		request.text = text.data;
		request.size = text.size;
	}
	request.cancel = bucket->cancel;
	if (!s3_ask(of(bucket)->s3, &request, &answer, err))
		return false;
	if (answer.status / 100 == 2 ||
	    memmem(buf_text(&answer.body), answer.body.size,
		   "<Code>BucketAlreadyOwnedByYou<", 30))
		return true;
	return s3_fail(of(bucket)->s3, &answer, err);
}

/* Makes sure that there is the bucket. */
static bool ensure(struct bucket *bucket, struct error *err)
{
	struct s3_request request = S3_REQUEST_INIT("HEAD", NULL);
	auto_answer answer = { 0 };

	if (!s3_ask(of(bucket)->s3, &request, &answer, err))
		return false;
	if (answer.status == 404)
		return create(bucket, err);
	return answer.status / 100 == 2 ||
	       s3_fail(of(bucket)->s3, &answer, err);
}

bool bucket_open_server(const struct bucket_server *server, const char *name,
			bool make, struct bucket **ret_bucket,
			struct error *err)
{
	auto_of(bucket) bucket = NULL;
	struct server *opened;

	if (!bucket_name_check(name, err))
		return false;
	if (!bucket_server_check(server, err))
		return false;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return fail_memory(err);
	bucket = &opened->bucket;
	bucket->ops = &server_ops;
	bucket->name = strdup(name);
	opened->wished = server->region ? strdup(server->region) : NULL;
	if (!bucket->name || (server->region && !opened->wished))
		return fail_memory(err);
	if (!s3_open(server, name, &opened->s3, err) ||
	    (make && !ensure(bucket, err)))
		return false;
	*ret_bucket = take(bucket);
	return true;
}
