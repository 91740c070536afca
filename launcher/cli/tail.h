/* tail.h - the last lines of a console, for people */
#ifndef QAMI_CLI_TAIL_H
#define QAMI_CLI_TAIL_H

#include "images/call.h"

/* Shows on stderr where an instance's console has got to, in 10 lines; nothing
 * that they contain steers the terminal. */
void tail_console(const struct call *call, const char *id);

#endif
