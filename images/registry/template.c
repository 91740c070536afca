/* template.c - the launch_template and template_version tables */
#include "images/registry/template.h"

#include "images/registry/query-private.h"

#define SELECT                                                              \
	"SELECT t.seq, t.id, t.owner, t.name, t.creator, t.default_version, " \
	"(SELECT max(number) FROM template_version WHERE template = t.id), "  \
	"t.created FROM launch_template AS t"

#define SELECT_VERSION                                                      \
	"SELECT t.seq, t.id, t.template, o.name, o.owner, t.number, "         \
	"t.description, t.data, t.creator, t.created, "                       \
	"t.number = o.default_version FROM template_version AS t "            \
	"JOIN launch_template AS o ON o.id = t.template"

#define SQL_DATA(path) "json_extract(t.data, '$." path "')"

static const struct listing templates = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "create-time", SQL_TIME("t.created") },
		{ "launch-template-name", "t.name" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

/* What no template here can say is nothing that a filter finds. */
static const struct listing versions = {
	.select = SELECT_VERSION,
	.visible = "o.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "create-time", SQL_TIME("t.created") },
		{ "ebs-optimized",
		  SQL_BOOL("ifnull(" SQL_DATA("EbsOptimized") ", 0)") },
		{ "http-endpoint", SQL_DATA("MetadataOptions.HttpEndpoint") },
		{ "http-protocol-ipv4",
		  SQL_DATA("MetadataOptions.HttpEndpoint") },
		{ "host-resource-group-arn", "NULL" },
		{ "http-tokens", SQL_DATA("MetadataOptions.HttpTokens") },
		{ "iam-instance-profile", SQL_DATA("IamInstanceProfile.Arn") },
		{ "image-id", SQL_DATA("ImageId") },
		{ "instance-type", SQL_DATA("InstanceType") },
		{ "is-default-version",
		  SQL_BOOL("t.number = o.default_version") },
		{ "kernel-id", SQL_DATA("KernelId") },
		{ "license-configuration-arn", "NULL" },
		{ "network-card-index",
		  "CAST(" SQL_DATA("NetworkInterfaces[0].NetworkCardIndex")
			  " AS TEXT)" },
		{ "ram-disk-id", SQL_DATA("RamDiskId") },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "o.owner",
};

static void template_read(struct stmt *stmt, struct arena *arena,
			  struct launch_template *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->name = column_str(stmt, 3, arena);
	ret->creator = column_str(stmt, 4, arena);
	ret->default_version = column_int(stmt, 5);
	ret->latest_version = column_int(stmt, 6);
	ret->created = column_int(stmt, 7);
}

ROWS_DEFINE(template, launch_template)

static void version_read(struct stmt *stmt, struct arena *arena,
			 struct template_version *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->template = column_str(stmt, 2, arena);
	ret->name = column_str(stmt, 3, arena);
	ret->owner = column_str(stmt, 4, arena);
	ret->number = column_int(stmt, 5);
	ret->description = column_str(stmt, 6, arena);
	ret->data = column_str(stmt, 7, arena);
	ret->creator = column_str(stmt, 8, arena);
	ret->created = column_int(stmt, 9);
	ret->is_default = column_int(stmt, 10);
}

ROWS_DEFINE(version, template_version)

bool launch_template_insert(struct db *db,
			    const struct launch_template *template,
			    struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO launch_template (id, owner, name, creator, "
		      "default_version, last_version, created) "
		      "VALUES (?, ?, ?, ?, 1, 0, ?)",
		      err, "ssssi", template->id, template->owner,
		      template->name, template->creator, template->created);
}

bool launch_template_get(struct db *db, const char *id, struct arena *arena,
			 struct launch_template *ret_template, bool *ret_found,
			 struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       template_one(&stmt, arena, ret_template, ret_found, err);
}

bool launch_template_named(struct db *db, const char *owner, const char *name,
			   struct arena *arena,
			   struct launch_template *ret_template,
			   bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.owner = ? AND t.name = ?",
			 err, "ss", owner, name) &&
	       template_one(&stmt, arena, ret_template, ret_found, err);
}

bool launch_template_set_default(struct db *db, const char *id, int64_t number,
				 struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE launch_template SET default_version = ? "
		      "WHERE id = ?",
		      err, "is", number, id);
}

bool launch_template_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM launch_template WHERE id = ?", err,
		      "s", id);
}

bool launch_template_list(struct db *db, const struct query *query,
			  bool (*row)(void *data,
				      const struct launch_template *template,
				      struct error *err),
			  void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &templates, query, NULL, err) &&
	       template_each(&stmt, row, data, err);
}

/* The number that a template's last version has. */
static bool last_number(struct db *db, const char *template,
			int64_t *ret_number, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT last_version FROM launch_template WHERE id = ?",
		       err, "s", template) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_number = column_int(&stmt, 0);
	return true;
}

bool template_version_insert(struct db *db,
			     const struct template_version *version,
			     int64_t *ret_number, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE launch_template SET last_version = "
		      "last_version + 1 WHERE id = ?",
		      err, "s", version->template) &&
	       last_number(db, version->template, ret_number, err) &&
	       db_run(db, NULL,
		      "INSERT INTO template_version (id, template, number, "
		      "description, data, creator, created) VALUES "
		      "(?1 || ':' || ?2, ?1, ?2, ?3, ?4, ?5, ?6)",
		      err, "sisssi", version->template, *ret_number,
		      version->description, version->data, version->creator,
		      version->created);
}

bool template_version_get(struct db *db, const char *template, int64_t number,
			  struct arena *arena,
			  struct template_version *ret_version, bool *ret_found,
			  struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT_VERSION
			 " WHERE t.template = ? AND t.number = ?",
			 err, "si", template, number) &&
	       version_one(&stmt, arena, ret_version, ret_found, err);
}

bool template_version_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM template_version WHERE id = ?",
		      err, "s", id);
}

bool template_version_list(struct db *db, const struct query *query,
			   bool (*row)(void *data,
				       const struct template_version *version,
				       struct error *err),
			   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &versions, query, NULL, err) &&
	       version_each(&stmt, row, data, err);
}
