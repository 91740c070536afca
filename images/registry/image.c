/* image.c - the image table */
#include "images/registry/image.h"

#include "images/registry/query-private.h"

#define COLUMNS                                                                \
	"t.seq, t.id, t.owner, t.name, t.description, t.kind, "                \
	"t.architecture, t.state, t.location, t.root_device_name, "            \
	"t.root_device_type, t.boot_mode, t.imds_support, t.kernel, "          \
	"t.ramdisk, t.ena, t.layer, t.cmdline, t.created, t.protection, "      \
	"t.protected_until, t.source_instance, t.source_image, "               \
	"t.source_region, t.launched, t.binned, t.bin_until, t.bin_state"
#define PUBLIC                                                                 \
	"EXISTS (SELECT 1 FROM launch_permission "                             \
	"WHERE image = t.id AND grantee = 'all')"
/* What is public grows old: two years are the most it has. */
#define TWO_YEARS                                                              \
	"coalesce(1000000 * unixepoch(t.created / 1000000, 'unixepoch', "      \
	"'+2 years'), 253402300799999999)" /* TIME_MOST: SQLite knows no later */
#define DEPRECATED                                                             \
	"iif(" PUBLIC ", min(coalesce(t.deprecated, " TWO_YEARS "), "          \
	TWO_YEARS "), t.deprecated)"
#define SELECT                                                                 \
	"SELECT " COLUMNS ", " PUBLIC ", " DEPRECATED " FROM image AS t"
#define GRANTED                                                                \
	"EXISTS (SELECT 1 FROM launch_permission "                             \
	"WHERE image = t.id AND grantee IN (?, 'all'))"
/* Of one that could not be restored from an object. */
#define REASON(column)                                                         \
	"coalesce(iif(t.state = 'failed', (SELECT r." column                   \
	" FROM image_task AS r WHERE r.image = t.id AND r.kind = 'restore' "   \
	"ORDER BY r.seq DESC LIMIT 1), NULL), '')"
#define MAPPING "t.id IN (SELECT image FROM image_mapping WHERE "

static const struct listing listing = {
	.select = SELECT,
	.visible_count = 2, /* visible_write()'s */
	.columns = (const struct column[]) {
		{ "architecture", "t.architecture" },
		{ "block-device-mapping.device-name", "device", MAPPING },
		{ "block-device-mapping.snapshot-id", "snapshot", MAPPING },
		{ "block-device-mapping.volume-size", "size || ''", MAPPING },
		{ "block-device-mapping.volume-type", "type", MAPPING },
		{ "block-device-mapping.delete-on-termination",
		  SQL_BOOL("delete_on_termination"), MAPPING },
		{ "block-device-mapping.encrypted",
		  SQL_BOOL("EXISTS (SELECT 1 FROM snapshot AS s WHERE "
			   "s.id = snapshot AND s.kms_key IS NOT NULL)"),
		  MAPPING },
		{ "creation-date", SQL_TIME("t.created") },
		{ "description", "t.description" },
		{ "ena-support", SQL_BOOL("t.ena") },
		{ "free-tier-eligible", "''" },
		{ "hypervisor", "'kvm'" },
		{ "image-allowed", "''" },
		{ "image-id", "t.id" },
		{ "image-type", "t.kind" },
		{ "is-public", SQL_BOOL(PUBLIC) },
		{ "kernel-id", "t.kernel" },
		{ "manifest-location", "t.location" },
		{ "name", "t.name" },
		{ "owner-alias", "''" },
		{ "owner-id", "t.owner" },
		{ "platform", "''" },
		{ "product-code", "''" },
		{ "product-code.type", "''" },
		{ "ramdisk-id", "t.ramdisk" },
		{ "root-device-name", "t.root_device_name" },
		{ "root-device-type", "t.root_device_type" },
		{ "source-image-id", "t.source_image" },
		{ "source-image-region", "t.source_region" },
		{ "source-instance-id", "t.source_instance" },
		{ "state", "t.state" },
		{ "state-reason-code", REASON("code") },
		{ "state-reason-message", REASON("message") },
		{ "sriov-net-support", "''" },
		{ "virtualization-type", "'hvm'" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
	.granted = "SELECT image FROM launch_permission WHERE grantee = ?",
};

static void image_read(struct stmt *stmt, struct arena *arena,
		       struct image *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->name = column_str(stmt, 3, arena);
	ret->description = column_str(stmt, 4, arena);
	ret->kind = column_str(stmt, 5, arena);
	ret->architecture = column_str(stmt, 6, arena);
	ret->state = column_str(stmt, 7, arena);
	ret->location = column_str(stmt, 8, arena);
	ret->root_device_name = column_str(stmt, 9, arena);
	ret->root_device_type = column_str(stmt, 10, arena);
	ret->boot_mode = column_str(stmt, 11, arena);
	ret->imds_support = column_str(stmt, 12, arena);
	ret->kernel = column_str(stmt, 13, arena);
	ret->ramdisk = column_str(stmt, 14, arena);
	ret->ena = column_int(stmt, 15);
	ret->layer = column_str(stmt, 16, arena);
	ret->cmdline = column_str(stmt, 17, arena);
	ret->created = column_int(stmt, 18);
	ret->protection = column_str(stmt, 19, arena);
	ret->protected_until = column_int(stmt, 20);
	ret->source_instance = column_str(stmt, 21, arena);
	ret->source_image = column_str(stmt, 22, arena);
	ret->source_region = column_str(stmt, 23, arena);
	ret->launched = column_int(stmt, 24);
	ret->binned = column_int(stmt, 25);
	ret->bin_until = column_int(stmt, 26);
	ret->bin_state = column_str(stmt, 27, arena);
	ret->is_public = column_int(stmt, 28);
	ret->deprecated = column_int(stmt, 29);
}

ROWS_DEFINE(image, image)

bool image_insert(struct db *db, const struct image *image, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO image (id, owner, name, description, kind, "
		      "architecture, state, location, root_device_name, "
		      "root_device_type, boot_mode, imds_support, kernel, "
		      "ramdisk, ena, layer, cmdline, created, source_instance, "
		      "source_image, source_region) VALUES (?, ?, ?, ?, ?, ?, "
		      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "ssssssssssssssbssisss", image->id, image->owner,
		      image->name, image->description, image->kind,
		      image->architecture, image->state, image->location,
		      image->root_device_name, image->root_device_type,
		      image->boot_mode, image->imds_support, image->kernel,
		      image->ramdisk, image->ena, image->layer, image->cmdline,
		      image->created, image->source_instance,
		      image->source_image, image->source_region);
}

bool image_mapping_insert(struct db *db, const char *image, size_t position,
			  const struct mapping *mapping, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO image_mapping (image, position, device, "
		      "virtual_name, snapshot, size, type, iops, throughput, "
		      "delete_on_termination, no_device) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "sisssnsnnib", image, (int64_t)position,
		      mapping->device, mapping->virtual_name, mapping->snapshot,
		      mapping->size, mapping->type, mapping->iops,
		      mapping->throughput,
		      (int64_t)(mapping->delete_on_termination != 0),
		      mapping->no_device);
}

bool image_mapping_clear(struct db *db, const char *image, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM image_mapping WHERE image = ?",
		      err, "s", image);
}

bool image_drop_kernel(struct db *db, struct arena *arena,
		       const char **ret_layer, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	*ret_layer = NULL;
	if (!stmt_open(&stmt, db,
		       "SELECT id, layer FROM image WHERE kind <> 'machine' "
		       "AND state = 'deregistered' AND layer IS NOT NULL "
		       "AND NOT EXISTS (SELECT 1 FROM instance WHERE "
		       "instance.state <> 'terminated' "
		       "AND image.id IN (kernel, ramdisk)) LIMIT 1",
		       err, ""))
		return false;
	found = stmt_step(&stmt, err);
	if (found <= 0)
		return found == 0;
	*ret_layer = column_str(&stmt, 1, arena);
	return db_run(db, NULL, "UPDATE image SET layer = NULL WHERE id = ?",
		      err, "s", column_str(&stmt, 0, arena));
}

bool image_get(struct db *db, const char *id, struct arena *arena,
	       struct image *ret_image, bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       image_one(&stmt, arena, ret_image, ret_found, err);
}

bool image_mappings(struct db *db, const char *id, struct arena *arena,
		    const struct mapping **ret_mappings, size_t *ret_count,
		    struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct mapping *all = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT device, virtual_name, snapshot, size, type, "
		       "iops, throughput, delete_on_termination, no_device, "
		       "(SELECT kms_key FROM snapshot AS s "
		       "WHERE s.id = snapshot) IS NOT NULL, lost "
		       "FROM image_mapping WHERE image = ? ORDER BY position",
		       err, "s", id))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		struct mapping *mapping;

		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			return fail_memory(err);
		mapping = &all[count++];
		mapping->device = column_str(&stmt, 0, arena);
		mapping->virtual_name = column_str(&stmt, 1, arena);
		mapping->snapshot = column_str(&stmt, 2, arena);
		mapping->size = column_int(&stmt, 3);
		mapping->type = column_str(&stmt, 4, arena);
		mapping->iops = column_int(&stmt, 5);
		mapping->throughput = column_int(&stmt, 6);
		mapping->delete_on_termination = (int)column_int(&stmt, 7);
		mapping->no_device = column_int(&stmt, 8);
		mapping->sealed = column_int(&stmt, 9);
		mapping->lost = column_str(&stmt, 10, arena);
	}
	*ret_mappings = all;
	*ret_count = count;
	return found == 0;
}

/* The condition by which others do not find what is deprecated; the owner
 * does. */
static void visible_write(struct buf *text, const struct query *query)
{
	buf_str(text, "(t.owner = ? OR (" GRANTED);
	if (query->fresh && !query->id_count)
		buf_printf(text, " AND coalesce(" DEPRECATED " > %lld, true)",
			   (long long)query->fresh);
	buf_str(text, "))");
}

bool image_list(struct db *db, const struct query *query,
		bool (*row)(void *data, const struct image *image,
			    struct error *err),
		void *data, struct error *err)
{
	struct listing here = listing;
	auto_stmt stmt = STMT_INIT;
	auto_buf visible = BUF_INIT;

	visible_write(&visible, query);
	if (visible.broken)
		return fail_memory(err);
	here.visible = buf_text(&visible);
	return listing_open(&stmt, db, &here, query,
			    query->bin == BIN_ALONE ?
				    "t.bin_until IS NOT NULL" :
			    query->enabled ? "t.state NOT IN ('deregistered', "
					     "'disabled')" :
					     "t.state <> 'deregistered'",
			    err) &&
	       image_each(&stmt, row, data, err);
}

bool image_launchable(struct db *db, const char *id, const char *account,
		      bool *ret_launchable, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM image WHERE id = ?1 AND (owner = ?2 OR "
			 "(state <> 'deregistered' AND EXISTS "
			 "(SELECT 1 FROM launch_permission "
			 "WHERE image = ?1 AND grantee IN (?2, 'all'))))",
			 err, "ss", id, account) &&
	       stmt_found(&stmt, ret_launchable, err);
}

bool image_find_name(struct db *db, const char *owner, const char *name,
		     struct arena *arena, const char **ret_id,
		     struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT id FROM image WHERE owner = ? AND name = ? "
		       "AND state <> 'deregistered'",
		       err, "ss", owner, name))
		return false;
	found = stmt_step(&stmt, err);
	*ret_id = found > 0 ? column_str(&stmt, 0, arena) : NULL;
	return found >= 0;
}

bool image_pending_on(struct db *db, const char *snapshot, struct arena *arena,
		      const char *const **ret_ids, size_t *ret_count,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(
		       &stmt, db,
		       "SELECT id FROM image WHERE state = 'pending' AND id IN "
		       "(SELECT image FROM image_mapping WHERE snapshot = ?)",
		       err, "s", snapshot) &&
	       stmt_strs(&stmt, arena, ret_ids, ret_count, err);
}

bool image_set_state(struct db *db, const char *id, const char *state,
		     struct error *err)
{
	return db_run(db, NULL, "UPDATE image SET state = ?2 WHERE id = ?1",
		      err, "ss", id, state);
}

bool image_set_description(struct db *db, const char *id,
			   const char *description, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image SET description = ?2 WHERE id = ?1", err,
		      "ss", id, description);
}

bool image_set_imds(struct db *db, const char *id, const char *support,
		    struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image SET imds_support = ?2 WHERE id = ?1", err,
		      "ss", id, support);
}

bool image_set_deprecated(struct db *db, const char *id, usec_t when,
			  struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image SET deprecated = ?2 WHERE id = ?1", err,
		      "sn", id, (int64_t)when);
}

bool image_set_protection(struct db *db, const char *id, const char *protection,
			  usec_t until, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image SET protection = ?2, protected_until = ?3 "
		      "WHERE id = ?1",
		      err, "ssn", id, protection, (int64_t)until);
}

bool image_set_launched(struct db *db, const char *id, usec_t when,
			struct error *err)
{
	return db_run(db, NULL, "UPDATE image SET launched = ?2 WHERE id = ?1",
		      err, "si", id, (int64_t)when);
}

bool image_set_binned(struct db *db, const char *id, usec_t since, usec_t until,
		      struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image SET binned = ?2, bin_until = ?3, "
		      "state = iif(?2 IS NULL, bin_state, 'deregistered'), "
		      "bin_state = iif(?2 IS NULL, NULL, state) WHERE id = ?1",
		      err, "snn", id, (int64_t)since, (int64_t)until);
}

bool image_end_binned(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image SET binned = NULL, bin_until = NULL, "
		      "bin_state = NULL WHERE id = ?",
		      err, "s", id);
}

bool image_bin_due(struct db *db, usec_t now, struct arena *arena,
		   const char **ret_id, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT id FROM image WHERE bin_until <= ? "
		       "ORDER BY bin_until LIMIT 1",
		       err, "i", (int64_t)now))
		return false;
	found = stmt_step(&stmt, err);
	*ret_id = found > 0 ? column_str(&stmt, 0, arena) : NULL;
	return found >= 0;
}

bool launch_permission_add(struct db *db, const char *id, const char *grantee,
			   struct error *err)
{
	return db_run(db, NULL,
		      "INSERT OR IGNORE INTO launch_permission "
		      "(image, grantee) VALUES (?, ?)",
		      err, "ss", id, grantee);
}

bool launch_permission_remove(struct db *db, const char *id,
			      const char *grantee, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM launch_permission "
		      "WHERE image = ? AND grantee = ?",
		      err, "ss", id, grantee);
}

bool launch_permission_clear(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM launch_permission WHERE image = ?",
		      err, "s", id);
}

bool launch_permission_each(struct db *db, const char *id,
			    void (*row)(void *data, const char *grantee),
			    void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT grantee FROM launch_permission "
		       "WHERE image = ? ORDER BY grantee",
		       err, "s", id))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		char grantee[16];

		column_copy(&stmt, 0, grantee, sizeof(grantee));
		row(data, grantee);
	}
	return found == 0;
}
