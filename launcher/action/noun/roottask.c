/* roottask.c - a task that replaces a root volume in a reply
 *
 * Its times are texts: EC2's model has them so.
 */
#include "launcher/action/noun/roottask.h"

#include "launcher/action/noun/tags.h"

bool reply_root_task(struct db *db, const struct root_task *task,
		     struct node *into, struct error *err)
{
	char started[TIME_SIZE], ended[TIME_SIZE];

	time_format(task->started, started);
	time_format(task->ended, ended);
	node_str(into, "ReplaceRootVolumeTaskId", "replaceRootVolumeTaskId",
		 task->id);
	node_str(into, "InstanceId", "instanceId", task->instance);
	node_str(into, "TaskState", "taskState", task->state);
	node_str(into, "StartTime", "startTime", started);
	node_str(into, "CompleteTime", "completeTime",
		 task->ended ? ended : NULL);
	if (!reply_tags(db, task->id, true, into, err))
		return false;
	node_str(into, "ImageId", "imageId", task->image);
	node_str(into, "SnapshotId", "snapshotId", task->snapshot);
	node_bool(into, "DeleteReplacedRootVolume", "deleteReplacedRootVolume",
		  task->remove);
	return true;
}
