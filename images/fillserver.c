/* fillserver.c - those who read a layer while it is filled
 *
 * A thread for each: a machine has one connection for each of its disks. Who
 * may pass through the store's directories could connect to the socket, so the
 * kernel is asked who that is: only the store's owner, root, and the user whom
 * root's libvirt runs QEMU as may read what is in it.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "images/base/log.h"
#include "images/chain/nbd.h"
#include "images/fill-private.h"
#include "launcher/domain/domain.h"

#define CLIENTS_MOST 512
#define SYSTEM "qemu:///system"

struct client {
	struct fill_server *server;
	struct client *next;
	int socket;
};

struct fill_server {
	int listening;
	struct nbd_export export;
	struct fill_blocks *blocks;
	char name[LAYER_NAME_SIZE];

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t left;
	struct client *clients;
	unsigned count;
};

static bool read_blocks(void *data, void *ret_bytes, size_t size,
			uint64_t offset)
{
	struct error failed = { 0 };

	if (fill_blocks_read(data, ret_bytes, size, offset, &failed))
		return true;
	log_warning("cannot read at %llu: %s", (unsigned long long)offset,
		    failed.text);
	return false;
}

/* A socket under that name, in place of a dead process's. */
static int listen_at(const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		fail(err, FAULT_HOST,
		     "the path %s is too long for a socket: move the store to "
		     "a shorter one",
		     path);
		return -1;
	}
	strcpy(address.sun_path, path);
	unlink(path);
	/* whom accept() lets in is another question */
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    chmod(path, 0666) != 0 || listen(fd, SOMAXCONN) != 0) {
		fail_errno(err, "cannot listen at %s", path);
		return -1;
	}
	return take_fd(fd);
}

bool fill_server_open(const char *path, const char *name,
		      struct fill_blocks *blocks, uint64_t size,
		      struct fill_server **ret_server, struct error *err)
{
	struct fill_server *server = calloc(1, sizeof(*server));

	if (!server)
		return fail_memory(err);
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->left, NULL);
	snprintf(server->name, sizeof(server->name), "%s", name);
	server->export = (struct nbd_export){ server->name, size, read_blocks,
					      blocks };
	server->listening = listen_at(path, err);
	if (server->listening < 0) {
		fill_server_close(server);
		return false;
	}
	*ret_server = server;
	return true;
}

static bool is_qemu(uid_t uid)
{
	struct error ignored = { 0 };
	uid_t qemu;
	gid_t group;

	return geteuid() == 0 &&
	       hypervisor_qemu_user(SYSTEM, &qemu, &group, &ignored) &&
	       uid == qemu;
}

static bool may_read(int socket)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	return peer.uid == geteuid() || peer.uid == 0 || is_qemu(peer.uid);
}

/* Takes a client out of the list, and closes it. */
static void forget(struct client *client)
{
	struct fill_server *server = client->server;
	struct client **at = &server->clients;

	pthread_mutex_lock(&server->lock);
	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	close(client->socket);
	free(client);
	server->count--;
	pthread_cond_signal(&server->left);
	pthread_mutex_unlock(&server->lock);
}

static void *serve(void *data)
{
	struct client *client = data;

	if (may_read(client->socket))
		nbd_serve(client->socket, &client->server->export);
	else
		log_warning("another user's process was not let in");
	forget(client);
	return NULL;
}

/* Gives a connection a thread of its own. */
static bool begin(struct fill_server *server, int socket)
{
	struct client *client = malloc(sizeof(*client));
	pthread_attr_t attributes;
	pthread_t thread;
	int code;

	if (!client)
		return false;
	*client = (struct client){ server, server->clients, socket };
	pthread_mutex_lock(&server->lock);
	server->clients = client;
	server->count++;
	pthread_mutex_unlock(&server->lock);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	code = pthread_create(&thread, &attributes, serve, client);
	pthread_attr_destroy(&attributes);
	if (code != 0)
		forget(client);
	return true;
}

void fill_server_accept(struct fill_server *server, int wait_ms)
{
	struct pollfd listening = { server->listening, POLLIN, 0 };
	int socket;

	if (poll(&listening, 1, wait_ms) <= 0)
		return;
	socket = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC);
	if (socket < 0)
		return;
	if (fill_server_clients(server) >= CLIENTS_MOST ||
	    !begin(server, socket))
		close(socket);
}

unsigned fill_server_clients(struct fill_server *server)
{
	unsigned count;

	pthread_mutex_lock(&server->lock);
	count = server->count;
	pthread_mutex_unlock(&server->lock);
	return count;
}

void fill_server_close(struct fill_server *server)
{
	if (!server)
		return;
	if (server->listening >= 0)
		close(server->listening);
	pthread_mutex_lock(&server->lock);
	for (struct client *c = server->clients; c; c = c->next)
		shutdown(c->socket, SHUT_RDWR);
	while (server->count)
		pthread_cond_wait(&server->left, &server->lock);
	pthread_mutex_unlock(&server->lock);
	pthread_cond_destroy(&server->left);
	pthread_mutex_destroy(&server->lock);
	free(server);
}
