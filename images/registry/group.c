/* group.c - the security_group and instance_group tables */
#include "images/registry/group.h"

#include "images/registry/query-private.h"

#define SELECT                                                              \
	"SELECT t.seq, t.id, t.owner, t.name, t.description, t.created, " \
	"v.id FROM security_group AS t LEFT JOIN vpc AS v ON v.owner = t.owner"

/* What some rule of the group in that direction says. */
#define RULE(direction)                                                    \
	"t.id IN (SELECT r.grp FROM security_group_rule AS r WHERE "       \
	"r.egress = " direction " AND "
#define PROTOCOL                                                          \
	"CASE r.protocol WHEN 1 THEN 'icmp' WHEN 6 THEN 'tcp' WHEN 17 "  \
	"THEN 'udp' WHEN 58 THEN 'icmpv6' ELSE r.protocol || '' END"
#define PEER_NAME "(SELECT p.name FROM security_group AS p WHERE p.id = r.peer)"
#define RULES(prefix, direction)                                              \
	{ prefix ".cidr", "iif(instr(r.cidr, ':'), NULL, r.cidr)",            \
	  RULE(direction) },                                                  \
	{ prefix ".from-port", "r.from_port || ''", RULE(direction) },        \
	{ prefix ".group-id", "r.peer", RULE(direction) },                    \
	{ prefix ".group-name", PEER_NAME, RULE(direction) },                 \
	{ prefix ".ipv6-cidr", "iif(instr(r.cidr, ':'), r.cidr, NULL)",       \
	  RULE(direction) },                                                  \
	{ prefix ".prefix-list-id", "NULL", RULE(direction) },                \
	{ prefix ".protocol", PROTOCOL, RULE(direction) },                    \
	{ prefix ".to-port", "r.to_port || ''", RULE(direction) },            \
	{ prefix ".user-id", "iif(r.peer IS NULL, NULL, t.owner)",            \
	  RULE(direction) }

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "description", "t.description" },
		RULES("egress.ip-permission", "1"),
		{ "group-id", "t.id" },
		{ "group-name", "t.name" },
		RULES("ip-permission", "0"),
		{ "owner-id", "t.owner" },
		{ "vpc-id", "v.id" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static void group_read(struct stmt *stmt, struct arena *arena,
		       struct security_group *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->name = column_str(stmt, 3, arena);
	ret->description = column_str(stmt, 4, arena);
	ret->created = column_int(stmt, 5);
	ret->vpc = column_str(stmt, 6, arena);
}

ROWS_DEFINE(group, security_group)

bool security_group_insert(struct db *db, const struct security_group *group,
			   struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO security_group (id, owner, name, "
		      "description, created) VALUES (?, ?, ?, ?, ?)",
		      err, "ssssi", group->id, group->owner, group->name,
		      group->description, group->created);
}

bool security_group_get(struct db *db, const char *id, struct arena *arena,
			struct security_group *ret_group, bool *ret_found,
			struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       group_one(&stmt, arena, ret_group, ret_found, err);
}

bool security_group_named(struct db *db, const char *owner, const char *name,
			  struct arena *arena, struct security_group *ret_group,
			  bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.owner = ? AND t.name = ?",
			 err, "ss", owner, name) &&
	       group_one(&stmt, arena, ret_group, ret_found, err);
}

bool security_group_used(struct db *db, const char *id, bool *ret_used,
			 struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM instance_group AS g JOIN instance AS i "
			 "ON i.id = g.instance WHERE g.grp = ?1 AND i.state <> "
			 "'terminated' UNION ALL SELECT 1 FROM "
			 "security_group_rule WHERE peer = ?1 AND grp <> ?1",
			 err, "s", id) &&
	       stmt_found(&stmt, ret_used, err);
}

bool security_group_delete(struct db *db, const char *id, struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, db, err) &&
	       db_run(db, NULL,
		      "DELETE FROM tag WHERE resource = ?1 OR resource IN "
		      "(SELECT id FROM security_group_rule WHERE grp = ?1)",
		      err, "s", id) &&
	       db_run(db, NULL, "DELETE FROM security_group_rule WHERE grp = ?",
		      err, "s", id) &&
	       /* those of instances that are terminated */
	       db_run(db, NULL, "DELETE FROM instance_group WHERE grp = ?", err,
		      "s", id) &&
	       db_run(db, NULL, "DELETE FROM security_group WHERE id = ?", err,
		      "s", id) &&
	       tx_commit(&tx, err);
}

bool security_group_list(struct db *db, const struct query *query,
			 bool (*row)(void *data,
				     const struct security_group *group,
				     struct error *err),
			 void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       group_each(&stmt, row, data, err);
}

bool instance_groups_set(struct db *db, const char *instance,
			 const char *const *ids, size_t count,
			 struct error *err)
{
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, db, err) ||
	    !db_run(db, NULL, "DELETE FROM instance_group WHERE instance = ?",
		    err, "s", instance))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!db_run(db, NULL,
			    "INSERT INTO instance_group (instance, grp, "
			    "position) VALUES (?, ?, ?)",
			    err, "ssi", instance, ids[i], (int64_t)i))
			return false;
	return tx_commit(&tx, err);
}

bool instance_groups(struct db *db, const char *instance, struct arena *arena,
		     const struct security_group **ret_groups,
		     size_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct security_group *all = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       SELECT " JOIN instance_group AS g ON g.grp = t.id "
			      "WHERE g.instance = ? ORDER BY g.position",
		       err, "s", instance))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			return fail_memory(err);
		group_read(&stmt, arena, &all[count++]);
	}
	*ret_groups = all;
	*ret_count = count;
	return found == 0;
}

bool security_group_reaches(struct db *db, const char *id, struct arena *arena,
			    const char *const **ret_instances,
			    size_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT i.id FROM instance AS i WHERE i.state <> "
			 "'terminated' AND i.id IN (SELECT instance FROM "
			 "instance_group WHERE grp = ?1 OR grp IN (SELECT grp "
			 "FROM security_group_rule WHERE peer = ?1)) "
			 "ORDER BY i.seq",
			 err, "s", id) &&
	       stmt_strs(&stmt, arena, ret_instances, ret_count, err);
}
