/* import-snapshot.c - a disk image becomes a snapshot */
#include <fcntl.h>

#include "images/authorise.h"
#include "images/import.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/importtask.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const json_t *container = args_get(args, "DiskContainer");
	const char *path = arg_str(container, "File", NULL);
	char snapshot[ID_SIZE], image[ID_SIZE];
	auto_close int fd = -1;
	struct import import = {
		.path = path,
		.format = arg_str(container, "Format", NULL),
		.description = args_str(args, "Description",
					arg_str(container, "Description",
						NULL)),
		.encryption = args_encryption(args),
	};
	struct snapshot made;

	if (!arena)
		return fail_memory(err);
	if (!path)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "DiskContainer.File");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open %.100s: %m", path);
	import.fd = fd;
	if (!import_disk(call, &import, snapshot, image, err))
		return false;
	if (!authorise_snapshot(call, RIGHT_OWN, snapshot, arena, &made, err))
		return false;
	return reply_import_task(call, &made, reply->root, err);
}

static const struct param params_container[] = {
	{ "Description", PARAM_STRING, 0, NULL, "text for people" },
	{ "Format", PARAM_STRING, PARAM_LOOSE, "raw|qcow2",
	  "what the file is; else its magic decides" },
	{ "File", PARAM_FILE, 0, NULL, "the disk image on this host" },
	{ 0 },
};

const struct action action_import_snapshot = {
	.name = "ImportSnapshot",
	.brief = "make a snapshot of a disk image",
	.about = "Takes a raw or qcow2 file in. When it answers the snapshot "
		 "is complete; describe-import-snapshot-tasks goes on telling "
		 "of it. The file is hostile until its header has been "
		 "read: whatever refers to other files is refused. With "
		 "--encrypted, or where the account encrypts by default, the "
		 "disk is encrypted as it is read: no file of the store has it "
		 "in clear.",
	.params = (const struct param[]) {
		{ "DiskContainer", PARAM_STRUCT, PARAM_REQUIRED, NULL,
		  "File=…,Format=raw|qcow2", NULL, params_container },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		PARAMS_ENCRYPTION,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMPORT_FORMAT,
		FAULT_VOLUME_CAPACITY,
		FAULT_SNAPSHOT_LIMIT, FAULT_PARAMETER_DEPENDENCY,
		FAULT_KMS_KEY_NOT_FOUND, FAULT_KMS_KEY_STATE, FAULT_NONE },
	.example = "qami import-snapshot --disk-container "
		   "File=disk.raw,Format=raw",
	.run = run,
};
