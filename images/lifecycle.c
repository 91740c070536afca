/* lifecycle.c - policies that copy volumes and instances, and let go of copies
 *
 * One process runs policies at a time; who is killed has left rows of what it
 * was about to make, which the next one looks after first.
 */
#include "images/lifecycle.h"

#include <string.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "images/bill.h"
#include "images/lifecycle-private.h"

#define NAME_MOST 60
#define AGAIN (60 * USEC_PER_SEC)     /* after something failed */
#define LOCK_AGAIN (2 * USEC_PER_SEC) /* while somebody else runs policies */
#define PAYLOAD "{\"what\":\"lifecycle\"}"

static bool check_name(const char *name, struct error *err)
{
	size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				   "pqrstuvwxyz0123456789._-");

	if (size && size <= NAME_MOST && !name[size])
		return true;
	return fail(err, FAULT_INVALID_PARAMETER,
		    "'%.64s' is no name of a policy: 1 to %d of A-Za-z0-9._-",
		    name, NAME_MOST);
}

/* How far the schedules of a new document are: those of before are where they
 * were, others begin now. */
static bool put_schedules(struct call *call, const char *id,
			  const struct policy *policy, struct arena *arena,
			  struct error *err)
{
	struct db *db = call->store->db;
	usec_t *done =
		arena_alloc(arena, policy->schedule_count * sizeof(*done));
	usec_t again;

	if (!done)
		return fail_memory(err);
	for (size_t i = 0; i < policy->schedule_count; i++)
		if (!lifecycle_schedule_get(db, id, policy->schedules[i].name,
					    &done[i], &again, err))
			return false;
	if (!lifecycle_schedule_clear(db, id, err))
		return false;
	for (size_t i = 0; i < policy->schedule_count; i++)
		if (!lifecycle_schedule_set(db, id, policy->schedules[i].name,
					    done[i] ? done[i] : call->now, 0,
					    err))
			return false;
	return true;
}

bool lifecycle_put(struct call *call, const char *name, const char *document,
		   struct arena *arena, const char **ret_id, struct error *err)
{
	struct lifecycle_policy row;
	struct policy policy;
	char id[ID_SIZE];
	bool found;
	auto_tx tx = TX_INIT;

	if (!check_name(name, err) ||
	    !policy_read(document, arena, &policy, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !lifecycle_policy_get(call->store->db, call->account, name, arena,
				  &row, &found, err))
		return false;
	id_new("policy", id);
	*ret_id = found ? row.id : arena_str(arena, id);
	if (!*ret_id)
		return fail_memory(err);
	row = (struct lifecycle_policy){
		.id = *ret_id,
		.owner = call->account,
		.name = name,
		.document = document,
		.created = call->now,
		.modified = call->now,
	};
	return lifecycle_policy_set(call->store->db, &row, err) &&
	       put_schedules(call, *ret_id, &policy, arena, err) &&
	       tx_commit(&tx, err);
}

bool lifecycle_get(struct call *call, const char *name, struct arena *arena,
		   struct lifecycle_policy *ret_policy, struct error *err)
{
	bool found;

	return lifecycle_policy_get(call->store->db, call->account, name, arena,
				    ret_policy, &found, err) &&
	       (found || fail(err, FAULT_POLICY_NOT_FOUND,
			      "The policy '%.64s' does not exist", name));
}

bool lifecycle_delete(struct call *call, const char *name, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct lifecycle_policy row;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	return tx_begin(&tx, call->store->db, err) &&
	       lifecycle_get(call, name, arena, &row, err) &&
	       lifecycle_policy_delete(call->store->db, row.id, err) &&
	       tx_commit(&tx, err);
}

void lifecycle_tell(const struct working *working, const char *resource,
		    const char *id, const char *what, const char *why)
{
	const struct lifecycle_step step = {
		.policy = working->row->name,
		.schedule = working->schedule->name,
		.resource = resource,
		.id = id,
		.what = what,
		.why = why,
	};

	if (working->run->step)
		working->run->step(working->run->data, &step);
}

bool lifecycle_there(const struct working *working, const char *id,
		     bool *ret_there, struct error *err)
{
	struct db *db = working->call->store->db;
	struct snapshot snapshot;
	struct image image;

	if (!working->policy->images)
		return snapshot_get(db, id, working->arena, &snapshot,
				    ret_there, err);
	if (!image_get(db, id, working->arena, &image, ret_there, err))
		return false;
	*ret_there = *ret_there && strcmp(image.state, "deregistered") != 0;
	return true;
}

/* Looks after a row: of what came to be without its tags, of what never came
 * to be, and of what somebody else deleted. The present moment's stays, lest
 * it is made anew. */
static bool settle(struct working *working, struct lifecycle_item *item,
		   bool *ret_stays, struct error *err)
{
	struct db *db = working->call->store->db;
	bool there, open = false;

	if (!lifecycle_there(working, item->id, &there, err) ||
	    (!there && !op_kind_names(db, "%", item->id, &open, err)))
		return false;
	*ret_stays = there || open;
	if (working->run->dry)
		return true;
	if (there && !item->made) {
		item->made = true;
		return lifecycle_finish(working, item, err);
	}
	if (there || open || (item->made && item->moment == working->moment))
		return true;
	return lifecycle_item_delete(db, item->id, err);
}

static bool add_item(void *data, const struct lifecycle_item *item,
		     struct error *err)
{
	struct working *working = data;
	struct lifecycle_item *copy;

	working->items = arena_more(working->arena, working->items,
				    working->count, sizeof(*working->items));
	if (!working->items)
		return fail_memory(err);
	copy = &working->items[working->count++];
	*copy = *item;
	copy->id = arena_str(working->arena, item->id);
	copy->resource = arena_str(working->arena, item->resource);
	return (copy->id && copy->resource) || fail_memory(err);
}

/* What there is. One that was deleted by somebody stays in the list while the
 * moment is made, and is no copy after that. */
static bool load(struct working *working, bool making, struct error *err)
{
	size_t left = 0;

	working->items = NULL;
	working->count = 0;
	if (!lifecycle_item_rows(working->call->store->db, working->row->id,
				 working->schedule->name, add_item, working,
				 err))
		return false;
	for (size_t i = 0; i < working->count; i++) {
		struct lifecycle_item *item = &working->items[i];
		bool stays;

		if (!settle(working, item, &stays, err))
			return false;
		if (stays ||
		    (making && item->made && item->moment == working->moment))
			working->items[left++] = *item;
	}
	working->count = left;
	return true;
}

/* Exactly what it frees when all that would go has gone. */
static bool measure(struct going *going, uint64_t *frees, struct error *err)
{
	auto_bill bill = { .call = NULL };
	uint64_t before, after;

	if (!going->count)
		return true;
	if (!bill_open(&going->call, going->arena, &bill, err) ||
	    !bill_left(&bill, &before, err) ||
	    !bill_drop(&bill, going->ids, going->count, err) ||
	    !bill_count(&bill, err) || !bill_left(&bill, &after, err))
		return false;
	*frees += before > after ? before - after : 0;
	going->count = 0;
	going->ids = NULL;
	return true;
}

static bool run_schedule(struct working *working, struct error *err)
{
	struct db *db = working->call->store->db;
	const char *policy = working->row->id, *name = working->schedule->name;
	usec_t last =
		schedule_last(&working->schedule->when, working->call->now);
	usec_t done, again;
	bool due;

	working->failed_count = working->coming_count = 0;
	if (!lifecycle_schedule_get(db, policy, name, &done, &again, err))
		return false;
	due = last > done;
	working->moment = due ? last : 0;
	if (working->run->due && (!due || clock_wall() < again))
		return true;
	if (!load(working, true, err) || (due && !lifecycle_make(working, err)))
		return false;
	if (!load(working, false, err) || !lifecycle_prune(working, err))
		return false;
	if (!due || working->run->dry)
		return true;
	return lifecycle_schedule_set(
		db, policy, name, working->failed_count ? done : last,
		working->failed_count ? clock_wall() + AGAIN : 0, err);
}

struct rows {
	struct arena *arena;
	struct lifecycle_policy *all;
	size_t count;
};

static bool add_row(void *data, const struct lifecycle_policy *policy,
		    struct error *err)
{
	struct rows *rows = data;
	struct lifecycle_policy *copy;

	rows->all = arena_more(rows->arena, rows->all, rows->count,
			       sizeof(*rows->all));
	if (!rows->all)
		return fail_memory(err);
	copy = &rows->all[rows->count++];
	*copy = *policy;
	copy->id = arena_str(rows->arena, policy->id);
	copy->owner = arena_str(rows->arena, policy->owner);
	copy->name = arena_str(rows->arena, policy->name);
	copy->document = arena_str(rows->arena, policy->document);
	return (copy->id && copy->owner && copy->name && copy->document) ||
	       fail_memory(err);
}

static bool run_policy(struct lifecycle_run *run, struct going *going,
		       const struct lifecycle_policy *row, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct policy policy;
	struct working working = {
		.call = &going->call,
		.run = run,
		.row = row,
		.policy = &policy,
		.arena = arena,
		.going = going,
	};

	if (!arena)
		return fail_memory(err);
	if (!policy_read(row->document, arena, &policy, err))
		return false;
	if (!policy.enabled && !run->name)
		return true;
	for (size_t i = 0; i < policy.schedule_count; i++) {
		working.schedule = &policy.schedules[i];
		working.number = i + 1;
		if (!run_schedule(&working, err))
			return false;
	}
	return true;
}

/* The policies that a run is about. */
static bool pick(struct call *call, const struct lifecycle_run *run,
		 struct rows *rows, struct error *err)
{
	struct lifecycle_policy row;

	if (run->name)
		return lifecycle_get(call, run->name, rows->arena, &row, err) &&
		       add_row(rows, &row, err);
	return lifecycle_policy_rows(call->store->db,
				     run->everybody ? NULL : call->account,
				     add_row, rows, err);
}

static int run_lock(const struct call *call, bool wait)
{
	auto_free char *path = store_path(call->store, "run/lifecycle.lock");

	return path ? file_lock(path, wait) : -1;
}

/* One policy that cannot be run keeps no other from it. */
static bool run_all(struct call *call, struct lifecycle_run *run,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct rows rows = { .arena = arena };
	struct going going = {
		.call = { .store = call->store, .action = "lifecycle",
			  .request = "", .now = call->now },
		.arena = arena,
	};

	run->failed = 0;
	run->frees = 0;
	if (!arena)
		return fail_memory(err);
	if (!pick(call, run, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		const char *owner = rows.all[i].owner;
		struct error why = { FAULT_NONE };

		if (strcmp(going.call.account, owner) != 0 &&
		    !measure(&going, &run->frees, err))
			return false;
		memcpy(going.call.account, owner, ACCOUNT_SIZE);
		if (run_policy(run, &going, &rows.all[i], &why))
			continue;
		run->failed++;
		log_warning("policy %s: %s", rows.all[i].name, why.text);
		if (rows.count == 1)
			return fail(err, why.fault, "%s", why.text);
	}
	return measure(&going, &run->frees, err);
}

bool lifecycle_run(struct call *call, struct lifecycle_run *run,
		   struct error *err)
{
	auto_close int lock = run->dry ? -1 : run_lock(call, true);

	if (lock < 0 && !run->dry)
		return fail_errno(err, "cannot lock the store's policies");
	return run_all(call, run, err);
}

bool lifecycle_job(struct call *call, const struct op *op, usec_t *ret_due,
		   struct error *err)
{
	struct lifecycle_run run = { .everybody = true, .due = true };
	auto_close int lock = run_lock(call, false);

	*ret_due = clock_wall() + LOCK_AGAIN;
	if (lock < 0)
		return true;
	*ret_due = 0;
	return run_all(call, &run, err) && op_step(call->store->journal, op->id,
						   "done", 1, NULL, NULL, err);
}

/* Whether any schedule of a policy is due. */
struct looking {
	struct call *call;
	bool due;
};

static bool look_policy(void *data, const struct lifecycle_policy *row,
			struct error *err)
{
	struct looking *looking = data;
	auto_of(arena) arena = arena_new();
	struct policy policy;
	usec_t done, again;

	if (!arena)
		return fail_memory(err);
	if (!policy_read(row->document, arena, &policy, err))
		return false;
	for (size_t i = 0; policy.enabled && i < policy.schedule_count; i++) {
		const struct policy_schedule *one = &policy.schedules[i];

		if (!lifecycle_schedule_get(looking->call->store->db, row->id,
					    one->name, &done, &again, err))
			return false;
		looking->due |= schedule_last(&one->when, looking->call->now) >
					done &&
				clock_wall() >= again;
	}
	return true;
}

bool lifecycle_look(struct call *call, struct error *err)
{
	struct looking looking = { .call = call };
	struct op op = {
		.kind = "lifecycle",
		.account = call->account,
		.action = call->action,
		.request = "",
		.payload = PAYLOAD,
		.due = clock_wall(),
		.slow = true,
	};
	bool open;
	auto_tx tx = TX_INIT;

	if (!lifecycle_policy_rows(call->store->db, NULL, look_policy, &looking,
				   err))
		return false;
	if (!looking.due)
		return true;
	return tx_begin(&tx, call->store->db, err) &&
	       op_kind_names(call->store->db, op.kind, "lifecycle", &open,
			     err) &&
	       (open || op_queue(call->store->journal, &op, err)) &&
	       tx_commit(&tx, err);
}
