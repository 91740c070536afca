/* talk.h - a terminal on a machine's serial console */
#ifndef QAMI_CLI_TALK_H
#define QAMI_CLI_TALK_H

#include <signal.h>

#include "launcher/cli/visit.h"

/* Connects stdin and stdout to the console of a running instance, until Ctrl-]
 * is typed, the instance does not run any more, or *cancel (unless NULL)
 * becomes true. When stdin ends and is no terminal, what the guest still says
 * is shown. With `from_boot` all that it has said since its last start comes
 * first. FAULT_INSTANCE_STATE when it does not run. */
bool console_talk(struct call *call, const char *id, bool from_boot,
		  const volatile sig_atomic_t *cancel, struct error *err)
	must_check;

/* Whether that is possible at all: a machine's terminal is not for users other
 * than the store's. FAULT_OPERATION_NOT_PERMITTED. */
bool talk_allowed(const struct visit *visit, struct error *err) must_check;

#endif
