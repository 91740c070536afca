/* snapshot.c - the snapshot table */
#include "images/registry/snapshot.h"

#include "images/registry/query-private.h"
#include "images/registry/quota.h"

/* What it goes back to: the first volume. */
#define LINEAGE "coalesce(t.lineage, nullif(t.volume, 'vol-ffffffff'), t.id)"
#define SELECT                                                                 \
	"SELECT t.seq, t.id, t.owner, t.layer, t.volume, t.size, "             \
	"t.description, t.state, t.created, t.deleting, t.completed, "         \
	"t.imported, t.kms_key, "                                              \
	"(SELECT owner FROM kms_key WHERE id = t.kms_key), t.progress, "       \
	"t.message, t.tier, "                                                  \
	"(SELECT expires FROM snapshot_tier WHERE snapshot = t.id), "          \
	"t.binned, t.bin_until, t.fills, " LINEAGE                             \
	" FROM snapshot AS t"

/* Whoever may launch an image does not see its snapshots for that: EC2 shows
 * them by createVolumePermission alone. */
static const struct listing listing = {
	.select = SELECT,
	.visible = "(t.owner = ? OR EXISTS (SELECT 1 FROM snapshot_granted "
		   "WHERE snapshot = t.id AND grantee IN (?, 'all')))",
	.visible_count = 2,
	.columns = (const struct column[]) {
		{ "snapshot-id", "t.id" },
		{ "owner-alias", "''" },
		{ "owner-id", "t.owner" },
		{ "volume-id", "t.volume" },
		{ "volume-size", "t.size || ''" },
		{ "description", "t.description" },
		{ "status", "t.state" },
		{ "progress",
		  "iif(t.state = 'completed', 100, t.progress) || '%'" },
		{ "start-time", SQL_TIME("t.created") },
		{ "encrypted", SQL_BOOL("t.kms_key IS NOT NULL") },
		{ "storage-tier", "t.tier" },
		{ "transfer-type", "''" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
	.granted = "SELECT snapshot FROM snapshot_permission "
		   "WHERE grantee = ?",
};

static void snapshot_read(struct stmt *stmt, struct arena *arena,
			  struct snapshot *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->layer = column_str(stmt, 3, arena);
	ret->volume = column_str(stmt, 4, arena);
	ret->size = column_int(stmt, 5);
	ret->description = column_str(stmt, 6, arena);
	ret->state = column_str(stmt, 7, arena);
	ret->created = column_int(stmt, 8);
	ret->deleting = column_int(stmt, 9);
	ret->completed = column_int(stmt, 10);
	ret->imported = column_str(stmt, 11, arena);
	ret->kms_key = column_str(stmt, 12, arena);
	ret->kms_owner = column_str(stmt, 13, arena);
	ret->progress = column_int(stmt, 14);
	ret->message = column_str(stmt, 15, arena);
	ret->tier = column_str(stmt, 16, arena);
	ret->expires = column_int(stmt, 17);
	ret->binned = column_int(stmt, 18);
	ret->bin_until = column_int(stmt, 19);
	ret->fills = column_int(stmt, 20);
	ret->lineage = column_str(stmt, 21, arena);
}

ROWS_DEFINE(snapshot, snapshot)

bool snapshot_insert(struct db *db, const struct snapshot *snapshot,
		     struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO snapshot (id, owner, layer, volume, size, "
		      "description, state, created, imported, kms_key, "
		      "completed, fills, lineage) "
		      "VALUES (?, ?, ?, ?4, ?, ?, ?7, ?8, ?9, ?10, "
		      "iif(?7 = 'completed', ?8, NULL), ?11, "
		      "(SELECT lineage FROM volume WHERE id = ?4))",
		      err, "ssssississb", snapshot->id, snapshot->owner,
		      snapshot->layer, snapshot->volume, snapshot->size,
		      snapshot->description, snapshot->state, snapshot->created,
		      snapshot->imported, snapshot->kms_key, snapshot->fills) &&
	       quota_hold_rows(db, snapshot->owner, QUOTA_SNAPSHOTS, err);
}

bool snapshot_get(struct db *db, const char *id, struct arena *arena,
		  struct snapshot *ret_snapshot, bool *ret_found,
		  struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE t.id = ? AND t.bin_until IS NULL", err,
			 "s", id) &&
	       snapshot_one(&stmt, arena, ret_snapshot, ret_found, err);
}

bool snapshot_get_any(struct db *db, const char *id, struct arena *arena,
		      struct snapshot *ret_snapshot, bool *ret_found,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       snapshot_one(&stmt, arena, ret_snapshot, ret_found, err);
}

bool snapshot_bin_due(struct db *db, usec_t now, struct arena *arena,
		      const char **ret_id, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT id FROM snapshot WHERE bin_until <= ? "
		       "ORDER BY bin_until LIMIT 1",
		       err, "i", (int64_t)now))
		return false;
	found = stmt_step(&stmt, err);
	*ret_id = found > 0 ? column_str(&stmt, 0, arena) : NULL;
	return found >= 0;
}

bool snapshot_set_binned(struct db *db, const char *id, usec_t since,
			 usec_t until, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE snapshot SET binned = ?2, bin_until = ?3 "
		      "WHERE id = ?1",
		      err, "snn", id, (int64_t)since, (int64_t)until);
}

bool snapshot_list(struct db *db, const struct query *query,
		   bool (*row)(void *data, const struct snapshot *snapshot,
			       struct error *err),
		   void *data, struct error *err)
{
	static const char *const extra[] = {
		[BIN_LEAVE] = "t.bin_until IS NULL",
		[BIN_ALONE] = "t.bin_until IS NOT NULL",
		[BIN_TOO] = NULL,
	};
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, extra[query->bin],
			    err) &&
	       snapshot_each(&stmt, row, data, err);
}

bool snapshot_set_state(struct db *db, const char *id, const char *state,
			usec_t now, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE snapshot SET state = ?2, completed = "
		      "iif(?2 = 'completed', ?3, completed), "
		      "fills = fills AND ?2 = 'pending' WHERE id = ?1",
		      err, "ssi", id, state, (int64_t)now);
}

bool snapshot_set_failed(struct db *db, const char *id, const char *message,
			 struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE snapshot SET state = 'error', message = ?2, "
		      "fills = 0 WHERE id = ?1",
		      err, "ss", id, message);
}

bool snapshot_set_progress(struct db *db, const char *id, int64_t percent,
			   struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE snapshot SET progress = ?2 "
		      "WHERE id = ?1",
		      err, "si", id, percent);
}

bool snapshot_set_layer(struct db *db, const char *id, const char *layer,
			struct error *err)
{
	return db_run(db, NULL, "UPDATE snapshot SET layer = ?2 WHERE id = ?1",
		      err, "ss", id, layer);
}

bool snapshot_set_tier(struct db *db, const char *id, const char *tier,
		       const char *layer, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE snapshot SET tier = ?2, layer = ?3 WHERE id = ?1",
		      err, "sss", id, tier, layer);
}

bool snapshot_set_deleting(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "UPDATE snapshot SET deleting = 1 WHERE id = ?",
		      err, "s", id);
}

bool snapshot_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image_mapping SET lost = snapshot, "
		      "snapshot = NULL WHERE snapshot = ?",
		      err, "s", id) &&
	       db_run(db, NULL, "DELETE FROM snapshot WHERE id = ?", err, "s",
		      id);
}

bool snapshot_user(struct db *db, const char *id, const char *but,
		   bool disabled, struct arena *arena, const char **ret_image,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT image FROM image_mapping JOIN image ON "
		       "image.id = image WHERE snapshot = ? "
		       "AND image IS NOT ? "
		       "AND image.state <> 'deregistered' "
		       "AND (? OR image.state <> 'disabled')",
		       err, "ssb", id, but, disabled))
		return false;
	found = stmt_step(&stmt, err);
	*ret_image = found > 0 ? column_str(&stmt, 0, arena) : NULL;
	return found >= 0;
}

bool snapshot_usable(struct db *db, const char *id, const char *account,
		     bool *ret_usable, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM snapshot WHERE id = ?1 "
			 "AND bin_until IS NULL AND (owner = ?2 "
			 "OR EXISTS (SELECT 1 FROM snapshot_granted "
			 "WHERE snapshot = ?1 AND grantee IN (?2, 'all')))",
			 err, "ss", id, account) &&
	       stmt_found(&stmt, ret_usable, err);
}

bool snapshot_permission_add(struct db *db, const char *id, const char *grantee,
			     struct error *err)
{
	return db_run(db, NULL,
		      "INSERT OR IGNORE INTO snapshot_permission "
		      "(snapshot, grantee) VALUES (?, ?)",
		      err, "ss", id, grantee);
}

bool snapshot_permission_remove(struct db *db, const char *id,
				const char *grantee, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM snapshot_permission "
		      "WHERE snapshot = ? AND grantee = ?",
		      err, "ss", id, grantee);
}

bool snapshot_permission_clear(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM snapshot_permission WHERE snapshot = ?", err,
		      "s", id);
}

bool snapshot_permission_each(struct db *db, const char *id,
			      void (*row)(void *data, const char *grantee),
			      void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT grantee FROM snapshot_permission "
		       "WHERE snapshot = ? ORDER BY grantee",
		       err, "s", id))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		char grantee[16];

		column_copy(&stmt, 0, grantee, sizeof(grantee));
		row(data, grantee);
	}
	return found == 0;
}
