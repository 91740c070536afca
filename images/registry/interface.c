/* interface.c - network interfaces, out of the instance table */
#include "images/registry/interface.h"

#include "images/registry/interface-private.h"

#define SELECT                                                            \
	"SELECT t.seq, t.interface, t.owner, t.id, t.zone, v.id, "        \
	"v.subnet, t.mac, t.address, t.interface_description, "           \
	"t.source_dest_check, t.launched FROM instance AS t LEFT JOIN vpc " \
	"AS v ON v.owner = t.owner"

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		INTERFACE_COLUMNS(""),
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.interface",
	.owner = "t.owner",
};

static void interface_read(struct stmt *stmt, struct arena *arena,
			   struct interface *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->instance = column_str(stmt, 3, arena);
	ret->zone = column_str(stmt, 4, arena);
	ret->vpc = column_str(stmt, 5, arena);
	ret->subnet = column_str(stmt, 6, arena);
	ret->mac = column_str(stmt, 7, arena);
	ret->address = column_str(stmt, 8, arena);
	ret->description = column_str(stmt, 9, arena);
	ret->source_dest_check = column_int(stmt, 10);
	ret->attached = column_int(stmt, 11);
}

ROWS_DEFINE(interface, interface)

bool interface_get(struct db *db, const char *id, struct arena *arena,
		   struct interface *ret_interface, bool *ret_found,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.interface = ?", err, "s",
			 id) &&
	       interface_one(&stmt, arena, ret_interface, ret_found, err);
}

bool interface_describe(struct db *db, const char *id, const char *description,
			struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE instance SET interface_description = ?2 "
		      "WHERE interface = ?1",
		      err, "ss", id, description);
}

bool interface_add(struct db *db, const struct instance *instance,
		   struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE instance SET network = ?2, interface = ?3, "
		      "address = ?4, seed = ?5 "
		      "WHERE id = ?1 AND interface IS NULL",
		      err, "ssssb", instance->id, instance->network,
		      instance->interface, instance->address, instance->seed);
}

bool interface_list(struct db *db, const struct query *query,
		    bool (*row)(void *data, const struct interface *interface,
				struct error *err),
		    void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(
		       &stmt, db, &listing, query,
		       "t.interface IS NOT NULL AND t.state <> 'terminated'",
		       err) &&
	       interface_each(&stmt, row, data, err);
}
