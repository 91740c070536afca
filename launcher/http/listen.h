/* listen.h - where the server is found: TCP, the store's unix socket
 *
 * One server a store: it holds run/serve.lock as long as it lives, so a socket
 * that is there beside a free lock is a dead one's.
 */
#ifndef QAMI_HTTP_LISTEN_H
#define QAMI_HTTP_LISTEN_H

#include <stddef.h>

#include "images/base/auto.h"
#include "images/base/error.h"

#define LISTEN_USUAL "127.0.0.1:8773"
#define LISTEN_SOCKET "qami.sock" /* below the store's run/ */
#define LISTEN_MOST 16
#define LISTEN_TEXT_SIZE 80

struct listener {
	int fd;
	bool local;		     /* a unix socket */
	char text[LISTEN_TEXT_SIZE]; /* "http://127.0.0.1:8773", "[::1]:1" */
};

struct listeners {
	struct listener items[LISTEN_MOST];
	size_t count;
	int lock;
	int run;   /* the store's run/, opened */
	bool made; /* the unix socket is ours to remove */
};

#define LISTENERS_INIT                \
	{                             \
		.lock = -1, .run = -1 \
	}

/* Takes the store's lock and the sockets that systemd hands over; what it did
 * not is made: `address` ("ADDR:PORT", numeric or localhost; NULL: the usual
 * one) and the unix socket, open to every user of the host. A TCP socket only
 * where none was handed over. FAULT_INCORRECT_STATE: the store is served. */
bool listeners_open(struct listeners *listeners, const char *store,
		    const char *address, struct error *err) must_check;

/* Hears nobody any more, and the name of the unix socket goes. The lock is
 * kept until listeners_close(). */
void listeners_deaf(struct listeners *listeners);
void listeners_close(struct listeners *listeners);
AUTO_DEFINE(listeners, listeners_close)

#endif
