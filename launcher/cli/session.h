/* session.h - being in a machine that was just launched, and leaving it
 *
 * With `remove` the machine goes when the session ends, or when somebody
 * interrupts it or the launch before it (SIGINT, SIGTERM, SIGHUP); for that
 * session_catch() is called before the launch. Nothing else ends it: one that
 * never answered still runs afterwards, to be looked at.
 */
#ifndef QAMI_CLI_SESSION_H
#define QAMI_CLI_SESSION_H

#include <stddef.h>

#include "launcher/cli/visit.h"

struct session {
	const char *id;
	bool console; /* on the serial console, from its first byte; else ssh */
	const char *const *command; /* of ssh; none: a shell */
	size_t command_count;
	bool remove;
	unsigned seconds; /* how long to wait for ssh */
};

/* From here on an interrupt only asks for the end of the session. */
void session_catch(void);

/* Holds it; *ret_exit is what the command in it said, 130 when it was
 * interrupted. May not return at all but become ssh. */
bool session_hold(struct visit *visit, const struct session *session,
		  int *ret_exit, struct error *err) must_check;

#endif
