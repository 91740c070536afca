/* place.c - whether the machine's server knows who calls
 *
 * It is asked, not looked up: the registry is not this user's to read. What it
 * says to somebody without an account says nothing to him but that.
 */
#include "launcher/cli/place.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/log.h"
#include "images/base/version.h"
#include "launcher/cli/socket.h"

#define MACHINE_STORE "/var/lib/qami"

static const char question[] = "{\"version\":\"" QAMI_VERSION "\"}";

/* Whether the answer's one line is another than that nobody is known. Who is
 * known, but not served just now, has no other store for that. */
static bool is_known(const struct buf *line)
{
	json_t *answer = json_loadb(buf_text(line), line->size, 0, NULL);
	const char *code = json_string_value(json_object_get(answer, "error"));
	bool known = answer && (!code || strcmp(code, "AuthFailure") != 0);

	json_decref(answer);
	return known;
}

static bool lets_in(const char *store)
{
	struct socket socket = SOCKET_INIT;
	struct error err = { 0 };
	auto_buf line = BUF_INIT;
	bool known;

	if (!socket_open(&socket, store))
		return false;
	known = socket_post(&socket, "/qami/sts-get-caller-identity", NULL,
			    question, strlen(question), &err) &&
		socket_line(&socket, &line, &err) && is_known(&line);
	if (err.fault != FAULT_NONE)
		log_warning("the machine's store %s: %s", store, err.text);
	socket_close(&socket);
	return known;
}

char *place_machine(const struct options *options)
{
	const char *named = getenv("QAMI_STORE");
	const char *machine = getenv("QAMI_MACHINE_STORE");

	if (options->store || (named && *named) || geteuid() == 0)
		return NULL;
	if (!machine || !*machine)
		machine = MACHINE_STORE;
	return lets_in(machine) ? strdup(machine) : NULL;
}
