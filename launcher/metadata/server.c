/* server.c - one thread, poll(), and who has to go when there are too many
 *
 * Whoever comes is let in. When there are as many as there may be, the one who
 * has waited longest without asking anything goes, among those of the address
 * that has most: a program that opens connections and says nothing locks out
 * itself, and neither the rest of its guest nor another guest.
 */
#include "launcher/metadata/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images/base/log.h"
#include "launcher/metadata/answer.h"
#include "launcher/metadata/identity.h"

#define PAUSE_MS 50
#define ACCEPTS 16 /* at once, before others have their turn again */
#define HOPS 64	   /* that packets may go, as most do */
#define FIXED 3	   /* descriptors before the peers' */

/* The facts of the instance whose guest the peer is. */
static bool load_facts(struct server *server, const struct peer *peer,
		       struct arena *arena, struct facts *ret_facts,
		       struct error *err)
{
	const char *id = server->instance;
	bool found = false;

	if (!id && !instance_at(server->call->store->db, peer->address, arena,
				&id, err))
		return false;
	if (id && !facts_load(server->call, id, arena, ret_facts, &found, err))
		return false;
	return found || fail(err, FAULT_INSTANCE_NOT_FOUND,
			     "a request from nobody's guest");
}

static bool answer(struct server *server, const struct request *request,
		   struct facts *facts, struct arena *arena,
		   struct answer *ret_answer, struct error *err)
{
	struct identity *identity = arena_alloc(arena, sizeof(*identity));

	if (!identity)
		return fail_memory(err);
	facts->identity = server->identity ? server->identity : identity;
	if (!server->identity && !identity_write(facts, arena, identity, err))
		return false;
	return answer_request(facts, &server->key, request,
			      clock_monotonic() / USEC_PER_SEC, arena,
			      ret_answer, err);
}

/* A token goes as far as the instance's owner allows, and no hop farther; what
 * it is needed for goes as far as all does. */
static void set_hops(const struct peer *peer, const struct facts *facts,
		     const struct answer *said)
{
	bool token = said->content.data == said->token;
	int hops = token ? (int)facts->instance.hop_limit : HOPS;

	if (*peer->address)
		setsockopt(peer->fd, IPPROTO_IP, IP_TTL, &hops, sizeof(hops));
}

/* On a bridge each instance has its own log, opened for the line. */
static void note(struct server *server, const char *instance,
		 const struct request *request, unsigned status, usec_t now)
{
	struct record record;

	if (server->instance)
		record_request(&server->record, request, status, now);
	if (server->instance || !instance)
		return;
	record_open(server->call->store, instance, true, &record);
	record_request(&record, request, status, now);
	record_close(&record);
}

/* Answers one request, or what was none. On a bridge nobody else's guest hears
 * that somebody is here. */
static void respond(struct server *server, struct peer *peer,
		    const struct request *request, size_t used)
{
	auto_of(arena) arena = arena_new();
	struct answer said = { .status = request ? 503 : 400 };
	struct facts facts = { 0 };
	struct error err = { 0 };
	usec_t now = clock_wall();
	bool ok = arena || fail_memory(&err);

	/* who speaks no HTTP is told so without a look at the registry, but on
	 * a bridge only if he is somebody's guest */
	if (request || !server->instance)
		ok = ok && load_facts(server, peer, arena, &facts, &err);
	ok = ok &&
	     (!request || answer(server, request, &facts, arena, &said, &err));
	if (!ok)
		log_warning("%s", err.text);
	if (!server->instance && err.fault == FAULT_INSTANCE_NOT_FOUND) {
		peer->state = PEER_GONE;
		return;
	}
	set_hops(peer, &facts, &said);
	answer_write(&said, request, now, &peer->out);
	note(server, facts.instance.id, request, said.status, now);
	peer_answered(peer, used, !request || request->last, clock_monotonic());
}

/* One request of a peer's; true when it may have more to say already. */
static bool serve(struct server *server, struct peer *peer, short events)
{
	struct request request;
	size_t used = 0;
	bool bad = false;

	if (events && peer->state == PEER_WRITING)
		peer_send(peer, clock_monotonic());
	else if (events)
		peer_receive(peer);
	if (!peer_next(peer, &request, &used, &bad))
		return false;
	respond(server, peer, bad ? NULL : &request, bad ? 0 : used);
	return peer->state == PEER_READING && peer->in_size;
}

static size_t count_of(const struct server *server, const char *address)
{
	size_t count = 0;

	for (size_t i = 0; i < server->count; i++)
		count += strcmp(server->peers[i]->address, address) == 0;
	return count;
}

/* Whether it is better that `left` goes than that `right` does. */
static bool goes_before(const struct server *server, const struct peer *left,
			const struct peer *right)
{
	size_t mine = count_of(server, left->address);
	size_t other = count_of(server, right->address);

	if (mine != other)
		return mine > other;
	if ((left->state == PEER_WRITING) != (right->state == PEER_WRITING))
		return right->state == PEER_WRITING;
	return left->since < right->since;
}

static void make_room(struct server *server)
{
	size_t out = 0;

	for (size_t i = 1; i < server->count; i++)
		if (goes_before(server, server->peers[i], server->peers[out]))
			out = i;
	peer_free(server->peers[out]);
	server->peers[out] = server->peers[--server->count];
}

/* An instance's socket has no addresses; a bridge's peer without one of IPv4
 * is nobody's guest. */
static void write_address(const struct sockaddr_storage *address,
			  char ret_address[INET_ADDRSTRLEN])
{
	struct sockaddr_in in;

	memcpy(&in, address, sizeof(in));
	*ret_address = 0;
	if (address->ss_family == AF_INET)
		inet_ntop(AF_INET, &in.sin_addr, ret_address, INET_ADDRSTRLEN);
}

/* The host has no descriptor or memory for one more: what is held is given up,
 * and there is a pause, in which others may give up theirs. */
static void relieve(struct server *server)
{
	if (server->count)
		make_room(server);
	poll(NULL, 0, PAUSE_MS);
}

static void let_in(struct server *server)
{
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage address = { 0 };
		socklen_t size = sizeof(address);
		int fd = accept4(server->listener, (struct sockaddr *)&address,
				 &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct peer *peer;

		if (fd < 0 && (errno == EMFILE || errno == ENFILE ||
			       errno == ENOBUFS || errno == ENOMEM))
			relieve(server);
		if (fd < 0)
			return;
		if (server->count == server->most)
			make_room(server);
		peer = peer_new(fd, clock_monotonic());
		if (!peer)
			return;
		write_address(&address, peer->address);
		server->peers[server->count++] = peer;
	}
}

/* Whose time was over by then. */
static void let_go(struct server *server, usec_t then)
{
	size_t kept = 0;

	for (size_t i = 0; i < server->count; i++) {
		struct peer *peer = server->peers[i];

		if (peer->state == PEER_GONE || peer_deadline(peer) <= then)
			peer_free(peer);
		else
			server->peers[kept++] = peer;
	}
	server->count = kept;
}

/* Milliseconds until somebody's time is over, for poll(). */
static int wait_for(const struct server *server)
{
	usec_t now = clock_monotonic(), first = -1;

	for (size_t i = 0; i < server->count; i++) {
		usec_t end = peer_deadline(server->peers[i]);

		if (first < 0 || end < first)
			first = end;
	}
	if (first < 0)
		return -1;
	return first <= now ? 0 : (int)((first - now) / 1000 + 1);
}

/* Whether the other end is closed; what may come through it means nothing. */
static bool is_cut(int lifeline)
{
	char data[64];

	return read(lifeline, data, sizeof(data)) == 0;
}

/* One round: who has something is served once, then others are let in. */
static bool round_of(struct server *server, bool *more, bool *ret_over)
{
	struct pollfd fds[FIXED + PEERS_MOST_BRIDGE] = {
		{ .fd = server->listener, .events = POLLIN },
		{ .fd = server->lifeline, .events = POLLIN },
		{ .fd = server->signals, .events = POLLIN },
	};
	size_t count = server->count;
	usec_t then;

	for (size_t i = 0; i < count; i++)
		fds[FIXED + i] = (struct pollfd){
			.fd = server->peers[i]->fd,
			.events = peer_events(server->peers[i]),
		};
	if (poll(fds, FIXED + count, *more ? 0 : wait_for(server)) < 0)
		return errno == EINTR;
	/* what comes while the registry keeps us waiting is not late */
	then = clock_monotonic();
	*more = false;
	for (size_t i = 0; i < count; i++)
		if (serve(server, server->peers[i], fds[FIXED + i].revents))
			*more = true;
	let_go(server, then);
	if (fds[0].revents)
		let_in(server);
	*ret_over = fds[2].revents ||
		    (fds[1].revents && is_cut(server->lifeline));
	return true;
}

bool server_run(struct server *server, struct error *err)
{
	bool over = false, more = false, ok = true;

	while (ok && !over)
		ok = round_of(server, &more, &over);
	if (!ok)
		fail_errno(err, "cannot wait for requests");
	while (server->count)
		peer_free(server->peers[--server->count]);
	return ok;
}
