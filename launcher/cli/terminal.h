/* terminal.h - the terminal, if there is one */
#ifndef QAMI_CLI_TERMINAL_H
#define QAMI_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "images/base/width.h"

/* How many columns a terminal has; the fallback when it is none. */
int terminal_width(int fd, int fallback);

/* Prints a text without what could steer the terminal: control characters but
 * the line feed and the tab come out as \xNN. */
void terminal_text(const char *text, FILE *out);

#endif
