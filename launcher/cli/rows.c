/* rows.c - what the actions' rows say, for programs
 *
 * Rows are compared with AWS's own models by programs that read those.
 */
#include "launcher/cli/rows.h"

#include "launcher/action/action.h"

#define DEPTH_MOST 8 /* no structure of EC2's is deeper */

static const char *const types[] = {
	[PARAM_STRING] = "string",   [PARAM_INTEGER] = "integer",
	[PARAM_BOOLEAN] = "boolean", [PARAM_ID] = "string",
	[PARAM_TIME] = "timestamp",  [PARAM_BLOB] = "blob",
	[PARAM_FILE] = "file",	     [PARAM_STRUCT] = "structure",
	[PARAM_DOUBLE] = "double",
};

static json_t *params_json(const struct param *params, int depth)
{
	json_t *list = json_array();

	for (const struct param *p = params; p && p->name && depth < DEPTH_MOST;
	     p++) {
		/* the models have none of these */
		if (p->flags & PARAM_HERE)
			continue;
		json_t *members = params_json(p->members, depth + 1);
		json_t *one = json_pack(
			"{s:s, s:s, s:s, s:b, s:b, s:o}", "name", p->name,
			"wire", p->wire ? p->wire : p->name, "type",
			types[p->type], "list", p->flags & PARAM_LIST,
			"required", p->flags & PARAM_REQUIRED, "members",
			members);

		if (json_array_append_new(list, one) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

json_t *rows_json(void)
{
	json_t *list = json_array();

	for (size_t i = 0; action_table[i]; i++) {
		const struct action *action = action_table[i];
		json_t *one = json_pack("{s:s, s:s, s:o}", "name", action->name,
					"service", action_service(action),
					"params",
					params_json(action->params, 0));

		if (json_array_append_new(list, one) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
