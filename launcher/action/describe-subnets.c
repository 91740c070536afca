/* describe-subnets.c - the one subnet of the caller's VPC */
#include "images/vpc.h"

#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/tags.h"

static bool row(void *data, const struct vpc *vpc, struct error *err)
{
	struct describe *describe = data;
	const struct store *store = describe->call->store;
	struct node *item = describe_item(describe, vpc->seq), *node;
	const char *zone_id = store_zone_id(store, describe->arena);
	auto_free char *arn = NULL;
	size_t left;

	if (!item)
		return true;
	arn = format_text("arn:aws:ec2:%s:%s:subnet/%s", store->region,
			  vpc->owner, vpc->subnet);
	if (!arn || !zone_id)
		return fail_memory(err);
	if (!addresses_left(describe->call, &left, err))
		return false;
	node_str(item, "AvailabilityZone", "availabilityZone", vpc->zone);
	node_str(item, "AvailabilityZoneId", "availabilityZoneId", zone_id);
	node_int(item, "AvailableIpAddressCount", "availableIpAddressCount",
		 (int64_t)left);
	node_str(item, "CidrBlock", "cidrBlock", SUBNET_CIDR);
	node_bool(item, "DefaultForAz", "defaultForAz", true);
	node_bool(item, "MapPublicIpOnLaunch", "mapPublicIpOnLaunch", false);
	node_bool(item, "MapCustomerOwnedIpOnLaunch",
		  "mapCustomerOwnedIpOnLaunch", false);
	node_str(item, "State", "state", "available");
	node_str(item, "SubnetId", "subnetId", vpc->subnet);
	node_str(item, "VpcId", "vpcId", vpc->id);
	node_str(item, "OwnerId", "ownerId", vpc->owner);
	node_bool(item, "AssignIpv6AddressOnCreation",
		  "assignIpv6AddressOnCreation", false);
	node_list(item, "Ipv6CidrBlockAssociationSet",
		  "ipv6CidrBlockAssociationSet");
	if (!reply_tags(store->db, vpc->subnet, false, item, err))
		return false;
	node_str(item, "SubnetArn", "subnetArn", arn);
	node_bool(item, "EnableDns64", "enableDns64", false);
	node_bool(item, "Ipv6Native", "ipv6Native", false);
	node = node_struct(item, "PrivateDnsNameOptionsOnLaunch",
			   "privateDnsNameOptionsOnLaunch");
	node_str(node, "HostnameType", "hostnameType", "resource-name");
	node_bool(node, "EnableResourceNameDnsARecord",
		  "enableResourceNameDnsARecord", false);
	node_bool(node, "EnableResourceNameDnsAAAARecord",
		  "enableResourceNameDnsAAAARecord", false);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return subnet_list(describe->call->store->db, &describe->page.query,
			   row, describe, err);
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

	return subnet_own(describe->call, id, describe->arena, &vpc, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "SubnetIds",
		.sdk = "Subnets",
		.wire = "subnetSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_subnets = {
	.name = "DescribeSubnets",
	.brief = "show the account's subnet",
	.about = "Every account has one subnet, " SUBNET_CIDR " in its VPC. "
		 "Addresses are given to one instance of the whole store at a "
		 "time, so that what is available is what all accounts have "
		 "left.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "SubnetIds", PARAM_ID, PARAM_LIST, "subnet",
		  "only these subnets", "SubnetId" },
		PARAMS_DRY_RUN,
		PARAMS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SUBNET_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-subnets "
		   "--filters Name=default-for-az,Values=true",
	.run = run,
};
