/* import.c - a disk image becomes an AMI */
#include "images/import.h"

#include <fcntl.h>
#include <string.h>

#include "launcher/action/action.h"
#include "launcher/action/mapping.h"

/* What only one kind of file has would be forgotten in silence. */
static bool check_kind(const struct args *args, const char *kind,
		       struct error *err)
{
	static const char *const disk[] = { "Move", "Format", "Architecture",
					    "BootMode", "KernelId",
					    "RamdiskId",    "Encrypted",
					    "KmsKeyId" };
	bool machine = strcmp(kind, "machine") == 0;

	for (size_t i = 0; !machine && i < sizeof(disk) / sizeof(*disk); i++)
		if (args_has(args, disk[i]))
			return fail(err, FAULT_PARAMETER_COMBINATION,
				    "%s is for disk images: a %s has none",
				    disk[i], kind);
	if (args_has(args, "Cmdline") && strcmp(kind, "kernel") != 0)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "a command line needs --kind kernel");
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct pair name = { "Name", args_str(args, "Name", "") };
	const char *kind = args_str(args, "Kind", "machine");
	struct image_request image = {
		.name = name.value,
		.description = args_str(args, "Description", NULL),
		.architecture = args_str(args, "Architecture", NULL),
		.boot_mode = args_str(args, "BootMode", NULL),
		.kernel = args_str(args, "KernelId", NULL),
		.ramdisk = args_str(args, "RamdiskId", NULL),
		.ena = true,
		.tags = &name,
		.tag_count = strcmp(kind, "machine") == 0,
	};
	struct import import = {
		.path = args_str(args, "File", ""),
		.move = args_bool(args, "Move", false),
		.format = args_str(args, "Format", NULL),
		.kind = kind,
		.cmdline = args_str(args, "Cmdline", NULL),
		.description = image.description,
		.encryption = args_encryption(args),
		.image = &image,
	};
	char snapshot[ID_SIZE], id[ID_SIZE];
	auto_close int fd = open(import.path, O_RDONLY | O_CLOEXEC);

	if (!check_kind(args, kind, err))
		return false;
	if (fd < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open %.100s: %m", import.path);
	import.fd = fd;
	if (!import_disk(call, &import, snapshot, id, err))
		return false;
	node_str(reply->root, "ImageId", "imageId", id);
	if (*snapshot)
		node_str(reply->root, "SnapshotId", "snapshotId", snapshot);
	reply->raw_text = true;
	return true;
}

const struct action verb_import = {
	.name = "import",
	.brief = "make an image of a disk image file",
	.about = "Takes a raw or qcow2 file in as a snapshot and registers an "
		 "image on it, encrypted with --encrypted or where the account "
		 "encrypts by default. Prints the image's id. With --kind kernel or "
		 "ramdisk the file becomes an image that others boot with.",
	.params = (const struct param[]) {
		{ "File", PARAM_FILE, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "the disk image" },
		{ "Name", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the image's name", NULL, NULL, 'n' },
		{ "Move", PARAM_BOOLEAN, 0, NULL,
		  "move a raw file into the store instead of copying it" },
		{ "Format", PARAM_STRING, PARAM_LOOSE, "raw|qcow2",
		  "what the file is; else its magic decides" },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		{ "Architecture", PARAM_STRING, 0, "x86_64|i386",
		  "of its programs; x86_64 unless said" },
		{ "BootMode", PARAM_STRING, 0, "legacy-bios|uefi",
		  "firmware that boots it; legacy-bios unless said" },
		{ "KernelId", PARAM_ID, PARAM_NAMED, "aki",
		  "boot this kernel directly" },
		{ "RamdiskId", PARAM_ID, PARAM_NAMED, "ari",
		  "with this ramdisk" },
		PARAMS_ENCRYPTION,
		{ "Kind", PARAM_STRING, 0, "machine|kernel|ramdisk",
		  "what the file holds" },
		{ "Cmdline", PARAM_STRING, 0, NULL,
		  "a kernel's command line" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMPORT_FORMAT, FAULT_IMAGE_NAME_DUPLICATE,
		FAULT_IMAGE_NAME_MALFORMED, FAULT_VOLUME_CAPACITY,
		FAULT_PARAMETER_COMBINATION, FAULT_PARAMETER_DEPENDENCY,
		FAULT_KMS_KEY_NOT_FOUND, FAULT_KMS_KEY_STATE, FAULT_NONE },
	.example = "qami import disk.qcow2 --name debian12",
	.local = true,
	.run = run,
};
