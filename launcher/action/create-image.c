/* create-image.c - an instance becomes an image
 *
 * As EC2 does, the guest is shut down first and started again, unless NoReboot
 * says that its disks shall be taken as they are.
 */
#include "images/capture.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/instance/job.h"
#include "launcher/instance/reboot.h"
#include "launcher/instance/reconcile.h"

static bool take_it(struct call *call, const void *data, struct error *err)
{
	return capture_take(call, data, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const char types[] = "image|snapshot";
	auto_of(arena) arena = arena_new();
	const json_t *tags = args_get(args, "TagSpecifications");
	struct capture capture = {
		.instance = args_str(args, "InstanceId", ""),
		.name = args_str(args, "Name", ""),
		.description = args_str(args, "Description", NULL),
	};
	struct capture_plan plan;
	bool off;

	if (!arena)
		return fail_memory(err);
	if (!args_mappings(args_get(args, "BlockDeviceMappings"), arena,
			   &capture.mappings, &capture.mapping_count, err) ||
	    !args_tags(tags, "image", types, arena, &capture.tags,
		       &capture.tag_count, err) ||
	    !args_tags(tags, "snapshot", types, arena, &capture.snapshot_tags,
		       &capture.snapshot_tag_count, err) ||
	    !reconcile(call, err) ||
	    !capture_plan(call, &capture, arena, &plan, err))
		return false;
	off = plan.running && !args_bool(args, "NoReboot", false);
	if (!(off ? reboot_around(call, capture.instance, take_it, &plan, err) :
		    capture_take(call, &plan, err)))
		return false;
	node_str(reply->root, "ImageId", "imageId", plan.id);
	return job_spawn(call, err);
}

const struct action action_create_image = {
	.name = "CreateImage",
	.brief = "make an image of an instance",
	.about = "Takes a snapshot of every attached volume, all in one "
		 "instant, and registers an image over them that is mapped as "
		 "the instance is. A running guest is shut down first and "
		 "started again; with NoReboot it goes on, and its filesystems "
		 "are in the image as a power cut would leave them, unless a "
		 "guest agent freezes them. When it answers the image is "
		 "available.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "running or stopped" },
		{ "Name", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "3 to 128 characters, unique in the account" },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		{ "NoReboot", PARAM_BOOLEAN, 0, NULL,
		  "do not shut the guest down" },
		PARAMS_MAPPINGS,
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INVALID_PARAMETER, FAULT_INSTANCE_STATE,
		FAULT_IMAGE_NAME_MALFORMED,
		FAULT_IMAGE_NAME_DUPLICATE, FAULT_BLOCK_DEVICE_MAPPING,
		FAULT_MISSING_PARAMETER, FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_UNSUPPORTED,
		FAULT_SNAPSHOT_LIMIT, FAULT_NONE },
	.example = "qami create-image --instance-id i-0123456789abcdef0 "
		   "--name web-2",
	.machines = true,
	.run = run,
};
