/* value.h - the texts behind one option, as the row types them
 *
 * What is wrong with them goes into a complaint, sentences and marks of any
 * length: it is for the person who typed them and never leaves this door.
 */
#ifndef QAMI_CLI_VALUE_H
#define QAMI_CLI_VALUE_H

#include <jansson.h>

#include "images/base/buf.h"
#include "launcher/action/action.h"

/* The value of a parameter: numbers, booleans and base64 as args.h has them,
 * from plain text, file:// and fileb://, the short notation or JSON. `option`
 * is for the complaint; with `raw` a blob is given as it is, not in base64.
 * NULL when the complaint says why. */
json_t *value_parse(const struct param *param, const char *option,
		    const char *const *texts, size_t count, bool raw,
		    struct buf *complaint);

/* Whether an object has only what the rows name, in the types they name, and
 * all they require; what came as the short notation or text is converted. */
bool value_check(const struct param *params, json_t *object,
		 struct buf *complaint);

/* Whether a parameter is a structure around one "Value", which the command
 * line takes without it: --instance-type m5.large. NULL or that member. */
const struct param *value_inside(const struct param *param);

/* Whether it is a switch: a boolean or a structure around one. */
bool value_is_switch(const struct param *param);

#endif
