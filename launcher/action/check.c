/* check.c - a call's parameters against the action's row
 *
 * Doors differ in what they can type: a query string has only texts, JSON has
 * numbers. So a text that reads as what the row wants becomes it here, and the
 * action sees one form. Names in errors are the wire's, with list positions
 * from 1, as EC2 writes them whoever calls.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/id.h"
#include "images/call.h"
#include "launcher/action/action.h"
#include "launcher/action/fault.h"

#define CLIENT_TOKEN_MOST 64
#define CLIENT_TOKEN_MOST_EBS 255

/* Where in the parameters a value stands, for its name in errors. */
struct place {
	const struct place *above;
	const struct param *param;
	size_t item; /* from 1; 0: not in a list */
};

static void place_write(const struct place *place, struct buf *text)
{
	if (place->above) {
		place_write(place->above, text);
		buf_char(text, '.');
	}
	buf_str(text,
		place->param->wire ? place->param->wire : place->param->name);
	if (place->item)
		buf_printf(text, ".%zu", place->item);
}

/* Fails with "Value (x) for parameter y is invalid. why". */
static bool invalid(const struct place *place, const json_t *value,
		    const char *why, struct error *err)
{
	auto_buf name = BUF_INIT;
	auto_free char *shown = NULL;

	place_write(place, &name);
	if (place->param->flags & PARAM_SECRET)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The value of parameter %s is invalid. %s",
			    buf_text(&name), why);
	if (!json_is_string(value))
		shown = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	return fail(err, FAULT_INVALID_PARAMETER,
		    "Value (%.80s) for parameter %.80s is invalid. %s",
		    shown ? shown : json_string_value(value), buf_text(&name),
		    why);
}

/* The code for what is no id with one of "ami|aki|ari": that of their kind if
 * they are of one. */
static enum fault malformed_fault(const char *prefixes)
{
	static const struct {
		const char *prefix;
		enum fault fault;
	} faults[] = {
		{ "ami", FAULT_IMAGE_MALFORMED },
		{ "ami|aki|ari", FAULT_IMAGE_MALFORMED },
		{ "snap", FAULT_SNAPSHOT_MALFORMED },
		{ "vol", FAULT_VOLUME_MALFORMED },
		{ "i", FAULT_INSTANCE_MALFORMED },
		{ "sg", FAULT_GROUP_MALFORMED },
		{ "lt", FAULT_TEMPLATE_MALFORMED },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (prefixes && strcmp(prefixes, faults[i].prefix) == 0)
			return faults[i].fault;
	return FAULT_INVALID_ID;
}

/* Whether a text is an id with one of "ami|snap|vol"; NULL admits any. */
static bool is_id(const char *text, const char *prefixes)
{
	const char *dash = strchr(text, '-');
	char prefix[ID_SIZE];

	while (prefixes && *prefixes) {
		size_t size = strcspn(prefixes, "|");

		if (size < sizeof(prefix)) {
			memcpy(prefix, prefixes, size);
			prefix[size] = 0;
			if (id_valid(text, prefix))
				return true;
		}
		prefixes += size + (prefixes[size] == '|');
	}
	if (prefixes || !dash || dash == text)
		return false;
	/* any prefix: the last '-' counts, for "eni-attach-…" */
	dash = strrchr(text, '-');
	if ((size_t)(dash - text) >= sizeof(prefix))
		return false;
	memcpy(prefix, text, (size_t)(dash - text));
	prefix[dash - text] = 0;
	return id_valid(text, prefix);
}

static bool check_id(const struct place *place, const json_t *value,
		     struct error *err)
{
	const char *prefixes = place->param->prefix;
	const char *text = json_string_value(value);
	enum fault fault = malformed_fault(prefixes);

	if (!text)
		return invalid(place, value, "Expecting an id.", err);
	if (is_id(text, prefixes))
		return true;
	if (fault != FAULT_INVALID_ID || (prefixes && !strchr(prefixes, '|')))
		return fail(err, fault,
			    "Invalid id: \"%.100s\" (expecting \"%.*s-...\")",
			    text, (int)strcspn(prefixes, "|"), prefixes);
	return fail(err, FAULT_INVALID_ID, "The ID '%.100s' is not valid",
		    text);
}

/* Finds a text among "a|b|c" and returns its length, 0 if it is none. */
static size_t choice_find(const char *choices, const char *text, size_t size,
			  bool loose, const char **ret_choice)
{
	for (const char *at = choices;; at++) {
		size_t length = strcspn(at, "|");

		if (length == size &&
		    (loose ? strncasecmp(at, text, size) == 0 :
			     strncmp(at, text, size) == 0)) {
			*ret_choice = at;
			return length;
		}
		at += length;
		if (!*at)
			return 0;
	}
}

static bool check_string(const struct place *place, json_t *value,
			 struct error *err)
{
	const char *text = json_string_value(value);
	const char *choices = place->param->prefix;
	bool loose = place->param->flags & PARAM_LOOSE;
	const char *choice;
	size_t size;

	if (!text)
		return invalid(place, value, "Expecting a string.", err);
	if (!choices)
		return true;
	size = strlen(text);
	while (loose && size && isspace((unsigned char)*text))
		text++, size--;
	while (loose && size && isspace((unsigned char)text[size - 1]))
		size--;
	if (choice_find(choices, text, size, loose, &choice) == 0)
		return invalid(place, value, "", err);
	if (!loose || json_string_setn(value, choice, size) == 0)
		return true;
	return fail_memory(err);
}

/* What a text says as a number or boolean of the row's type; a new value, or
 * NULL when it says none. */
static json_t *from_text(const char *text, enum param_type type)
{
	char *end;
	double real;
	long long number;

	if (type == PARAM_BOOLEAN) {
		if (strcasecmp(text, "true") == 0)
			return json_true();
		return strcasecmp(text, "false") == 0 ? json_false() : NULL;
	}
	if (isspace((unsigned char)*text) || !*text)
		return NULL;
	errno = 0;
	if (type == PARAM_DOUBLE) {
		real = strtod(text, &end);
		return *end || errno ? NULL : json_real(real);
	}
	number = strtoll(text, &end, 10);
	return *end || errno ? NULL : json_integer(number);
}

/* Checks a number or boolean; *ret_typed is what must replace it, if any. */
static bool check_typed(const struct place *place, const json_t *value,
			json_t **ret_typed, struct error *err)
{
	enum param_type type = place->param->type;

	if (json_is_string(value))
		*ret_typed = from_text(json_string_value(value), type);
	if (*ret_typed || (type == PARAM_INTEGER && json_is_integer(value)) ||
	    (type == PARAM_DOUBLE && json_is_number(value)) ||
	    (type == PARAM_BOOLEAN && json_is_boolean(value)))
		return true;
	return invalid(place, value,
		       type == PARAM_INTEGER ? "Expecting an integer." :
		       type == PARAM_DOUBLE  ? "Expecting a number." :
					       "Expecting true or false.",
		       err);
}

static bool check_blob(const struct place *place, const json_t *value,
		       struct error *err)
{
	const char *text = json_string_value(value);
	auto_free void *data = NULL;
	size_t size;

	if (text)
		data = base64_decode(text, &size);
	if (data)
		return true;
	if (place->param->name && strcmp(place->param->name, "UserData") == 0)
		return fail(err, FAULT_INVALID_USER_DATA,
			    "Invalid BASE64 encoding of user data.");
	return fail(err, FAULT_INVALID_PARAMETER,
		    "The value of parameter %s is invalid. Expecting base64.",
		    place->param->name);
}

static bool check_time(const struct place *place, const json_t *value,
		       struct error *err)
{
	const char *text = json_string_value(value);
	usec_t time;

	if (text && time_parse(text, &time))
		return true;
	return invalid(place, value,
		       "Expecting ISO 8601, such as 2026-11-21T00:00:00Z.",
		       err);
}

static bool check_struct(const struct place *above, const struct param *params,
			 json_t *object, struct error *err);

/* Checks one value, whatever list it may be in; as check_typed(). */
static bool check_one(const struct place *place, json_t *value,
		      json_t **ret_typed, struct error *err)
{
	switch (place->param->type) {
	case PARAM_ID:
		return check_id(place, value, err);
	case PARAM_STRING:
	case PARAM_FILE:
		return check_string(place, value, err);
	case PARAM_INTEGER:
	case PARAM_DOUBLE:
	case PARAM_BOOLEAN:
		return check_typed(place, value, ret_typed, err);
	case PARAM_TIME:
		return check_time(place, value, err);
	case PARAM_BLOB:
		return check_blob(place, value, err);
	case PARAM_STRUCT:
		if (!json_is_object(value))
			return invalid(place, value, "Expecting a structure.",
				       err);
		return check_struct(place, place->param->members, value, err);
	case PARAM_NONE:
		break;
	}
	return invalid(place, value, "", err);
}

static bool is_absent(const struct param *param, const json_t *value)
{
	if (json_is_null(value))
		return true;
	return json_is_string(value) && !json_string_length(value) &&
	       !(param->flags & PARAM_EMPTY);
}

static bool check_list(const struct place *above, const struct param *param,
		       json_t *list, struct error *err)
{
	struct place place = { above, param, 0 };
	size_t i = 0;

	if (!json_is_array(list))
		return invalid(&place, list, "Expecting a list.", err);
	while (i < json_array_size(list)) {
		json_t *value = json_array_get(list, i);
		json_t *typed = NULL;

		if (is_absent(param, value)) {
			json_array_remove(list, i);
			continue;
		}
		place.item = ++i;
		if (!check_one(&place, value, &typed, err))
			return false;
		if (typed && json_array_set_new(list, i - 1, typed) != 0)
			return fail_memory(err);
	}
	return true;
}

static bool check_value(const struct place *above, const struct param *param,
			json_t *object, json_t *value, struct error *err)
{
	struct place place = { above, param, 0 };
	json_t *typed = NULL;

	if (param->flags & PARAM_LIST)
		return check_list(above, param, value, err);
	if (!check_one(&place, value, &typed, err))
		return false;
	if (typed && json_object_set_new(object, param->name, typed) != 0)
		return fail_memory(err);
	return true;
}

static bool check_known(const struct place *above, const struct param *params,
			json_t *object, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		const struct param *param = params;
		auto_buf path = BUF_INIT;

		while (param && param->name && strcmp(param->name, name) != 0)
			param++;
		if (param && param->name)
			continue;
		if (above) {
			place_write(above, &path);
			buf_char(&path, '.');
		}
		return fail(err, FAULT_UNKNOWN_PARAMETER,
			    "The parameter %.100s%.100s is not recognized",
			    buf_text(&path), name);
	}
	return true;
}

static bool check_struct(const struct place *above, const struct param *params,
			 json_t *object, struct error *err)
{
	if (!check_known(above, params, object, err))
		return false;
	for (const struct param *param = params; param && param->name;
	     param++) {
		json_t *value = json_object_get(object, param->name);
		struct place place = { above, param, 0 };
		auto_buf path = BUF_INIT;
		bool list = param->flags & PARAM_LIST;

		if (value && is_absent(param, value)) {
			json_object_del(object, param->name);
			value = NULL;
		}
		if (value && !check_value(above, param, object, value, err))
			return false;
		if (value && list && !json_array_size(value) &&
		    !(param->flags & PARAM_NOTHING)) {
			json_object_del(object, param->name);
			value = NULL;
		}
		if (value || !(param->flags & PARAM_REQUIRED) ||
		    param->flags & (PARAM_OUTPUT | PARAM_STREAM))
			continue;
		place_write(&place, &path);
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter %s",
			    buf_text(&path));
	}
	return true;
}

/* The digest by which a repeated request is known: keys sorted, without what
 * may differ between two tries of the same thing. */
static bool digest(struct call *call, const struct args *args,
		   struct error *err)
{
	json_t *copy = json_copy(args->root);
	auto_free char *text = NULL;

	if (copy) {
		json_object_del(copy, "ClientToken");
		json_object_del(copy, "DryRun");
		text = json_dumps(copy, JSON_SORT_KEYS | JSON_COMPACT);
	}
	json_decref(copy);
	if (!text)
		return fail_memory(err);
	sha256_text(text, strlen(text), call->request);
	return true;
}

/* What may come as bytes comes so or in the object, not both. */
static bool check_stream(const struct param *params, const struct args *args,
			 struct error *err)
{
	for (const struct param *param = params; param && param->name;
	     param++) {
		bool given = json_object_get(args->root, param->name);

		if (!(param->flags & PARAM_STREAM))
			continue;
		if (given && args->stream)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "The parameter %s is given twice.",
				    param->name);
		if (!given && !args->stream && param->flags & PARAM_REQUIRED)
			return fail(err, FAULT_MISSING_PARAMETER,
				    "The request must contain the parameter %s",
				    param->name);
	}
	return true;
}

bool action_check(const struct action *action, struct call *call,
		  struct args *args, struct error *err)
{
	bool ebs = strcmp(action_service(action), "ebs") == 0;
	int most = ebs ? CLIENT_TOKEN_MOST_EBS : CLIENT_TOKEN_MOST;
	const char *token;

	if (!check_struct(NULL, action->params, args->root, err) ||
	    !check_stream(action->params, args, err))
		return false;
	token = args_str(args, "ClientToken", NULL);
	for (const char *c = token; c && *c; c++)
		if (c - token >= most || *c & ~0x7f)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "The client token must be at most %d ASCII "
				    "characters",
				    most);
	call->action = action->name;
	call->client_token = token;
	call->dry_run = args_bool(args, "DryRun", false);
	return digest(call, args, err);
}
