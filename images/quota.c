/* quota.c - what an account has, held against what it may have
 *
 * The registry counts rows; what a machine of a type takes is known here.
 */
#include "images/quota.h"

#include "images/store.h"
#include "images/type.h"

/* What machines take together. */
struct taken {
	int64_t amount[QUOTA_COUNT];
};

static void take_machines(void *data, const char *name, int64_t count)
{
	const struct instance_type *type = instance_type_find(name);
	struct taken *taken = data;

	taken->amount[QUOTA_INSTANCES] += count;
	if (!type)
		return;
	taken->amount[QUOTA_VCPUS] += count * type->vcpus;
	taken->amount[QUOTA_MEMORY] += count * (int64_t)type->memory_mib;
}

bool quota_look(const struct call *call,
		struct quota_state ret_states[QUOTA_COUNT], struct error *err)
{
	struct db *db = call->store->db;
	struct taken taken = { 0 };

	if (!quota_machines(db, call->account, take_machines, &taken, err) ||
	    !quota_used(db, call->account, QUOTA_STORAGE,
			&taken.amount[QUOTA_STORAGE], err) ||
	    !quota_used(db, call->account, QUOTA_SNAPSHOTS,
			&taken.amount[QUOTA_SNAPSHOTS], err))
		return false;
	for (int which = 0; which < QUOTA_COUNT; which++) {
		ret_states[which].used = taken.amount[which];
		if (!quota_get(db, call->account, (enum quota)which,
			       &ret_states[which].most, err))
			return false;
	}
	return true;
}

bool quota_change(const struct call *call, const int64_t most[QUOTA_COUNT],
		  struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, db, err))
		return false;
	for (int which = 0; which < QUOTA_COUNT; which++)
		if (most[which] != QUOTA_KEEP &&
		    !quota_set(db, call->account, (enum quota)which,
			       most[which], err))
			return false;
	return tx_commit(&tx, err);
}

bool quota_hold_machines(const struct call *call, struct error *err)
{
	static const enum quota each[] = { QUOTA_INSTANCES, QUOTA_VCPUS,
					   QUOTA_MEMORY };
	struct db *db = call->store->db;
	struct taken taken = { 0 };

	if (!quota_machines(db, call->account, take_machines, &taken, err))
		return false;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (!quota_hold(db, call->account, each[i],
				taken.amount[each[i]], err))
			return false;
	return true;
}
