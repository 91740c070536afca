/* params-value.h - the structures {Value} that EC2 wraps attributes in */
#ifndef QAMI_ACTION_PARAMS_VALUE_H
#define QAMI_ACTION_PARAMS_VALUE_H

#include "launcher/action/action.h"

extern const struct param params_value_text[]; /* "" is a value */
extern const struct param params_value_flag[];

#endif
