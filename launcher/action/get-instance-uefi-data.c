/* get-instance-uefi-data.c - the UEFI variables of an instance or image
 *
 * EC2 tells them in a format of its own, which holds the variables but not the
 * flash that they lie in; here they are OVMF's flash, below instances/<id>/,
 * and an image has none.
 */
#include <string.h>

#include "images/image.h"
#include "launcher/action/action.h"

static bool check(struct call *call, const char *id, struct arena *arena,
		  struct error *err)
{
	struct instance instance;
	struct image image;

	return strncmp(id, "ami-", 4) == 0 ?
		       image_own(call, id, arena, &image, err) :
		       authorise_instance(call, RIGHT_OWN, id, arena, &instance,
					  err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "InstanceId", "");

	(void)reply;
	if (!arena)
		return fail_memory(err);
	return check(call, id, arena, err) && call_dry_run(call, err) &&
	       fail(err, FAULT_UNSUPPORTED,
		    "There is no UEFI data of '%s' in EC2's format", id);
}

const struct action action_get_instance_uefi_data = {
	.name = "GetInstanceUefiData",
	.brief = "tell that there is no UEFI data",
	.about = "Clients ask for the UEFI variables of what they made, and go "
		 "on without: nothing here keeps them in EC2's format.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i|ami",
		  "the instance, or an image" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_AUTH_FAILURE, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami get-instance-uefi-data --instance-id "
		   "i-0123456789abcdef0",
	.run = run,
};
