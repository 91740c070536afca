/* table.c - the actions there are
 *
 * build/actions.inc has one ACTION(name) line per file of this directory that
 * holds a row; nothing registers itself, so order and presence can be read.
 */
#include "launcher/action/action.h"

#include <string.h>

#define ACTION(file) extern const struct action action_##file;
#include "actions.inc"
#undef ACTION

const struct action *const action_table[] = {
#define ACTION(file) &action_##file,
#include "actions.inc"
#undef ACTION
	NULL
};

const char *const action_files[] = {
#define ACTION(file) #file,
#include "actions.inc"
#undef ACTION
	NULL
};

const struct param params_filter[] = {
	{ "Name", PARAM_STRING, PARAM_REQUIRED, NULL, "what to compare" },
	{ "Values", PARAM_STRING, PARAM_LIST | PARAM_EMPTY, NULL,
	  "any of these; * and ? match, \\ escapes", "Value" },
	{ 0 },
};

const struct param params_tag[] = {
	{ "Key", PARAM_STRING, 0, NULL, "the tag's name" },
	{ "Value", PARAM_STRING, PARAM_EMPTY, NULL, "the tag's value" },
	{ 0 },
};

const struct param params_tag_specification[] = {
	{ "ResourceType", PARAM_STRING, 0, NULL,
	  "what the tags are for: instance, volume, image, snapshot, …" },
	{ "Tags", PARAM_STRUCT, PARAM_LIST, NULL, "the tags: Key=…,Value=…",
	  "Tag", params_tag },
	{ 0 },
};

const struct action *action_find_in(const char *service, const char *name)
{
	for (size_t i = 0; action_table[i]; i++)
		if (strcmp(action_table[i]->name, name) == 0 &&
		    strcmp(action_service(action_table[i]), service) == 0)
			return action_table[i];
	return NULL;
}

const struct action *action_find(const char *name)
{
	const struct action *ec2 = action_find_in("ec2", name);

	for (size_t i = 0; !ec2 && action_table[i]; i++)
		if (strcmp(action_table[i]->name, name) == 0)
			return action_table[i];
	return ec2;
}

const struct action *action_find_verb(const char *verb)
{
	char name[NAME_SIZE];

	for (size_t i = 0; action_table[i]; i++) {
		action_verb(action_table[i], name);
		if (strcmp(name, verb) == 0)
			return action_table[i];
	}
	for (size_t i = 0; action_table[i]; i++) {
		name_to_kebab(action_table[i]->name, name);
		if (strcmp(name, verb) == 0)
			return action_table[i];
	}
	return NULL;
}
