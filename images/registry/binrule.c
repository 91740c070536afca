/* binrule.c - the bin_rule table */
#include "images/registry/binrule.h"

#include "images/registry/db-private.h"

#define SELECT                                                                 \
	"SELECT seq, id, owner, type, days, description, "                     \
	"coalesce(locked, -1), delay, unlocks, created FROM bin_rule "

static const char *const kinds[] = {
	[BIN_OWN] = "own",
	[BIN_KEPT] = "kept",
	[BIN_LEFT] = "left",
};

static void rule_read(struct stmt *stmt, struct arena *arena,
		      struct bin_rule *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->type = column_str(stmt, 3, arena);
	ret->days = column_int(stmt, 4);
	ret->description = column_str(stmt, 5, arena);
	ret->locked = (int)column_int(stmt, 6);
	ret->delay = column_int(stmt, 7);
	ret->unlocks = column_int(stmt, 8);
	ret->created = column_int(stmt, 9);
}

ROWS_DEFINE(rule, bin_rule)

bool bin_rule_insert(struct db *db, const struct bin_rule *rule,
		     struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO bin_rule (id, owner, type, days, "
		      "description, locked, delay, unlocks, created) "
		      "VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, -1), ?7, ?8, ?9)",
		      err, "sssisinni", rule->id, rule->owner, rule->type,
		      rule->days, rule->description, (int64_t)rule->locked,
		      rule->delay, (int64_t)rule->unlocks,
		      (int64_t)rule->created);
}

bool bin_rule_update(struct db *db, const struct bin_rule *rule,
		     struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE bin_rule SET days = ?2, description = ?3, "
		      "locked = nullif(?4, -1), delay = ?5, unlocks = ?6 "
		      "WHERE id = ?1",
		      err, "sisinn", rule->id, rule->days, rule->description,
		      (int64_t)rule->locked, rule->delay,
		      (int64_t)rule->unlocks);
}

bool bin_rule_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM bin_rule WHERE id = ?", err, "s",
		      id);
}

bool bin_rule_get(struct db *db, const char *id, struct arena *arena,
		  struct bin_rule *ret_rule, bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT "WHERE id = ?", err, "s", id) &&
	       rule_one(&stmt, arena, ret_rule, ret_found, err);
}

bool bin_rule_list(struct db *db, const char *owner, const char *type,
		   int64_t after,
		   bool (*row)(void *data, const struct bin_rule *rule,
			       struct error *err),
		   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT "WHERE owner = ? AND type = ? AND seq > ? "
				"ORDER BY seq",
			 err, "ssi", owner, type, after) &&
	       rule_each(&stmt, row, data, err);
}

/* A statement's one number. */
static bool number(struct stmt *stmt, int64_t *ret_number, struct error *err)
{
	if (stmt_step(stmt, err) < 0)
		return false;
	*ret_number = column_int(stmt, 0);
	return true;
}

bool bin_rule_count(struct db *db, const char *owner, int64_t *ret_count,
		    struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT count(*) FROM bin_rule WHERE owner = ?", err,
			 "s", owner) &&
	       number(&stmt, ret_count, err);
}

bool bin_rule_set_tags(struct db *db, const char *id, enum bin_tags kind,
		       const struct bin_tag *tags, size_t count,
		       struct error *err)
{
	if (!db_run(db, NULL,
		    "DELETE FROM bin_rule_tag WHERE rule = ? AND kind = ?", err,
		    "ss", id, kinds[kind]))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!db_run(db, NULL,
			    "INSERT INTO bin_rule_tag (rule, kind, position, "
			    "key, value) VALUES (?, ?, ?, ?, ?)",
			    err, "ssiss", id, kinds[kind], (int64_t)i,
			    tags[i].key, tags[i].value))
			return false;
	return true;
}

bool bin_rule_tags(struct db *db, const char *id, enum bin_tags kind,
		   struct arena *arena, const struct bin_tag **ret_tags,
		   size_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct bin_tag *tags = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT key, value FROM bin_rule_tag WHERE rule = ? "
		       "AND kind = ? ORDER BY position",
		       err, "ss", id, kinds[kind]))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		tags = arena_more(arena, tags, count, sizeof(*tags));
		if (!tags)
			return fail_memory(err);
		tags[count].key = column_str(&stmt, 0, arena);
		tags[count].value = column_str(&stmt, 1, arena);
		count++;
	}
	*ret_tags = tags;
	*ret_count = count;
	return found == 0;
}

bool bin_rule_count_tag(struct db *db, const char *owner,
			const struct bin_tag *tag, int64_t *ret_count,
			struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT count(DISTINCT r.id) FROM bin_rule_tag AS k "
			 "JOIN bin_rule AS r ON r.id = k.rule "
			 "WHERE r.owner = ? AND k.kind = 'kept' AND k.key = ? "
			 "AND k.value IS ?",
			 err, "sss", owner, tag->key, tag->value) &&
	       number(&stmt, ret_count, err);
}

/* Whether the resource has one of a rule's tags of a kind. */
#define TAGGED(kind)                                                          \
	"EXISTS (SELECT 1 FROM bin_rule_tag AS k JOIN tag AS t "              \
	"ON t.resource = ?3 AND t.key = k.key "                               \
	"AND (k.value IS NULL OR k.value = t.value) "                         \
	"WHERE k.rule = r.id AND k.kind = '" kind "')"

bool bin_rule_match(struct db *db, const char *owner, const char *type,
		    const char *resource, int64_t *ret_days, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT coalesce(max(days), 0) FROM bin_rule AS r "
			 "WHERE owner = ?1 AND type = ?2 AND CASE WHEN EXISTS "
			 "(SELECT 1 FROM bin_rule_tag WHERE rule = r.id "
			 "AND kind = 'kept') THEN " TAGGED(
				 "kept") " ELSE NOT " TAGGED("left") " END",
			 err, "sss", owner, type, resource) &&
	       number(&stmt, ret_days, err);
}
