/* describe-account-attributes.c - what an account may have
 *
 * What EC2 has no limit for here is told as what it gives to every account;
 * the default VPC is the one thing that clients look for.
 */
#include <stdio.h>

#include "images/group.h"
#include "images/quota.h"
#include "images/store.h"
#include "images/vpc.h"
#include "launcher/action/action.h"
#include "launcher/action/filter.h"

#define NAMES                                                                  \
	"supported-platforms|default-vpc|max-instances|"                       \
	"vpc-max-security-groups-per-interface|max-elastic-ips|"               \
	"vpc-max-elastic-ips"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const json_t *names = args_get(args, "AttributeNames");
	auto_of(arena) arena = arena_new();
	struct node *list, *item;
	int64_t instances = QUOTA_NONE;
	char groups[16], most[24] = "20";
	struct vpc vpc;

	if (!arena)
		return fail_memory(err);
	if (!vpc_default(call, arena, &vpc, err) || !call_dry_run(call, err) ||
	    !quota_get(call->store->db, call->account, QUOTA_INSTANCES,
		       &instances, err))
		return false;
	if (instances != QUOTA_NONE)
		snprintf(most, sizeof(most), "%lld", (long long)instances);
	snprintf(groups, sizeof(groups), "%d", GROUPS_MOST);
	const struct filter_value all[] = {
		{ "vpc-max-security-groups-per-interface", groups },
		{ "max-instances", most },
		{ "supported-platforms", "VPC" },
		{ "default-vpc", vpc.id },
		{ "max-elastic-ips", "0" },
		{ "vpc-max-elastic-ips", "0" },
	};
	list = node_list(reply->root, "AccountAttributes",
			 "accountAttributeSet");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!filter_listed(names, all[i].name))
			continue;
		item = node_item(list);
		node_str(item, "AttributeName", "attributeName", all[i].name);
		item = node_item(node_list(item, "AttributeValues",
					   "attributeValueSet"));
		node_str(item, "AttributeValue", "attributeValue", all[i].text);
	}
	return true;
}

const struct action action_describe_account_attributes = {
	.name = "DescribeAccountAttributes",
	.brief = "tell what an account may have",
	.about = "Tells the caller's default VPC, that instances are in VPCs, "
		 "and limits: how many security groups an instance is in at "
		 "most, that there are no elastic addresses, and how many "
		 "instances may run: the account's quota, or where it has "
		 "none EC2's own figure, which nothing enforces here.",
	.params = (const struct param[]) {
		{ "AttributeNames", PARAM_STRING, PARAM_LIST, NAMES,
		  "only these", "AttributeName" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_NONE },
	.example = "qami describe-account-attributes --attribute-names "
		   "default-vpc",
	.run = run,
};
