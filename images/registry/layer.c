/* layer.c - the layer table */
#include "images/registry/layer.h"

#include "images/registry/db-private.h"
#include "images/registry/diskkey.h"

#define COLUMNS "name, format, parent, size, state, disk_key"

static void layer_read(struct stmt *stmt, struct arena *arena,
		       struct layer *ret)
{
	ret->name = column_str(stmt, 0, arena);
	ret->format = column_str(stmt, 1, arena);
	ret->parent = column_str(stmt, 2, arena);
	ret->size = column_int(stmt, 3);
	ret->state = column_str(stmt, 4, arena);
	ret->disk_key = column_str(stmt, 5, arena);
}

bool layer_insert(struct db *db, const struct layer *layer, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO layer (" COLUMNS ", created) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?)",
		      err, "sssissi", layer->name, layer->format, layer->parent,
		      layer->size, layer->state, layer->disk_key, clock_now());
}

bool layer_get(struct db *db, const char *name, struct arena *arena,
	       struct layer *ret_layer, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT " COLUMNS " FROM layer WHERE name = ?", err, "s",
		       name))
		return false;
	found = stmt_step(&stmt, err);
	if (found < 0)
		return false;
	if (!found)
		return fail(err, FAULT_INTERNAL, "there is no layer %s", name);
	layer_read(&stmt, arena, ret_layer);
	return true;
}

bool layer_disk_key(struct db *db, const char *name, char ret_key[UUID_SIZE],
		    struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	bool found;

	if (!stmt_open(&stmt, db,
		       "SELECT disk_key FROM layer WHERE name = ? "
		       "AND disk_key IS NOT NULL",
		       err, "s", name) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	ret_key[0] = 0;
	if (found)
		column_copy(&stmt, 0, ret_key, UUID_SIZE);
	return true;
}

bool layer_all(struct db *db, struct arena *arena,
	       const struct layer_use **ret_layers, size_t *ret_count,
	       struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct layer_use *layers = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT name, format, parent, l.size, l.state, "
		       "disk_key, consolidated, (v.id IS NOT NULL) "
		       "+ (SELECT count(*) FROM snapshot WHERE layer = name) "
		       "+ (SELECT count(*) FROM fast_layer WHERE layer = name) "
		       "+ (SELECT count(*) FROM image WHERE layer = name), "
		       "v.id, a.instance, i.uri, i.uuid, EXISTS (SELECT 1 "
		       "FROM filling AS f WHERE f.layer = name "
		       "AND f.state <> 'full') FROM layer AS l "
		       "LEFT JOIN volume AS v ON v.layer = name "
		       "LEFT JOIN attachment AS a ON a.volume = v.id "
		       "LEFT JOIN instance AS i ON i.id = a.instance "
		       "AND i.state NOT IN ('stopped', 'terminated')",
		       err, ""))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		struct layer_use *one;

		layers = arena_more(arena, layers, count, sizeof(*layers));
		if (!layers)
			return fail_memory(err);
		one = &layers[count++];
		layer_read(&stmt, arena, &one->layer);
		one->level = column_int(&stmt, 6);
		one->users = column_int(&stmt, 7);
		one->volume = column_str(&stmt, 8, arena);
		one->instance = column_str(&stmt, 9, arena);
		one->uri = column_str(&stmt, 10, arena);
		one->uuid = column_str(&stmt, 11, arena);
		one->fills = column_int(&stmt, 12) != 0;
	}
	*ret_layers = layers;
	*ret_count = count;
	return found == 0;
}

bool layer_faults(struct db *db, struct arena *arena,
		  const struct layer_fault **ret_faults, size_t *ret_count,
		  struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct layer_fault *faults = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT id, 'its layer shows ' || l.size || ' bytes, "
		       "the volume has ' || (v.size << 30) FROM volume AS v "
		       "JOIN layer AS l ON name = v.layer "
		       "WHERE l.size <> v.size << 30 UNION ALL "
		       "SELECT id, 'its layer is ' || l.state FROM volume AS v "
		       "JOIN layer AS l ON name = v.layer "
		       "WHERE l.state <> 'active' UNION ALL "
		       "SELECT id, 'its layer is ' || l.state "
		       "FROM snapshot AS s JOIN layer AS l ON name = s.layer "
		       "WHERE s.state = 'completed' AND l.state <> 'frozen' "
		       "UNION ALL SELECT c.name, 'it stands on ' || p.name || "
		       "', which is ' || p.state FROM layer AS c "
		       "JOIN layer AS p ON p.name = c.parent "
		       "WHERE p.state <> 'frozen' AND c.state <> 'doomed' "
		       "UNION ALL SELECT \"table\", 'row ' || rowid || "
		       "' names something of ' || parent || ' that is not "
		       "there' FROM pragma_foreign_key_check",
		       err, ""))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		faults = arena_more(arena, faults, count, sizeof(*faults));
		if (!faults)
			return fail_memory(err);
		faults[count].subject = column_str(&stmt, 0, arena);
		faults[count++].text = column_str(&stmt, 1, arena);
	}
	*ret_faults = faults;
	*ret_count = count;
	return found == 0;
}

bool layer_move(struct db *db, const char *name, const char *parent,
		int64_t level, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE layer SET parent = ?2, consolidated = ?3 "
		      "WHERE name = ?1",
		      err, "ssi", name, parent, level);
}

bool layer_full(struct db *db, const char *name, bool *ret_known,
		uint64_t *ret_bytes, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT \"full\" FROM layer WHERE name = ? "
		       "AND \"full\" IS NOT NULL AND state = 'frozen'",
		       err, "s", name))
		return false;
	found = stmt_step(&stmt, err);
	*ret_known = found > 0;
	*ret_bytes = found > 0 ? (uint64_t)column_int(&stmt, 0) : 0;
	return found >= 0;
}

bool layer_set_full(struct db *db, const char *name, uint64_t bytes,
		    struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE layer SET \"full\" = ?2 WHERE name = ?1", err,
		      "si", name, (int64_t)bytes);
}

bool layer_chain(struct db *db, const char *name, struct arena *arena,
		 const struct layer **ret_layers, size_t *ret_count,
		 struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct layer *layers = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       "WITH RECURSIVE chain (depth, at) AS ("
		       "SELECT 0, ? UNION ALL "
		       "SELECT depth + 1, parent FROM chain "
		       "JOIN layer ON name = at WHERE parent IS NOT NULL) "
		       "SELECT " COLUMNS " FROM chain "
		       "JOIN layer ON name = at ORDER BY depth",
		       err, "s", name))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		layers = arena_more(arena, layers, count, sizeof(*layers));
		if (!layers)
			return fail_memory(err);
		layer_read(&stmt, arena, &layers[count++]);
	}
	if (found < 0)
		return false;
	if (!count)
		return fail(err, FAULT_INTERNAL, "there is no layer %s", name);
	*ret_layers = layers;
	*ret_count = count;
	return true;
}

/* No volume, snapshot or image points at layer ?1, nor a fast restore. */
#define UNNAMED                                                     \
	"NOT EXISTS (SELECT 1 FROM volume WHERE layer = ?1) "       \
	"AND NOT EXISTS (SELECT 1 FROM snapshot WHERE layer = ?1) " \
	"AND NOT EXISTS (SELECT 1 FROM fast_layer WHERE layer = ?1) " \
	"AND NOT EXISTS (SELECT 1 FROM image WHERE layer = ?1) "

bool layer_hidden(struct db *db, const char *name, bool *ret_hidden,
		  struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM layer WHERE name = ?1 "
			 "AND state <> 'doomed' AND " UNNAMED,
			 err, "s", name) &&
	       stmt_found(&stmt, ret_hidden, err);
}

bool layer_set_size(struct db *db, const char *name, int64_t size,
		    struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE layer SET size = ?2 WHERE name = ?1 "
		      "AND state = 'active'",
		      err, "si", name, size);
}

bool layer_set_frozen(struct db *db, const char *name, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE layer SET state = 'frozen' WHERE name = ? "
		      "AND state = 'active'",
		      err, "s", name);
}

bool layer_release(struct db *db, const char *name, bool *ret_doomed,
		   struct error *err)
{
	int changed;

	if (!db_run(db, &changed,
		    "UPDATE layer SET state = 'doomed' WHERE name = ?1 "
		    "AND state <> 'doomed' "
		    "AND " UNNAMED
		    "AND NOT EXISTS (SELECT 1 FROM layer AS child "
		    "WHERE child.parent = ?1 AND child.state <> 'doomed')",
		    err, "s", name))
		return false;
	*ret_doomed = changed > 0;
	return true;
}

/* Deletes its row alone; *ret_key is "" where it had none. */
static bool delete_row(struct db *db, const char *name, char ret_key[UUID_SIZE],
		       struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	*ret_key = 0;
	if (!stmt_open(&stmt, db,
		       "DELETE FROM layer WHERE name = ? AND state = 'doomed' "
		       "RETURNING disk_key",
		       err, "s", name))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0)
		column_copy(&stmt, 0, ret_key, UUID_SIZE);
	return found == 0;
}

bool layer_delete(struct db *db, const char *name, struct error *err)
{
	char key[UUID_SIZE];
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, db, err) && delete_row(db, name, key, err) &&
	       (!*key || disk_key_forget(db, key, err)) && tx_commit(&tx, err);
}

bool layer_doomed(struct db *db, struct arena *arena,
		  const char *const **ret_names, size_t *ret_count,
		  struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	/* children before their parents, so that no file outlives its base */
	return stmt_open(&stmt, db,
			 "SELECT name FROM layer WHERE state = 'doomed' "
			 "AND NOT EXISTS (SELECT 1 FROM layer AS child "
			 "WHERE child.parent = layer.name)",
			 err, "") &&
	       stmt_strs(&stmt, arena, ret_names, ret_count, err);
}
