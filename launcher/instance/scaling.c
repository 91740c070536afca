/* scaling.c - Auto Scaling groups: made, changed, removed
 *
 * All here is rows; what follows from them is the job's (scalingjob.c), which
 * is told to look at once.
 */
#include "launcher/instance/scaling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/buf.h"
#include "images/vpc.h"
#include "launcher/instance/launchparams.h"
#include "launcher/instance/scaling-private.h"

#define NAME_MOST 255
#define COOLDOWN_USUAL 300 /* seconds, Auto Scaling's own */
#define SIZE_MOST 10000
#define SECONDS_MOST 31536000

const char *const scaling_processes[] = {
	"Launch",	     "Terminate",	 "AddToLoadBalancer",
	"AlarmNotification", "AZRebalance",	 "HealthCheck",
	"InstanceRefresh",   "ReplaceUnhealthy", "ScheduledActions",
	NULL,
};

bool scaling_find(const struct call *call, const char *name,
		  struct arena *arena, struct scaling_group *ret_group,
		  struct error *err)
{
	bool found;

	if (!scaling_group_named(call->store->db, call->account, name, arena,
				 ret_group, &found, err))
		return false;
	return found || fail(err, FAULT_VALIDATION,
			     "AutoScalingGroup name not found - %.100s", name);
}

struct template_choice scaling_choice(const struct scaling_group *group)
{
	return (struct template_choice){
		.id = group->template,
		.version = group->version,
	};
}

bool scaling_hasten(struct call *call, const struct scaling_group *group,
		    struct error *err)
{
	return op_hasten(call->store->journal, SCALING_KIND, group->id, err);
}

static bool check_name(const char *name, struct error *err)
{
	bool good = *name && strlen(name) <= NAME_MOST;

	for (const char *c = name; good && *c; c++)
		good = *c >= ' ' && *c != ':' && *c != 0x7f;
	return good || fail(err, FAULT_VALIDATION,
			    "A group's name has 1 to %d characters, none of "
			    "them a colon or a control character",
			    NAME_MOST);
}

static bool check_zones(struct call *call,
			const struct scaling_request *request,
			struct arena *arena, struct error *err)
{
	const char *zone = store_zone(call->store, arena);

	for (size_t i = 0; zone && i < request->zone_count; i++)
		if (strcmp(request->zones[i], zone) != 0)
			return fail(err, FAULT_VALIDATION,
				    "Invalid Availability Zone: '%.64s'. There "
				    "is one: %s",
				    request->zones[i], zone);
	return zone || fail_memory(err);
}

/* A list with commas whose every element is the account's subnet. */
static bool check_subnets(struct call *call, const char *subnets,
			  struct arena *arena, struct error *err)
{
	char *list = subnets ? arena_str(arena, subnets) : NULL;
	char *rest = list;
	struct vpc vpc;

	if (!subnets)
		return true;
	if (!list)
		return fail_memory(err);
	while (rest) {
		char *one = strsep(&rest, ",");

		one += strspn(one, " ");
		if (!subnet_own(call, one, arena, &vpc, err))
			return false;
	}
	return true;
}

static bool check_sizes(const struct scaling_group *group, struct error *err)
{
	if (group->least < 0 || group->most < 0 || group->most > SIZE_MOST)
		return fail(err, FAULT_VALIDATION,
			    "MinSize and MaxSize are numbers from 0 to %d",
			    SIZE_MOST);
	if (group->least > group->most)
		return fail(err, FAULT_VALIDATION,
			    "Max bound, %lld, must be greater than or equal to "
			    "min bound, %lld",
			    (long long)group->most, (long long)group->least);
	if (group->desired < group->least)
		return fail(err, FAULT_VALIDATION,
			    "Desired capacity:%lld must be between the "
			    "specified min size:%lld and max size:%lld",
			    (long long)group->desired, (long long)group->least,
			    (long long)group->most);
	if (group->desired > group->most)
		return fail(err, FAULT_VALIDATION,
			    "New SetDesiredCapacity value %lld is above max "
			    "value %lld for the AutoScalingGroup.",
			    (long long)group->desired, (long long)group->most);
	if (group->cooldown < 0 || group->cooldown > SECONDS_MOST ||
	    group->grace < 0 || group->grace > SECONDS_MOST ||
	    group->warmup < WARMUP_NONE || group->warmup > SECONDS_MOST)
		return fail(err, FAULT_VALIDATION,
			    "Seconds are numbers from 0 to %d", SECONDS_MOST);
	return true;
}

bool scaling_check_template(struct call *call,
			    const struct template_choice *choice,
			    struct arena *arena,
			    struct template_version *ret_version,
			    struct error *err)
{
	struct call own = *call;
	json_t *params = NULL, *nothing = json_object();
	char reservation[ID_SIZE];
	struct launch launch;
	bool ok;

	if (!nothing)
		return fail_memory(err);
	own.client_token = NULL;
	own.dry_run = true;
	ok = launch_choose(&own, choice, nothing, arena, &params, ret_version,
			   err) &&
	     launch_read(params, arena, &launch, err) &&
	     launch_instances(&own, &launch, reservation, err);
	json_decref(params);
	json_decref(nothing);
	if (!ok && err->fault == FAULT_DRY_RUN) {
		error_clear(err);
		return true;
	}
	if (!ok && err->fault != FAULT_INTERNAL)
		err->fault = FAULT_VALIDATION;
	return ok;
}

/* Puts what was said over what a group is. */
static void apply(const struct scaling_request *request,
		  struct scaling_group *group)
{
	const struct {
		int64_t said;
		int64_t *is;
	} numbers[] = {
		{ request->least, &group->least },
		{ request->most, &group->most },
		{ request->desired, &group->desired },
		{ request->cooldown, &group->cooldown },
		{ request->grace, &group->grace },
		{ request->warmup, &group->warmup },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].said != SCALING_UNSAID)
			*numbers[i].is = numbers[i].said;
	if (request->subnets)
		group->subnet = request->subnets;
	if (request->protect)
		group->protect = json_is_true(request->protect);
}

/* Reads the template that was said into a group. */
static bool apply_template(struct call *call,
			   const struct template_choice *choice,
			   struct arena *arena, struct scaling_group *group,
			   struct error *err)
{
	struct template_version version;

	if (!scaling_check_template(call, choice, arena, &version, err))
		return false;
	group->template = version.template;
	group->version = choice->version ? choice->version : "$Default";
	return true;
}

static bool write_group(struct call *call, const struct scaling_group *group,
			struct error *err)
{
	auto_free char *payload = format_text("{\"group\":\"%s\"}", group->id);
	struct op op = {
		.kind = SCALING_KIND,
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
	};

	if (!payload)
		return fail_memory(err);
	return scaling_group_insert(call->store->db, group, err) &&
	       op_queue(call->store->journal, &op, err);
}

bool scaling_create(struct call *call, const struct scaling_request *request,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free char *tags = json_dumps(request->tags, JSON_COMPACT);
	struct scaling_group group = {
		.owner = call->account,
		.name = request->name,
		.cooldown = COOLDOWN_USUAL,
		.warmup = WARMUP_NONE,
		.subnet = "",
		.tags = tags ? tags : "[]",
		.created = call->now,
	};
	struct scaling_group other;
	char id[UUID_SIZE];
	bool found;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	uuid_random(id);
	group.id = id;
	apply(request, &group);
	if (request->desired == SCALING_UNSAID)
		group.desired = group.least;
	if (!check_name(request->name, err) || !check_sizes(&group, err) ||
	    !check_zones(call, request, arena, err) ||
	    !check_subnets(call, request->subnets, arena, err) ||
	    !apply_template(call, request->template, arena, &group, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !scaling_group_named(call->store->db, call->account, request->name,
				 arena, &other, &found, err))
		return false;
	if (found)
		return fail(err, FAULT_SCALING_EXISTS,
			    "AutoScalingGroup by this name already exists - A "
			    "group with the name %.100s already exists",
			    request->name);
	return write_group(call, &group, err) && tx_commit(&tx, err);
}

bool scaling_check_stays(const struct scaling_group *group, struct error *err)
{
	return !group->deleting ||
	       fail(err, FAULT_SCALING_IN_PROGRESS,
		    "The AutoScalingGroup %.100s is being deleted",
		    group->name);
}

/* A refresh that brings a template would be undone by another one. */
static bool check_refresh(struct call *call, const struct scaling_group *group,
			  struct arena *arena, struct error *err)
{
	struct instance_refresh refresh;
	bool found;

	if (!instance_refresh_active(call->store->db, group->id, arena,
				     &refresh, &found, err))
		return false;
	return !found || !refresh.given ||
	       fail(err, FAULT_SCALING_IN_PROGRESS,
		    "An active instance refresh brings a launch template: no "
		    "other one can be set until it is over");
}

/* As Auto Scaling has it: the desired capacity follows new bounds. */
static void follow_bounds(const struct scaling_request *request,
			  struct scaling_group *group)
{
	if (request->desired != SCALING_UNSAID)
		return;
	if (group->desired < group->least)
		group->desired = group->least;
	if (group->desired > group->most && group->least <= group->most)
		group->desired = group->most;
}

bool scaling_update(struct call *call, const struct scaling_request *request,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct scaling_group group, wanted = { 0 };
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!scaling_find(call, request->name, arena, &group, err) ||
	    !check_zones(call, request, arena, err) ||
	    !check_subnets(call, request->subnets, arena, err) ||
	    (request->template &&
	     !apply_template(call, request->template, arena, &wanted, err)) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !scaling_find(call, request->name, arena, &group, err) ||
	    !scaling_check_stays(&group, err) ||
	    (request->template && !check_refresh(call, &group, arena, err)))
		return false;
	apply(request, &group);
	follow_bounds(request, &group);
	if (request->template) {
		group.template = wanted.template;
		group.version = wanted.version;
	}
	group.failures = 0;
	group.again = 0;
	return check_sizes(&group, err) &&
	       scaling_group_update(call->store->db, &group, err) &&
	       scaling_hasten(call, &group, err) && tx_commit(&tx, err);
}

static bool check_cooldown(struct call *call, const struct scaling_group *group,
			   struct error *err)
{
	usec_t last;

	if (!scaling_activity_last(call->store->db, group->id, call->now, &last,
				   err))
		return false;
	return !last ||
	       time_over(last, group->cooldown * USEC_PER_SEC, call->now) ||
	       fail(err, FAULT_SCALING_IN_PROGRESS,
		    "Scaling activity is in progress: the group %.100s cools "
		    "down for %lld s after each",
		    group->name, (long long)group->cooldown);
}

bool scaling_set_desired(struct call *call, const char *name, int64_t desired,
			 bool honour, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct scaling_group group;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !scaling_find(call, name, arena, &group, err) ||
	    !scaling_check_stays(&group, err) ||
	    (honour && !check_cooldown(call, &group, err)))
		return false;
	if (desired < group.least)
		return fail(err, FAULT_VALIDATION,
			    "New SetDesiredCapacity value %lld is below min "
			    "value %lld for the AutoScalingGroup.",
			    (long long)desired, (long long)group.least);
	group.desired = desired;
	return check_sizes(&group, err) &&
	       scaling_group_update(call->store->db, &group, err) &&
	       scaling_hasten(call, &group, err) && tx_commit(&tx, err);
}

static bool count_one(void *data, const struct scaling_member *member,
		      struct error *err)
{
	size_t *count = data;

	(void)member, (void)err;
	++*count;
	return true;
}

bool scaling_delete(struct call *call, const char *name, bool force,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct scaling_activity activity;
	struct scaling_group group;
	size_t members = 0;
	bool open;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !scaling_find(call, name, arena, &group, err) ||
	    !scaling_members(db, group.id, count_one, &members, err) ||
	    !scaling_activity_open(db, group.id, arena, &activity, &open, err))
		return false;
	if (open && !force)
		return fail(err, FAULT_SCALING_IN_PROGRESS,
			    "You cannot delete an AutoScalingGroup while there "
			    "are scaling activities in progress for that "
			    "group.");
	if (members && !force)
		return fail(err, FAULT_SCALING_IN_USE,
			    "You cannot delete an AutoScalingGroup while there "
			    "are instances still in the group.");
	if (!members && !open)
		return scaling_group_delete(db, group.id, err) &&
		       scaling_hasten(call, &group, err) && tx_commit(&tx, err);
	group.deleting = true;
	group.least = group.desired = 0;
	return scaling_group_update(db, &group, err) &&
	       scaling_hasten(call, &group, err) && tx_commit(&tx, err);
}

bool scaling_intend_end(struct call *call, const struct scaling_group *group,
			const char *instance, const char *cause,
			char ret_id[UUID_SIZE], struct error *err)
{
	struct db *db = call->store->db;
	const struct scaling_activity activity = {
		.id = ret_id,
		.owner = group->owner,
		.group = group->id,
		.group_name = group->name,
		.kind = "terminate",
		.instance = instance,
		.cause = cause,
		.started = call->now,
	};

	uuid_random(ret_id);
	return scaling_member_move(db, instance, "Terminating", err) &&
	       scaling_activity_insert(db, &activity, err);
}

/* The caller's member; what is none looks as what is not there. */
static bool find_member(struct call *call, const char *instance,
			struct arena *arena, struct scaling_group *ret_group,
			struct error *err)
{
	struct scaling_member member;
	bool found;

	if (!scaling_member_get(call->store->db, instance, arena, &member,
				&found, err) ||
	    (found && !scaling_group_get(call->store->db, member.group, arena,
					 ret_group, &found, err)))
		return false;
	if (!found || strcmp(ret_group->owner, call->account) != 0)
		return fail(err, FAULT_VALIDATION,
			    "Instance Id not found - No managed instance found "
			    "for instance ID %s",
			    instance);
	return strcmp(member.state, "InService") == 0 ||
	       fail(err, FAULT_SCALING_IN_PROGRESS,
		    "The instance %s is being terminated", instance);
}

bool scaling_terminate(struct call *call, const char *instance, bool decrement,
		       struct arena *arena,
		       struct scaling_activity *ret_activity, struct error *err)
{
	struct scaling_group group;
	char id[UUID_SIZE];
	bool found;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !find_member(call, instance, arena, &group, err))
		return false;
	if (decrement && group.desired <= group.least)
		return fail(err, FAULT_VALIDATION,
			    "Currently, desiredSize equals minSize (%lld). "
			    "Terminating instance without replacement will "
			    "violate group's min size constraint.",
			    (long long)group.least);
	group.desired -= decrement;
	return scaling_group_update(call->store->db, &group, err) &&
	       scaling_intend_end(call, &group, instance,
				  decrement ?
					  "A user request took this instance "
					  "out of service and one less is "
					  "desired." :
					  "A user request took this instance "
					  "out of service.",
				  id, err) &&
	       scaling_activity_get(call->store->db, id, arena, ret_activity,
				    &found, err) &&
	       scaling_hasten(call, &group, err) && tx_commit(&tx, err);
}

bool scaling_suspended(const struct scaling_group *group, const char *process)
{
	char text[32];

	snprintf(text, sizeof(text), ",%s,", process);
	return strstr(group->suspended, text);
}

static bool is_named(const char *process, const char *const *names,
		     size_t count)
{
	bool found = !count;

	for (size_t i = 0; i < count; i++)
		found |= strcmp(names[i], process) == 0;
	return found;
}

bool scaling_suspend(struct call *call, const char *name,
		     const char *const *processes, size_t count, bool suspend,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_buf text = BUF_INIT;
	struct scaling_group group;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *const *known = scaling_processes;

		while (*known && strcmp(*known, processes[i]) != 0)
			known++;
		if (!*known)
			return fail(err, FAULT_VALIDATION,
				    "Invalid process: '%.40s'", processes[i]);
	}
	if (!tx_begin(&tx, call->store->db, err) ||
	    !scaling_find(call, name, arena, &group, err))
		return false;
	for (const char *const *one = scaling_processes; *one; one++)
		if (is_named(*one, processes, count) ?
			    suspend :
			    scaling_suspended(&group, *one))
			buf_printf(&text, "%s%s,", text.size ? "" : ",", *one);
	if (text.broken)
		return fail_memory(err);
	group.suspended = buf_text(&text);
	return scaling_group_update(call->store->db, &group, err) &&
	       scaling_hasten(call, &group, err) && tx_commit(&tx, err);
}

bool scaling_healthy(const struct scaling_member *member)
{
	return strcmp(member->health, "running") == 0 ||
	       strcmp(member->health, "pending") == 0;
}
