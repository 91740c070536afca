/* describe-snapshot-attribute.c - who may make volumes of a snapshot */
#include <string.h>

#include "images/snapshot.h"
#include "launcher/action/permission.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "SnapshotId", "");
	struct snapshot snapshot;

	if (!arena)
		return fail_memory(err);
	if (!authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err) ||
	    !call_dry_run(call, err))
		return false;
	node_str(reply->root, "SnapshotId", "snapshotId", id);
	if (strcmp(args_str(args, "Attribute", ""), "productCodes") == 0) {
		node_list(reply->root, "ProductCodes", "productCodes");
		return true;
	}
	return snapshot_permission_each(call->store->db, id, reply_grantee,
					node_list(reply->root,
						  "CreateVolumePermissions",
						  "createVolumePermission"),
					err);
}

const struct action action_describe_snapshot_attribute = {
	.name = "DescribeSnapshotAttribute",
	.brief = "show who may make volumes of a snapshot",
	.about = "Shows one attribute of a snapshot that the caller owns.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "the snapshot" },
		{ "Attribute", PARAM_STRING, PARAM_REQUIRED | PARAM_LOOSE,
		  "createVolumePermission|productCodes", "which" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami describe-snapshot-attribute --snapshot-id "
		   "snap-0123456789abcdef0 --attribute "
		   "createVolumePermission",
	.run = run,
};
