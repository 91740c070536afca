/* instance.c - the instance table */
#include "images/registry/instance.h"

#include <string.h>

#include "images/registry/forward.h"
#include "images/registry/interface-private.h"

#define COLUMNS                                                                \
	"t.seq, t.id, t.owner, t.reservation, t.launch_index, t.image, "       \
	"t.type, t.state, t.architecture, t.zone, t.root_device_name, "        \
	"t.root_device_type, t.boot_mode, t.kernel, t.ramdisk, t.key_name, "   \
	"t.user_data, t.shutdown_behavior, t.disable_termination, "            \
	"t.disable_stop, t.ebs_optimized, t.source_dest_check, "               \
	"t.client_token, t.uuid, t.mac, t.address, t.uri, t.accel, t.pid, "    \
	"t.boot_id, t.launched, t.reason, t.reason_code, t.reason_message, "   \
	"t.changed, t.stale, t.public_key, t.network, t.interface, t.seed, "   \
	"t.http_endpoint, t.http_tokens, t.hop_limit, t.metadata_tags, "       \
	"t.credits, t.monitoring"
#define SELECT "SELECT " COLUMNS " FROM instance AS t"
#define ATTACHMENT "t.id IN (SELECT instance FROM attachment WHERE "

#define INTERFACE_TAG                                                          \
	"t.interface IN (SELECT resource FROM tag WHERE "

/* What switches are called in a reply. */
#define SQL_ABLE(what) "iif(" what ", 'enabled', 'disabled')"
#define ENDPOINT "t.http_endpoint AND NOT t.seed AND t.network <> 'plain'"

#define REACHABLE "iif(t.state = 'running', 'passed', '')"
#define STATUS "iif(t.state = 'running', 'ok', 'not-applicable')"

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "affinity", "NULL" },
		{ "architecture", "t.architecture" },
		{ "attached-ebs-status.status", STATUS },
		{ "availability-zone", "t.zone" },
		{ "block-device-mapping.attach-time", SQL_TIME("attached"),
		  ATTACHMENT },
		{ "block-device-mapping.delete-on-termination",
		  SQL_BOOL("delete_on_termination"), ATTACHMENT },
		{ "block-device-mapping.device-name", "device", ATTACHMENT },
		{ "block-device-mapping.status", "state", ATTACHMENT },
		{ "block-device-mapping.volume-id", "volume", ATTACHMENT },
		{ "boot-mode", "t.boot_mode" },
		{ "capacity-reservation-id", "NULL" },
		{ "capacity-reservation-specification."
		  "capacity-reservation-preference",
		  "'open'" },
		{ "capacity-reservation-specification.capacity-reservation-target."
		  "capacity-reservation-id",
		  "NULL" },
		{ "capacity-reservation-specification.capacity-reservation-target."
		  "capacity-reservation-resource-group-arn",
		  "NULL" },
		{ "client-token", "t.client_token" },
		{ "current-instance-boot-mode", "t.boot_mode" },
		{ "dns-name", "''" },
		{ "ebs-optimized", SQL_BOOL("t.ebs_optimized") },
		{ "ena-support", "'true'" },
		{ "enclave-options.enabled", "'false'" },
		{ "event.code", "''" },
		{ "event.description", "''" },
		{ "event.instance-event-id", "''" },
		{ "event.not-after", "''" },
		{ "event.not-before", "''" },
		{ "event.not-before-deadline", "''" },
		{ "group-id", "g.id", OF_GROUP },
		{ "group-name", "g.name", OF_GROUP },
		{ "hibernation-options.configured", "'false'" },
		{ "host-id", "NULL" },
		{ "hypervisor", "'kvm'" },
		{ "iam-instance-profile.arn", "NULL" },
		{ "iam-instance-profile.id", "NULL" },
		{ "image-id", "t.image" },
		{ "instance-id", "t.id" },
		{ "instance-lifecycle", "''" },
		{ "instance-state-code",
		  "CASE t.state WHEN 'pending' THEN '0' WHEN 'running' THEN "
		  "'16' WHEN 'shutting-down' THEN '32' WHEN 'terminated' THEN "
		  "'48' WHEN 'stopping' THEN '64' ELSE '80' END" },
		{ "instance-state-name", "t.state" },
		/* DescribeInstanceStatus's; events there are none */
		{ "instance-status.reachability", REACHABLE },
		{ "instance-status.status", STATUS },
		{ "instance-type", "t.type" },
		{ "instance.group-id", "g.id", OF_GROUP },
		{ "instance.group-name", "g.name", OF_GROUP },
		{ "ip-address", "NULL" },
		{ "ipv6-address", "NULL" },
		{ "kernel-id", "t.kernel" },
		{ "key-name", "t.key_name" },
		{ "launch-index", "t.launch_index || ''" },
		{ "launch-time", SQL_TIME("t.launched") },
		{ "maintenance-options.auto-recovery", "'default'" },
		{ "metadata-options.http-endpoint", SQL_ABLE(ENDPOINT) },
		{ "metadata-options.http-protocol-ipv4", SQL_ABLE(ENDPOINT) },
		{ "metadata-options.http-protocol-ipv6", "'disabled'" },
		{ "metadata-options.http-put-response-hop-limit",
		  "t.hop_limit || ''" },
		{ "metadata-options.http-tokens", "t.http_tokens" },
		{ "metadata-options.instance-metadata-tags",
		  SQL_ABLE("t.metadata_tags") },
		{ "metadata-options.state", "'applied'" },
		{ "monitoring-state", SQL_ABLE("t.monitoring") },
		INTERFACE_COLUMNS("network-interface."),
		{ "network-performance-options.bandwidth-weighting",
		  "'default'" },
		{ "network-interface.tag-key", "key", INTERFACE_TAG },
		{ "network-interface.tag-value", "value", INTERFACE_TAG },
		{ "operator.managed", "'false'" },
		{ "operator.principal", "NULL" },
		{ "outpost-arn", "NULL" },
		{ "owner-id", "t.owner" },
		{ "placement-group-name", "NULL" },
		{ "placement-partition-number", "NULL" },
		{ "platform", "NULL" },
		{ "platform-details", "'Linux/UNIX'" },
		{ "private-dns-name",
		  "iif(t.state = 'terminated', '', t.id || '.ec2.internal')" },
		{ "private-dns-name-options."
		  "enable-resource-name-dns-aaaa-record",
		  "'false'" },
		{ "private-dns-name-options.enable-resource-name-dns-a-record",
		  "'false'" },
		{ "private-dns-name-options.hostname-type", "'resource-name'" },
		{ "private-ip-address", "t.address" },
		{ "product-code", "NULL" },
		{ "product-code.type", "NULL" },
		{ "ramdisk-id", "t.ramdisk" },
		{ "reason", "t.reason" },
		{ "requester-id", "NULL" },
		{ "reservation-id", "t.reservation" },
		{ "root-device-name", "t.root_device_name" },
		{ "root-device-type", "t.root_device_type" },
		{ "source-dest-check", SQL_BOOL("t.source_dest_check") },
		{ "spot-instance-request-id", "NULL" },
		{ "state-reason-code", "t.reason_code" },
		{ "state-reason-message", "t.reason_message" },
		{ "subnet-id", OF_VPC("v.subnet") },
		{ "system-status.reachability", REACHABLE },
		{ "system-status.status", STATUS },
		{ "tenancy", "'default'" },
		{ "tpm-support", "NULL" },
		{ "usage-operation", "'RunInstances'" },
		{ "usage-operation-update-time", SQL_TIME("t.launched") },
		{ "virtualization-type", "'hvm'" },
		{ "vpc-id", OF_VPC("v.id") },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static void instance_read(struct stmt *stmt, struct arena *arena,
			  struct instance *ret)
{
	size_t size = (size_t)sqlite3_column_bytes(stmt->raw, 16);
	const void *data = sqlite3_column_blob(stmt->raw, 16);
	void *copy = data ? arena_alloc(arena, size) : NULL;

	*ret = (struct instance){
		.seq = column_int(stmt, 0),
		.id = column_str(stmt, 1, arena),
		.owner = column_str(stmt, 2, arena),
		.reservation = column_str(stmt, 3, arena),
		.launch_index = column_int(stmt, 4),
		.image = column_str(stmt, 5, arena),
		.type = column_str(stmt, 6, arena),
		.state = column_str(stmt, 7, arena),
		.architecture = column_str(stmt, 8, arena),
		.zone = column_str(stmt, 9, arena),
		.root_device_name = column_str(stmt, 10, arena),
		.root_device_type = column_str(stmt, 11, arena),
		.boot_mode = column_str(stmt, 12, arena),
		.kernel = column_str(stmt, 13, arena),
		.ramdisk = column_str(stmt, 14, arena),
		.key_name = column_str(stmt, 15, arena),
		.user_data = copy ? memcpy(copy, data, size) : NULL,
		.user_data_size = copy ? size : 0,
		.shutdown_behavior = column_str(stmt, 17, arena),
		.disable_termination = column_int(stmt, 18),
		.disable_stop = column_int(stmt, 19),
		.ebs_optimized = column_int(stmt, 20),
		.source_dest_check = column_int(stmt, 21),
		.client_token = column_str(stmt, 22, arena),
		.uuid = column_str(stmt, 23, arena),
		.mac = column_str(stmt, 24, arena),
		.address = column_str(stmt, 25, arena),
		.uri = column_str(stmt, 26, arena),
		.accel = column_str(stmt, 27, arena),
		.pid = column_int(stmt, 28),
		.boot_id = column_str(stmt, 29, arena),
		.launched = column_int(stmt, 30),
		.reason = column_str(stmt, 31, arena),
		.reason_code = column_str(stmt, 32, arena),
		.reason_message = column_str(stmt, 33, arena),
		.changed = column_int(stmt, 34),
		.stale = column_int(stmt, 35),
		.public_key = column_str(stmt, 36, arena),
		.network = column_str(stmt, 37, arena),
		.interface = column_str(stmt, 38, arena),
		.seed = column_int(stmt, 39),
		.http_endpoint = column_int(stmt, 40),
		.http_tokens = column_str(stmt, 41, arena),
		.hop_limit = column_int(stmt, 42),
		.metadata_tags = column_int(stmt, 43),
		.credits = column_str(stmt, 44, arena),
		.monitoring = column_int(stmt, 45),
	};
}

ROWS_DEFINE(instance, instance)

bool instance_insert(struct db *db, const struct instance *i, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO instance (id, owner, reservation, "
		      "launch_index, image, type, state, architecture, zone, "
		      "root_device_name, root_device_type, boot_mode, kernel, "
		      "ramdisk, key_name, user_data, shutdown_behavior, "
		      "disable_termination, disable_stop, ebs_optimized, "
		      "client_token, uuid, mac, address, uri, accel, boot_id, "
		      "launched, changed, public_key, network, interface, "
		      "seed, http_endpoint, http_tokens, hop_limit, "
		      "metadata_tags, credits, monitoring) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "sssisssssssssssdsbbbsssssssiisssbbsibsb", i->id,
		      i->owner, i->reservation, i->launch_index, i->image,
		      i->type, i->state, i->architecture, i->zone,
		      i->root_device_name, i->root_device_type, i->boot_mode,
		      i->kernel, i->ramdisk, i->key_name, i->user_data,
		      i->user_data_size, i->shutdown_behavior,
		      i->disable_termination, i->disable_stop, i->ebs_optimized,
		      i->client_token, i->uuid, i->mac, i->address, i->uri,
		      i->accel, i->boot_id, i->launched, i->changed,
		      i->public_key, i->network, i->interface, i->seed,
		      i->http_endpoint, i->http_tokens, i->hop_limit,
		      i->metadata_tags, i->credits, i->monitoring);
}

bool instance_get(struct db *db, const char *id, struct arena *arena,
		  struct instance *ret_instance, bool *ret_found,
		  struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       instance_one(&stmt, arena, ret_instance, ret_found, err);
}

bool instance_at(struct db *db, const char *address, struct arena *arena,
		 const char **ret_id, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT id FROM instance WHERE address = ? AND "
		       "network = 'bridge' AND state IN ('pending', 'running')",
		       err, "s", address))
		return false;
	found = stmt_step(&stmt, err);
	*ret_id = found > 0 ? column_str(&stmt, 0, arena) : NULL;
	return found >= 0;
}

bool instance_list(struct db *db, const struct query *query,
		   bool (*row)(void *data, const struct instance *instance,
			       struct error *err),
		   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       instance_each(&stmt, row, data, err);
}

bool instance_move(struct db *db, const char *id, const char *from,
		   const char *to, const char *reason_code,
		   const char *reason_message, usec_t now, bool *ret_moved,
		   struct error *err)
{
	int changed;

	if (!db_run(db, &changed,
		    "UPDATE instance SET state = ?3, reason_code = ?4, "
		    "reason_message = ?5, changed = ?6, reason = iif(?5 IS "
		    "NULL, '', iif(?4 LIKE 'Client.User%', 'User initiated', "
		    "?5) || strftime(' (%Y-%m-%d %H:%M:%S GMT)', "
		    "?6 / 1000000, 'unixepoch')), pid = iif(?3 IN ('stopped', "
		    "'terminated'), 0, pid) WHERE id = ?1 AND state = ?2",
		    err, "sssssi", id, from, to, reason_code, reason_message,
		    now))
		return false;
	*ret_moved = changed > 0;
	return true;
}

bool instance_started(struct db *db, const char *id, const char *uri,
		      const char *accel, int64_t pid, const char *boot_id,
		      usec_t now, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE instance SET uri = ?2, accel = ?3, pid = ?4, "
		      "boot_id = ?5, launched = ?6, stale = 0 WHERE id = ?1",
		      err, "sssisi", id, uri, accel, pid, boot_id, now);
}

bool instance_set_text(struct db *db, const char *id, enum instance_text which,
		       const char *value, struct error *err)
{
	static const char *const update[] = {
		[INSTANCE_TYPE] = "UPDATE instance SET type = ?2 WHERE id = ?1",
		[INSTANCE_SHUTDOWN_BEHAVIOR] =
			("UPDATE instance SET shutdown_behavior = ?2 "
			 "WHERE id = ?1"),
		[INSTANCE_KERNEL] =
			"UPDATE instance SET kernel = ?2 WHERE id = ?1",
		[INSTANCE_RAMDISK] =
			"UPDATE instance SET ramdisk = ?2 WHERE id = ?1",
		[INSTANCE_CREDITS] =
			"UPDATE instance SET credits = ?2 WHERE id = ?1",
	};

	return db_run(db, NULL, update[which], err, "ss", id, value);
}

bool instance_set_flag(struct db *db, const char *id, enum instance_flag which,
		       bool value, struct error *err)
{
	static const char *const update[] = {
		[INSTANCE_DISABLE_TERMINATION] =
			("UPDATE instance SET disable_termination = ?2 "
			 "WHERE id = ?1"),
		[INSTANCE_DISABLE_STOP] =
			"UPDATE instance SET disable_stop = ?2 WHERE id = ?1",
		[INSTANCE_EBS_OPTIMIZED] =
			"UPDATE instance SET ebs_optimized = ?2 WHERE id = ?1",
		[INSTANCE_SOURCE_DEST_CHECK] =
			("UPDATE instance SET source_dest_check = ?2 "
			 "WHERE id = ?1"),
		[INSTANCE_MONITORING] =
			"UPDATE instance SET monitoring = ?2 WHERE id = ?1",
		[INSTANCE_STALE] =
			"UPDATE instance SET stale = ?2 WHERE id = ?1",
	};

	return db_run(db, NULL, update[which], err, "sb", id, value);
}

bool instance_set_options(struct db *db, const struct instance *i,
			  struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE instance SET http_endpoint = ?2, "
		      "http_tokens = ?3, hop_limit = ?4, metadata_tags = ?5 "
		      "WHERE id = ?1",
		      err, "sbsib", i->id, i->http_endpoint, i->http_tokens,
		      i->hop_limit, i->metadata_tags);
}

bool instance_set_user_data(struct db *db, const char *id, const void *data,
			    size_t size, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE instance SET user_data = ?2 WHERE id = ?1", err,
		      "sd", id, data, size);
}

bool instance_ended(struct db *db, usec_t before, struct arena *arena,
		    const char **ret_id, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT id FROM instance WHERE state = 'terminated' "
		       "AND changed < ? LIMIT 1",
		       err, "i", before))
		return false;
	found = stmt_step(&stmt, err);
	*ret_id = found > 0 ? column_str(&stmt, 0, arena) : NULL;
	return found >= 0;
}

bool instance_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM scratch WHERE instance = ?", err,
		      "s", id) &&
	       db_run(db, NULL, "DELETE FROM instance_group WHERE instance = ?",
		      err, "s", id) &&
	       db_run(db, NULL,
		      "DELETE FROM tag WHERE resource = "
		      "(SELECT interface FROM instance WHERE id = ?)",
		      err, "s", id) &&
	       forward_clear(db, id, err) &&
	       /* its client token is remembered from its end on */
	       db_run(db, NULL,
		      "UPDATE op SET updated = max(updated, i.changed) FROM "
		      "instance AS i WHERE i.id = ? AND op.account = i.owner "
		      "AND op.client_token = i.client_token AND "
		      "op.action = 'RunInstances'",
		      err, "s", id) &&
	       db_run(db, NULL, "DELETE FROM instance WHERE id = ?", err, "s",
		      id);
}

bool scratch_insert(struct db *db, const char *instance,
		    const struct scratch *scratch, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO scratch (instance, device, virtual_name, "
		      "file, size, cache, below) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?)",
		      err, "ssssiss", instance, scratch->device,
		      scratch->virtual_name, scratch->file, scratch->size,
		      scratch->cache, scratch->below);
}

bool scratch_move(struct db *db, const char *instance, const char *device,
		  const char *file, const char *below, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE scratch SET file = ?3, below = ?4 "
		      "WHERE instance = ?1 AND device = ?2",
		      err, "ssss", instance, device, file, below);
}

bool scratch_of(struct db *db, const char *instance, struct arena *arena,
		const struct scratch **ret_disks, size_t *ret_count,
		struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct scratch *all = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT device, virtual_name, file, size, cache, below "
		       "FROM scratch WHERE instance = ? ORDER BY device",
		       err, "s", instance))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			return fail_memory(err);
		all[count++] = (struct scratch){
			.device = column_str(&stmt, 0, arena),
			.virtual_name = column_str(&stmt, 1, arena),
			.file = column_str(&stmt, 2, arena),
			.size = column_int(&stmt, 3),
			.cache = column_str(&stmt, 4, arena),
			.below = column_str(&stmt, 5, arena),
		};
	}
	*ret_disks = all;
	*ret_count = count;
	return found == 0;
}
