/* scaling.c - Auto Scaling groups in a request and a reply */
#include "launcher/action/noun/scaling.h"

#include <string.h>

#include "launcher/action/action.h"
#include "launcher/action/why.h"

const struct param params_group_tag[] = {
	{ "ResourceId", PARAM_STRING, 0, NULL, "the group's name" },
	{ "ResourceType", PARAM_STRING, 0, "auto-scaling-group",
	  "auto-scaling-group" },
	{ "Key", PARAM_STRING, PARAM_REQUIRED, NULL, "the tag's key" },
	{ "Value", PARAM_STRING, PARAM_EMPTY, NULL, "its value" },
	{ "PropagateAtLaunch", PARAM_BOOLEAN, 0, NULL,
	  "instances get it, too" },
	{ 0 },
};

const struct template_choice *args_template_choice(const json_t *object,
						   struct template_choice *room)
{
	const json_t *template = json_object_get(object, "LaunchTemplate");

	*room = (struct template_choice){
		.id = arg_str(template, "LaunchTemplateId", NULL),
		.name = arg_str(template, "LaunchTemplateName", NULL),
		.version = arg_str(template, "Version", NULL),
	};
	return template ? room : NULL;
}

bool args_scaling(const struct args *args, struct arena *arena,
		  struct scaling_said *ret_said, struct error *err)
{
	struct scaling_request *request = &ret_said->request;

	*request = (struct scaling_request){
		.name = args_str(args, "AutoScalingGroupName", ""),
		.template = args_template_choice(args->root, &ret_said->choice),
		.least = args_int(args, "MinSize", SCALING_UNSAID),
		.most = args_int(args, "MaxSize", SCALING_UNSAID),
		.desired = args_int(args, "DesiredCapacity", SCALING_UNSAID),
		.cooldown = args_int(args, "DefaultCooldown", SCALING_UNSAID),
		.grace = args_int(args, "HealthCheckGracePeriod",
				  SCALING_UNSAID),
		.warmup = args_int(args, "DefaultInstanceWarmup",
				   SCALING_UNSAID),
		.subnets = args_str(args, "VPCZoneIdentifier", NULL),
		.protect = args_get(args, "NewInstancesProtectedFromScaleIn"),
		.tags = args_get(args, "Tags"),
	};
	return args_texts(args_get(args, "AvailabilityZones"), arena,
			  &request->zones, &request->zone_count, err);
}

/* Members are called the same on the wire. */
static void say(struct node *into, const char *name, const char *text)
{
	node_str(into, name, name, text);
}

static void count(struct node *into, const char *name, int64_t number)
{
	node_int(into, name, name, number);
}

static void reply_choice(struct node *into, const char *id, const char *name,
			 const char *version)
{
	struct node *template =
		node_struct(into, "LaunchTemplate", "LaunchTemplate");

	say(template, "LaunchTemplateId", id);
	say(template, "LaunchTemplateName", name);
	say(template, "Version", version);
}

void reply_scaling_member(const struct scaling_member *member, bool alone,
			  struct node *into)
{
	const char *number = arena_format(into->reply->arena, "%lld",
					  (long long)member->version);

	say(into, "InstanceId", member->instance);
	say(into, "InstanceType", member->type);
	if (alone)
		say(into, "AutoScalingGroupName", member->group_name);
	say(into, "AvailabilityZone", member->zone);
	say(into, "LifecycleState", member->state);
	/* the list of all has it in capitals */
	say(into, "HealthStatus",
	    scaling_healthy(member) ? (alone ? "HEALTHY" : "Healthy") :
				      (alone ? "UNHEALTHY" : "Unhealthy"));
	reply_choice(into, member->template, member->template_name, number);
	node_bool(into, "ProtectedFromScaleIn", "ProtectedFromScaleIn",
		  member->protected);
}

static bool member_row(void *data, const struct scaling_member *member,
		       struct error *err)
{
	(void)err;
	reply_scaling_member(member, false, node_item(data));
	return true;
}

static void reply_suspended(const struct scaling_group *group,
			    struct node *into)
{
	struct node *list =
		node_list(into, "SuspendedProcesses", "SuspendedProcesses");

	for (const char *const *one = scaling_processes; *one; one++) {
		struct node *item;

		if (!scaling_suspended(group, *one))
			continue;
		item = node_item(list);
		say(item, "ProcessName", *one);
		say(item, "SuspensionReason", "User suspended");
	}
}

bool args_filter_takes(const json_t *filter, const char *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(filter, "Values"), i, one)
		if (strcmp(json_string_value(one), value) == 0)
			return true;
	return false;
}

void reply_scaling_tag(const struct scaling_group *group, const json_t *tag,
		       struct node *into)
{
	say(into, "ResourceId", group->name);
	say(into, "ResourceType", "auto-scaling-group");
	say(into, "Key", arg_str(tag, "Key", ""));
	say(into, "Value", arg_str(tag, "Value", ""));
	node_bool(into, "PropagateAtLaunch", "PropagateAtLaunch",
		  arg_bool(tag, "PropagateAtLaunch", false));
}

static bool reply_tags(const struct scaling_group *group, struct node *into,
		       struct error *err)
{
	struct node *list = node_list(into, "Tags", "Tags");
	json_t *tags = json_loads(group->tags, 0, NULL);
	const json_t *tag;
	size_t i;

	if (!tags)
		return fail(err, FAULT_INTERNAL, "tags of %s are unreadable",
			    group->id);
	json_array_foreach(tags, i, tag)
		reply_scaling_tag(group, tag, node_item(list));
	json_decref(tags);
	return true;
}

static const char *group_arn(const struct call *call, const char *id,
			     const char *name, struct arena *arena)
{
	return arena_format(arena,
			    "arn:aws:autoscaling:%s:%s:autoScalingGroup:%s:"
			    "autoScalingGroupName/%s",
			    call->store->region, call->account, id, name);
}

static bool reply_group_template(struct call *call,
				 const struct scaling_group *group,
				 struct node *into, struct error *err)
{
	struct launch_template template;
	bool found;

	if (!launch_template_get(call->store->db, group->template,
				 into->reply->arena, &template, &found, err))
		return false;
	reply_choice(into, group->template, found ? template.name : NULL,
		     group->version);
	return true;
}

bool args_suspend(struct call *call, const struct args *args, bool suspend,
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *processes;
	size_t count;

	if (!arena)
		return fail_memory(err);
	return args_texts(args_get(args, "ScalingProcesses"), arena, &processes,
			  &count, err) &&
	       scaling_suspend(call, args_str(args, "AutoScalingGroupName", ""),
			       processes, count, suspend, err);
}

bool reply_scaling_group(struct call *call, const struct scaling_group *group,
			 struct node *into, struct error *err)
{
	struct arena *arena = into->reply->arena;

	say(into, "AutoScalingGroupName", group->name);
	say(into, "AutoScalingGroupARN",
	    group_arn(call, group->id, group->name, arena));
	if (!reply_group_template(call, group, into, err))
		return false;
	count(into, "MinSize", group->least);
	count(into, "MaxSize", group->most);
	count(into, "DesiredCapacity", group->desired);
	count(into, "DefaultCooldown", group->cooldown);
	node_item_str(node_list(into, "AvailabilityZones", "AvailabilityZones"),
		      store_zone(call->store, arena));
	node_list(into, "LoadBalancerNames", "LoadBalancerNames");
	node_list(into, "TargetGroupARNs", "TargetGroupARNs");
	say(into, "HealthCheckType", "EC2");
	count(into, "HealthCheckGracePeriod", group->grace);
	if (!scaling_members(call->store->db, group->id, member_row,
			     node_list(into, "Instances", "Instances"), err))
		return false;
	node_time(into, "CreatedTime", "CreatedTime", group->created);
	reply_suspended(group, into);
	say(into, "VPCZoneIdentifier", group->subnet);
	node_list(into, "EnabledMetrics", "EnabledMetrics");
	if (group->deleting)
		say(into, "Status", "Delete in progress");
	if (!reply_tags(group, into, err))
		return false;
	node_item_str(
		node_list(into, "TerminationPolicies", "TerminationPolicies"),
		"Default");
	node_bool(into, "NewInstancesProtectedFromScaleIn",
		  "NewInstancesProtectedFromScaleIn", group->protect);
	if (group->warmup >= 0)
		count(into, "DefaultInstanceWarmup", group->warmup);
	return true;
}

void reply_scaling_activity(const struct call *call,
			    const struct scaling_activity *activity,
			    struct node *into)
{
	bool launch = strcmp(activity->kind, "launch") == 0;
	struct arena *arena = into->reply->arena;

	say(into, "ActivityId", activity->id);
	say(into, "AutoScalingGroupName", activity->group_name);
	say(into, "Description",
	    arena_format(arena, "%s EC2 instance%s%s",
			 launch ? "Launching a new" : "Terminating",
			 activity->instance ? ": " : "",
			 activity->instance ? activity->instance : ""));
	say(into, "Cause", activity->cause);
	node_time(into, "StartTime", "StartTime", activity->started);
	if (activity->ended)
		node_time(into, "EndTime", "EndTime", activity->ended);
	say(into, "StatusCode", activity->state);
	node_why(into, "StatusMessage", "StatusMessage", activity->message);
	count(into, "Progress", activity->ended ? 100 : 50);
	say(into, "AutoScalingGroupARN",
	    group_arn(call, activity->group, activity->group_name, arena));
}

static bool reply_preferences(const struct instance_refresh *refresh,
			      struct node *into, struct error *err)
{
	struct node *node = node_struct(into, "Preferences", "Preferences");
	json_t *said = json_loads(refresh->preferences, 0, NULL);

	if (!said)
		return fail(err, FAULT_INTERNAL, "refresh %s is unreadable",
			    refresh->id);
	count(node, "MinHealthyPercentage",
	      arg_int(said, "MinHealthyPercentage", 90));
	if (json_object_get(said, "InstanceWarmup"))
		count(node, "InstanceWarmup",
		      arg_int(said, "InstanceWarmup", 0));
	node_bool(node, "SkipMatching", "SkipMatching",
		  arg_bool(said, "SkipMatching", false));
	say(node, "ScaleInProtectedInstances",
	    arg_str(said, "ScaleInProtectedInstances", "Ignore"));
	json_decref(said);
	return true;
}

bool reply_instance_refresh(const struct instance_refresh *refresh,
			    const char *group, struct node *into,
			    struct error *err)
{
	int64_t done = refresh->total - refresh->left;
	bool over = strcmp(refresh->state, "Successful") == 0;

	say(into, "InstanceRefreshId", refresh->id);
	say(into, "AutoScalingGroupName", group);
	say(into, "Status", refresh->state);
	node_why(into, "StatusReason", "StatusReason", refresh->reason);
	node_time(into, "StartTime", "StartTime", refresh->started);
	if (refresh->ended)
		node_time(into, "EndTime", "EndTime", refresh->ended);
	count(into, "PercentageComplete",
	      over	      ? 100 :
	      !refresh->total ? 0 :
				done * 100 / refresh->total);
	count(into, "InstancesToUpdate", refresh->left);
	if (!reply_preferences(refresh, into, err))
		return false;
	if (refresh->given)
		reply_choice(node_struct(into, "DesiredConfiguration",
					 "DesiredConfiguration"),
			     refresh->template, refresh->template_name,
			     refresh->version);
	return true;
}
