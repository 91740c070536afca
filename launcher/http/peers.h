/* peers.h - who is connected, how many of them, and for how long
 *
 * libmicrohttpd knows only silence: who sends a byte now and then keeps its
 * connection. Here each phase of a connection has an end, and each address a
 * share of the connections. Filled by the thread that accepts, changed by
 * libmicrohttpd's, read by both: under the lock, or as what is atomic.
 */
#ifndef QAMI_HTTP_PEERS_H
#define QAMI_HTTP_PEERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "images/base/clock.h"

#define PEERS_MOST 1024		    /* connections in all */
#define PEERS_OF_ONE 512	    /* of one address, or of one user */
#define PEER_PATIENCE 30	    /* seconds a phase may last … */
#define PEER_BYTES_PER_SECOND 16384 /* … and for what comes or goes */
#define PEER_TEXT_SIZE 64

struct peer {
	int fd; /* -1: the place is free */
	bool local;
	uid_t uid;		   /* local: of the process */
	char text[PEER_TEXT_SIZE]; /* "127.0.0.1", "uid 1000" */
	usec_t until;		   /* by clock_monotonic(); 0: no matter */
	atomic_bool late;	   /* it was shut down for that */
	bool arriving;		   /* it is its turn to say something … */
	bool ended;		   /* … and it had ended at the last sweep */

	/* libmicrohttpd's thread's: bytes of TCP that were requests with a
	 * line of their own in the log, and whether the rest has one, too */
	uint64_t accounted;
	bool told;
};

struct peers {
	pthread_mutex_t lock;
	struct peer items[PEERS_MOST];
};

void peers_init(struct peers *peers);
void peers_done(struct peers *peers);

/* Notes a connection that was accepted. False when there are too many, in all
 * or of that one. */
bool peers_add(struct peers *peers, int fd, const struct sockaddr *address);

/* The peer at a descriptor, until it is removed: before that is closed. */
struct peer *peers_find(struct peers *peers, int fd);
void peers_remove(struct peers *peers, struct peer *peer);

/* Begins the next phase of a connection, in which so many bytes arrive, or are
 * sent: it ends after PEER_PATIENCE and the time that these may take. */
void peers_arriving(struct peers *peers, struct peer *peer, uint64_t bytes);
void peers_sending(struct peers *peers, struct peer *peer, uint64_t bytes);

/* Begins one that is ours: it takes as long as it takes. */
void peers_wait(struct peers *peers, struct peer *peer);

/* How many bytes have come that were no request: a few may be the protocol's
 * own. 0 for a unix socket, which does not tell. */
uint64_t peer_stray(const struct peer *peer);

/* Notes that so many bytes more, or all that have come so far, were requests.
 */
void peer_account(struct peer *peer, uint64_t bytes);
void peer_account_all(struct peer *peer);

/* Shuts down those whose phase is over, and those that went away in the middle
 * of what they had to say, which libmicrohttpd does not hear when the end came
 * with the last bytes. */
void peers_sweep(struct peers *peers);

#endif
