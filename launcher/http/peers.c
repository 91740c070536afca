/* peers.c - who is connected, how many of them, and for how long */
#include "launcher/http/peers.h"

#include <netdb.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

void peers_init(struct peers *peers)
{
	pthread_mutex_init(&peers->lock, NULL);
	for (size_t i = 0; i < PEERS_MOST; i++)
		peers->items[i].fd = -1;
}

void peers_done(struct peers *peers)
{
	pthread_mutex_destroy(&peers->lock);
}

static void describe(struct peer *peer, const struct sockaddr *address)
{
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(cred);

	peer->local = address->sa_family == AF_UNIX;
	if (!peer->local) {
		size = address->sa_family == AF_INET6 ?
			       sizeof(struct sockaddr_in6) :
			       sizeof(struct sockaddr_in);
		if (getnameinfo(address, size, peer->text, sizeof(peer->text),
				NULL, 0, NI_NUMERICHOST) != 0)
			strcpy(peer->text, "unknown");
		return;
	}
	getsockopt(peer->fd, SOL_SOCKET, SO_PEERCRED, &cred, &size);
	peer->uid = cred.uid;
	snprintf(peer->text, sizeof(peer->text), "uid %u", cred.uid);
}

static struct peer *find(struct peers *peers, int fd)
{
	for (size_t i = 0; i < PEERS_MOST; i++)
		if (peers->items[i].fd == fd)
			return &peers->items[i];
	return NULL;
}

static usec_t soon(uint64_t bytes)
{
	return clock_monotonic() +
	       (usec_t)(PEER_PATIENCE + bytes / PEER_BYTES_PER_SECOND) *
		       USEC_PER_SEC;
}

bool peers_add(struct peers *peers, int fd, const struct sockaddr *address)
{
	struct peer peer = { .fd = fd, .until = soon(0), .arriving = true };
	size_t others = 0;
	struct peer *at;
	bool room;

	describe(&peer, address);
	pthread_mutex_lock(&peers->lock);
	/* one that went away without a word: its number is another's now */
	at = find(peers, fd);
	if (at)
		at->fd = -1;
	for (size_t i = 0; i < PEERS_MOST; i++)
		others += peers->items[i].fd >= 0 &&
			  strcmp(peers->items[i].text, peer.text) == 0;
	at = others < PEERS_OF_ONE ? find(peers, -1) : NULL;
	room = at != NULL;
	if (room)
		*at = peer;
	pthread_mutex_unlock(&peers->lock);
	return room;
}

void peers_remove(struct peers *peers, struct peer *peer)
{
	pthread_mutex_lock(&peers->lock);
	peer->fd = -1;
	pthread_mutex_unlock(&peers->lock);
}

struct peer *peers_find(struct peers *peers, int fd)
{
	struct peer *peer;

	pthread_mutex_lock(&peers->lock);
	peer = find(peers, fd);
	pthread_mutex_unlock(&peers->lock);
	return peer;
}

static void begin(struct peers *peers, struct peer *peer, usec_t until,
		  bool arriving)
{
	pthread_mutex_lock(&peers->lock);
	peer->until = until;
	peer->arriving = arriving;
	peer->ended = false;
	pthread_mutex_unlock(&peers->lock);
}

void peers_arriving(struct peers *peers, struct peer *peer, uint64_t bytes)
{
	begin(peers, peer, soon(bytes), true);
}

void peers_sending(struct peers *peers, struct peer *peer, uint64_t bytes)
{
	begin(peers, peer, soon(bytes), false);
}

void peers_wait(struct peers *peers, struct peer *peer)
{
	begin(peers, peer, 0, false);
}

/* What the kernel has received, a FIN counted as a byte. */
static uint64_t received(const struct peer *peer)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	return !peer->local && getsockopt(peer->fd, IPPROTO_TCP, TCP_INFO,
					  &info, &size) == 0 ?
		       info.tcpi_bytes_received :
		       0;
}

uint64_t peer_stray(const struct peer *peer)
{
	uint64_t all = received(peer);

	return all > peer->accounted ? all - peer->accounted : 0;
}

void peer_account(struct peer *peer, uint64_t bytes)
{
	peer->accounted += bytes;
}

void peer_account_all(struct peer *peer)
{
	peer->accounted = received(peer);
}

/* Whether one whose turn it is says no more, and all that it said was read, at
 * two sweeps: at one, what was read last may be on its way through
 * libmicrohttpd yet. */
static bool has_gone(struct peer *peer)
{
	bool before = peer->ended;
	char byte;

	peer->ended = peer->arriving &&
		      recv(peer->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
	return before && peer->ended;
}

/* Its number is still this connection's: it leaves the list before it is
 * closed. */
static void sweep(struct peer *peer, usec_t now)
{
	peer->late = peer->until <= now;
	if (!peer->late && !has_gone(peer))
		return;
	shutdown(peer->fd, SHUT_RDWR);
	peer->until = 0;
}

void peers_sweep(struct peers *peers)
{
	usec_t now = clock_monotonic();

	pthread_mutex_lock(&peers->lock);
	for (size_t i = 0; i < PEERS_MOST; i++)
		if (peers->items[i].fd >= 0 && peers->items[i].until)
			sweep(&peers->items[i], now);
	pthread_mutex_unlock(&peers->lock);
}
