/* modify-volume-attribute.c - change one attribute of a volume */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/params-value.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "VolumeId", "");
	const json_t *value =
		json_object_get(args_get(args, "AutoEnableIO"), "Value");
	struct volume volume;

	if (!arena)
		return fail_memory(err);
	if (!authorise_volume(call, RIGHT_OWN, id, arena, &volume, err))
		return false;
	if (!value)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "AutoEnableIO");
	if (!call_dry_run(call, err) ||
	    !volume_set_auto_enable_io(call->store->db, id, json_is_true(value),
				       err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_modify_volume_attribute = {
	.name = "ModifyVolumeAttribute",
	.brief = "change one attribute of a volume",
	.about = "Notes whether a volume whose data may be inconsistent "
		 "should go on all the same. Nothing here ever stops a "
		 "volume's I/O for that reason.",
	.params = (const struct param[]) {
		{ "AutoEnableIO", PARAM_STRUCT, 0, NULL, "noted", NULL,
		  params_value_flag },
		{ "VolumeId", PARAM_ID, PARAM_REQUIRED, "vol", "the volume" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND, FAULT_NONE },
	.example = "qami modify-volume-attribute --volume-id "
		   "vol-0123456789abcdef0 --auto-enable-io",
	.run = run,
};
