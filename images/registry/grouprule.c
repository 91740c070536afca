/* grouprule.c - the security_group_rule table */
#include "images/registry/grouprule.h"

#include "images/registry/query-private.h"

#define SELECT                                                               \
	"SELECT t.seq, t.id, t.grp, g.owner, t.egress, t.protocol, "         \
	"t.from_port, t.to_port, t.cidr, t.peer, t.description FROM "        \
	"security_group_rule AS t JOIN security_group AS g ON g.id = t.grp"

static const struct listing listing = {
	.select = SELECT,
	.visible = "g.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "group-id", "t.grp" },
		{ "security-group-rule-id", "t.id" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "g.owner",
};

static void rule_read(struct stmt *stmt, struct arena *arena,
		      struct security_rule *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->group = column_str(stmt, 2, arena);
	ret->owner = column_str(stmt, 3, arena);
	ret->egress = column_int(stmt, 4);
	ret->protocol = column_int(stmt, 5);
	ret->from_port = column_int(stmt, 6);
	ret->to_port = column_int(stmt, 7);
	ret->cidr = column_str(stmt, 8, arena);
	ret->peer = column_str(stmt, 9, arena);
	ret->description = column_str(stmt, 10, arena);
}

ROWS_DEFINE(rule, security_rule)

bool security_rule_insert(struct db *db, const struct security_rule *rule,
			  struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO security_group_rule (id, grp, egress, "
		      "protocol, from_port, to_port, cidr, peer, description) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "ssbiiisss", rule->id, rule->group, rule->egress,
		      rule->protocol, rule->from_port, rule->to_port,
		      rule->cidr, rule->peer, rule->description);
}

bool security_rule_get(struct db *db, const char *id, struct arena *arena,
		       struct security_rule *ret_rule, bool *ret_found,
		       struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       rule_one(&stmt, arena, ret_rule, ret_found, err);
}

bool security_rule_same(struct db *db, const struct security_rule *rule,
			struct arena *arena, struct security_rule *ret_rule,
			bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE t.grp = ? AND t.egress = ? AND "
				"t.protocol = ? AND t.from_port = ? AND "
				"t.to_port = ? AND coalesce(t.cidr, t.peer) = "
				"coalesce(?, ?)",
			 err, "sbiiiss", rule->group, rule->egress,
			 rule->protocol, rule->from_port, rule->to_port,
			 rule->cidr, rule->peer) &&
	       rule_one(&stmt, arena, ret_rule, ret_found, err);
}

bool security_rule_update(struct db *db, const struct security_rule *rule,
			  struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE security_group_rule SET egress = ?2, "
		      "protocol = ?3, from_port = ?4, to_port = ?5, "
		      "cidr = ?6, peer = ?7, description = ?8 WHERE id = ?1",
		      err, "sbiiisss", rule->id, rule->egress, rule->protocol,
		      rule->from_port, rule->to_port, rule->cidr, rule->peer,
		      rule->description);
}

bool security_rule_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM tag WHERE resource = ?", err, "s",
		      id) &&
	       db_run(db, NULL, "DELETE FROM security_group_rule WHERE id = ?",
		      err, "s", id);
}

bool security_rule_count(struct db *db, const char *group, bool egress,
			 int64_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT count(*) FROM security_group_rule "
		       "WHERE grp = ? AND egress = ?",
		       err, "sb", group, egress) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_count = column_int(&stmt, 0);
	return true;
}

bool security_rules_of(struct db *db, const char *group, bool egress,
		       struct arena *arena,
		       const struct security_rule **ret_rules,
		       size_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct security_rule *all = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       SELECT " WHERE t.grp = ? AND t.egress = ? ORDER BY "
			      "min(t.seq) OVER (PARTITION BY t.protocol, "
			      "t.from_port, t.to_port), t.seq",
		       err, "sb", group, egress))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			return fail_memory(err);
		rule_read(&stmt, arena, &all[count++]);
	}
	*ret_rules = all;
	*ret_count = count;
	return found == 0;
}

bool security_rule_list(struct db *db, const struct query *query,
			bool (*row)(void *data,
				    const struct security_rule *rule,
				    struct error *err),
			void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       rule_each(&stmt, row, data, err);
}

bool security_rules_for(struct db *db, const char *instance,
			bool (*row)(void *data,
				    const struct security_rule *rule,
				    struct error *err),
			void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT t.seq, t.id, t.grp, NULL, t.egress, "
			 "t.protocol, t.from_port, t.to_port, "
			 "coalesce(t.cidr, i.address || '/32'), t.peer, "
			 "t.description FROM instance_group AS g "
			 "JOIN security_group_rule AS t ON t.grp = g.grp "
			 "LEFT JOIN instance_group AS p ON p.grp = t.peer "
			 "LEFT JOIN instance AS i ON i.id = p.instance AND "
			 "i.state <> 'terminated' AND i.network <> 'plain' "
			 "WHERE g.instance = ? AND (t.peer IS NULL OR i.id "
			 "IS NOT NULL) ORDER BY t.seq, i.seq",
			 err, "s", instance) &&
	       rule_each(&stmt, row, data, err);
}
