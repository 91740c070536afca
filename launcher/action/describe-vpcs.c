/* describe-vpcs.c - the caller's VPC */
#include "images/vpc.h"

#include <string.h>

#include "launcher/action/action.h"
#include "launcher/action/noun/tags.h"
#include "launcher/action/query.h"

struct rows {
	struct db *db;
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct vpc *vpc, struct error *err)
{
	struct rows *rows = data;
	struct node *item, *node;
	char association[ID_SIZE + 16];

	if (!page_row(rows->page, vpc->seq))
		return true;
	item = node_item(rows->list);
	node_str(item, "CidrBlock", "cidrBlock", VPC_CIDR);
	node_str(item, "DhcpOptionsId", "dhcpOptionsId", "default");
	node_str(item, "State", "state", "available");
	node_str(item, "VpcId", "vpcId", vpc->id);
	node_str(item, "OwnerId", "ownerId", vpc->owner);
	node_str(item, "InstanceTenancy", "instanceTenancy", "default");
	node = node_item(node_list(item, "CidrBlockAssociationSet",
				   "cidrBlockAssociationSet"));
	snprintf(association, sizeof(association), "vpc-cidr-assoc-%s",
		 vpc->id + strlen("vpc-"));
	node_str(node, "AssociationId", "associationId", association);
	node_str(node, "CidrBlock", "cidrBlock", VPC_CIDR);
	node = node_struct(node, "CidrBlockState", "cidrBlockState");
	node_str(node, "State", "state", "associated");
	node_bool(item, "IsDefault", "isDefault", true);
	return reply_tags(rows->db, vpc->id, false, item, err);
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
	if (!page_open(call, args, "VpcIds", arena, &page, err) ||
	    !vpc_default(call, arena, &vpc, err))
		return false;
	for (size_t i = 0; i < page.query.id_count; i++)
		if (!vpc_own(call, page.query.ids[i], arena, &vpc, err))
			return false;
	rows.list = node_list(reply->root, "Vpcs", "vpcSet");
	return vpc_list(call->store->db, &page.query, row, &rows, err) &&
	       page_close(call, &page, reply->root, err);
}

const struct action action_describe_vpcs = {
	.name = "DescribeVpcs",
	.brief = "show the account's VPC",
	.about = "Every account has one VPC, the default one, whose range is "
		 "that of all the others: " VPC_CIDR ".",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "VpcIds", PARAM_ID, PARAM_LIST, "vpc", "only these VPCs",
		  "VpcId" },
		PARAMS_DRY_RUN,
		PARAMS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VPC_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-vpcs --filters Name=is-default,Values=true",
	.run = run,
};
