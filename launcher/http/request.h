/* request.h - one request between libmicrohttpd and a worker
 *
 * Its states, in order; all but one are libmicrohttpd's thread's:
 *
 *   HEAD         its first line is there
 *   BODY         its head was judged; the body arrives
 *   WITH_WORKER  it is whole, and waits for a worker or is with one
 *   ANSWERED     the response is there, to be queued
 *   SENDING      it is being sent
 *
 * It has two owners, the connection and the worker that has it; who lets go
 * last writes its line into the log and frees it.
 */
#ifndef QAMI_HTTP_REQUEST_H
#define QAMI_HTTP_REQUEST_H

#include <openssl/evp.h>

#include "launcher/http/exchange.h"
#include "launcher/http/mhd.h"
#include "launcher/http/peers.h"

#define REQUEST_HEADERS_MOST 64
#define REQUEST_HEAD_MOST (16 << 10)
#define REQUEST_MEMORY_MOST (1 << 20) /* a larger body goes to a file */

enum request_state {
	REQUEST_HEAD,
	REQUEST_BODY,
	REQUEST_WITH_WORKER,
	REQUEST_ANSWERED,
	REQUEST_SENDING,
};

struct request {
	struct exchange exchange;
	struct MHD_Connection *connection;
	struct peer *peer; /* while there is a connection */
	char remote[PEER_TEXT_SIZE];
	const char *store; /* path; borrowed */
	enum request_state state;
	int owners;   /* atomic */
	usec_t began; /* by clock_monotonic() */

	/* how it arrives */
	bool old; /* HTTP/1.0 */
	struct sigv4_pair headers[REQUEST_HEADERS_MOST];
	bool sized;	   /* it has a Content-Length: */
	uint64_t promised; /* so many bytes */
	uint64_t reserved; /* of limit.h */
	uint64_t most;
	struct buf body;
	EVP_MD_CTX *digest;
	bool too_large, unwritable; /* why the body is not kept */

	/* how it goes away */
	struct stream *stream;
	struct MHD_Response *response;
	unsigned status;      /* of the response: a door's may change yet */
	bool last;	      /* the connection ends with it */
	uint64_t sent;	      /* bytes of the body */
	struct request *next; /* in the workers' queue */
};

/* A request whose first line is `target`, as it came; it has one owner. NULL:
 * no memory. */
struct request *request_new(struct MHD_Connection *connection,
			    struct peer *peer, const char *store,
			    const char *target);

/* One owner lets go. */
void request_release(struct request *request);

/* Judges the head. False: it was refused, and `response` says so. */
bool request_head(struct request *request, const char *method,
		  const char *version) must_check;

/* Takes some bytes of the body. False: so many that not even a refusal is
 * worth waiting for its end. */
bool request_body(struct request *request, const char *data, size_t size)
	must_check;

/* The body is whole. False: it was refused, and `response` says so. */
bool request_whole(struct request *request) must_check;

/* Makes the response of what was answered; `last`: the connection ends with
 * it. Without memory there is none. */
void request_respond(struct request *request, bool last);

/* Gives `response` its status, the headers that were answered and those that
 * every answer has. False: no memory. */
bool request_headers(struct request *request, bool last) must_check;

/* Answers for the server itself, in EC2's form, and makes the response. */
void request_refuse(struct request *request, unsigned status, const char *code,
		    const char *text, bool last);

#endif
