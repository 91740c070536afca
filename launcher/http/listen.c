/* listen.c - where the server is found: TCP, the store's unix socket
 *
 * The unix socket is named from within its directory (/proc/self/fd), since the
 * store's path may be longer than an address can be.
 */
#include "launcher/http/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "launcher/http/notify.h"

#define LOCK "serve.lock"
#define BACKLOG 256

/* Whether a numeric address is this host's own. */
static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* Fills in what a listening socket is called. */
static bool describe(struct listener *listener, struct error *err)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	char host[INET6_ADDRSTRLEN], port[8];

	if (getsockname(listener->fd, (struct sockaddr *)&address, &size) != 0)
		return fail_errno(err, "descriptor %d is no socket",
				  listener->fd);
	listener->local = address.ss_family == AF_UNIX;
	if (listener->local)
		return true;
	if (getnameinfo((struct sockaddr *)&address, size, host, sizeof(host),
			port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "descriptor %d is no socket of TCP", listener->fd);
	snprintf(listener->text, sizeof(listener->text),
		 address.ss_family == AF_INET6 ? "http://[%s]:%s" :
						 "http://%s:%s",
		 host, port);
	if (!is_loopback(host))
		log_warning("%s is reached by others than this host: requests "
			    "are signed, but anybody on the way can read them "
			    "(put a proxy with TLS before it)",
			    listener->text);
	return true;
}

/* Adds a listening socket, which is the list's from now on. */
static bool add(struct listeners *listeners, int fd, struct error *err)
{
	struct listener *listener = &listeners->items[listeners->count];
	int listens = 0;
	socklen_t size = sizeof(listens);

	if (listeners->count == LISTEN_MOST) {
		close(fd);
		return fail(err, FAULT_INVALID_PARAMETER, "too many sockets");
	}
	*listener = (struct listener){ .fd = fd };
	listeners->count++;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
	    !listens)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "descriptor %d does not listen", fd);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return describe(listener, err);
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits < 6 && !text[digits] && atoi(text) < 65536;
}

/* Takes "ADDR:PORT" or "[ADDR]:PORT" apart. */
static bool parse(const char *text, char ret_host[64], const char **ret_port,
		  struct error *err)
{
	const char *colon = strrchr(text, ':'), *host = text;
	size_t size = colon ? (size_t)(colon - text) : 0;

	if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
		host++;
		size -= 2;
	} else if (memchr(text, ':', size)) {
		size = 0;
	}
	if (!size || size >= 64 || !is_port(colon + 1))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is not ADDRESS:PORT (an IPv6 address is "
			    "written [::1]:8773)",
			    text);
	snprintf(ret_host, 64, "%.*s", (int)size, host);
	if (strcmp(ret_host, "localhost") == 0)
		strcpy(ret_host, "127.0.0.1");
	*ret_port = colon + 1;
	return true;
}

static bool open_tcp(struct listeners *listeners, const char *text,
		     struct error *err)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST |
					      AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	auto_close int fd = -1;
	char host[64];
	const char *port = NULL;
	int one = 1, code;

	if (!parse(text, host, &port, err))
		return false;
	code = getaddrinfo(host, port, &hints, &found);
	if (code != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot listen at %.64s: %s", text,
			    gai_strerror(code));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (found->ai_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				   sizeof(one));
	}
	code = fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
			       listen(fd, BACKLOG) != 0 ?
		       errno :
		       0;
	freeaddrinfo(found);
	if (code)
		return fail(err, FAULT_HOST, "cannot listen at %.64s: %s%s",
			    text, strerror(code),
			    code == EADDRINUSE ?
				    "; --listen takes another "
				    "place, its port 0 a free one" :
				    "");
	return add(listeners, take_fd(fd), err);
}

static void local_address(const struct listeners *listeners,
			  struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret_address->sun_path, sizeof(ret_address->sun_path),
		 "/proc/self/fd/%d/" LISTEN_SOCKET, listeners->run);
}

/* Whether somebody listens there although the lock was free: systemd, for a
 * server that is not this one. */
static bool is_served(const struct sockaddr_un *address)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)address,
				  sizeof(*address)) == 0;
}

static bool open_local(struct listeners *listeners, const char *store,
		       struct error *err)
{
	struct sockaddr_un address;
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	local_address(listeners, &address);
	if (is_served(&address))
		return fail(err, FAULT_INCORRECT_STATE,
			    "somebody else listens at %s/run/" LISTEN_SOCKET,
			    store);
	unlinkat(listeners->run, LISTEN_SOCKET, 0);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return fail_errno(err, "cannot listen at %s/run/" LISTEN_SOCKET,
				  store);
	listeners->made = true;
	if (fchmodat(listeners->run, LISTEN_SOCKET, 0666, 0) != 0 ||
	    listen(fd, BACKLOG) != 0)
		return fail_errno(err, "cannot listen at %s/run/" LISTEN_SOCKET,
				  store);
	return add(listeners, take_fd(fd), err);
}

static bool take_lock(struct listeners *listeners, const char *store,
		      struct error *err)
{
	auto_free char *run = format_text("%s/run", store);
	auto_free char *lock = format_text("%s/run/" LOCK, store);

	if (!run || !lock)
		return fail_memory(err);
	listeners->run = open(run, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (listeners->run < 0)
		return fail_errno(err, "cannot open %s", run);
	listeners->lock = file_lock(lock, false);
	if (listeners->lock >= 0)
		return true;
	return errno == EAGAIN ? fail(err, FAULT_INCORRECT_STATE,
				      "the store %s is served already", store) :
				 fail_errno(err, "cannot lock %s", lock);
}

bool listeners_open(struct listeners *listeners, const char *store,
		    const char *address, struct error *err)
{
	size_t given = notify_given();
	bool local = false, tcp = false;

	if (!take_lock(listeners, store, err))
		return false;
	for (size_t i = 0; i < given; i++) {
		if (!add(listeners, NOTIFY_FIRST + (int)i, err))
			return false;
		local = local || listeners->items[i].local;
		tcp = tcp || !listeners->items[i].local;
	}
	/* where one was handed over, who configured it chose */
	if (!tcp && !open_tcp(listeners, address ? address : LISTEN_USUAL, err))
		return false;
	return local || open_local(listeners, store, err);
}

void listeners_deaf(struct listeners *listeners)
{
	if (listeners->made)
		unlinkat(listeners->run, LISTEN_SOCKET, 0);
	listeners->made = false;
	for (size_t i = 0; i < listeners->count; i++)
		close(listeners->items[i].fd);
	listeners->count = 0;
}

void listeners_close(struct listeners *listeners)
{
	listeners_deaf(listeners);
	if (listeners->run >= 0)
		close(listeners->run);
	if (listeners->lock >= 0)
		close(listeners->lock);
	*listeners = (struct listeners)LISTENERS_INIT;
}
