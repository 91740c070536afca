/* describe-security-groups.c - the caller's security groups, with their rules
 */
#include "launcher/action/group.h"
#include "launcher/action/noun/security-group.h"
#include "launcher/action/query.h"

struct rows {
	struct db *db;
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct security_group *group,
		struct error *err)
{
	struct rows *rows = data;

	if (!page_row(rows->page, group->seq))
		return true;
	return reply_security_group(rows->db, group, node_item(rows->list),
				    err);
}

/* Names become ids, of which each must be there. */
static bool find_groups(const struct call *call, const struct args *args,
			struct query *query, struct arena *arena,
			struct error *err)
{
	const char *const *names;
	const char **ids;
	struct security_group group;
	size_t count;

	if (!args_texts(args_get(args, "GroupNames"), arena, &names, &count,
			err))
		return false;
	ids = arena_alloc(arena, (query->id_count + count + 1) * sizeof(*ids));
	if (!ids)
		return fail_memory(err);
	for (size_t i = 0; i < query->id_count; i++) {
		if (!group_find(call, query->ids[i], NULL, arena, &group, err))
			return false;
		ids[i] = group.id;
	}
	for (size_t i = 0; i < count; i++) {
		if (!group_find(call, NULL, names[i], arena, &group, err))
			return false;
		ids[query->id_count++] = group.id;
	}
	query->ids = ids;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = { .db = call->store->db, .page = &page };
	struct vpc vpc;

	if (!arena)
		return fail_memory(err);
	if (args_has(args, "GroupNames") && args_has(args, "MaxResults"))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter groupNames cannot be used with the "
			    "parameter maxResults");
	if (!page_open(call, args, "GroupIds", arena, &page, err) ||
	    !vpc_default(call, arena, &vpc, err) ||
	    !find_groups(call, args, &page.query, arena, err))
		return false;
	rows.list =
		node_list(reply->root, "SecurityGroups", "securityGroupInfo");
	return security_group_list(call->store->db, &page.query, row, &rows,
				   err) &&
	       page_close(call, &page, reply->root, err);
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
