/* verbs.c - the table of verbs, made like the table of actions */
#include "launcher/cli/verbs.h"

#include <stdio.h>
#include <string.h>

#define VERB(file) extern const struct action verb_##file;
#include "verbs.inc"
#undef VERB

const struct action *const verb_table[] = {
#define VERB(file) &verb_##file,
#include "verbs.inc"
#undef VERB
	NULL
};

const char *const verb_files[] = {
#define VERB(file) #file,
#include "verbs.inc"
#undef VERB
	NULL
};

void verb_name(const struct action *action, char ret_name[NAME_SIZE])
{
	if (action->local)
		snprintf(ret_name, NAME_SIZE, "%s", action->name);
	else
		action_verb(action, ret_name);
}

bool verb_hidden(const struct action *action)
{
	return action->local && strcmp(action->name, "complete") == 0;
}

static const struct action *find_one(const char *name)
{
	for (size_t i = 0; verb_table[i]; i++)
		if (strcmp(verb_table[i]->name, name) == 0)
			return verb_table[i];
	return action_find_verb(name);
}

const struct action *verb_find(const char *const *words, size_t *ret_words)
{
	const struct action *action = find_one(words[0]);
	char name[NAME_SIZE];

	*ret_words = 1;
	if (action || !words[1])
		return action;
	*ret_words = 2;
	if (strcmp(words[0], "ec2") == 0) {
		action = action_find_verb(words[1]);
		return action && strcmp(action_service(action), "ec2") == 0 ?
			       action : NULL;
	}
	snprintf(name, sizeof(name), "%.20s-%.70s", words[0], words[1]);
	return action_find_verb(name);
}
