/* farssh.c - ssh, and what it is told
 *
 * Nothing of a place becomes part of a command there: host, user and port are
 * words of ssh's own, made of letters that mean nothing to it, and the store is
 * named when the conversation begins.
 */
#include "images/farssh.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "images/base/log.h"
#include "images/base/process.h"
#include "images/farask.h"

#define SCHEME "ssh://"
#define PART_SIZE 256
#define STORE_MOST 1024
#define END_SECONDS 10	   /* for who was killed */
#define ANSWER_SECONDS 120 /* longer than anybody there waits for a turn */

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

struct address {
	char user[PART_SIZE], host[PART_SIZE], port[8];
	const char *store; /* "" for none */
};

/* The program that holds the line. */
struct line {
	struct child child;
	int in; /* owned; what we say goes in here */
	char *place;
};

bool far_is_ssh(const char *place)
{
	return strncmp(place, SCHEME, strlen(SCHEME)) == 0;
}

/* Copies a part that consists of such letters and begins with no '-'. */
static bool take_part(const char *from, size_t size, const char *letters,
		      char ret_part[PART_SIZE])
{
	if (!size || size >= PART_SIZE || *from == '-' ||
	    strspn(from, letters) < size)
		return false;
	memcpy(ret_part, from, size);
	ret_part[size] = 0;
	return true;
}

static bool read_port(const char *from, size_t size, char ret_port[8])
{
	unsigned long port = strtoul(from, NULL, 10);

	if (!size || size > 5 || strspn(from, "0123456789") < size || !port ||
	    port > 65535)
		return false;
	snprintf(ret_port, 8, "%lu", port);
	return true;
}

/* "HOST", "HOST:PORT" or "[ADDRESS]:PORT". */
static bool read_host(const char *from, size_t size, struct address *ret)
{
	const char *end = memchr(from, ']', size);
	size_t host = strcspn(from, ":/");
	size_t skip = 0;

	if (*from == '[') {
		if (!end || !take_part(from + 1, (size_t)(end - from) - 1,
				       LETTERS ":.%", ret->host))
			return false;
		skip = (size_t)(end - from) + 1;
	} else {
		host = host < size ? host : size;
		if (!take_part(from, host, LETTERS "-_.", ret->host))
			return false;
		skip = host;
	}
	if (skip == size)
		return true;
	return from[skip] == ':' &&
	       read_port(from + skip + 1, size - skip - 1, ret->port);
}

static bool read_place(const char *place, struct address *ret)
{
	const char *from = place + strlen(SCHEME);
	size_t size = strcspn(from, "/");
	const char *at = memchr(from, '@', size);

	*ret = (struct address){ .store = from + size };
	if (at) {
		size_t user = (size_t)(at - from);

		if (!take_part(from, user, LETTERS "-_.", ret->user))
			return false;
		from = at + 1;
		size -= user + 1;
	}
	if (!read_host(from, size, ret) || strlen(ret->store) > STORE_MOST)
		return false;
	if (strcmp(ret->store, "/") == 0)
		ret->store = "";
	for (const char *c = ret->store; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return true;
}

static bool start(const struct address *address, struct line *line,
		  struct error *err)
{
	const char *argv[64] = {
		"ssh", "-T",
		/* asks nobody, and lends the other side nothing of ours */
		"-o", "BatchMode=yes", "-o", "ClearAllForwardings=yes", "-o",
		"ForwardAgent=no", "-o", "ForwardX11=no", "-o",
		"PermitLocalCommand=no", "-o", "Tunnel=no",
		/* a line of its own, which is as long as the copy */
		"-o", "ControlMaster=no", "-o", "ControlPath=none", "-o",
		"EscapeChar=none", "-o", "Compression=no", "-o",
		"ConnectTimeout=15", "-o", "ServerAliveInterval=15", "-o",
		"ServerAliveCountMax=3", NULL
	};
	size_t count = 0;
	int ends[2];
	bool started;

	while (argv[count])
		count++;
	if (*address->port) {
		argv[count++] = "-p";
		argv[count++] = address->port;
	}
	if (*address->user) {
		argv[count++] = "-l";
		argv[count++] = address->user;
	}
	argv[count++] = "--";
	argv[count++] = address->host;
	argv[count++] = "qami region serve-copy";
	argv[count] = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return fail_errno(err, "cannot start ssh");
	started =
		process_start(&(struct process){ .argv = argv,
						 .stdin_fd = ends[1],
						 .wall_seconds = END_SECONDS },
			      &line->child, err);
	close(ends[1]);
	if (started)
		line->in = ends[0];
	else
		close(ends[0]);
	return started;
}

/* Ends ssh: it has nothing left to say that anybody wants to hear. */
static void hang_up(void *data, struct wire *wire)
{
	struct line *line = data;
	struct error ended = { 0 };

	log_info("%s: %" PRIu64 " bytes received, %" PRIu64 " sent",
		 line->place, wire->received, wire->sent);
	close(line->in);
	kill(-line->child.pid, SIGKILL);
	kill(line->child.pid, SIGKILL);
	if (!process_finish(&line->child, NULL, &ended))
		log_debug("%s: %s", line->place, ended.text);
	free(line->place);
	free(line);
}

bool far_ssh_open(const char *place, struct far **ret_far, struct error *err)
{
	struct wire wire = WIRE_INIT;
	struct address address;
	struct line *line;

	if (!read_place(place, &address))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is no place: "
			    "ssh://[USER@]HOST[:PORT][/STORE]",
			    place);
	line = calloc(1, sizeof(*line));
	if (line)
		line->place = strdup(place);
	if (!line || !line->place || !start(&address, line, err)) {
		bool told = line && line->place;

		if (line)
			free(line->place);
		free(line);
		return told ? false : fail_memory(err);
	}
	wire.in = line->child.out;
	wire.out = line->in;
	wire.complaints = line->child.err;
	wire.seconds = ANSWER_SECONDS;
	if (far_ask(&wire, address.store, hang_up, line, ret_far, err))
		return true;
	error_prefix(err, "%.80s", place);
	return false;
}
