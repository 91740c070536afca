/* shape.c - is what was typed what the row describes?
 *
 * The AWS CLI checks this before it calls, with exit code 252, and so do we:
 * a misspelt key is the typist's mistake, not the service's answer. What the
 * short notation can only say as text is converted on the way, and a single
 * value stands for a list of one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "images/base/auto.h"
#include "launcher/cli/value.h"

/* Where we are: "BlockDeviceMappings[0].Ebs". */
struct spot {
	const struct spot *above;
	const char *name;
	long item; /* -1: not an element */
};

static void spot_write(const struct spot *spot, struct buf *out)
{
	if (!spot) {
		buf_str(out, "input");
		return;
	}
	if (spot->above) {
		spot_write(spot->above, out);
		buf_char(out, '.');
	}
	buf_str(out, spot->name);
	if (spot->item >= 0)
		buf_printf(out, "[%ld]", spot->item);
}

static bool wrong_type(const struct spot *spot, const json_t *value,
		       const char *wanted, struct buf *out)
{
	auto_free char *shown =
		json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	buf_str(out, "Parameter validation failed:\n"
		     "Invalid type for parameter ");
	spot_write(spot, out);
	buf_printf(out, ", value: %s, valid type: %s", shown ? shown : "",
		   wanted);
	return false;
}

/* The number or boolean that a text says; NULL when it says none. */
static json_t *convert(const char *text, enum param_type type)
{
	char *end;
	long long number;
	double real;

	if (type == PARAM_BOOLEAN)
		return strcasecmp(text, "true") == 0  ? json_true() :
		       strcasecmp(text, "false") == 0 ? json_false() :
							NULL;
	errno = 0;
	if (type == PARAM_DOUBLE) {
		real = strtod(text, &end);
		return *end || !*text ? NULL : json_real(real);
	}
	number = strtoll(text, &end, 10);
	return *end || !*text || errno ? NULL : json_integer(number);
}

static bool check_members(const struct spot *spot, const struct param *params,
			  json_t *object, struct buf *out);

/* Checks one value; *ret_new is what must replace it, if anything. */
static bool check_one(const struct spot *spot, const struct param *param,
		      json_t *value, json_t **ret_new, struct buf *out)
{
	enum param_type type = param->type;

	if (json_is_null(value))
		return true;
	if (type == PARAM_STRUCT) {
		if (!json_is_object(value))
			return wrong_type(spot, value, "structure", out);
		return check_members(spot, param->members, value, out);
	}
	if (type == PARAM_INTEGER || type == PARAM_BOOLEAN ||
	    type == PARAM_DOUBLE) {
		if (json_is_string(value))
			*ret_new = convert(json_string_value(value), type);
		if (*ret_new ||
		    (type == PARAM_INTEGER && json_is_integer(value)) ||
		    (type == PARAM_DOUBLE && json_is_number(value)) ||
		    (type == PARAM_BOOLEAN && json_is_boolean(value)))
			return true;
		return wrong_type(spot, value,
				  type == PARAM_INTEGER ? "integer" :
				  type == PARAM_DOUBLE	? "number" :
							  "boolean",
				  out);
	}
	if (!json_is_string(value))
		return wrong_type(spot, value, "string", out);
	return true;
}

static bool check_list(const struct spot *spot, const struct param *param,
		       json_t *list, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct spot item = { spot->above, spot->name, (long)i };
		json_t *changed = NULL;

		if (!check_one(&item, param, json_array_get(list, i), &changed,
			       out))
			return false;
		if (changed && json_array_set_new(list, i, changed) != 0)
			return false;
	}
	return true;
}

static bool check_member(const struct spot *above, const struct param *param,
			 json_t *object, struct buf *out)
{
	struct spot spot = { above, param->name, -1 };
	json_t *value = json_object_get(object, param->name);
	json_t *changed = NULL;

	if (!value || json_is_null(value))
		return true;
	if (!(param->flags & PARAM_LIST)) {
		if (!check_one(&spot, param, value, &changed, out))
			return false;
		return !changed ||
		       json_object_set_new(object, param->name, changed) == 0;
	}
	if (json_is_string(value) && above) {
		value = json_pack("[O]", value);
		if (json_object_set_new(object, param->name, value) != 0)
			return false;
	}
	if (!json_is_array(value))
		return wrong_type(&spot, value, "list", out);
	return check_list(&spot, param, value, out);
}

static bool unknown_key(const struct spot *spot, const struct param *params,
			const char *key, struct buf *out)
{
	buf_str(out, "Parameter validation failed:\nUnknown parameter in ");
	spot_write(spot, out);
	buf_printf(out, ": \"%s\", must be one of: ", key);
	for (; params && params->name; params++)
		buf_printf(out, "%s%s", params->name,
			   params[1].name ? ", " : "");
	return false;
}

static bool check_members(const struct spot *spot, const struct param *params,
			  json_t *object, struct buf *out)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		const struct param *param = params;

		while (param && param->name && strcmp(param->name, key) != 0)
			param++;
		if (!param || !param->name)
			return unknown_key(spot, params, key, out);
	}
	for (const struct param *p = params; p && p->name; p++) {
		if (!check_member(spot, p, object, out))
			return false;
		if (!spot || !(p->flags & PARAM_REQUIRED) ||
		    json_object_get(object, p->name))
			continue;
		buf_str(out, "Parameter validation failed:\n"
			     "Missing required parameter in ");
		spot_write(spot, out);
		buf_printf(out, ": \"%s\"", p->name);
		return false;
	}
	return true;
}

bool value_check(const struct param *params, json_t *object,
		 struct buf *complaint)
{
	if (check_members(NULL, params, object, complaint))
		return true;
	if (!complaint->size)
		buf_str(complaint, "out of memory");
	return false;
}
