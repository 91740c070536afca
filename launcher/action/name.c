/* name.c - what an action is called on the command line */
#include "launcher/action/action.h"

#include <stdio.h>
#include <string.h>

const char *action_service(const struct action *action)
{
	return action->service ? action->service : "ec2";
}

void action_verb(const struct action *action, char ret_text[NAME_SIZE])
{
	char kebab[NAME_SIZE];

	name_to_kebab(action->name, kebab);
	if (!action->service || strcmp(action->service, "ec2") == 0)
		memcpy(ret_text, kebab, NAME_SIZE);
	else
		snprintf(ret_text, NAME_SIZE, "%.20s-%.70s", action->service,
			 kebab);
}
