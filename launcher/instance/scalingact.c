/* scalingact.c - one launch or termination of a group, once
 *
 * An activity is an intent that may be carried out again: a launch by its
 * client token and by the instance that bears it, a termination because ending
 * what has ended is nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/log.h"
#include "images/member.h"
#include "launcher/instance/end.h"
#include "launcher/instance/launchparams.h"
#include "launcher/instance/scaling-private.h"

#define FAILED_USEC (5 * USEC_PER_SEC) /* after the first failed launch */
#define FAILED_MOST (300 * USEC_PER_SEC)
#define REFRESH_FAILURES 5 /* then a refresh gives up */

usec_t scaling_delay(int64_t failures)
{
	usec_t wait = FAILED_USEC;

	while (--failures > 0 && wait < FAILED_MOST)
		wait *= 2;
	return wait < FAILED_MOST ? wait : FAILED_MOST;
}

static bool find_id(void *data, const struct instance *instance,
		    struct error *err)
{
	char *id = data;

	(void)err;
	snprintf(id, ID_SIZE, "%s", instance->id);
	return true;
}

/* The instance that was launched with that client token; "" if none was. */
static bool launched(struct call *call, const char *token, char ret_id[ID_SIZE],
		     struct error *err)
{
	const struct filter filter = { "client-token", &token, 1 };
	const struct query query = {
		.account = call->account,
		.filters = &filter,
		.filter_count = 1,
	};

	ret_id[0] = 0;
	return instance_list(call->store->db, &query, find_id, ret_id, err);
}

/* A tag of the group goes over the template's of that key. */
static void add_tag(struct pair *tags, size_t *count, const json_t *tag)
{
	const char *key = arg_str(tag, "Key", "");
	size_t at = 0;

	if (!arg_bool(tag, "PropagateAtLaunch", false))
		return;
	while (at < *count && strcmp(tags[at].key, key) != 0)
		at++;
	tags[at] = (struct pair){ key, arg_str(tag, "Value", "") };
	*count += at == *count;
}

static bool add_tags(const json_t *tags, struct arena *arena,
		     struct launch *launch, struct error *err)
{
	size_t room = launch->instance_tag_count + json_array_size(tags) + 1;
	struct pair *all = arena_alloc(arena, room * sizeof(*all));
	const json_t *tag;
	size_t i;

	if (!all)
		return fail_memory(err);
	if (launch->instance_tag_count)
		memcpy(all, launch->instance_tags,
		       launch->instance_tag_count * sizeof(*all));
	json_array_foreach(tags, i, tag)
		add_tag(all, &launch->instance_tag_count, tag);
	launch->instance_tags = all;
	return true;
}

/* The version that an activity was to launch, whatever became of it since. */
static bool launch_version(struct round *round, struct call *call,
			   const struct scaling_activity *activity,
			   struct error *err)
{
	const char *number = arena_format(round->arena, "%lld",
					  (long long)activity->version);
	const struct template_choice choice = { .id = activity->template,
						.version = number };
	json_t *tags = json_loads(round->group.tags, 0, NULL);
	json_t *params = NULL, *nothing = json_object();
	struct template_version version;
	char reservation[ID_SIZE];
	struct launch launch;
	bool ok = (number && nothing && tags) || fail_memory(err);

	ok = ok &&
	     launch_choose(call, &choice, nothing, round->arena, &params,
			   &version, err) &&
	     launch_read(params, round->arena, &launch, err) &&
	     add_tags(tags, round->arena, &launch, err) &&
	     launch_mark(&version, round->group.name, round->arena, &launch,
			 err) &&
	     launch_instances(call, &launch, reservation, err);
	json_decref(tags);
	json_decref(params);
	json_decref(nothing);
	return ok;
}

/* Launches what an activity intends, unless an earlier round has. */
static bool launch_once(struct round *round,
			const struct scaling_activity *activity,
			char ret_id[ID_SIZE], struct error *err)
{
	struct call call = *round->call;

	call.action = "RunInstances";
	call.client_token = activity->id;
	sha256_text(activity->id, strlen(activity->id), call.request);
	if (!launched(&call, activity->id, ret_id, err))
		return false;
	return ret_id[0] || (launch_version(round, &call, activity, err) &&
			     launched(&call, activity->id, ret_id, err));
}

/* What a member is, of its instance and its template. */
static bool join(struct round *round, const struct scaling_activity *activity,
		 const char *id, struct error *err)
{
	struct db *db = round->call->store->db;
	struct launch_template template;
	struct instance instance;
	bool found, named;

	if (!instance_get(db, id, round->arena, &instance, &found, err) ||
	    !launch_template_get(db, activity->template, round->arena,
				 &template, &named, err))
		return false;
	return !found ||
	       scaling_member_insert(
		       db,
		       &(struct scaling_member){
			       .instance = id,
			       .group = round->group.id,
			       .type = instance.type,
			       .zone = instance.zone,
			       .template = activity->template,
			       .template_name = named ? template.name : "",
			       .version = activity->version,
			       .protected = round->group.protect,
			       .joined = clock_now(),
			       .begun = clock_wall(),
		       },
		       err);
}

bool scaling_note_failure(struct round *round, const struct error *why,
			  struct error *err)
{
	struct db *db = round->call->store->db;
	struct scaling_group *group = &round->group;
	struct instance_refresh *refresh = &round->refresh;

	group->failures++;
	group->again = clock_wall() + scaling_delay(group->failures);
	if (!scaling_group_update(db, group, err))
		return false;
	if (!round->refreshing || group->failures < REFRESH_FAILURES)
		return true;
	group->failures = 0;
	group->again = 0;
	return instance_refresh_move(db, refresh->id, "Failed", why->text,
				     refresh->left, clock_now(), err) &&
	       scaling_group_update(db, group, err);
}

static bool end_launch(struct round *round,
		       const struct scaling_activity *activity, const char *id,
		       const struct error *why, struct error *err)
{
	struct db *db = round->call->store->db;
	auto_free char *text = NULL;
	bool found;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, db, err) ||
	    !scaling_read(round, activity->group, &found, err))
		return false;
	if (why) {
		text = format_text("%s. Launching EC2 instance failed. (%s)",
				   why->text, fault_code(why->fault));
		if (!text)
			return fail_memory(err);
	}
	if (!scaling_activity_end(db, activity->id,
				  why ? "Failed" : "Successful", id, text,
				  clock_now(), err) ||
	    (found && !(why ? scaling_note_failure(round, why, err) :
			      join(round, activity, id, err))))
		return false;
	return tx_commit(&tx, err);
}

/* Whether somebody else may be at the same launch, or at what it needs: it is
 * not known to have come to nothing. */
static bool is_passing(const struct error *why)
{
	return why->fault == FAULT_TOKEN_AT_WORK ||
	       why->fault == FAULT_UNAVAILABLE;
}

static bool finish_launch(struct round *round,
			  const struct scaling_activity *activity,
			  struct error *err)
{
	struct error why = { FAULT_NONE };
	char id[ID_SIZE];

	if (launch_once(round, activity, id, &why))
		return end_launch(round, activity, id, NULL, err);
	log_info("group %s: %s", round->group.name, why.text);
	if (is_passing(&why))
		return fail(err, FAULT_UNAVAILABLE, "%s", why.text);
	return end_launch(round, activity, NULL, &why, err);
}

static bool finish_end(struct round *round,
		       const struct scaling_activity *activity,
		       struct error *err)
{
	struct db *db = round->call->store->db;
	struct call call = *round->call;
	auto_tx tx = TX_INIT;

	call.action = "TerminateInstances";
	if (!terminate_instance(&call, activity->instance, &ending_user, err)) {
		if (err->fault != FAULT_INSTANCE_NOT_FOUND)
			return false;
		error_clear(err); /* it was terminated long ago */
	}
	return tx_begin(&tx, db, err) &&
	       scaling_member_delete(db, activity->instance, err) &&
	       scaling_activity_end(db, activity->id, "Successful", NULL, NULL,
				    clock_now(), err) &&
	       tx_commit(&tx, err);
}

bool scaling_finish(struct round *round, bool *ret_some, struct error *err)
{
	struct scaling_activity activity;

	if (!scaling_activity_open(round->call->store->db, round->group.id,
				   round->arena, &activity, ret_some, err))
		return false;
	if (!*ret_some)
		return true;
	return strcmp(activity.kind, "launch") == 0 ?
		       finish_launch(round, &activity, err) :
		       finish_end(round, &activity, err);
}
