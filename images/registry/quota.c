/* quota.c - the quota table */
#include "images/registry/quota.h"

#include <inttypes.h>

#include "images/registry/db-private.h"

const char *const quota_names[QUOTA_COUNT] = {
	[QUOTA_INSTANCES] = "instances", [QUOTA_VCPUS] = "vcpus",
	[QUOTA_MEMORY] = "memory",	 [QUOTA_STORAGE] = "storage",
	[QUOTA_SNAPSHOTS] = "snapshots",
};

bool quota_set(struct db *db, const char *account, enum quota which,
	       int64_t most, struct error *err)
{
	if (most == QUOTA_NONE)
		return db_run(db, NULL,
			      "DELETE FROM quota WHERE account = ? "
			      "AND resource = ?",
			      err, "ss", account, quota_names[which]);
	return db_run(db, NULL,
		      "INSERT INTO quota (account, resource, most) "
		      "VALUES (?, ?, ?) ON CONFLICT (account, resource) "
		      "DO UPDATE SET most = excluded.most",
		      err, "ssi", account, quota_names[which], most);
}

bool quota_get(struct db *db, const char *account, enum quota which,
	       int64_t *ret_most, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	bool found;

	if (!stmt_open(&stmt, db,
		       "SELECT most FROM quota WHERE account = ? "
		       "AND resource = ?",
		       err, "ss", account, quota_names[which]) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	*ret_most = found ? column_int(&stmt, 0) : QUOTA_NONE;
	return true;
}

bool quota_used(struct db *db, const char *account, enum quota which,
		int64_t *ret_used, struct error *err)
{
	static const char snapshots[] =
		"SELECT count(*) FROM snapshot WHERE owner = ?";
	static const char storage[] =
		"SELECT coalesce(sum(max(size, coalesce((SELECT m.size "
		"FROM modification AS m WHERE m.volume = v.id "
		"AND m.state = 'modifying'), 0))), 0) "
		"FROM volume AS v WHERE owner = ? AND NOT EXISTS (SELECT 1 "
		"FROM root_task AS r WHERE r.volume = v.id AND r.remove "
		"AND r.state IN ('pending', 'in-progress'))";
	auto_stmt stmt = STMT_INIT;
	bool found;

	if (!stmt_open(&stmt, db,
		       which == QUOTA_SNAPSHOTS ? snapshots : storage, err, "s",
		       account) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	*ret_used = column_int(&stmt, 0);
	return true;
}

bool quota_machines(struct db *db, const char *account,
		    void (*row)(void *data, const char *type, int64_t count),
		    void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	char type[32];
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT type, count(*) FROM instance WHERE owner = ? "
		       "AND state NOT IN ('stopped', 'terminated') "
		       "GROUP BY type",
		       err, "s", account))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		column_copy(&stmt, 0, type, sizeof(type));
		row(data, type, column_int(&stmt, 1));
	}
	return found == 0;
}

static bool fail_limit(enum quota which, int64_t used, int64_t most,
		       struct error *err)
{
	switch (which) {
	case QUOTA_INSTANCES:
		return fail(err, FAULT_INSTANCE_LIMIT,
			    "You have requested more instances (%" PRId64
			    ") than your current instance limit of %" PRId64
			    " allows.",
			    used, most);
	case QUOTA_VCPUS:
		return fail(err, FAULT_VCPU_LIMIT,
			    "You have requested more vCPU capacity (%" PRId64
			    ") than your current vCPU limit of %" PRId64
			    " allows.",
			    used, most);
	case QUOTA_MEMORY:
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "You have requested more memory (%" PRId64
			    " MiB) than your current memory limit of %" PRId64
			    " MiB allows.",
			    used, most);
	case QUOTA_STORAGE:
		return fail(err, FAULT_VOLUME_LIMIT,
			    "You have requested more volume storage (%" PRId64
			    " GiB) than your current storage limit of %" PRId64
			    " GiB allows.",
			    used, most);
	default:
		return fail(err, FAULT_SNAPSHOT_LIMIT,
			    "You have requested more snapshots (%" PRId64
			    ") than your current snapshot limit of %" PRId64
			    " allows.",
			    used, most);
	}
}

bool quota_hold(struct db *db, const char *account, enum quota which,
		int64_t used, struct error *err)
{
	int64_t most;

	if (!quota_get(db, account, which, &most, err))
		return false;
	return most == QUOTA_NONE || used <= most ||
	       fail_limit(which, used, most, err);
}

bool quota_room(struct db *db, const char *account, enum quota which,
		int64_t more, struct error *err)
{
	int64_t most, used;

	/* an account without a limit pays for no count */
	if (!quota_get(db, account, which, &most, err))
		return false;
	if (most == QUOTA_NONE)
		return true;
	if (!quota_used(db, account, which, &used, err))
		return false;
	return used + more <= most || fail_limit(which, used + more, most, err);
}

bool quota_hold_rows(struct db *db, const char *account, enum quota which,
		     struct error *err)
{
	return quota_room(db, account, which, 0, err);
}
