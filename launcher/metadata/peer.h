/* peer.h - a connection of a guest's
 *
 * What it costs is bounded: memory by the size of a head and of an answer, time
 * by when it was last given an answer. Bytes that trickle in win no time.
 *
 * READING   waits for a whole head; may be ended for somebody else's sake
 * WRITING   has an answer to be taken; reads nothing meanwhile
 * DRAINING  has had its last answer; what still comes is thrown away, so that
 *           the answer is not lost to a connection that was reset
 * GONE      is to be freed
 */
#ifndef QAMI_METADATA_PEER_H
#define QAMI_METADATA_PEER_H

#include <netinet/in.h>

#include "images/base/buf.h"
#include "images/base/clock.h"
#include "launcher/metadata/request.h"

enum peer_state { PEER_READING, PEER_WRITING, PEER_DRAINING, PEER_GONE };

struct peer {
	int fd;
	enum peer_state state;
	usec_t since; /* of the state; by the clock that never jumps */
	bool ended;   /* nothing more will come */
	bool last;    /* no other request after this answer */
	char address[INET_ADDRSTRLEN]; /* "" where it has none */
	struct buf out;
	size_t sent;
	size_t in_size;
	char in[REQUEST_MOST];
};

/* Takes over a descriptor that does not block; NULL when memory ran out, and
 * then it is closed. */
struct peer *peer_new(int fd, usec_t now);
void peer_free(struct peer *peer);

/* The poll() events that the peer waits for. */
short peer_events(const struct peer *peer);

/* When the peer has had its time. */
usec_t peer_deadline(const struct peer *peer);

/* Takes what has come. */
void peer_receive(struct peer *peer);

/* A READING peer's next request: true when there is one, which is good (its
 * texts are in the peer) or bad (*ret_bad). Answer, then peer_answered(). */
bool peer_next(struct peer *peer, struct request *ret_request, size_t *ret_used,
	       bool *ret_bad);

/* Has the answer in `out` sent, as far as that goes now; `used` bytes of what
 * came belonged to the request. */
void peer_answered(struct peer *peer, size_t used, bool last, usec_t now);

/* Goes on with an answer. */
void peer_send(struct peer *peer, usec_t now);

#endif
