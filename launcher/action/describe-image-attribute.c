/* describe-image-attribute.c - one attribute of an image */
#include <string.h>

#include "images/image.h"
#include "launcher/action/noun/image.h"
#include "launcher/action/permission.h"

static void reply_value(struct node *into, const char *sdk, const char *wire,
			const char *value)
{
	struct node *node = node_struct(into, sdk, wire);

	node_str(node, "Value", "value", value);
}

static bool reply_attribute(struct call *call, const struct image *image,
			    const char *attribute, struct node *into,
			    struct error *err)
{
	char text[PROTECTION_SIZE];

	if (strcmp(attribute, "launchPermission") == 0)
		return launch_permission_each(
			call->store->db, image->id, reply_grantee,
			node_list(into, "LaunchPermissions",
				  "launchPermission"),
			err);
	if (strcmp(attribute, "blockDeviceMapping") == 0)
		return reply_image_mapping(call->store->db, image->id, into,
					   err);
	if (strcmp(attribute, "deregistrationProtection") == 0) {
		reply_protection(image, call->now, text);
		reply_value(into, "DeregistrationProtection",
			    "deregistrationProtection", text);
	} else if (strcmp(attribute, "lastLaunchedTime") == 0) {
		time_format(image->launched, text);
		reply_value(into, "LastLaunchedTime", "lastLaunchedTime",
			    image->launched ? text : NULL);
	} else if (strcmp(attribute, "productCodes") == 0)
		node_list(into, "ProductCodes", "productCodes");
	else if (strcmp(attribute, "description") == 0)
		reply_value(into, "Description", "description",
			    image->description);
	else if (strcmp(attribute, "kernel") == 0)
		reply_value(into, "KernelId", "kernel", image->kernel);
	else if (strcmp(attribute, "ramdisk") == 0)
		reply_value(into, "RamdiskId", "ramdisk", image->ramdisk);
	else if (strcmp(attribute, "bootMode") == 0)
		reply_value(into, "BootMode", "bootMode", image->boot_mode);
	else if (strcmp(attribute, "imdsSupport") == 0)
		reply_value(into, "ImdsSupport", "imdsSupport",
			    image->imds_support);
	/* those that no image has here */
	else if (strcmp(attribute, "tpmSupport") == 0)
		node_struct(into, "TpmSupport", "tpmSupport");
	else if (strcmp(attribute, "uefiData") == 0)
		node_struct(into, "UefiData", "uefiData");
	else
		node_struct(into, "SriovNetSupport", "sriovNetSupport");
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "ImageId", "");
	struct image image;

	if (!arena)
		return fail_memory(err);
	if (!image_own(call, id, arena, &image, err) ||
	    !call_dry_run(call, err))
		return false;
	node_str(reply->root, "ImageId", "imageId", id);
	return reply_attribute(call, &image, args_str(args, "Attribute", ""),
			       reply->root, err);
}

const struct action action_describe_image_attribute = {
	.name = "DescribeImageAttribute",
	.brief = "show one attribute of an image",
	.about = "Shows one attribute of an image that the caller owns.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami|aki|ari",
		  "the image" },
		{ "Attribute", PARAM_STRING, PARAM_REQUIRED | PARAM_LOOSE,
		  "launchPermission|description|blockDeviceMapping|"
		  "productCodes|kernel|ramdisk|bootMode|imdsSupport|"
		  "sriovNetSupport|lastLaunchedTime|"
		  "deregistrationProtection|tpmSupport|uefiData", "which" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami describe-image-attribute --image-id "
		   "ami-0123456789abcdef0 --attribute launchPermission",
	.run = run,
};
