/* importtask.c - what became of an ImportSnapshot in a reply */
#include "launcher/action/noun/importtask.h"

#include <stdio.h>
#include <string.h>

#include "launcher/action/noun/encryption.h"

void import_task_id(const char *snapshot, char ret_id[ID_SIZE])
{
	snprintf(ret_id, ID_SIZE, IMPORT_TASK "%s", strchr(snapshot, '-'));
}

const char *import_task_snapshot(const char *id, struct arena *arena)
{
	return arena_format(arena, "snap%s", id + strlen(IMPORT_TASK));
}

bool reply_import_task(struct call *call, const struct snapshot *snapshot,
		       struct node *into, struct error *err)
{
	bool raw = strcmp(snapshot->imported, "raw") == 0;
	struct node *detail;
	char id[ID_SIZE];

	import_task_id(snapshot->id, id);
	node_str(into, "Description", "description", snapshot->description);
	node_str(into, "ImportTaskId", "importTaskId", id);
	detail = node_struct(into, "SnapshotTaskDetail", "snapshotTaskDetail");
	node_str(detail, "Description", "description", snapshot->description);
	node_double(detail, "DiskImageSize", "diskImageSize",
		    (double)snapshot->size);
	node_bool(detail, "Encrypted", "encrypted", snapshot->kms_key);
	node_str(detail, "Format", "format", raw ? "RAW" : "QCOW2");
	if (!reply_key(call, snapshot->kms_key, snapshot->kms_owner, detail,
		       err))
		return false;
	node_str(detail, "Progress", "progress", "100");
	node_str(detail, "SnapshotId", "snapshotId", snapshot->id);
	node_str(detail, "Status", "status", "completed");
	return true;
}
