/* import-image.c - a disk image in a bucket becomes an image */
#include <string.h>

#include "images/imagetask.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/imagetask.h"
#include "launcher/instance/job.h"

/* What the one disk is said to be; OVA's and VHDX's are none of ours. */
static bool read_format(const char *text, const char **ret_format,
			struct error *err)
{
	static const char *const formats[] = { "raw", "qcow2", "vmdk", "vhd" };

	*ret_format = NULL;
	if (!text)
		return true;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcasecmp(text, formats[i]) == 0)
			*ret_format = formats[i];
	return *ret_format ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "'%.40s' is no disk format that is imported: RAW, VHD, "
		    "VMDK and QCOW2 are",
		    text);
}

static bool read_disk(const struct args *args, struct import_request *request,
		      struct error *err)
{
	const json_t *disks = args_get(args, "DiskContainers");
	const json_t *disk = json_array_get(disks, 0);
	const json_t *place = json_object_get(disk, "UserBucket");

	if (json_array_size(disks) > 1)
		return fail(err, FAULT_UNSUPPORTED,
			    "An image of more than one disk is imported disk "
			    "by disk (import-snapshot), and registered");
	if (arg_str(disk, "Url", NULL) || arg_str(disk, "SnapshotId", NULL))
		return fail(err, FAULT_UNSUPPORTED,
			    "A disk is imported from a UserBucket only");
	request->bucket = arg_str(place, "S3Bucket", NULL);
	request->key = arg_str(place, "S3Key", NULL);
	request->device = arg_str(disk, "DeviceName", NULL);
	request->disk = arg_str(disk, "Description", NULL);
	if (!request->bucket || !request->key)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "DiskContainers.UserBucket with S3Bucket and "
			    "S3Key");
	return read_format(arg_str(disk, "Format", NULL), &request->format,
			   err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct import_request request = {
		.description = args_str(args, "Description", NULL),
		.architecture = args_str(args, "Architecture", NULL),
		.boot_mode = args_str(args, "BootMode", NULL),
		.license = args_str(args, "LicenseType", NULL),
		.encryption = args_encryption(args),
	};
	struct image_task task;
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!read_disk(args, &request, err) ||
	    !args_tags(args_get(args, "TagSpecifications"), "import-image-task",
		       "import-image-task", arena, &request.tags,
		       &request.tag_count, err) ||
	    !importtask_begin(call, &request, id, err) ||
	    !imagetask_get(call, "import", id, arena, &task, err))
		return false;
	return reply_import_image_task(call->store->db, &task, reply->root,
				       err) &&
	       job_spawn(call, err);
}

static const struct param params_bucket[] = {
	{ "S3Bucket", PARAM_STRING, 0, NULL, "s3://… on a server" },
	{ "S3Key", PARAM_STRING, 0, NULL, "the object's key" },
	{ 0 },
};

static const struct param params_disk[] = {
	{ "Description", PARAM_STRING, 0, NULL, "of the snapshot" },
	{ "DeviceName", PARAM_STRING, 0, NULL, "/dev/sda1 unless said" },
	{ "Format", PARAM_STRING, 0, NULL,
	  "RAW, VHD, VMDK or QCOW2; else raw or qcow2, by the magic" },
	{ "SnapshotId", PARAM_ID, 0, "snap", "not taken" },
	{ "Url", PARAM_STRING, 0, NULL, "not taken" },
	{ "UserBucket", PARAM_STRUCT, 0, NULL, "S3Bucket=…,S3Key=…", NULL,
	  params_bucket },
	{ 0 },
};

const struct action action_import_image = {
	.name = "ImportImage",
	.brief = "make an image of a disk image in a bucket",
	.about = "Makes an image of one disk, named after the task. The object "
		 "is hostile until its header and tables have been read: what "
		 "refers to other files is refused. VMDKs are those of one "
		 "file (monolithicSparse, streamOptimized), VHDs fixed and "
		 "dynamic ones. With --encrypted, or where the account "
		 "encrypts by default, the disk is encrypted as it is read: no "
		 "file of the store has it in clear. The work is done in the "
		 "background: describe-import-image-tasks tells how far it "
		 "is.",
	.params = (const struct param[]) {
		{ "DiskContainers", PARAM_STRUCT, PARAM_LIST | PARAM_REQUIRED,
		  NULL, "the disk: Format=…,UserBucket={S3Bucket=…,S3Key=…}",
		  "DiskContainer", params_disk },
		{ "Architecture", PARAM_STRING, PARAM_LOOSE, "i386|x86_64",
		  "x86_64 unless said" },
		{ "BootMode", PARAM_STRING, 0,
		  "legacy-bios|uefi|uefi-preferred", "how it boots" },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		{ "LicenseType", PARAM_STRING, 0, "AWS|BYOL", "accepted" },
		{ "Platform", PARAM_STRING, PARAM_LOOSE, "Linux",
		  "Linux is all there is" },
		{ "Hypervisor", PARAM_STRING, 0, "xen", "accepted" },
		PARAMS_ENCRYPTION,
		{ "RoleName", PARAM_STRING, 0, NULL, "accepted" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_BUCKET_NOT_FOUND, FAULT_KEY_NOT_FOUND,
		FAULT_UNSUPPORTED, FAULT_SNAPSHOT_LIMIT,
		FAULT_PARAMETER_DEPENDENCY, FAULT_KMS_KEY_NOT_FOUND,
		FAULT_KMS_KEY_STATE, FAULT_IDEMPOTENT_MISMATCH, FAULT_TAG_LIMIT, FAULT_NONE },
	.example = "qami import-image --disk-containers 'Format=VMDK,"
		   "UserBucket={S3Bucket=images,S3Key=web.vmdk}'",
	.run = run,
};
