/* describe-launch-templates.c - the caller's launch templates */
#include "launcher/action/describe.h"
#include "launcher/action/noun/template.h"

static bool row(void *data, const struct launch_template *template,
		struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, template->seq);

	return !item ||
	       reply_template(describe->call->store->db, template, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return launch_template_list(describe->call->store->db,
				    &describe->page.query, row, describe, err);
}

static bool find(const struct describe *describe, const char *id,
		 const char *name, const char **ret_id, struct error *err)
{
	struct launch_template template;

	if (!template_find(describe->call, id, name, describe->arena, &template,
			   err))
		return false;
	*ret_id = template.id;
	return true;
}

static bool prepare(struct describe *describe, struct error *err)
{
	return describe_named(describe, "LaunchTemplateNames", find, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "LaunchTemplateIds",
		.sdk = "LaunchTemplates",
		.wire = "launchTemplates",
		.most = 200,
		.prepare = prepare,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_launch_templates = {
	.name = "DescribeLaunchTemplates",
	.brief = "list launch templates",
	.about = "Lists the caller's launch templates: those of the names and "
		 "ids that are given, or all. What their versions say is in "
		 "describe-launch-template-versions.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "LaunchTemplateIds", PARAM_ID, PARAM_LIST, "lt",
		  "the templates of these ids", "LaunchTemplateId" },
		{ "LaunchTemplateNames", PARAM_STRING, PARAM_LIST, NULL,
		  "the templates of these names", "LaunchTemplateName" },
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_TEMPLATE_NOT_FOUND, FAULT_TEMPLATE_NAME_NOT_FOUND,
		FAULT_TEMPLATE_MALFORMED, FAULT_INVALID_NEXT_TOKEN,
		FAULT_PARAMETER_COMBINATION, FAULT_NONE },
	.example = "qami describe-launch-templates "
		   "--launch-template-names web",
	.run = run,
};
