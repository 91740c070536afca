/* skeleton.c - a sample of each parameter, as the row types it */
#include "launcher/cli/skeleton.h"

#include <string.h>

#include "launcher/cli/cli.h"
#include "launcher/cli/render.h"

static void sample(struct node *into, const struct param *param,
		   const char *name);

static void samples(struct node *into, const struct param *params)
{
	for (; params && params->name; params++)
		if (!(params->flags & (PARAM_OUTPUT | PARAM_HERE)))
			sample(into, params, params->name);
}

/* The first of the choices, "" when there are none. */
static void sample_text(struct node *into, const struct param *param,
			const char *name)
{
	const char *choices = param->type == PARAM_STRING && param->prefix ?
				      param->prefix :
				      "";
	char first[NAME_SIZE] = "";

	strncat(first, choices,
		strcspn(choices, "|") < sizeof(first) ? strcspn(choices, "|") :
							0);
	node_str(into, name, name, first);
}

static void sample_one(struct node *into, const struct param *param,
		       const char *name)
{
	switch (param->type) {
	case PARAM_INTEGER:
		node_int(into, name, name, 0);
		break;
	case PARAM_DOUBLE:
		node_double(into, name, name, 0);
		break;
	case PARAM_BOOLEAN:
		node_bool(into, name, name, true);
		break;
	case PARAM_TIME:
		node_str(into, name, name, "1970-01-01T00:00:00");
		break;
	case PARAM_STRUCT:
		samples(node_struct(into, name, name), param->members);
		break;
	case PARAM_NONE:
	case PARAM_STRING:
	case PARAM_ID:
	case PARAM_BLOB:
	case PARAM_FILE:
		sample_text(into, param, name);
		break;
	}
}

static void sample(struct node *into, const struct param *param,
		   const char *name)
{
	if (param->flags & PARAM_LIST)
		sample_one(node_list(into, name, name), param, NULL);
	else
		sample_one(into, param, name);
}

int skeleton_print(const struct action *action, FILE *out)
{
	struct error err = { 0 };
	struct reply reply;

	if (!reply_init(&reply, &err))
		return EXIT_GENERAL;
	samples(reply.root, action->params);
	render_json(reply.root, out);
	reply_done(&reply);
	return fflush(out) == 0 ? 0 : EXIT_GENERAL;
}
