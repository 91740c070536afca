/* peer.c - receiving, sending, and when it is enough */
#include "launcher/metadata/peer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE (10 * USEC_PER_SEC)
#define DRAIN_PATIENCE (1 * USEC_PER_SEC)

struct peer *peer_new(int fd, usec_t now)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (!peer) {
		close(fd);
		return NULL;
	}
	peer->fd = fd;
	peer->since = now;
	return peer;
}

void peer_free(struct peer *peer)
{
	if (!peer)
		return;
	close(peer->fd);
	buf_done(&peer->out);
	free(peer);
}

short peer_events(const struct peer *peer)
{
	return peer->state == PEER_WRITING ? POLLOUT : POLLIN;
}

usec_t peer_deadline(const struct peer *peer)
{
	return peer->since +
	       (peer->state == PEER_DRAINING ? DRAIN_PATIENCE : PATIENCE);
}

/* Whether a call on the socket failed for good. */
static bool is_broken(ssize_t result)
{
	return result < 0 && errno != EAGAIN && errno != EINTR;
}

static void drain(struct peer *peer)
{
	char data[4096];
	ssize_t got = recv(peer->fd, data, sizeof(data), MSG_DONTWAIT);

	if (got == 0 || is_broken(got))
		peer->state = PEER_GONE;
}

void peer_receive(struct peer *peer)
{
	size_t room = sizeof(peer->in) - peer->in_size;
	ssize_t got;

	if (peer->state == PEER_DRAINING)
		drain(peer);
	if (peer->state != PEER_READING || !room)
		return;
	got = recv(peer->fd, peer->in + peer->in_size, room, MSG_DONTWAIT);
	if (is_broken(got))
		peer->state = PEER_GONE;
	else if (got == 0)
		peer->ended = true;
	else if (got > 0)
		peer->in_size += (size_t)got;
}

bool peer_next(struct peer *peer, struct request *ret_request, size_t *ret_used,
	       bool *ret_bad)
{
	enum request_state state = REQUEST_MORE;

	if (peer->state != PEER_READING)
		return false;
	if (peer->in_size)
		state = request_read(peer->in, peer->in_size, ret_request,
				     ret_used);
	if (state == REQUEST_MORE && peer->ended)
		peer->state = PEER_GONE;
	*ret_bad = state == REQUEST_BAD;
	return state != REQUEST_MORE;
}

void peer_answered(struct peer *peer, size_t used, bool last, usec_t now)
{
	peer->in_size -= used;
	memmove(peer->in, peer->in + used, peer->in_size);
	peer->last = last;
	peer->state = peer->out.broken ? PEER_GONE : PEER_WRITING;
	peer->since = now;
	peer->sent = 0;
	peer_send(peer, now);
}

/* After an answer was taken whole. */
static void sent(struct peer *peer, usec_t now)
{
	buf_done(&peer->out);
	peer->since = now;
	peer->state = PEER_READING;
	if (!peer->last)
		return;
	peer->state = peer->ended ? PEER_GONE : PEER_DRAINING;
	shutdown(peer->fd, SHUT_WR);
}

void peer_send(struct peer *peer, usec_t now)
{
	ssize_t done;

	if (peer->state != PEER_WRITING)
		return;
	done = send(peer->fd, peer->out.data + peer->sent,
		    peer->out.size - peer->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (is_broken(done))
		peer->state = PEER_GONE;
	else if (done > 0)
		peer->sent += (size_t)done;
	if (peer->state == PEER_WRITING && peer->sent == peer->out.size)
		sent(peer, now);
}
