/* named.c - parameters that people give by name */
#include "launcher/action/named.h"

#include <stdio.h>
#include <string.h>

#include "images/resolve.h"

/* A short verb's user typed a name, not a malformed id; an action's answer is
 * EC2's, which checks the form first. */
static bool name_unknown(const char *prefixes, const char *text,
			 struct error *err)
{
	static const struct {
		const char *prefix, *noun, *see;
		enum fault fault;
	} nouns[] = {
		{ "ami", "image", "images", FAULT_IMAGE_NOT_FOUND },
		{ "i", "instance", "ps", FAULT_INSTANCE_NOT_FOUND },
		{ "vol", "volume", "describe-volumes", FAULT_VOLUME_NOT_FOUND },
		{ "snap", "snapshot", "describe-snapshots",
		  FAULT_SNAPSHOT_NOT_FOUND },
	};

	for (size_t i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++)
		if (strcspn(prefixes, "|") == strlen(nouns[i].prefix) &&
		    strncmp(prefixes, nouns[i].prefix,
			    strlen(nouns[i].prefix)) == 0)
			return fail(err, nouns[i].fault,
				    "no %s is called '%.64s' (see: qami %s)",
				    nouns[i].noun, text, nouns[i].see);
	return true;
}

/* Replaces a name by the id that it stands for. */
static bool resolve_one(struct call *call, const struct param *param,
			bool local, json_t *value, struct error *err)
{
	const char *prefixes = param->prefix ? param->prefix : "";
	const char *text = json_string_value(value);
	char prefix[ID_SIZE], id[ID_SIZE] = "";

	while (text && *text && *prefixes) {
		size_t size = strcspn(prefixes, "|");

		snprintf(prefix, sizeof(prefix), "%.*s", (int)size, prefixes);
		prefixes += size + (prefixes[size] == '|');
		if (id_valid(text, prefix))
			return true;
		if (!resolve(call, prefix, text, id, err))
			return false;
		if (strcmp(id, text) != 0 && id_valid(id, prefix))
			return json_string_set(value, id) == 0 ||
			       fail_memory(err);
	}
	return !local || !param->prefix || !text || !*text ||
	       name_unknown(param->prefix, text, err);
}

bool named_resolve(const struct action *action, struct call *call,
		   const struct args *args, struct error *err)
{
	for (const struct param *param = action->params; param && param->name;
	     param++) {
		json_t *value = json_object_get(args->root, param->name);

		if (!(param->flags & PARAM_NAMED) || !value)
			continue;
		if (!json_is_array(value) &&
		    !resolve_one(call, param, action->local, value, err))
			return false;
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!resolve_one(call, param, action->local,
					 json_array_get(value, i), err))
				return false;
	}
	return true;
}
