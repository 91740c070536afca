/* qmp.c - asking a QEMU directly, while no libvirt holds its monitor
 *
 * A waking driver would finish off a guest that has powered itself down, and
 * so destroy the evidence; and it is a hundred times slower. A state or the
 * power button needs one line at one socket.
 */
#include "launcher/domain/qmp.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "launcher/domain/home.h"
#include "launcher/domain/xml.h"

#define ANSWER_USEC (5 * USEC_PER_SEC)

/* A chain of two hundred files, each described several times over. */
#define LONGEST_LINE (16 << 20)

static const struct {
	const char *status; /* QEMU's RunState */
	enum machine_state state;
} states[] = {
	{ "running", MACHINE_RUNNING },
	{ "inmigrate", MACHINE_RUNNING },
	/* one that never began: its launch was killed half-way (a launch that
	 * goes on has the turn, or the domain's job: nobody can ask then) */
	{ "prelaunch", MACHINE_CRASHED },
	{ "io-error", MACHINE_STARVED },
	{ "shutdown", MACHINE_OFF },
	{ "internal-error", MACHINE_CRASHED },
	{ "guest-panicked", MACHINE_CRASHED },
};

bool qmp_status(const char *reply, enum machine_state *ret_state)
{
	json_t *json = json_loads(reply, 0, NULL);
	const char *status = json_string_value(
		json_object_get(json_object_get(json, "return"), "status"));
	bool known = status;

	if (status) {
		/* paused, suspended, watchdog, … */
		*ret_state = MACHINE_PAUSED;
		for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
			if (strcmp(status, states[i].status) == 0)
				*ret_state = states[i].state;
	}
	json_decref(json);
	return known;
}

/* Connects to the monitor that libvirt made; -1 without. */
static int monitor_open(const char *home)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	xmlDocPtr doc = home_status(home);
	xmlNodePtr root = doc ? xmlDocGetRootElement(doc) : NULL;
	xmlNodePtr monitor = xml_child(root, "monitor");
	xmlChar *path = monitor ? xmlGetProp(monitor, BAD_CAST "path") : NULL;
	auto_close int fd = -1;
	bool connected = false;

	if (path && strlen((char *)path) < sizeof(address.sun_path)) {
		strcpy(address.sun_path, (char *)path);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    0);
		connected = fd >= 0 && connect(fd, (struct sockaddr *)&address,
					       sizeof(address)) == 0;
	}
	xmlFree(path);
	xmlFreeDoc(doc);
	return connected ? take_fd(fd) : -1;
}

/* A conversation; `read` holds what came in and is not yet looked at. */
struct qmp {
	int fd;
	struct buf read;
	size_t looked_at;
	unsigned number; /* of the last command */
};

/* Takes a line, without its end, out of what came in; NULL when there is no
 * whole one. */
static char *next_line(struct qmp *qmp)
{
	struct buf *in = &qmp->read;
	char *begin = in->data ? in->data + qmp->looked_at : NULL;
	char *end = begin ? memchr(begin, '\n', in->size - qmp->looked_at) :
			    NULL;

	if (!end)
		return NULL;
	qmp->looked_at += (size_t)(end - begin) + 1;
	return strndup(begin, (size_t)(end - begin));
}

/* NULL at the deadline, at the socket's end, or when the line is longer than
 * any answer. */
static char *read_line(struct qmp *qmp, usec_t deadline)
{
	char data[16384];
	char *line;

	while (!(line = next_line(qmp))) {
		struct pollfd ready = { .fd = qmp->fd, .events = POLLIN };
		usec_t left = deadline - clock_monotonic();
		ssize_t got;

		if (qmp->read.broken || qmp->read.size > LONGEST_LINE ||
		    left <= 0 || poll(&ready, 1, (int)(left / 1000) + 1) <= 0)
			return NULL;
		got = read(qmp->fd, data, sizeof(data));
		if (got <= 0)
			return NULL;
		buf_add(&qmp->read, data, (size_t)got);
	}
	return line;
}

/* Whether a line answers the command of that number. Others are events, the
 * greeting, and what QEMU had still to say to somebody who was killed. */
static json_t *answer_of(const char *line, unsigned number)
{
	json_t *reply = json_loads(line, 0, NULL);
	json_t *id = json_object_get(reply, "id");

	if (json_is_integer(id) && json_integer_value(id) == number &&
	    !json_object_get(reply, "event"))
		return reply;
	json_decref(reply);
	return NULL;
}

static bool send_line(struct qmp *qmp, json_t *request)
{
	auto_free char *text = json_dumps(request, JSON_COMPACT);
	auto_free char *line = text ? format_text("%s\n", text) : NULL;
	size_t size = line ? strlen(line) : 0;

	return line && send(qmp->fd, line, size, MSG_NOSIGNAL) == (ssize_t)size;
}

json_t *qmp_ask(struct qmp *qmp, json_t *request)
{
	usec_t deadline = clock_monotonic() + ANSWER_USEC;
	unsigned number = ++qmp->number;

	/* what came before is answered */
	buf_done(&qmp->read);
	qmp->looked_at = 0;
	if (json_object_set_new(request, "id", json_integer(number)) != 0 ||
	    !send_line(qmp, request))
		return NULL;
	for (;;) {
		auto_free char *line = read_line(qmp, deadline);
		json_t *reply = line ? answer_of(line, number) : NULL;

		if (reply || !line)
			return reply;
	}
}

/* The reply to a command without arguments, if it is no error; else NULL. */
static json_t *ask_plainly(struct qmp *qmp, const char *command)
{
	json_t *request = json_pack("{s:s}", "execute", command);
	json_t *reply = request ? qmp_ask(qmp, request) : NULL;

	json_decref(request);
	if (json_object_get(reply, "return"))
		return reply;
	json_decref(reply);
	return NULL;
}

struct qmp *qmp_open(const char *home)
{
	auto_close int fd = monitor_open(home);
	struct qmp *qmp = fd >= 0 ? calloc(1, sizeof(*qmp)) : NULL;
	json_t *ready;

	if (!qmp)
		return NULL;
	qmp->fd = take_fd(fd);
	/* numbers that no earlier conversation had */
	qmp->number = (unsigned)clock_monotonic();
	ready = ask_plainly(qmp, "qmp_capabilities");
	if (!ready) {
		qmp_close(qmp);
		return NULL;
	}
	json_decref(ready);
	return qmp;
}

void qmp_close(struct qmp *qmp)
{
	if (!qmp)
		return;
	close(qmp->fd);
	buf_done(&qmp->read);
	free(qmp);
}

char *qmp_run(const char *home, const char *command)
{
	auto_of(qmp) qmp = qmp_open(home);
	json_t *reply = qmp ? ask_plainly(qmp, command) : NULL;
	char *text = reply ? json_dumps(reply, 0) : NULL;

	json_decref(reply);
	return text;
}
