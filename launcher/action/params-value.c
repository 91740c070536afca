/* params-value.c - the structures {Value} that EC2 wraps attributes in */
#include "launcher/action/params-value.h"

const struct param params_value_text[] = {
	{ "Value", PARAM_STRING, PARAM_EMPTY, NULL, "the value" },
	{ 0 },
};

const struct param params_value_flag[] = {
	{ "Value", PARAM_BOOLEAN, 0, NULL, "true or false" },
	{ 0 },
};
