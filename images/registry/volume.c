/* volume.c - the volume and attachment tables */
#include "images/registry/volume.h"

#include "images/registry/query-private.h"
#include "images/registry/quota.h"

#define SELECT                                                                 \
	"SELECT t.seq, t.id, t.owner, t.layer, t.snapshot, t.size, t.type, "   \
	"t.iops, t.throughput, t.zone, t.state, t.created, t.auto_enable_io, " \
	"t.initialization_rate, t.kms_key, "                                   \
	"(SELECT owner FROM kms_key WHERE id = t.kms_key), "                   \
	"t.fast_restored FROM volume AS t"
#define ATTACHMENT "t.id IN (SELECT volume FROM attachment WHERE "

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "attachment.attach-time", SQL_TIME("attached"), ATTACHMENT },
		{ "attachment.delete-on-termination",
		  SQL_BOOL("delete_on_termination"), ATTACHMENT },
		{ "attachment.device", "device", ATTACHMENT },
		{ "attachment.instance-id", "instance", ATTACHMENT },
		{ "attachment.status", "state", ATTACHMENT },
		{ "availability-zone", "t.zone" },
		{ "create-time", SQL_TIME("t.created") },
		{ "encrypted", SQL_BOOL("t.kms_key IS NOT NULL") },
		{ "fast-restored", SQL_BOOL("t.fast_restored") },
		{ "multi-attach-enabled", "'false'" },
		{ "operator.managed", "'false'" },
		{ "operator.principal", "NULL" },
		{ "size", "t.size || ''" },
		{ "snapshot-id", "t.snapshot" },
		{ "status", "t.state" },
		{ "volume-id", "t.id" },
		{ "volume-type", "t.type" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static void volume_read(struct stmt *stmt, struct arena *arena,
			struct volume *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->layer = column_str(stmt, 3, arena);
	ret->snapshot = column_str(stmt, 4, arena);
	ret->size = column_int(stmt, 5);
	ret->type = column_str(stmt, 6, arena);
	ret->iops = column_int(stmt, 7);
	ret->throughput = column_int(stmt, 8);
	ret->zone = column_str(stmt, 9, arena);
	ret->state = column_str(stmt, 10, arena);
	ret->created = column_int(stmt, 11);
	ret->auto_enable_io = column_int(stmt, 12);
	ret->initialization_rate = column_int(stmt, 13);
	ret->kms_key = column_str(stmt, 14, arena);
	ret->kms_owner = column_str(stmt, 15, arena);
	ret->fast_restored = column_int(stmt, 16);
}

ROWS_DEFINE(volume, volume)

bool volume_insert(struct db *db, const struct volume *volume,
		   struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO volume (id, owner, layer, snapshot, size, "
		      "type, iops, throughput, zone, state, created, "
		      "initialization_rate, kms_key, fast_restored, lineage) "
		      "VALUES (?, ?, ?, ?4, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		      "(SELECT coalesce(lineage, nullif(volume, "
		      "'vol-ffffffff'), id) FROM snapshot WHERE id = ?4))",
		      err, "ssssisnnssinsb", volume->id, volume->owner,
		      volume->layer, volume->snapshot, volume->size,
		      volume->type, volume->iops, volume->throughput,
		      volume->zone, volume->state, volume->created,
		      volume->initialization_rate, volume->kms_key,
		      (int)volume->fast_restored) &&
	       quota_hold_rows(db, volume->owner, QUOTA_STORAGE, err);
}

bool volume_get(struct db *db, const char *id, struct arena *arena,
		struct volume *ret_volume, bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       volume_one(&stmt, arena, ret_volume, ret_found, err);
}

bool volume_list(struct db *db, const struct query *query,
		 bool (*row)(void *data, const struct volume *volume,
			     struct error *err),
		 void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       volume_each(&stmt, row, data, err);
}

bool volume_set_state(struct db *db, const char *id, const char *state,
		      struct error *err)
{
	return db_run(db, NULL, "UPDATE volume SET state = ?2 WHERE id = ?1",
		      err, "ss", id, state);
}

bool volume_set_layer(struct db *db, const char *id, const char *layer,
		      struct error *err)
{
	return db_run(db, NULL, "UPDATE volume SET layer = ?2 WHERE id = ?1",
		      err, "ss", id, layer);
}

bool volume_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM volume WHERE id = ?", err, "s",
		      id);
}

bool volume_set_auto_enable_io(struct db *db, const char *id, bool value,
			       struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE volume SET auto_enable_io = ?2 WHERE id = ?1",
		      err, "sb", id, value);
}

bool volume_set_shape(struct db *db, const char *id, int64_t size,
		      const char *type, int64_t iops, int64_t throughput,
		      struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE volume SET size = ?2, type = ?3, iops = ?4, "
		      "throughput = ?5 WHERE id = ?1",
		      err, "sisnn", id, size, type, iops, throughput);
}

bool attachment_insert(struct db *db, const struct attachment *attachment,
		       struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO attachment (volume, instance, device, "
		      "position, state, delete_on_termination, attached) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?)",
		      err, "sssisbi", attachment->volume, attachment->instance,
		      attachment->device, attachment->position,
		      attachment->state, attachment->delete_on_termination,
		      attachment->attached);
}

bool attachment_delete(struct db *db, const char *volume, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM attachment WHERE volume = ?", err,
		      "s", volume);
}

bool attachment_set_delete(struct db *db, const char *volume,
			   bool delete_on_termination, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE attachment SET delete_on_termination = ?2 "
		      "WHERE volume = ?1",
		      err, "sb", volume, delete_on_termination);
}

bool attachment_set_state(struct db *db, const char *instance,
			  const char *state, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE attachment SET state = ?2 WHERE instance = ?1",
		      err, "ss", instance, state);
}

bool attachment_move(struct db *db, const char *volume, const char *state,
		     struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE attachment SET state = ?2 WHERE volume = ?1", err,
		      "ss", volume, state);
}

bool attachment_of(struct db *db, const char *instance, const char *volume,
		   struct arena *arena,
		   const struct attachment **ret_attachments, size_t *ret_count,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct attachment *all = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       volume ? "SELECT volume, instance, device, position, "
				"state, delete_on_termination, attached "
				"FROM attachment WHERE volume = ?" :
				"SELECT volume, instance, device, position, "
				"state, delete_on_termination, attached "
				"FROM attachment WHERE instance = ? "
				"ORDER BY position",
		       err, "s", volume ? volume : instance))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		struct attachment *one;

		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			return fail_memory(err);
		one = &all[count++];
		one->volume = column_str(&stmt, 0, arena);
		one->instance = column_str(&stmt, 1, arena);
		one->device = column_str(&stmt, 2, arena);
		one->position = column_int(&stmt, 3);
		one->state = column_str(&stmt, 4, arena);
		one->delete_on_termination = column_int(&stmt, 5);
		one->attached = column_int(&stmt, 6);
	}
	*ret_attachments = all;
	*ret_count = count;
	return found == 0;
}
