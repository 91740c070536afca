/* request.h - the head of an HTTP request, from a guest's bytes
 *
 * Read here and not by libmicrohttpd, which was tried (0.9.75): it ends paths
 * and headers at a NUL byte, takes a request with two lengths, or with a length
 * and chunks, for a good one, and closes without an answer where a request line
 * has four words. What this service needs of HTTP is one head without a body;
 * everything that is not exactly that is refused.
 *
 * Rules: RFC 9112, sections 2 to 6 and 9.3.
 */
#ifndef QAMI_METADATA_REQUEST_H
#define QAMI_METADATA_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* What a head may measure, and a path. */
#define REQUEST_MOST 8192
#define REQUEST_PATH_MOST 1024

struct request {
	const char *method;
	const char *target;    /* the path as it was sent: printable, without
				* blanks and without what follows a '?' */
	const char *agent;     /* "" when it does not say */
	const char *token;     /* NULL: without */
	const char *token_ttl; /* NULL: without */
	bool forwarded;	       /* somebody says on whose behalf it asks */
	bool last;	       /* the connection ends with the answer */
	/* the path decoded, its components joined by one slash, with none at
	 * the ends: "latest/meta-data"; "" is the root */
	char path[REQUEST_PATH_MOST + 1];
};

enum request_state {
	REQUEST_MORE,  /* the head is not whole yet */
	REQUEST_BAD,   /* and never will be one */
	REQUEST_WHOLE,
};

/* Looks at `size` bytes at `data`, at most REQUEST_MOST. When they
 * begin with a whole head, that is taken apart in its place: the request's
 * texts are in there. *ret_used is how many bytes belonged to it. A body is
 * neither read nor skipped: the request is the last then. */
enum request_state request_read(char *data, size_t size,
				struct request *ret_request, size_t *ret_used);

#endif
