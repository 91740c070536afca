/* group.h - what the actions on security groups share */
#ifndef QAMI_ACTION_GROUP_H
#define QAMI_ACTION_GROUP_H

#include "images/grouprule.h"
#include "launcher/action/action.h"

#define PARAMS_GROUP                                                           \
	{ "GroupId", PARAM_ID, 0, "sg", "the group" },                         \
	{ "GroupName", PARAM_STRING, 0, NULL, "or its name" }

/* The caller's group of GroupId, or of GroupName where the row has that.
 * FAULT_GROUP_NOT_FOUND. */
bool args_group(const struct call *call, const struct args *args,
		struct arena *arena, struct security_group *ret_group,
		struct error *err) must_check;

extern const struct param params_permission[];
#define PARAMS_PERMISSIONS                                                     \
	{ "IpPermissions", PARAM_STRUCT, PARAM_LIST, NULL,                     \
	  "what goes: IpProtocol=…,FromPort=…,IpRanges=…", NULL,               \
	  params_permission }

/* The one rule that can be said without IpPermissions. */
#define PARAMS_PERMISSION                                                      \
	{ "CidrIp", PARAM_STRING, 0, NULL, "one range of addresses" },         \
	{ "FromPort", PARAM_INTEGER, 0, NULL,                                  \
	  "its first port, or ICMP's type" },                                  \
	{ "IpProtocol", PARAM_STRING, 0, NULL,                                 \
	  "tcp, udp, icmp, icmpv6, a number, or -1: all" },                    \
	{ "ToPort", PARAM_INTEGER, 0, NULL, "its last port, or ICMP's code" }, \
	{ "SourceSecurityGroupName", PARAM_STRING, 0, NULL,                    \
	  "or one group, for TCP, UDP and ICMP" },                             \
	{ "SourceSecurityGroupOwnerId", PARAM_STRING, 0, NULL,                 \
	  "whose group that is" }

/* The rules that IpPermissions or the parameters of one say for a group and a
 * direction, in the arena; none said: a count of 0. */
bool args_rules(const struct call *call, const struct args *args,
		const char *group, bool egress, struct arena *arena,
		struct security_rule **ret_rules, size_t *ret_count,
		struct error *err) must_check;

/* AuthorizeSecurityGroup…, RevokeSecurityGroup… and
 * UpdateSecurityGroupRuleDescriptions… of one direction. */
bool group_authorize(struct call *call, const struct args *args, bool egress,
		     struct reply *reply, struct error *err) must_check;
bool group_revoke(struct call *call, const struct args *args, bool egress,
		  struct reply *reply, struct error *err) must_check;
bool group_describe_rules(struct call *call, const struct args *args,
			  bool egress, struct reply *reply, struct error *err)
	must_check;

/* What the rows of both directions have in common. */
extern const struct param params_rule_description[];
#define PARAMS_RULE_DESCRIPTIONS                                               \
	{ "SecurityGroupRuleDescriptions", PARAM_STRUCT, PARAM_LIST, NULL,     \
	  "SecurityGroupRuleId=…,Description=…",                               \
	  "SecurityGroupRuleDescription", params_rule_description }
#define GROUP_DESCRIBE_RULES_ABOUT                                             \
	"Gives rules other descriptions, or none. The rules are said as they " \
	"were added, with the new descriptions, or by their ids."
extern const enum fault group_describe_rules_faults[];

#endif
