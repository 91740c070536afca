/* modify-snapshot-attribute.c - lend a snapshot, or take it back */
#include <string.h>

#include "images/snapshot.h"
#include "launcher/action/permission.h"

#define CHANGES_MOST 500

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct grantees grant, revoke;

	if (!arena)
		return fail_memory(err);
	if (strcmp(args_str(args, "Attribute", "createVolumePermission"),
		   "createVolumePermission") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "Snapshots have no product codes here");
	if (!args_permission(args, "CreateVolumePermission", "GroupNames",
			     arena, &grant, &revoke, err))
		return false;
	if (!grant.count == !revoke.count)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The request must either add or remove "
			    "permissions");
	if (grant.count + revoke.count > CHANGES_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "At most %d permissions can be changed in one "
			    "request",
			    CHANGES_MOST);
	const struct image_sharing sharing = {
		.add = grant.all,
		.add_count = grant.count,
		.remove = revoke.all,
		.remove_count = revoke.count,
		.unscanned = args_bool(args, "Force", false),
	};
	if (!snapshot_share(call, args_str(args, "SnapshotId", ""), &sharing,
			    err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_modify_snapshot_attribute = {
	.name = "ModifySnapshotAttribute",
	.brief = "let others make volumes of a snapshot",
	.about = "Adds or removes createVolumePermissions, for accounts or for "
		 "all. Whoever has one sees the snapshot and can make volumes "
		 "and images of it. None is given to all while the account "
		 "blocks public access to its snapshots, and none before the "
		 "snapshot was looked through for secrets, as by "
		 "'qami scan-snapshot': when any are found, or it cannot be "
		 "read, it stays private. --force publishes it unscanned; only "
		 "the store's owner has it.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "the snapshot" },
		{ "CreateVolumePermission", PARAM_STRUCT, 0, NULL,
		  "Add=[{UserId=…}] or Remove=[{Group=all}]", NULL,
		  params_permissions },
		{ "Attribute", PARAM_STRING, PARAM_LOOSE,
		  "createVolumePermission|productCodes", "which" },
		PARAMS_OPERATION,
		{ "GroupNames", PARAM_STRING, PARAM_LIST, NULL, "all",
		  "UserGroup" },
		{ "Force", PARAM_BOOLEAN, PARAM_HERE, NULL,
		  "make it public without looking for secrets" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_IMAGE_ATTRIBUTE_ITEM,
		FAULT_PARAMETER_COMBINATION, FAULT_INVALID_PARAMETER,
		FAULT_UNSUPPORTED, FAULT_OPERATION_NOT_PERMITTED, FAULT_NONE },
	.example = "qami modify-snapshot-attribute --snapshot-id "
		   "snap-0123456789abcdef0 --create-volume-permission "
		   "Add=[{UserId=222222222222}]",
	.run = run,
};
