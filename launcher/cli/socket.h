/* socket.h - a request to the server of a store, line by line
 *
 * One request a connection, by HTTP/1.1 over the store's unix socket: a body
 * of a known length or in chunks, whichever the server likes.
 */
#ifndef QAMI_CLI_SOCKET_H
#define QAMI_CLI_SOCKET_H

#include <stdint.h>

#include "images/base/buf.h"
#include "images/base/error.h"

struct socket {
	int fd;	       /* -1: not connected */
	struct buf in; /* what has come */
	size_t at;     /* how much of it was looked at */
	bool chunked;
	uint64_t left; /* of the body, or of the chunk */
	bool ended;

	/* Whether nobody waits for the answer any more, which is looked at
	 * now and then; NULL: somebody does. */
	bool (*gone)(void *data);
};
#define SOCKET_INIT { .fd = -1 }

/* Connects to <store>/run/qami.sock; false when nobody listens there or it is
 * not for us, which is no error. Closes with socket_close(). */
bool socket_open(struct socket *s, const char *store) must_check;
void socket_close(struct socket *s);

/* Sends a request with a body of JSON and reads the answer's head. `account`
 * goes along as X-Qami-Account unless it is NULL. FAULT_HOST when there is no
 * answer. */
bool socket_post(struct socket *s, const char *path, const char *account,
		 const char *body, size_t size, struct error *err) must_check;

/* The answer's next line, without its line feed, or its next `size` bytes.
 * FAULT_HOST when the answer ends before. */
bool socket_line(struct socket *s, struct buf *ret_line, struct error *err)
	must_check;
bool socket_bytes(struct socket *s, size_t size, struct buf *ret_bytes,
		  struct error *err) must_check;

#endif
