/* create-security-group.c - a new group of rules for instances */
#include "images/vpc.h"
#include "launcher/action/group.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/tags.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *wanted = args_str(args, "VpcId", NULL);
	struct group_request request = {
		.name = args_str(args, "GroupName", ""),
		.description = args_str(args, "Description", ""),
	};
	struct security_group group;
	struct vpc vpc;

	if (!arena)
		return fail_memory(err);
	if (!args_tags(args_get(args, "TagSpecifications"), "security-group",
		       "security-group", arena, &request.tags,
		       &request.tag_count, err) ||
	    (wanted && !vpc_own(call, wanted, arena, &vpc, err)) ||
	    !group_create(call, &request, arena, &group, err))
		return false;
	node_str(reply->root, "GroupId", "groupId", group.id);
	return reply_tags(call->store->db, group.id, false, reply->root, err);
}

const struct action action_create_security_group = {
	.name = "CreateSecurityGroup",
	.brief = "make a security group",
	.about = "Makes a group in the account's VPC that lets its instances "
		 "out to everywhere and nobody in. What may come in is said "
		 "with authorize-security-group-ingress.",
	.params = (const struct param[]) {
		{ "Description", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "what it is for", "GroupDescription" },
		{ "GroupName", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the group's name" },
		{ "VpcId", PARAM_ID, 0, "vpc", "the one there is" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_DUPLICATE, FAULT_VPC_NOT_FOUND, FAULT_TAG_LIMIT,
		FAULT_NONE },
	.example = "qami create-security-group --group-name web "
		   "--description 'port 80'",
	.run = run,
};
