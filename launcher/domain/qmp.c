/* qmp.c - asking a QEMU directly, while no libvirt holds its monitor
 *
 * A waking driver would finish off a guest that has powered itself down, and
 * so destroy the evidence; and it is a hundred times slower. A state or the
 * power button needs one line at one socket.
 */
#include "launcher/domain/qmp.h"

#include <jansson.h>
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
#define LONGEST_LINE 65536

static const struct {
	const char *status; /* QEMU's RunState */
	enum machine_state state;
} states[] = {
	{ "running", MACHINE_RUNNING },
	{ "inmigrate", MACHINE_RUNNING },
	/* one that never began: its launch was killed half-way (a launch that
	 * goes on has the turn, or the domain's job: nobody can ask then) */
	{ "prelaunch", MACHINE_CRASHED },
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
		/* io-error, paused, suspended, watchdog, … */
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

/* Reads one line, without its end; NULL at the deadline, at the socket's end,
 * or when it is longer than any answer. */
static char *read_line(int fd, usec_t deadline)
{
	auto_buf line = BUF_INIT;

	while (line.size < LONGEST_LINE) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		usec_t left = deadline - clock_monotonic();
		char c;

		if (left <= 0 || poll(&ready, 1, (int)(left / 1000) + 1) <= 0)
			return NULL;
		/* byte by byte: the next line must stay in the socket */
		if (read(fd, &c, 1) != 1)
			return NULL;
		if (c == '\n')
			return buf_take(&line);
		buf_char(&line, c);
	}
	return NULL;
}

/* Sends a command and reads up to its reply, past events and the greeting. */
static char *converse(int fd, const char *command, usec_t deadline)
{
	auto_free char *line = format_text("{\"execute\":\"%s\"}\n", command);

	if (!line || send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		return NULL;
	for (;;) {
		auto_free char *reply = read_line(fd, deadline);

		if (!reply || strncmp(reply, "{\"return\"", 9) == 0)
			return take(reply);
		if (strncmp(reply, "{\"error\"", 8) == 0)
			return NULL;
	}
}

char *qmp_run(const char *home, const char *command)
{
	usec_t deadline = clock_monotonic() + ANSWER_USEC;
	auto_close int fd = monitor_open(home);
	auto_free char *ready =
		fd >= 0 ? converse(fd, "qmp_capabilities", deadline) : NULL;

	return ready ? converse(fd, command, deadline) : NULL;
}
