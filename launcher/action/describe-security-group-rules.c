/* describe-security-group-rules.c - the rules of the caller's security groups
 */
#include "images/authorise.h"
#include "launcher/action/group.h"
#include "launcher/action/noun/security-group.h"
#include "launcher/action/query.h"

struct rows {
	struct db *db;
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct security_rule *rule, struct error *err)
{
	struct rows *rows = data;

	if (!page_row(rows->page, rule->seq))
		return true;
	return reply_rule(rows->db, rule, true, node_item(rows->list), err);
}

static bool check_ids(const struct call *call, const struct query *query,
		      struct arena *arena, struct error *err)
{
	struct security_rule rule;

	for (size_t i = 0; i < query->id_count; i++)
		if (!authorise_group_rule(call, RIGHT_SEE, query->ids[i], arena,
					  &rule, err))
			return false;
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
	if (!page_open(call, args, "SecurityGroupRuleIds", arena, &page, err) ||
	    !vpc_default(call, arena, &vpc, err) ||
	    !check_ids(call, &page.query, arena, err))
		return false;
	rows.list = node_list(reply->root, "SecurityGroupRules",
			      "securityGroupRuleSet");
	return security_rule_list(call->store->db, &page.query, row, &rows,
				  err) &&
	       page_close(call, &page, reply->root, err);
}

const struct action action_describe_security_group_rules = {
	.name = "DescribeSecurityGroupRules",
	.brief = "list rules of security groups",
	.about = "Lists the rules of the caller's security groups one by one.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "SecurityGroupRuleIds", PARAM_ID, PARAM_LIST, "sgr",
		  "only these rules", "SecurityGroupRuleId" },
		PARAMS_DRY_RUN,
		PARAMS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_GROUP_RULE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-security-group-rules "
		   "--filters Name=group-id,Values=sg-0123456789abcdef0",
	.run = run,
};
