/* socks.c - one thread a connection: a greeting, a question, and bytes
 *
 * The rows are asked anew for each connection, so that a rule which was taken
 * away is away; one thread at a time asks, because there is one store.
 */
#include "launcher/cli/socks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images/base/arena.h"
#include "images/base/auto.h"
#include "images/base/log.h"
#include "images/registry/instance.h"
#include "images/store.h"
#include "launcher/instance/access.h"

#define VERSION 5
#define TALK_SECONDS 10 /* for a greeting and a question */
#define NAME_ROOM 256

enum method { METHOD_NONE = 0, METHOD_REFUSED = 0xff };
enum address { ADDRESS_IPV4 = 1, ADDRESS_NAME = 3 };
enum answer {
	ANSWER_DONE = 0,
	ANSWER_FAILED = 1,
	ANSWER_NOT_ALLOWED = 2,
	ANSWER_NO_HOST = 4,
	ANSWER_REFUSED = 5,
	ANSWER_NO_COMMAND = 7,
	ANSWER_NO_ADDRESS = 8,
};

struct proxy {
	struct call *call;
	pthread_mutex_t asking; /* the store */
	sem_t room;
};

struct client {
	struct proxy *proxy;
	int fd;
};

struct wish {
	char name[NAME_ROOM]; /* an address, an id, or a private name */
	uint16_t port;
};

static bool receive(int fd, void *data, size_t size)
{
	return recv(fd, data, size, MSG_WAITALL) == (ssize_t)size;
}

static bool say(int fd, const void *data, size_t size)
{
	return send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* Nobody is asked for a password: who can connect here can connect to the
 * forwarded ports as well. */
static bool greet(int fd)
{
	unsigned char head[2], methods[255], reply[2] = { VERSION };

	if (!receive(fd, head, sizeof(head)) || head[0] != VERSION ||
	    !receive(fd, methods, head[1]))
		return false;
	reply[1] = memchr(methods, METHOD_NONE, head[1]) ? METHOD_NONE :
							   METHOD_REFUSED;
	return say(fd, reply, sizeof(reply)) && reply[1] == METHOD_NONE;
}

/* False when the client says nothing that can be answered. */
static bool hear(int fd, struct wish *ret_wish, enum answer *ret_answer)
{
	unsigned char head[4], size, port[2];
	struct in_addr address;

	*ret_answer = ANSWER_DONE;
	if (!receive(fd, head, sizeof(head)) || head[0] != VERSION)
		return false;
	if (head[3] == ADDRESS_IPV4) {
		if (!receive(fd, &address, sizeof(address)))
			return false;
		inet_ntop(AF_INET, &address, ret_wish->name, NAME_ROOM);
	} else if (head[3] == ADDRESS_NAME) {
		if (!receive(fd, &size, 1) ||
		    !receive(fd, ret_wish->name, size) ||
		    memchr(ret_wish->name, 0, size))
			return false;
		ret_wish->name[size] = 0;
	} else {
		*ret_answer = ANSWER_NO_ADDRESS;
		return true;
	}
	if (!receive(fd, port, sizeof(port)))
		return false;
	ret_wish->port = (uint16_t)(port[0] << 8 | port[1]);
	if (head[1] != 1) /* CONNECT */
		*ret_answer = ANSWER_NO_COMMAND;
	return true;
}

static bool answer(int fd, enum answer code)
{
	unsigned char reply[10] = { VERSION, (unsigned char)code, 0,
				    ADDRESS_IPV4 };

	return say(fd, reply, sizeof(reply));
}

struct found {
	struct arena *arena;
	const char *id;
};

static bool take_row(void *data, const struct instance *instance,
		     struct error *err)
{
	struct found *found = data;

	found->id = arena_str(found->arena, instance->id);
	return found->id || fail_memory(err);
}

/* The caller's running instance of that address, id or private name; NULL in
 * *ret_id when there is none. */
static bool find_instance(struct call *call, const char *name,
			  struct arena *arena, const char **ret_id,
			  struct error *err)
{
	const char *const states[] = { "running" }, *values[] = { name };
	struct in_addr address;
	bool numeric = inet_pton(AF_INET, name, &address) == 1;
	bool id = !numeric && !strchr(name, '.');
	const struct filter filters[] = {
		{ "instance-state-name", states, 1 },
		{ numeric ? "private-ip-address" :
		  id	  ? "instance-id" :
			    "private-dns-name",
		  values, 1 },
	};
	const struct query query = {
		.account = call->account,
		.filters = filters,
		.filter_count = 2,
	};
	struct found found = { .arena = arena };

	/* what a filter would read as a wildcard is in no name */
	if (!strpbrk(name, "*?\\") &&
	    !instance_list(call->store->db, &query, take_row, &found, err))
		return false;
	*ret_id = found.id;
	return true;
}

/* Where this host reaches what is wished for. */
static enum answer look_up(struct call *call, const struct wish *wish,
			   struct sockaddr_in *ret_place)
{
	auto_of(arena) arena = arena_new();
	const struct access_port *ports;
	struct error err = { 0 };
	const char *id = NULL;
	size_t count;

	if (!arena || !find_instance(call, wish->name, arena, &id, &err) ||
	    (id && !access_ports(call, id, arena, &ports, &count, &err))) {
		if (*err.text)
			log_warning("%s", err.text);
		return ANSWER_FAILED;
	}
	if (!id)
		return ANSWER_NO_HOST;
	for (size_t i = 0; i < count; i++)
		if (ports[i].guest == wish->port) {
			*ret_place = (struct sockaddr_in){
				.sin_family = AF_INET,
				.sin_port = htons(ports[i].port),
			};
			inet_pton(AF_INET, ports[i].address,
				  &ret_place->sin_addr);
			return ANSWER_DONE;
		}
	return ANSWER_NOT_ALLOWED;
}

/* Copies what there is to be read; false when there will be no more. */
static bool move(int from, int to)
{
	char data[65536];
	ssize_t got = recv(from, data, sizeof(data), 0), said = 0, now;

	if (got <= 0)
		return got < 0 && errno == EINTR;
	while (said < got) {
		now = send(to, data + said, (size_t)(got - said), MSG_NOSIGNAL);
		if (now <= 0 && errno != EINTR)
			return false;
		said += now > 0 ? now : 0;
	}
	return true;
}

/* Both ways, until both have ended; one that has ended is told to the other
 * side, as a pipe's end is. */
static void carry(int near, int far)
{
	struct pollfd ends[] = { { near, POLLIN, 0 }, { far, POLLIN, 0 } };

	while (ends[0].fd >= 0 || ends[1].fd >= 0) {
		if (poll(ends, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		for (int i = 0; i < 2; i++) {
			int to = i ? near : far;

			if (ends[i].fd < 0 || !ends[i].revents ||
			    move(ends[i].fd, to))
				continue;
			ends[i].fd = -1;
			if (shutdown(to, SHUT_WR) != 0)
				return;
		}
	}
}

static void serve(struct client *client)
{
	struct timeval limit = { .tv_sec = TALK_SECONDS }, none = { 0 };
	auto_close int far = -1;
	struct sockaddr_in place;
	struct wish wish;
	enum answer code;

	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (!greet(client->fd) || !hear(client->fd, &wish, &code))
		return;
	if (code == ANSWER_DONE) {
		pthread_mutex_lock(&client->proxy->asking);
		code = look_up(client->proxy->call, &wish, &place);
		pthread_mutex_unlock(&client->proxy->asking);
	}
	if (code == ANSWER_DONE) {
		far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (far < 0 || connect(far, (struct sockaddr *)&place,
				       sizeof(place)) != 0)
			code = ANSWER_REFUSED;
	}
	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none));
	if (answer(client->fd, code) && code == ANSWER_DONE)
		carry(client->fd, far);
}

static void *client_main(void *data)
{
	struct client *client = data;

	serve(client);
	close(client->fd);
	sem_post(&client->proxy->room);
	free(client);
	return NULL;
}

/* Gives a client a thread; one that gets none is gone. */
static void let_in(struct proxy *proxy, int fd)
{
	struct client *client = malloc(sizeof(*client));
	pthread_t thread;

	if (client)
		*client = (struct client){ .proxy = proxy, .fd = fd };
	if (client && pthread_create(&thread, NULL, client_main, client) == 0) {
		pthread_detach(thread);
		return;
	}
	free(client);
	close(fd);
	sem_post(&proxy->room);
}

static bool listen_at(uint16_t port, int *ret_fd, struct error *err)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port),
	};
	socklen_t size = sizeof(at);
	auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		return fail_errno(err, "cannot listen at 127.0.0.1:%u", port);
	fprintf(stderr, "127.0.0.1:%u\n", ntohs(at.sin_port));
	*ret_fd = take_fd(fd);
	return true;
}

bool socks_serve(struct call *call, uint16_t port, struct error *err)
{
	struct proxy proxy = {
		.call = call,
		.asking = PTHREAD_MUTEX_INITIALIZER,
	};
	int listener = -1, fd;

	if (sem_init(&proxy.room, 0, SOCKS_MOST) != 0 ||
	    !listen_at(port, &listener, err))
		return false;
	for (;;) {
		while (sem_wait(&proxy.room) != 0)
			continue;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0) {
			let_in(&proxy, fd);
			continue;
		}
		sem_post(&proxy.room);
		if (errno != EINTR && errno != ECONNABORTED)
			poll(NULL, 0, 50); /* out of descriptors, say */
	}
}
