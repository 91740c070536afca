/* describe-launch-template-versions.c - what launch templates say
 *
 * Which versions are meant is found out before they are listed, so that pages
 * and filters work as everywhere.
 */
#include "launcher/action/describe.h"
#include "launcher/action/noun/template.h"

#include <string.h>

/* The versions to list, as they are gathered. */
struct chosen {
	struct describe *describe;
	const struct launch_template *template;
	int64_t least;
	int64_t most;
	const char **ids;
	size_t count;
};

static bool choose(struct chosen *chosen, const char *id, struct error *err)
{
	struct arena *arena = chosen->describe->arena;

	chosen->ids = arena_more(arena, chosen->ids, chosen->count,
				 sizeof(*chosen->ids));
	if (!chosen->ids)
		return fail_memory(err);
	chosen->ids[chosen->count] = arena_str(arena, id);
	return chosen->ids[chosen->count++] || fail_memory(err);
}

/* One that was named; what is not there is an error. */
static bool choose_named(struct chosen *chosen, const char *version,
			 struct error *err)
{
	struct describe *describe = chosen->describe;
	const struct template_choice choice = {
		.id = chosen->template->id,
		.version = version,
	};
	struct template_version found;

	return template_choose(describe->call, &choice, describe->arena, &found,
			       err) &&
	       choose(chosen, found.id, err);
}

static bool in_range(void *data, const struct template_version *version,
		     struct error *err)
{
	struct chosen *chosen = data;
	bool wanted = strcmp(version->template, chosen->template->id) == 0 &&
		      version->number >= chosen->least &&
		      version->number <= chosen->most;

	return !wanted || choose(chosen, version->id, err);
}

static bool read_range(struct chosen *chosen, const struct args *args,
		       struct error *err)
{
	const char *least = args_str(args, "MinVersion", NULL);
	const char *most = args_str(args, "MaxVersion", NULL);

	chosen->most = INT64_MAX;
	return (!least || template_number(chosen->template, least,
					  &chosen->least, err)) &&
	       (!most ||
		template_number(chosen->template, most, &chosen->most, err));
}

/* Of one template: those that are named, or within the range. */
static bool choose_of_one(struct chosen *chosen, const struct args *args,
			  struct error *err)
{
	const json_t *versions = args_get(args, "Versions");
	struct call *call = chosen->describe->call;
	const struct query all = { .account = call->account };
	const json_t *version;
	size_t i;

	if (versions &&
	    (args_has(args, "MinVersion") || args_has(args, "MaxVersion")))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "Versions cannot be given together with a minimum "
			    "or maximum version");
	json_array_foreach(versions, i, version)
		if (!choose_named(chosen, json_string_value(version), err))
			return false;
	return versions || (read_range(chosen, args, err) &&
			    template_version_list(call->store->db, &all,
						  in_range, chosen, err));
}

static bool choose_of_each(void *data, const struct launch_template *template,
			   struct error *err)
{
	struct chosen *chosen = data;
	const json_t *versions = args_get(chosen->describe->args, "Versions");
	const json_t *version;
	size_t i;

	chosen->template = template;
	json_array_foreach(versions, i, version)
		if (!choose_named(chosen, json_string_value(version), err))
			return false;
	return true;
}

/* Of all templates: the latest, the default ones, or both. */
static bool choose_of_all(struct chosen *chosen, const struct args *args,
			  struct error *err)
{
	const json_t *versions = args_get(args, "Versions");
	struct call *call = chosen->describe->call;
	const struct query all = { .account = call->account };
	const json_t *version;
	size_t i;

	if (!versions)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "Either a launch template ID or a launch template "
			    "name must be specified in the request, or the "
			    "versions $Latest or $Default.");
	json_array_foreach(versions, i, version)
		if (*json_string_value(version) != '$')
			return fail(err, FAULT_INVALID_PARAMETER,
				    "Without a launch template the versions "
				    "are $Latest and $Default only");
	return launch_template_list(call->store->db, &all, choose_of_each,
				    chosen, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	const struct args *args = describe->args;
	const struct template_choice choice = args_template(args, NULL);
	struct chosen chosen = { .describe = describe };
	struct launch_template template;

	if (!choice.id && !choice.name) {
		if (!choose_of_all(&chosen, args, err))
			return false;
	} else {
		chosen.template = &template;
		if (!template_find(describe->call, choice.id, choice.name,
				   describe->arena, &template, err) ||
		    !choose_of_one(&chosen, args, err))
			return false;
	}
	/* none is not all */
	if (!chosen.count && !choose(&chosen, "", err))
		return false;
	describe->page.query.ids = chosen.ids;
	describe->page.query.id_count = chosen.count;
	return true;
}

static bool row(void *data, const struct template_version *version,
		struct error *err)
{
	struct node *item = describe_item(data, version->seq);

	return !item || reply_template_version(version, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return template_version_list(describe->call->store->db,
				     &describe->page.query, row, describe, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.sdk = "LaunchTemplateVersions",
		.wire = "launchTemplateVersionSet",
		.prepare = prepare,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_launch_template_versions = {
	.name = "DescribeLaunchTemplateVersions",
	.brief = "list what versions of launch templates say",
	.about = "Lists versions of one template: those that are named, those "
		 "within a range, or all. Without a template the latest or "
		 "default versions ($Latest, $Default) of all.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		PARAMS_TEMPLATE,
		{ "Versions", PARAM_STRING, PARAM_LIST, NULL,
		  "numbers, $Latest, $Default", "LaunchTemplateVersion" },
		{ "MinVersion", PARAM_STRING, 0, NULL, "from this one on" },
		{ "MaxVersion", PARAM_STRING, 0, NULL, "up to this one" },
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_TEMPLATE_NOT_FOUND, FAULT_TEMPLATE_NAME_NOT_FOUND,
		FAULT_TEMPLATE_VERSION_NOT_FOUND, FAULT_TEMPLATE_MALFORMED,
		FAULT_INVALID_NEXT_TOKEN, FAULT_PARAMETER_COMBINATION,
		FAULT_NONE },
	.example = "qami describe-launch-template-versions "
		   "--launch-template-name web --versions '$Latest'",
	.run = run,
};
