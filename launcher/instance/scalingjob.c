/* scalingjob.c - a group's instances are as many as they should be, and well
 *
 * A round finishes what an earlier one left, or decides on one thing and does
 * it: end a member whose machine does not run, end one too many, launch one
 * that lacks, end one that a refresh replaces. What is decided is written with
 * the count it rests on, so that a round can die anywhere.
 */
#include <string.h>

#include "images/member.h"
#include "launcher/instance/reconcile.h"
#include "launcher/instance/scaling-private.h"

#define ROUND_USEC (2 * USEC_PER_SEC)  /* between two looks */
#define BUSY_USEC (USEC_PER_SEC / 20)  /* while there is more to do */
#define EARLY_USEC (60 * USEC_PER_SEC) /* who ends sooner never really ran */
#define REMEMBERED (42LL * 24 * 3600 * USEC_PER_SEC) /* EC2's six weeks */

static bool add_member(void *data, const struct scaling_member *member,
		       struct error *err)
{
	struct round *round = data;
	struct arena *arena = round->arena;
	struct scaling_member *one;

	if (strcmp(member->state, "InService") != 0)
		return true;
	one = arena_more(arena, round->members, round->count, sizeof(*one));
	if (!one)
		return fail_memory(err);
	round->members = one;
	one += round->count++;
	*one = *member;
	one->instance = arena_str(arena, member->instance);
	one->template = arena_str(arena, member->template);
	one->health = arena_str(arena, member->health);
	return (one->instance && one->template && one->health) ||
	       fail_memory(err);
}

bool scaling_read(struct round *round, const char *id, bool *ret_found,
		  struct error *err)
{
	struct db *db = round->call->store->db;

	round->members = NULL;
	round->count = 0;
	return scaling_group_get(db, id, round->arena, &round->group, ret_found,
				 err) &&
	       (!*ret_found ||
		(scaling_members(db, id, add_member, round, err) &&
		 instance_refresh_active(db, id, round->arena, &round->refresh,
					 &round->refreshing, err)));
}

/* Decisions, within one transaction. */

static bool decide_end(struct round *round, const struct scaling_member *member,
		       const char *cause, struct error *err)
{
	char id[UUID_SIZE];

	round->activity = member->instance;
	return scaling_intend_end(round->call, &round->group, member->instance,
				  cause, id, err);
}

/* A member whose machine does not run is ended, and so replaced. */
static bool decide_unhealthy(struct round *round, struct error *err)
{
	struct scaling_group *group = &round->group;
	const struct scaling_member *member = round->members;
	const struct scaling_member *end = member + round->count;

	if (scaling_suspended(group, "HealthCheck") ||
	    scaling_suspended(group, "ReplaceUnhealthy") ||
	    scaling_suspended(group, "Terminate"))
		return true;
	while (member < end && scaling_healthy(member))
		member++;
	if (member == end)
		return true;
	if (clock_wall() < member->begun + EARLY_USEC) {
		group->failures++;
		if (group->failures > 1)
			group->again = clock_wall() +
				       scaling_delay(group->failures - 1);
		if (!scaling_group_update(round->call->store->db, group, err))
			return false;
	}
	return decide_end(round, member,
			  "An instance was taken out of service in response "
			  "to an EC2 health check indicating it has been "
			  "terminated or stopped.",
			  err);
}

/* Whether `a` is to go before `b` when there are too many: those of another
 * template than the group's, of an older version, the oldest. */
static bool goes_first(const struct round *round,
		       const struct scaling_member *a,
		       const struct scaling_member *b)
{
	const char *template = round->group.template;
	bool other_a = strcmp(a->template, template) != 0;
	bool other_b = strcmp(b->template, template) != 0;

	if (other_a != other_b)
		return other_a;
	if (a->version != b->version)
		return a->version < b->version;
	return a->seq < b->seq;
}

static bool decide_fewer(struct round *round, struct error *err)
{
	const struct scaling_group *group = &round->group;
	const struct scaling_member *first = NULL;

	if ((int64_t)round->count <= group->desired ||
	    (scaling_suspended(group, "Terminate") && !group->deleting))
		return true;
	for (size_t i = 0; i < round->count; i++) {
		const struct scaling_member *one = &round->members[i];

		if (one->protected && !group->deleting)
			continue;
		if (!first || goes_first(round, one, first))
			first = one;
	}
	return !first || decide_end(round, first,
				    "An instance was taken out of service in "
				    "response to a difference between desired "
				    "and actual capacity, shrinking the "
				    "capacity.",
				    err);
}

/* What a launch would be of, now. */
static bool target(struct round *round, struct template_version *ret_version,
		   struct error *err)
{
	const struct instance_refresh *refresh = &round->refresh;
	struct template_choice choice = scaling_choice(&round->group);

	if (round->refreshing) {
		choice.id = refresh->template;
		choice.version = arena_format(round->arena, "%lld",
					      (long long)refresh->number);
		if (!choice.version)
			return fail_memory(err);
	}
	return template_choose(round->call, &choice, round->arena, ret_version,
			       err);
}

static bool write_launch(struct round *round, char ret_id[UUID_SIZE],
			 const struct template_version *version,
			 struct error *err)
{
	const struct scaling_group *group = &round->group;

	uuid_random(ret_id);
	return scaling_activity_insert(
		round->call->store->db,
		&(struct scaling_activity){
			.id = ret_id,
			.owner = group->owner,
			.group = group->id,
			.group_name = group->name,
			.kind = "launch",
			.template = version->template,
			.version = version->number,
			.cause = "An instance was started in response to a "
				 "difference between desired and actual "
				 "capacity, increasing the capacity.",
			.started = round->call->now,
		},
		err);
}

static bool decide_more(struct round *round, struct error *err)
{
	const struct scaling_group *group = &round->group;
	const struct template_version none = { .template = group->template };
	struct template_version version;
	struct error why = { FAULT_NONE };
	char id[UUID_SIZE];

	if ((int64_t)round->count >= group->desired ||
	    clock_wall() < group->again || scaling_suspended(group, "Launch"))
		return true;
	round->activity = group->id;
	if (target(round, &version, &why))
		return write_launch(round, id, &version, err);
	return write_launch(round, id, &none, err) &&
	       scaling_activity_end(round->call->store->db, id, "Failed", NULL,
				    why.text, round->call->now, err) &&
	       scaling_note_failure(round, &why, err);
}

/* How a refresh stands. */
struct standing {
	int64_t left;  /* members that are to go */
	int64_t ready; /* members that serve, and the new ones are warm */
	const struct scaling_member *next;
};

static usec_t warmup(const struct round *round, const json_t *wishes)
{
	const struct scaling_group *group = &round->group;
	int64_t usual = group->warmup >= 0 ? group->warmup : group->grace;

	return arg_int(wishes, "InstanceWarmup", usual) * USEC_PER_SEC;
}

static bool is_old(const struct round *round, const json_t *wishes,
		   const struct scaling_member *member)
{
	const struct instance_refresh *refresh = &round->refresh;
	bool all =
		strcmp(arg_str(wishes, "ScaleInProtectedInstances", "Ignore"),
		       "Refresh") == 0;
	bool same = member->version == refresh->number &&
		    strcmp(member->template, refresh->template) == 0;

	return member->seq <= refresh->boundary &&
	       !(same && arg_bool(wishes, "SkipMatching", false)) &&
	       (all || !member->protected);
}

static struct standing stand(const struct round *round, const json_t *wishes)
{
	struct standing standing = { .left = 0 };
	usec_t warm = warmup(round, wishes);

	for (size_t i = 0; i < round->count; i++) {
		const struct scaling_member *one = &round->members[i];

		standing.ready +=
			one->seq <= round->refresh.boundary ||
			time_over(one->joined, warm, round->call->now);
		if (!is_old(round, wishes, one))
			continue;
		standing.left++;
		if (!standing.next)
			standing.next = one;
	}
	return standing;
}

static bool end_refresh(struct round *round, const char *state,
			const char *reason, int64_t left, struct error *err)
{
	struct instance_refresh *refresh = &round->refresh;
	struct db *db = round->call->store->db;

	round->activity = refresh->id;
	if (strcmp(state, "Successful") == 0 && refresh->given) {
		round->group.template = refresh->template;
		round->group.version = refresh->version;
		if (!scaling_group_update(db, &round->group, err))
			return false;
	}
	return instance_refresh_move(db, refresh->id, state, reason, left,
				     round->call->now, err);
}

/* How many of a group may lack at once: one always may. */
static int64_t batch(const struct round *round, const json_t *wishes)
{
	int64_t percent = arg_int(wishes, "MinHealthyPercentage", 90);
	int64_t may = round->group.desired * (100 - percent) / 100;

	return may > 1 ? may : 1;
}

static bool refresh_on(struct round *round, const json_t *wishes,
		       struct error *err)
{
	const struct standing standing = stand(round, wishes);
	const struct scaling_group *group = &round->group;
	struct instance_refresh *refresh = &round->refresh;
	int64_t lack = group->desired - standing.ready;

	if (strcmp(refresh->state, "Cancelling") == 0)
		return end_refresh(round, "Cancelled", refresh->reason,
				   standing.left, err);
	if (!standing.left && lack <= 0)
		return end_refresh(round, "Successful", NULL, 0, err);
	if ((strcmp(refresh->state, "InProgress") != 0 ||
	     standing.left != refresh->left) &&
	    !instance_refresh_move(round->call->store->db, refresh->id,
				   "InProgress", NULL, standing.left, 0, err))
		return false;
	if (!standing.next || lack >= batch(round, wishes) ||
	    clock_wall() < group->again ||
	    scaling_suspended(group, "Terminate"))
		return true;
	return decide_end(round, standing.next,
			  "An instance was taken out of service in response "
			  "to an instance refresh.",
			  err);
}

static bool decide_refresh(struct round *round, struct error *err)
{
	json_t *wishes;
	bool ok;

	if (!round->refreshing || round->group.deleting ||
	    scaling_suspended(&round->group, "InstanceRefresh"))
		return true;
	wishes = json_loads(round->refresh.preferences, 0, NULL);
	if (!wishes)
		return fail(err, FAULT_INTERNAL, "refresh %s is unreadable",
			    round->refresh.id);
	ok = refresh_on(round, wishes, err);
	json_decref(wishes);
	return ok;
}

/* Launches that failed are forgotten when all that is desired has run for a
 * while. */
static bool forgive(struct round *round, struct error *err)
{
	struct scaling_group *group = &round->group;

	if (!group->failures || (int64_t)round->count < group->desired)
		return true;
	for (size_t i = 0; i < round->count; i++)
		if (!scaling_healthy(&round->members[i]) ||
		    clock_wall() < round->members[i].begun + EARLY_USEC)
			return true;
	group->failures = 0;
	group->again = 0;
	return scaling_group_update(round->call->store->db, group, err);
}

static bool decide(struct round *round, bool *ret_gone, struct error *err)
{
	static bool (*const steps[])(struct round *round, struct error *err) = {
		decide_unhealthy, decide_fewer, decide_refresh, decide_more,
	};
	struct db *db = round->call->store->db;
	bool found;
	auto_tx tx = TX_INIT;

	round->activity = NULL;
	if (!tx_begin(&tx, db, err) ||
	    !scaling_activity_forget(db, round->call->now - REMEMBERED, err) ||
	    !scaling_read(round, round->group.id, &found, err))
		return false;
	*ret_gone = !found || (round->group.deleting && !round->count);
	if (found && *ret_gone &&
	    !scaling_group_delete(db, round->group.id, err))
		return false;
	for (size_t i = 0; !*ret_gone && !round->activity &&
			   i < sizeof(steps) / sizeof(steps[0]);
	     i++)
		if (!steps[i](round, err))
			return false;
	return (*ret_gone || round->activity || forgive(round, err)) &&
	       tx_commit(&tx, err);
}

static bool run_round(struct round *round, bool *ret_busy, bool *ret_gone,
		      struct error *err)
{
	bool some;

	*ret_gone = false;
	if (!scaling_finish(round, ret_busy, err))
		return false;
	if (*ret_busy)
		return true;
	if (!decide(round, ret_gone, err))
		return false;
	*ret_busy = round->activity;
	return !*ret_busy || scaling_finish(round, &some, err);
}

bool scaling_job(struct call *call, const struct op *op, usec_t *ret_due,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "group", arena) : NULL;
	struct round round = { .call = call, .arena = arena };
	bool found, busy, gone = false;

	if (!id)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!scaling_read(&round, id, &found, err))
		return false;
	if (found) {
		/* what machines did by themselves */
		if (!reconcile(call, err) ||
		    !run_round(&round, &busy, &gone, err))
			return false;
	}
	*ret_due = 0;
	if (!found || gone)
		return op_step(call->store->journal, op->id, "done", 1, NULL,
			       NULL, err);
	*ret_due = clock_wall() + (busy ? BUSY_USEC : ROUND_USEC);
	return true;
}
