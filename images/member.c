/* member.c - members of a JSON object by name */
#include "images/member.h"

const char *arg_str(const json_t *object, const char *name,
		    const char *fallback)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) ? json_string_value(value) : fallback;
}

int64_t arg_int(const json_t *object, const char *name, int64_t fallback)
{
	const json_t *value = json_object_get(object, name);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool arg_bool(const json_t *object, const char *name, bool fallback)
{
	const json_t *value = json_object_get(object, name);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

double arg_double(const json_t *object, const char *name, double fallback)
{
	const json_t *value = json_object_get(object, name);

	return json_is_number(value) ? json_number_value(value) : fallback;
}
