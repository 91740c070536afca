/* socket.c - a request to the server of a store, line by line
 *
 * The socket is reached through its directory's descriptor: a store's path may
 * be longer than a socket's address.
 */
#include "launcher/cli/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "images/base/auto.h"
#include "images/base/file.h"

#define READ_SIZE 65536
#define HEAD_MOST 16384
#define GONE_MS 200
#define CONNECT_SECONDS 5 /* a server that takes nobody is none */

bool socket_open(struct socket *s, const char *store)
{
	struct timeval patience = { .tv_sec = CONNECT_SECONDS };
	struct timeval for_ever = { 0 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_free char *run = format_text("%s/run", store);
	auto_close int dir = run ? open(run, O_PATH | O_DIRECTORY | O_CLOEXEC) :
				   -1;
	auto_close int fd = -1;

	if (dir < 0)
		return false;
	snprintf(address.sun_path, sizeof(address.sun_path),
		 "/proc/self/fd/%d/qami.sock", dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) != 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &for_ever,
		       sizeof(for_ever)) != 0)
		return false;
	s->fd = take_fd(fd);
	return true;
}

void socket_close(struct socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	buf_done(&s->in);
	*s = (struct socket)SOCKET_INIT;
}

static bool fail_ended(struct error *err)
{
	return fail(err, FAULT_HOST,
		    "the server ended before it answered: whether the call "
		    "was carried out, a look will tell");
}

/* Waits until something comes, unless nobody does any more. */
static bool await_more(const struct socket *s, struct error *err)
{
	struct pollfd ready = { .fd = s->fd, .events = POLLIN };

	while (s->gone) {
		if (s->gone(NULL))
			return fail(err, FAULT_WAITER,
				    "nobody waits for the answer any more");
		if (poll(&ready, 1, GONE_MS) > 0)
			break;
	}
	return true;
}

/* Reads some more of what comes. */
static bool read_more(struct socket *s, struct error *err)
{
	auto_free char *data = malloc(READ_SIZE);
	ssize_t got;

	if (!data)
		return fail_memory(err);
	if (s->at) {
		s->in.size -= s->at;
		memmove(s->in.data, s->in.data + s->at, s->in.size);
		s->at = 0;
	}
	if (!await_more(s, err))
		return false;
	got = TEMP_FAILURE_RETRY(read(s->fd, data, READ_SIZE));
	if (got <= 0)
		return fail_ended(err);
	buf_add(&s->in, data, (size_t)got);
	return !s->in.broken || fail_memory(err);
}

/* A line of HTTP's own; *ret_line is valid until the next reading. */
static bool head_line(struct socket *s, char **ret_line, struct error *err)
{
	char *end;

	while (s->at == s->in.size ||
	       !(end = memchr(s->in.data + s->at, '\n', s->in.size - s->at))) {
		if (s->in.size - s->at > HEAD_MOST)
			return fail(err, FAULT_HOST,
				    "the server's answer has no end of line");
		if (!read_more(s, err))
			return false;
	}
	*ret_line = s->in.data + s->at;
	s->at = (size_t)(end + 1 - s->in.data);
	if (end > *ret_line && end[-1] == '\r')
		end--;
	*end = 0;
	return true;
}

static bool read_head(struct socket *s, struct error *err)
{
	char *line;

	if (!head_line(s, &line, err))
		return false;
	if (strncmp(line, "HTTP/1.1 ", 9) != 0)
		return fail(err, FAULT_HOST, "the server does not talk HTTP");
	for (;;) {
		if (!head_line(s, &line, err))
			return false;
		if (!*line)
			break;
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			s->left = strtoull(line + 15, NULL, 10);
		else if (strncasecmp(line, "Transfer-Encoding:", 18) == 0)
			s->chunked = true;
	}
	s->ended = !s->chunked && !s->left;
	return true;
}

bool socket_post(struct socket *s, const char *path, const char *account,
		 const char *body, size_t size, struct error *err)
{
	auto_buf request = BUF_INIT;

	buf_printf(&request,
		   "POST %s HTTP/1.1\r\nHost: localhost\r\n"
		   "Connection: close\r\nContent-Type: application/json\r\n"
		   "Content-Length: %zu\r\n",
		   path, size);
	if (account)
		buf_printf(&request, "X-Qami-Account: %s\r\n", account);
	buf_str(&request, "\r\n");
	buf_add(&request, body, size);
	if (request.broken)
		return fail_memory(err);
	for (size_t sent = 0; sent < request.size;) {
		ssize_t got = TEMP_FAILURE_RETRY(
			send(s->fd, request.data + sent, request.size - sent,
			     MSG_NOSIGNAL));

		if (got < 0)
			break; /* it may have answered already */
		sent += (size_t)got;
	}
	return read_head(s, err);
}

/* Sees to it that some of the body is there to be looked at; *ret_size, at
 * most `most`. */
static bool body_some(struct socket *s, size_t most, size_t *ret_size,
		      struct error *err)
{
	char *line;

	if (s->chunked && !s->left && !s->ended) {
		if (!head_line(s, &line, err) ||
		    (!*line && !head_line(s, &line, err)))
			return false;
		s->left = strtoull(line, NULL, 16);
		s->ended = !s->left;
	}
	if (s->ended)
		return fail_ended(err);
	if (s->at == s->in.size && !read_more(s, err))
		return false;
	*ret_size = s->in.size - s->at;
	if (*ret_size > s->left)
		*ret_size = s->left;
	if (*ret_size > most)
		*ret_size = most;
	return true;
}

static void body_take(struct socket *s, size_t size, struct buf *into)
{
	buf_add(into, s->in.data + s->at, size);
	s->at += size;
	s->left -= size;
	s->ended = !s->chunked && !s->left;
}

bool socket_line(struct socket *s, struct buf *ret_line, struct error *err)
{
	const char *end = NULL;

	while (!end) {
		const char *from;
		size_t size;

		if (!body_some(s, SIZE_MAX, &size, err))
			return false;
		from = s->in.data + s->at;
		end = memchr(from, '\n', size);
		body_take(s, end ? (size_t)(end + 1 - from) : size, ret_line);
	}
	return !ret_line->broken || fail_memory(err);
}

bool socket_bytes(struct socket *s, size_t size, struct buf *ret_bytes,
		  struct error *err)
{
	while (size) {
		size_t some;

		if (!body_some(s, size, &some, err))
			return false;
		body_take(s, some, ret_bytes);
		size -= some;
	}
	return !ret_bytes->broken || fail_memory(err);
}
