/* keypair.c - the key_pair table */
#include "images/registry/keypair.h"

#include "images/registry/query-private.h"

#define SELECT                                                          \
	"SELECT t.seq, t.id, t.owner, t.name, t.type, t.fingerprint, "  \
	"t.public_key, t.created FROM key_pair AS t"

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "fingerprint", "t.fingerprint" },
		{ "key-name", "t.name" },
		{ "key-pair-id", "t.id" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static void pair_read(struct stmt *stmt, struct arena *arena,
		      struct key_pair *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->name = column_str(stmt, 3, arena);
	ret->type = column_str(stmt, 4, arena);
	ret->fingerprint = column_str(stmt, 5, arena);
	ret->public_key = column_str(stmt, 6, arena);
	ret->created = column_int(stmt, 7);
}

ROWS_DEFINE(pair, key_pair)

bool key_pair_insert(struct db *db, const struct key_pair *pair,
		     struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO key_pair (id, owner, name, type, "
		      "fingerprint, public_key, created) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?)",
		      err, "ssssssi", pair->id, pair->owner, pair->name,
		      pair->type, pair->fingerprint, pair->public_key,
		      pair->created);
}

bool key_pair_get(struct db *db, const char *id, struct arena *arena,
		  struct key_pair *ret_pair, bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       pair_one(&stmt, arena, ret_pair, ret_found, err);
}

bool key_pair_named(struct db *db, const char *owner, const char *name,
		    struct arena *arena, struct key_pair *ret_pair,
		    bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.owner = ? AND t.name = ?",
			 err, "ss", owner, name) &&
	       pair_one(&stmt, arena, ret_pair, ret_found, err);
}

bool key_pair_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM key_pair WHERE id = ?", err, "s",
		      id);
}

bool key_pair_list(struct db *db, const struct query *query,
		   bool (*row)(void *data, const struct key_pair *pair,
			       struct error *err),
		   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       pair_each(&stmt, row, data, err);
}
