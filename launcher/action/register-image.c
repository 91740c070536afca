/* register-image.c - make an image of snapshots, or of a bundle */
#include "images/bundled.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image_request request = {
		.name = args_str(args, "Name", ""),
		.description = args_str(args, "Description", NULL),
		.architecture = args_str(args, "Architecture", NULL),
		.root_device_name = args_str(args, "RootDeviceName", NULL),
		.boot_mode = args_str(args, "BootMode", NULL),
		.imds_support = args_str(args, "ImdsSupport", NULL),
		.kernel = args_str(args, "KernelId", NULL),
		.ramdisk = args_str(args, "RamdiskId", NULL),
		.ena = args_bool(args, "EnaSupport", false),
		.location = args_str(args, "ImageLocation", NULL),
	};
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!args_mappings(args_get(args, "BlockDeviceMappings"), arena,
			   &request.mappings, &request.mapping_count, err) ||
	    !args_tags(args_get(args, "TagSpecifications"), "image", "image",
		       arena, &request.tags, &request.tag_count, err) ||
	    !(request.location ? bundled_register(call, &request, id, err) :
				 image_register(call, &request, id, err)))
		return false;
	node_str(reply->root, "ImageId", "imageId", id);
	return true;
}

const struct action action_register_image = {
	.name = "RegisterImage",
	.brief = "make an image of snapshots, or of a bundle",
	.about = "Registers an image whose root device, and any other, stands "
		 "on a snapshot of the caller's. With ImageLocation the root "
		 "is an instance store that a bundle is unpacked into; "
		 "architecture, kernel, ramdisk and block device mapping are "
		 "then the manifest's, where nothing else is said. The bundle "
		 "of a kernel or ramdisk becomes an image that others boot "
		 "with.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "3 to 128 characters, unique in the account" },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		PARAMS_MAPPINGS,
		{ "RootDeviceName", PARAM_STRING, 0, NULL,
		  "/dev/sda1; else the first on a snapshot" },
		{ "Architecture", PARAM_STRING, 0, "x86_64|i386",
		  "of its programs; the manifest's, or x86_64" },
		{ "BootMode", PARAM_STRING, 0,
		  "legacy-bios|uefi|uefi-preferred",
		  "firmware that boots it; legacy-bios unless said" },
		{ "KernelId", PARAM_ID, 0, "aki", "boot this kernel directly" },
		{ "RamdiskId", PARAM_ID, 0, "ari", "with this ramdisk" },
		{ "VirtualizationType", PARAM_STRING, 0, "hvm", "hvm" },
		{ "EnaSupport", PARAM_BOOLEAN, 0, NULL, "noted" },
		{ "SriovNetSupport", PARAM_STRING, 0, "simple", "noted" },
		{ "ImdsSupport", PARAM_STRING, 0, "v2.0",
		  "guests speak IMDSv2 only" },
		{ "ImageLocation", PARAM_STRING, 0, NULL,
		  "a bundle's manifest: BUCKET/[PREFIX/]NAME.manifest.xml, "
		  "or s3://…" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NAME_MALFORMED, FAULT_IMAGE_NAME_DUPLICATE,
		FAULT_SNAPSHOT_NOT_FOUND, FAULT_BLOCK_DEVICE_MAPPING,
		FAULT_PARAMETER_COMBINATION, FAULT_IMAGE_NOT_FOUND,
		FAULT_INVALID_MANIFEST, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami register-image --name web --root-device-name "
		   "/dev/sda1 --block-device-mappings DeviceName=/dev/sda1,"
		   "Ebs={SnapshotId=snap-0123456789abcdef0}",
	.run = run,
};
