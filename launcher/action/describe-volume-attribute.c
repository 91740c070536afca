/* describe-volume-attribute.c - one attribute of a volume */
#include <string.h>

#include "images/authorise.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "VolumeId", "");
	struct volume volume;

	if (!arena)
		return fail_memory(err);
	if (!authorise_volume(call, RIGHT_OWN, id, arena, &volume, err) ||
	    !call_dry_run(call, err))
		return false;
	if (strcmp(args_str(args, "Attribute", ""), "productCodes") == 0)
		node_list(reply->root, "ProductCodes", "productCodes");
	else
		node_bool(node_struct(reply->root, "AutoEnableIO",
				      "autoEnableIO"),
			  "Value", "value", volume.auto_enable_io);
	node_str(reply->root, "VolumeId", "volumeId", id);
	return true;
}

const struct action action_describe_volume_attribute = {
	.name = "DescribeVolumeAttribute",
	.brief = "show one attribute of a volume",
	.about = "Shows one attribute of a volume that the caller owns.",
	.params = (const struct param[]) {
		{ "Attribute", PARAM_STRING, PARAM_REQUIRED | PARAM_LOOSE,
		  "autoEnableIO|productCodes", "which" },
		{ "VolumeId", PARAM_ID, PARAM_REQUIRED, "vol", "the volume" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND, FAULT_NONE },
	.example = "qami describe-volume-attribute --volume-id "
		   "vol-0123456789abcdef0 --attribute autoEnableIO",
	.run = run,
};
