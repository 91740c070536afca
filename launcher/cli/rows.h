/* rows.h - what the actions' rows say, for programs */
#ifndef QAMI_CLI_ROWS_H
#define QAMI_CLI_ROWS_H

#include <jansson.h>

/* Every action's name, service and parameters, under both names and with their
 * types, as JSON; caller lets go of it. NULL when memory ran out. */
json_t *rows_json(void);

#endif
