/* wire.c - a query's flat names become a call's parameters
 *
 * A list grows as an object keyed by the numbers that came, so that a number
 * costs nothing but itself, however large; when all names are in, such objects
 * become arrays in the order of their numbers.
 */
#include "launcher/http/wire.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_DIGITS 9 /* of a list's number, at most */
#define NAME_MOST 100  /* of a name in an error's text */

/* One name on its way through the rows. */
struct walk {
	const struct form_pair *pair;
	const char *at; /* in the name: what is left of it */
	bool members;	/* lists are "Name.member.1" */
};

static bool unknown(const struct walk *walk, struct error *err)
{
	return fail(err, FAULT_UNKNOWN_PARAMETER,
		    "The parameter %.*s is not recognized", NAME_MOST,
		    walk->pair->name);
}

static bool twice(const struct walk *walk, struct error *err)
{
	return fail(err, FAULT_MALFORMED_QUERY,
		    "The parameter %.*s was given more than once", NAME_MOST,
		    walk->pair->name);
}

static const char *wire_name(const struct param *param)
{
	return param->wire ? param->wire : param->name;
}

/* Goes past `size` bytes of the name, which must end a part of it. */
static bool go_past(struct walk *walk, size_t size)
{
	const char *end = walk->at + size;

	if (*end && (*end != '.' || !end[1]))
		return false;
	walk->at = end + (*end == '.');
	return true;
}

static bool take_part(struct walk *walk, const char *part)
{
	size_t size = strlen(part);

	return strncmp(walk->at, part, size) == 0 && go_past(walk, size);
}

/* Takes a list's number, without leading zeroes: it is the key of an element.
 */
static bool take_index(struct walk *walk, char ret_key[INDEX_DIGITS + 1])
{
	size_t size;

	if (walk->members && !take_part(walk, "member"))
		return false;
	size = strspn(walk->at, "0123456789");
	if (!size || size > INDEX_DIGITS || (size > 1 && *walk->at == '0'))
		return false;
	memcpy(ret_key, walk->at, size);
	ret_key[size] = 0;
	return go_past(walk, size);
}

static const struct param *take_param(struct walk *walk,
				      const struct param *params)
{
	for (const struct param *p = params; p && p->name; p++)
		if (!(p->flags & (PARAM_OUTPUT | PARAM_HERE)) &&
		    p->type != PARAM_FILE && take_part(walk, wire_name(p)))
			return p;
	return NULL;
}

/* The object under a key, made when there is none. */
static json_t *inside(json_t *object, const char *key, struct error *err)
{
	json_t *inner = json_object_get(object, key);

	if (inner)
		return inner;
	inner = json_object();
	if (json_object_set_new(object, key, inner) != 0) {
		fail_memory(err);
		return NULL;
	}
	return inner;
}

/* Puts the value where the name ends. What says nothing is kept as null until
 * all is in, so that a second one of its name is noticed. */
static bool put(const struct walk *walk, const struct param *param,
		json_t *into, const char *key, struct error *err)
{
	const char *value = walk->pair->value;
	bool says = *value || param->flags & PARAM_EMPTY;

	if (json_object_get(into, key))
		return twice(walk, err);
	if (json_object_set_new(into, key,
				says ? json_string(value) : json_null()) != 0)
		return fail_memory(err);
	return true;
}

static bool place(struct walk *walk, const struct param *params, json_t *into,
		  struct error *err)
{
	const struct param *param = take_param(walk, params);
	char index[INDEX_DIGITS + 1];
	const char *key;

	if (!param)
		return unknown(walk, err);
	key = param->name;
	if (param->flags & PARAM_LIST) {
		into = inside(into, key, err);
		if (!into)
			return false;
		if (!take_index(walk, index))
			return unknown(walk, err);
		key = index;
	}
	if (param->type != PARAM_STRUCT)
		return *walk->at ? unknown(walk, err) :
				   put(walk, param, into, key, err);
	into = inside(into, key, err);
	return into && place(walk, param->members, into, err);
}

struct element {
	long number;
	json_t *value; /* owned */
};

static int by_number(const void *left, const void *right)
{
	const struct element *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

/* The elements in the order of their numbers; NULL when memory ran out. */
static json_t *array_of(json_t *object)
{
	size_t count = 0;
	auto_free struct element *elements =
		calloc(json_object_size(object) + 1, sizeof(*elements));
	json_t *array = json_array();
	bool done = elements && array;
	const char *key;
	json_t *value;

	if (done)
		json_object_foreach(object, key, value)
			elements[count++] = (struct element){
				strtol(key, NULL, 10), value
			};
	if (count)
		qsort(elements, count, sizeof(*elements), by_number);
	for (size_t i = 0; done && i < count; i++)
		done = json_array_append(array, elements[i].value) == 0;
	if (done)
		return array;
	json_decref(array);
	return NULL;
}

static bool says_nothing(const json_t *value)
{
	return json_is_null(value) ||
	       (json_is_object(value) && json_object_size(value) == 0);
}

static bool settle(const struct param *params, json_t *object,
		   struct error *err);

/* Settles the elements of a list and lets go of those that say nothing. */
static bool settle_elements(const struct param *param, json_t *list,
			    struct error *err)
{
	const char *key;
	json_t *element;
	void *next;

	json_object_foreach_safe(list, next, key, element)
	{
		if (param->type == PARAM_STRUCT &&
		    !settle(param->members, element, err))
			return false;
		if (says_nothing(element))
			json_object_del(list, key);
	}
	return true;
}

static bool settle(const struct param *params, json_t *object,
		   struct error *err)
{
	for (const struct param *p = params; p && p->name; p++) {
		json_t *value = json_object_get(object, p->name);
		bool list = p->flags & PARAM_LIST;

		if (!value)
			continue;
		if (list ? !settle_elements(p, value, err) :
			   p->type == PARAM_STRUCT &&
				    !settle(p->members, value, err))
			return false;
		if (says_nothing(value))
			json_object_del(object, p->name);
		else if (list && json_object_set_new(object, p->name,
						     array_of(value)) != 0)
			return fail_memory(err);
	}
	return true;
}

bool wire_args(const struct action *action, const struct form *form,
	       struct args *ret_args, struct error *err)
{
	bool members = strcmp(action_service(action), "ec2") != 0;

	for (size_t i = 0; i < form->count; i++) {
		struct walk walk = { &form->pairs[i], form->pairs[i].name,
				     members };

		if (!place(&walk, action->params, ret_args->root, err))
			return false;
	}
	return settle(action->params, ret_args->root, err);
}
