/* server.h - the server: libmicrohttpd's thread, and those that do the work
 *
 * One thread reads requests and writes answers; a fixed set of workers, each
 * with a store of its own, runs them. Workers live as long as the server,
 * because the processes they start end with their thread. A request is handed
 * to a worker when its body has arrived whole: in memory, or in a nameless
 * file of the store where it is large.
 */
#ifndef QAMI_HTTP_SERVER_H
#define QAMI_HTTP_SERVER_H

#include "launcher/action/action.h"

#define WORKERS_USUAL 16
#define WORKERS_MOST 256

struct serve {
	const char *store; /* path; NULL: where it usually is */
	const char *region;
	const char *listen; /* "ADDR:PORT"; NULL: 127.0.0.1:8773 */
	unsigned workers;   /* 0: WORKERS_USUAL */

	/* The local verbs that the socket's door may run, by name; NULL for
	 * one that is not there. */
	const struct action *(*verb)(const char *name);
};

/* Serves until SIGTERM or SIGINT, then finishes what has begun. Takes sockets
 * that systemd hands over (LISTEN_FDS) instead of making them, and tells it
 * when it is ready (NOTIFY_SOCKET). The unix socket is <store>/run/qami.sock,
 * open to every user of the host. */
bool serve(const struct serve *serve, struct error *err) must_check;

#endif
