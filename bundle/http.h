/* http.h - one HTTP request and its answer, by libcurl
 *
 * Transport only: nothing is followed, retried, decoded or taken from a file.
 * libcurl is loaded at the first request, because it pulls thirty libraries in
 * that hardly any command needs. Certificates are always verified (against
 * AWS_CA_BUNDLE where that is set); https goes through the proxy that the
 * environment names, plain http through none.
 */
#ifndef QAMI_BUNDLE_HTTP_H
#define QAMI_BUNDLE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/error.h"
#include "images/base/sigv4.h"

#define HTTP_TEXT_MOST (4 << 20) /* bytes of an answer kept in memory */

struct http;

/* All borrowed. */
struct http_request {
	const char *method;		  /* GET, HEAD, PUT, POST or DELETE */
	const char *url;		  /* http or https; sent as it is */
	const struct sigv4_pair *headers; /* Host among them */
	size_t header_count;
	const char *text; /* PUT, POST: the body, unless NULL */
	int from;	  /* or a file from its start; -1: none */
	uint64_t size;	  /* of the body, bytes */
	int to;		/* where the body of a 200 goes, from its start; -1: it
			 * is kept in the answer */
	uint64_t most;	/* bytes of it, or of a 206 */
	unsigned stall; /* seconds in which less than 1000 bytes a second come
			 * or go end it */
	const bool *cancel; /* NULL: never */
};

struct http_answer {
	long status;
	bool sized;
	uint64_t size;	     /* that Content-Length told */
	char etag[65];	     /* without quotes, "" when there is none */
	char region[65];     /* x-amz-bucket-region, or "" */
	char location[1024]; /* or "" */
	char range[65];	     /* Content-Range, or "" */
	struct buf body;
};

/* For any number of threads. */
bool http_open(struct http **ret_http, struct error *err) must_check;
void http_close(struct http *http);
AUTO_DEFINE(http, http_close)

/* Sends a request. False with *ret_again when the same request may succeed
 * next time: no connection, a lost one, a truncated answer, too slow a one.
 * `ret_answer` must be zeroed, and is freed by http_answer_done(). */
bool http_send(struct http *http, const struct http_request *request,
	       struct http_answer *ret_answer, bool *ret_again,
	       struct error *err) must_check;
void http_answer_done(struct http_answer *answer);

#endif
