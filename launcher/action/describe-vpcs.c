/* describe-vpcs.c - the caller's VPC */
#include "images/vpc.h"

#include <string.h>

#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/tags.h"

static bool row(void *data, const struct vpc *vpc, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, vpc->seq), *node;
	char association[ID_SIZE + 16];

	if (!item)
		return true;
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
	return reply_tags(describe->call->store->db, vpc->id, false, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return vpc_list(describe->call->store->db, &describe->page.query, row,
			describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	struct vpc vpc;

	return vpc_default(describe->call, describe->arena, &vpc, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct vpc vpc;

	return vpc_own(describe->call, id, describe->arena, &vpc, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "VpcIds",
		.sdk = "Vpcs",
		.wire = "vpcSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
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
