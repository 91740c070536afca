/* columns.h - answers of the short verbs, for people and for pipes
 *
 * On a terminal a table with headers, elsewhere bare lines with tabs. A verb
 * builds the same kind of reply as an action; -o json, text and table work on
 * it as on any other.
 */
#ifndef QAMI_CLI_COLUMNS_H
#define QAMI_CLI_COLUMNS_H

#include <stdbool.h>
#include <stdio.h>

#include "launcher/action/reply.h"

/* Prints a verb's answer. `raw_text`: its first member as it is, with a line
 * feed behind it if it has none. A list of structures: a row for each, a column
 * for each member, headed by its name in capitals, and then "name value" lines
 * of the scalars beside the list; lists behind it are for programs. A
 * structure: "name value" lines. On a terminal a number called "…Bytes" is
 * shown as a size, and called without that. With `ids` only the first column.
 * A verb whose row has a boolean "Quiet" gets `ids` from it. */
void columns_print(const struct reply *reply, bool ids, FILE *out);

#endif
