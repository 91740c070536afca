/* scaling.c - the scaling_group and scaling_member tables */
#include "images/registry/scaling.h"

#include "images/registry/query-private.h"

#define SELECT                                                                 \
	"SELECT t.seq, t.id, t.owner, t.name, t.template, t.version, "         \
	"t.least, t.most, t.desired, t.cooldown, t.grace, "                    \
	"ifnull(t.warmup, -1), t.subnet, t.protect, t.suspended, t.tags, "     \
	"t.deleting, t.failures, t.again, t.created FROM scaling_group AS t"

#define SELECT_MEMBER                                                          \
	"SELECT t.seq, t.instance, t.scaling_group, g.name, t.type, t.zone, "  \
	"t.template, t.template_name, t.version, t.state, t.protected, "       \
	"t.joined, t.begun, ifnull((SELECT state FROM instance WHERE id = t.instance), "\
	"'') FROM scaling_member AS t "                                        \
	"JOIN scaling_group AS g ON g.id = t.scaling_group"

static const struct listing groups = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) { { 0 } },
	.order = "t.seq",
	.id = "t.name",
	.owner = "t.owner",
};

static const struct listing members = {
	.select = SELECT_MEMBER,
	.visible = "g.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) { { 0 } },
	.order = "t.seq",
	.id = "t.instance",
	.owner = "g.owner",
};

static void group_read(struct stmt *stmt, struct arena *arena,
		       struct scaling_group *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->name = column_str(stmt, 3, arena);
	ret->template = column_str(stmt, 4, arena);
	ret->version = column_str(stmt, 5, arena);
	ret->least = column_int(stmt, 6);
	ret->most = column_int(stmt, 7);
	ret->desired = column_int(stmt, 8);
	ret->cooldown = column_int(stmt, 9);
	ret->grace = column_int(stmt, 10);
	ret->warmup = column_int(stmt, 11);
	ret->subnet = column_str(stmt, 12, arena);
	ret->protect = column_int(stmt, 13);
	ret->suspended = column_str(stmt, 14, arena);
	ret->tags = column_str(stmt, 15, arena);
	ret->deleting = column_int(stmt, 16);
	ret->failures = column_int(stmt, 17);
	ret->again = column_int(stmt, 18);
	ret->created = column_int(stmt, 19);
}

ROWS_DEFINE(group, scaling_group)

static void member_read(struct stmt *stmt, struct arena *arena,
			struct scaling_member *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->instance = column_str(stmt, 1, arena);
	ret->group = column_str(stmt, 2, arena);
	ret->group_name = column_str(stmt, 3, arena);
	ret->type = column_str(stmt, 4, arena);
	ret->zone = column_str(stmt, 5, arena);
	ret->template = column_str(stmt, 6, arena);
	ret->template_name = column_str(stmt, 7, arena);
	ret->version = column_int(stmt, 8);
	ret->state = column_str(stmt, 9, arena);
	ret->protected = column_int(stmt, 10);
	ret->joined = column_int(stmt, 11);
	ret->begun = column_int(stmt, 12);
	ret->health = column_str(stmt, 13, arena);
}

ROWS_DEFINE(member, scaling_member)

bool scaling_group_insert(struct db *db, const struct scaling_group *group,
			  struct error *err)
{
	return db_run(
		db, NULL,
		"INSERT INTO scaling_group (id, owner, name, template, "
		"version, least, most, desired, cooldown, grace, warmup, "
		"subnet, protect, tags, created) VALUES (?1, ?2, ?3, ?4, "
		"?5, ?6, ?7, ?8, ?9, ?10, iif(?11 < 0, NULL, ?11), ?12, "
		"?13, ?14, ?15)",
		err, "sssssiiiiiisbsi", group->id, group->owner, group->name,
		group->template, group->version, group->least, group->most,
		group->desired, group->cooldown, group->grace, group->warmup,
		group->subnet, group->protect, group->tags, group->created);
}

bool scaling_group_get(struct db *db, const char *id, struct arena *arena,
		       struct scaling_group *ret_group, bool *ret_found,
		       struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       group_one(&stmt, arena, ret_group, ret_found, err);
}

bool scaling_group_named(struct db *db, const char *owner, const char *name,
			 struct arena *arena, struct scaling_group *ret_group,
			 bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.owner = ? AND t.name = ?",
			 err, "ss", owner, name) &&
	       group_one(&stmt, arena, ret_group, ret_found, err);
}

bool scaling_group_update(struct db *db, const struct scaling_group *group,
			  struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE scaling_group SET template = ?2, version = ?3, "
		      "least = ?4, most = ?5, desired = ?6, cooldown = ?7, "
		      "grace = ?8, warmup = iif(?9 < 0, NULL, ?9), "
		      "subnet = ?10, protect = ?11, suspended = ?12, "
		      "tags = ?13, deleting = ?14, failures = ?15, again = ?16 "
		      "WHERE id = ?1",
		      err, "sssiiiiiisbssbii", group->id, group->template,
		      group->version, group->least, group->most, group->desired,
		      group->cooldown, group->grace, group->warmup,
		      group->subnet, group->protect, group->suspended,
		      group->tags, group->deleting, group->failures,
		      group->again);
}

bool scaling_group_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM scaling_group WHERE id = ?", err,
		      "s", id);
}

bool scaling_group_list(struct db *db, const struct query *query,
			bool (*row)(void *data,
				    const struct scaling_group *group,
				    struct error *err),
			void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &groups, query, NULL, err) &&
	       group_each(&stmt, row, data, err);
}

bool scaling_member_insert(struct db *db, const struct scaling_member *member,
			   struct error *err)
{
	return db_run(
		db, NULL,
		"INSERT INTO scaling_member (instance, scaling_group, "
		"type, zone, template, template_name, version, "
		"protected, joined, begun) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
		"?)",
		err, "ssssssibii", member->instance, member->group,
		member->type, member->zone, member->template,
		member->template_name, member->version, member->protected,
		member->joined, member->begun);
}

bool scaling_member_get(struct db *db, const char *instance,
			struct arena *arena, struct scaling_member *ret_member,
			bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT_MEMBER " WHERE t.instance = ?", err,
			 "s", instance) &&
	       member_one(&stmt, arena, ret_member, ret_found, err);
}

bool scaling_member_move(struct db *db, const char *instance, const char *state,
			 struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE scaling_member SET state = ? WHERE instance = ?",
		      err, "ss", state, instance);
}

bool scaling_member_delete(struct db *db, const char *instance,
			   struct error *err)
{
	return db_run(db, NULL, "DELETE FROM scaling_member WHERE instance = ?",
		      err, "s", instance);
}

bool scaling_members(struct db *db, const char *group,
		     bool (*row)(void *data,
				 const struct scaling_member *member,
				 struct error *err),
		     void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT_MEMBER
			 " WHERE t.scaling_group = ? ORDER BY t.seq",
			 err, "s", group) &&
	       member_each(&stmt, row, data, err);
}

bool scaling_member_list(struct db *db, const struct query *query,
			 bool (*row)(void *data,
				     const struct scaling_member *member,
				     struct error *err),
			 void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &members, query, NULL, err) &&
	       member_each(&stmt, row, data, err);
}
