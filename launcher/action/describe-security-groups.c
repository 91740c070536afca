/* describe-security-groups.c - the caller's security groups, with their rules
 */
#include "launcher/action/describe.h"
#include "launcher/action/group.h"
#include "launcher/action/noun/security-group.h"

static bool row(void *data, const struct security_group *group,
		struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, group->seq);

	return !item || reply_security_group(describe->call->store->db, group,
					     item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return security_group_list(describe->call->store->db,
				   &describe->page.query, row, describe, err);
}

static bool find(const struct describe *describe, const char *id,
		 const char *name, const char **ret_id, struct error *err)
{
	struct security_group group;

	if (!group_find(describe->call, id, name, describe->arena, &group, err))
		return false;
	*ret_id = group.id;
	return true;
}

static bool prepare(struct describe *describe, struct error *err)
{
	struct vpc vpc;

	if (args_has(describe->args, "GroupNames") &&
	    args_has(describe->args, "MaxResults"))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter groupNames cannot be used with the "
			    "parameter maxResults");
	return vpc_default(describe->call, describe->arena, &vpc, err) &&
	       describe_named(describe, "GroupNames", find, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "GroupIds",
		.sdk = "SecurityGroups",
		.wire = "securityGroupInfo",
		.prepare = prepare,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_security_groups = {
	.name = "DescribeSecurityGroups",
	.brief = "list security groups",
	.about = "Lists the caller's security groups with their rules: those "
		 "of the names and ids that are given, or all. Every account "
		 "has a group \"default\", whose instances may talk to each "
		 "other and to everywhere; the user of this host may reach "
		 "their port 22.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "GroupIds", PARAM_ID, PARAM_LIST, "sg",
		  "the groups of these ids", "GroupId" },
		{ "GroupNames", PARAM_STRING, PARAM_LIST, NULL,
		  "the groups of these names", "GroupName" },
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_NOT_FOUND, FAULT_GROUP_MALFORMED,
		FAULT_INVALID_NEXT_TOKEN, FAULT_PARAMETER_COMBINATION,
		FAULT_NONE },
	.example = "qami describe-security-groups "
		   "--filters Name=ip-permission.to-port,Values=80",
	.run = run,
};
