/* scaling.h - Auto Scaling groups in a request and a reply */
#ifndef QAMI_ACTION_NOUN_SCALING_H
#define QAMI_ACTION_NOUN_SCALING_H

#include "launcher/action/launching.h"
#include "launcher/instance/scaling.h"

#define PARAMS_GROUP_NAME                                                      \
	{ "AutoScalingGroupName", PARAM_STRING, PARAM_REQUIRED, NULL,          \
	  "the group" }
#define PARAMS_RECORDS                                                         \
	{ "MaxRecords", PARAM_INTEGER, 0, NULL, "how many at most, 1 to 100" }, \
	{ "NextToken", PARAM_STRING, 0, NULL, "where the last answer ended" }

extern const struct param params_group_tag[];

/* What a group is, of Create and of Update. */
#define PARAMS_GROUP_SHAPE                                                     \
	{ "LaunchTemplate", PARAM_STRUCT, 0, NULL,                             \
	  "what is launched; $Latest and $Default are followed", NULL,         \
	  params_template_choice },                                            \
	{ "DesiredCapacity", PARAM_INTEGER, 0, NULL,                           \
	  "how many instances there shall be" },                               \
	{ "DefaultCooldown", PARAM_INTEGER, 0, NULL,                           \
	  "seconds after an activity in which --honor-cooldown waits, 300" },  \
	{ "AvailabilityZones", PARAM_STRING, PARAM_LIST, NULL,                 \
	  "the one there is" },                                                \
	{ "HealthCheckType", PARAM_STRING, 0, "EC2",                           \
	  "EC2: whether the machine runs" },                                   \
	{ "HealthCheckGracePeriod", PARAM_INTEGER, 0, NULL,                    \
	  "seconds; what a new instance takes, where no warmup is said" },     \
	{ "VPCZoneIdentifier", PARAM_STRING, 0, NULL,                          \
	  "the subnet there is" },                                             \
	{ "TerminationPolicies", PARAM_STRING, PARAM_LIST, "Default",          \
	  "Default: of another template first, of an older version, the "      \
	  "oldest" },                                                          \
	{ "NewInstancesProtectedFromScaleIn", PARAM_BOOLEAN, 0, NULL,          \
	  "new instances are not ended when fewer are desired" },              \
	{ "DefaultInstanceWarmup", PARAM_INTEGER, 0, NULL,                     \
	  "seconds before a refresh counts on a new instance; -1: none said" }

/* These, as a group's request; arrays are the arena's. */
struct scaling_said {
	struct scaling_request request;
	struct template_choice choice;
};
bool args_scaling(const struct args *args, struct arena *arena,
		  struct scaling_said *ret_said, struct error *err) must_check;

/* Suspends the ScalingProcesses of a group, or resumes them; all if none is
 * named. The faults of scaling_suspend(). */
bool args_suspend(struct call *call, const struct args *args, bool suspend,
		  struct error *err) must_check;

/* A member LaunchTemplate as a choice; NULL when there is none. */
const struct template_choice *args_template_choice(
	const json_t *object, struct template_choice *room);

bool reply_scaling_group(struct call *call, const struct scaling_group *group,
			 struct node *into, struct error *err) must_check;

/* Whether a value is one of a filter's: exactly, unlike EC2's. */
bool args_filter_takes(const json_t *filter, const char *value);

void reply_scaling_tag(const struct scaling_group *group, const json_t *tag,
		       struct node *into);

/* A member; `alone` as DescribeAutoScalingInstances lists it. */
void reply_scaling_member(const struct scaling_member *member, bool alone,
			  struct node *into);

void reply_scaling_activity(const struct call *call,
			    const struct scaling_activity *activity,
			    struct node *into);
bool reply_instance_refresh(const struct instance_refresh *refresh,
			    const char *group, struct node *into,
			    struct error *err) must_check;

#endif
