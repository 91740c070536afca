/* server.c - the server: libmicrohttpd's thread, and those that do the work
 *
 * The thread that calls serve() accepts connections, so that it decides who is
 * let in and can tell the others why not; libmicrohttpd's thread reads and
 * writes them; workers answer. A connection sleeps while its request is with a
 * worker.
 *
 * What libmicrohttpd 0.9.75 does that cannot be seen from here: it takes a bare
 * LF for the end of a line, unfolds folded headers, ends the target and a value
 * at a NUL, and drops a header without a name, so no proxy that passes such
 * bytes on belongs before this server. A first line of one word, or one that
 * begins with a blank, it closes without an answer (and where the kernel does
 * not count what came, at the unix socket, without a line); of a Content-Length
 * that is no number it says the answer's head twice. Its strict mode knows less
 * than request.c and answers less, so it is not used.
 */
#include "launcher/http/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "images/base/log.h"
#include "images/endpoint.h"
#include "launcher/http/keep.h"
#include "launcher/http/line.h"
#include "launcher/http/listen.h"
#include "launcher/http/local.h"
#include "launcher/http/notify.h"
#include "launcher/http/stream-private.h"
#include "launcher/http/worker.h"

#define MEMORY (64 << 10) /* of a connection: its head and a piece of body */
#define SILENCE 45	  /* seconds; peers.h is to be first */
#define STOP_SECONDS 30	  /* that running requests have when we are ended */
#define STRAY_BYTES 5	  /* two empty lines, and a FIN */
#define SWEEP_MS 1000
#define STOP_LOOK_MS 20
#define FULL_MS 100 /* until a host without descriptors is asked again */

struct server {
	const struct serve *serve;
	struct MHD_Daemon *daemon;
	struct workers *workers;
	struct keep *keep;
	struct peers peers;
	struct listeners listeners;
	int signals;
	usec_t stopped;	  /* atomic: when that began; 0 while all is well */
	unsigned refused; /* status of what libmicrohttpd refused last and that
			   * is in no line yet; its thread's */
	unsigned open;	  /* atomic: requests whose answer is not out yet */
};

static usec_t stopped(struct server *server)
{
	return __atomic_load_n(&server->stopped, __ATOMIC_RELAXED);
}

static struct peer *peer_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = mhd.get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* What came and was no request, which libmicrohttpd refuses by itself, or does
 * not answer at all: one word, or none, where a first line should be. */
static void tell_stray(struct server *server, struct peer *peer)
{
	unsigned status = server->refused;

	if (peer->told)
		return;
	if (peer->local ? !status : peer_stray(peer) <= STRAY_BYTES)
		return;
	server->refused = 0;
	line_malformed(peer->text, peer->late ? 408 : status, "no request");
}

static void on_connection(void *data, struct MHD_Connection *connection,
			  void **peer,
			  enum MHD_ConnectionNotificationCode event)
{
	struct server *server = data;
	const union MHD_ConnectionInfo *info;

	if (event == MHD_CONNECTION_NOTIFY_STARTED) {
		info = mhd.get_connection_info(
			connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		*peer = info ? peers_find(&server->peers, info->connect_fd) :
			       NULL;
	} else if (*peer) {
		tell_stray(server, *peer);
		peers_remove(&server->peers, *peer);
		*peer = NULL;
	}
}

/* libmicrohttpd would take the query apart, in the memory that the connection
 * has, and without a word to who sent one of more parameters than there is room
 * for. Nobody needs that: the text is in its buffer, where it ends now. */
static void forget_query(const char *target)
{
	char *mark = strchr((char *)target, '?');

	if (mark && mark[1])
		mark[1] = 0;
}

/* The first line of a request is there. What is returned is the request's own
 * pointer from now on. */
static void *on_target(void *data, const char *target,
		       struct MHD_Connection *connection)
{
	struct server *server = data;
	struct peer *peer = peer_of(connection);
	struct request *request = peer ? request_new(connection, peer,
						     server->serve->store,
						     target) :
					 NULL;

	forget_query(target);
	if (request) {
		peers_arriving(&server->peers, peer, 0);
		__atomic_add_fetch(&server->open, 1, __ATOMIC_RELAXED);
	}
	return request;
}

/* How a request went that no answer of ours was queued for. */
static void judge_end(struct server *server, struct request *request)
{
	struct exchange *exchange = &request->exchange;

	request->peer->told = true;
	exchange->status = request->peer->late ? 408 : server->refused;
	exchange->code = exchange->status == 408 ? "RequestTimeout" :
			 exchange->status	 ? "InvalidRequest" :
						   "ClientDisconnected";
	server->refused = 0;
}

static void account(struct request *request)
{
	const union MHD_ConnectionInfo *size = mhd.get_connection_info(
		request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	if (request->sized || !request->exchange.body_size)
		peer_account(request->peer, (size ? size->header_size : 0) +
						    request->promised);
	else
		peer_account_all(request->peer);
}

static void on_completed(void *data, struct MHD_Connection *connection,
			 void **own, enum MHD_RequestTerminationCode how)
{
	struct server *server = data;
	struct request *request = *own;

	(void)connection;
	(void)how;
	if (!request)
		return;
	*own = NULL;
	if (request->state != REQUEST_SENDING)
		judge_end(server, request);
	else if (request->last)
		request->peer->told = true;
	else
		account(request);
	peers_arriving(&server->peers, request->peer, 0);
	__atomic_sub_fetch(&server->open, 1, __ATOMIC_RELAXED);
	if (request->stream)
		stream_cut(request->stream);
	request_release(request);
}

static enum MHD_Result send_answer(struct server *server,
				   struct request *request)
{
	enum MHD_Result queued;

	if (!request->response)
		return MHD_NO;
	if (request->exchange.streamed)
		peers_wait(&server->peers, request->peer);
	else
		peers_sending(&server->peers, request->peer, request->sent);
	queued = mhd.queue_response(request->connection, request->status,
				    request->response);
	mhd.destroy_response(request->response);
	request->response = NULL;
	request->state = REQUEST_SENDING;
	return queued;
}

static bool is_health(const struct exchange *exchange)
{
	return strcmp(exchange->path, "/healthz") == 0 &&
	       (strcmp(exchange->method, "GET") == 0 ||
		strcmp(exchange->method, "HEAD") == 0);
}

static void answer_health(struct server *server, struct request *request)
{
	struct exchange *exchange = &request->exchange;
	bool stopping = stopped(server) != 0;

	exchange->status = stopping ? 503 : 200;
	exchange->type = "text/plain";
	buf_str(&exchange->text, stopping ? "stopping\n" : "ok\n");
	request_respond(request, stopping);
}

/* A request has arrived whole. */
static enum MHD_Result dispatch(struct server *server, struct request *request)
{
	if (!request_whole(request))
		return send_answer(server, request);
	if (is_health(&request->exchange)) {
		answer_health(server, request);
		return send_answer(server, request);
	}
	if (stopped(server) && request->began >= stopped(server)) {
		request_refuse(request, 503, "Unavailable",
			       "The server is being stopped.", true);
		return send_answer(server, request);
	}
	if (!workers_room(server->workers)) {
		request_refuse(request, 503, "RequestLimitExceeded",
			       "Request limit exceeded.", false);
		return send_answer(server, request);
	}
	peers_wait(&server->peers, request->peer);
	request->state = REQUEST_WITH_WORKER;
	request->owners = 2;
	mhd.suspend_connection(request->connection);
	workers_put(server->workers, request);
	return MHD_YES;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *upload,
				  size_t *size, void **own)
{
	struct server *server = data;
	struct request *request = *own;

	(void)connection;
	(void)url;
	if (!request)
		return MHD_NO;
	if (request->state == REQUEST_HEAD) {
		request->state = REQUEST_BODY;
		if (!request_head(request, method, version))
			return send_answer(server, request);
		peers_arriving(&server->peers, request->peer,
			       request->promised);
		return MHD_YES;
	}
	if (request->state == REQUEST_BODY && *size) {
		bool more = request_body(request, upload, *size);

		*size = 0;
		return more ? MHD_YES : MHD_NO;
	}
	if (request->state == REQUEST_BODY)
		return dispatch(server, request);
	return request->state == REQUEST_ANSWERED ?
		       send_answer(server, request) :
		       MHD_YES;
}

/* Targets go on as they came. */
static size_t on_unescape(void *data, struct MHD_Connection *connection,
			  char *text)
{
	(void)data;
	(void)connection;
	return strlen(text);
}

/* libmicrohttpd's own refusals are known by what it says. */
static void on_message(void *data, const char *format, va_list args)
{
	static const char refused[] = "Error processing request (HTTP response";
	struct server *server = data;
	char text[256];

	if (strncmp(format, refused, sizeof(refused) - 1) == 0) {
		server->refused = va_arg(args, unsigned);
		return;
	}
	vsnprintf(text, sizeof(text), format, args);
	log_debug("libmicrohttpd: %.*s", (int)strcspn(text, "\n"), text);
}

static bool start_daemon(struct server *server, struct error *err)
{
	const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
			       MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
			       MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;

	server->daemon = mhd.start_daemon(
		flags, 0, NULL, NULL, on_request, server,
		MHD_OPTION_EXTERNAL_LOGGER, on_message, server,
		MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_URI_LOG_CALLBACK,
		on_target, server, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape,
		server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)PEERS_MOST + 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE,
		MHD_OPTION_END);
	return server->daemon ||
	       fail(err, FAULT_HOST, "libmicrohttpd does not start");
}

/* Tells somebody for whom there is no place, in a few words that fit into any
 * socket's buffer. */
static void turn_away(int fd)
{
	static const char text[] =
		"HTTP/1.1 503 Service Unavailable\r\n"
		"Content-Type: text/xml;charset=UTF-8\r\n"
		"Connection: close\r\n"
		"Content-Length: 127\r\n\r\n"
		"<Response><Errors><Error><Code>RequestLimitExceeded</Code>"
		"<Message>Too many connections.</Message></Error></Errors>"
		"</Response>\n";

	(void)!send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(fd, SHUT_WR);
}

/* Takes one connection. False when there is none, or nobody can be let in now.
 */
static bool let_in(struct server *server, const struct listener *listener)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	int fd = accept4(listener->fd, (struct sockaddr *)&address, &size,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct peer *peer;

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			poll(NULL, 0, FULL_MS);
		return false;
	}
	if (listener->local)
		address.ss_family = AF_UNIX;
	if (!peers_add(&server->peers, fd, (struct sockaddr *)&address)) {
		line_malformed(listener->local ? "unix" : listener->text, 503,
			       "too many connections");
		turn_away(fd);
		close(fd);
		return true;
	}
	peer = peers_find(&server->peers, fd);
	if (mhd.add_connection(server->daemon, fd, (struct sockaddr *)&address,
			       size) != MHD_YES) /* it closed the socket */
		peers_remove(&server->peers, peer);
	return true;
}

/* Lets people in until a signal asks for the end. */
static bool accept_all(struct server *server, struct error *err)
{
	struct pollfd polled[LISTEN_MOST + 1];
	const struct listeners *listeners = &server->listeners;
	size_t count = listeners->count;

	for (size_t i = 0; i < count; i++)
		polled[i] = (struct pollfd){ .fd = listeners->items[i].fd,
					     .events = POLLIN };
	polled[count] =
		(struct pollfd){ .fd = server->signals, .events = POLLIN };
	while (!polled[count].revents) {
		if (poll(polled, count + 1, SWEEP_MS) < 0 && errno != EINTR)
			return fail_errno(err, "cannot wait for connections");
		for (size_t i = 0; i < count; i++)
			while (polled[i].revents &&
			       let_in(server, &listeners->items[i]))
				;
		peers_sweep(&server->peers);
	}
	return true;
}

/* A second signal ends the server at once, as does a request that does not
 * end: what they leave half done is recovered by the next. */
static void end_at_once(struct server *server, const char *why)
{
	listeners_deaf(&server->listeners);
	log_warning("%s", why);
	fflush(NULL);
	_exit(0);
}

static void finish(struct server *server)
{
	usec_t end = clock_monotonic() + STOP_SECONDS * USEC_PER_SEC;
	struct pollfd again = { .fd = server->signals, .events = POLLIN };
	struct signalfd_siginfo info;
	struct error err = { FAULT_NONE };

	(void)!read(server->signals, &info, sizeof(info));
	notify("STOPPING=1");
	__atomic_store_n(&server->stopped, clock_monotonic(), __ATOMIC_RELAXED);
	listeners_deaf(&server->listeners);
	if (!endpoint_note(server->serve->store, NULL, &err))
		log_warning("%s", err.text);
	while (workers_busy(server->workers) ||
	       __atomic_load_n(&server->open, __ATOMIC_RELAXED)) {
		if (poll(&again, 1, STOP_LOOK_MS) > 0)
			end_at_once(server, "ended by a second signal");
		if (clock_monotonic() > end)
			end_at_once(server, "ended with requests running");
		peers_sweep(&server->peers);
	}
}

/* Threads inherit that these are blocked, so only the descriptor has them. */
static bool catch_signals(struct server *server, struct error *err)
{
	struct rlimit files;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGPIPE);
	server->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (server->signals < 0)
		return fail_errno(err, "cannot catch signals");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	return true;
}

/* The first place of TCP is where clients and guests find us. */
static bool note_endpoint(const struct server *server, struct error *err)
{
	for (size_t i = 0; i < server->listeners.count; i++)
		if (!server->listeners.items[i].local)
			return endpoint_note(server->serve->store,
					     server->listeners.items[i].text,
					     err);
	return true;
}

static void announce(const struct server *server)
{
	printf("serving %s\n", server->serve->store);
	for (size_t i = 0; i < server->listeners.count; i++)
		if (!server->listeners.items[i].local)
			printf("at %s\n", server->listeners.items[i].text);
	printf("at %s/run/" LISTEN_SOCKET "\n", server->serve->store);
	fflush(stdout);
	notify("READY=1");
}

static bool run(struct server *server, struct error *err)
{
	if (!catch_signals(server, err) ||
	    !listeners_open(&server->listeners, server->serve->store,
			    server->serve->listen, err) ||
	    !note_endpoint(server, err) ||
	    !keep_start(server->serve->store, server->serve->region,
			&server->keep, err) ||
	    !workers_start(server->serve, server->keep, &server->workers,
			   err) ||
	    !start_daemon(server, err))
		return false;
	announce(server);
	if (!accept_all(server, err))
		return false;
	finish(server);
	return true;
}

bool serve(const struct serve *serve, struct error *err)
{
	struct server *server = calloc(1, sizeof(*server));
	bool ok;

	if (!server)
		return fail_memory(err);
	server->serve = serve;
	server->signals = -1;
	server->listeners = (struct listeners)LISTENERS_INIT;
	peers_init(&server->peers);
	local_verbs(serve->verb,
		    serve->workers ? serve->workers : WORKERS_USUAL);
	ok = mhd_load(err) && run(server, err);
	listeners_deaf(&server->listeners);
	if (server->daemon)
		mhd.stop_daemon(server->daemon);
	workers_stop(server->workers);
	keep_stop(server->keep);
	listeners_close(&server->listeners);
	if (server->signals >= 0)
		close(server->signals);
	peers_done(&server->peers);
	free(server);
	return ok;
}
