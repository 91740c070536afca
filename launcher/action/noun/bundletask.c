/* bundletask.c - a bundle task in a reply */
#include "launcher/action/noun/bundletask.h"

#include <inttypes.h>
#include <stdio.h>

#include "launcher/action/why.h"

void reply_bundle_task(const struct bundle_task *task, struct node *into)
{
	char progress[24];
	struct node *node;

	snprintf(progress, sizeof(progress), "%" PRId64 "%%", task->progress);
	node_str(into, "BundleId", "bundleId", task->id);
	if (task->error_code) {
		node = node_struct(into, "BundleTaskError", "error");
		node_str(node, "Code", "code", task->error_code);
		node_why(node, "Message", "message", task->error_message);
	}
	node_str(into, "InstanceId", "instanceId", task->instance);
	node_str(into, "Progress", "progress", progress);
	node_time(into, "StartTime", "startTime", task->started);
	node_str(into, "State", "state", task->state);
	node = node_struct(node_struct(into, "Storage", "storage"), "S3", "S3");
	node_str(node, "Bucket", "bucket", task->bucket);
	node_str(node, "Prefix", "prefix", task->prefix);
	node_time(into, "UpdateTime", "updateTime", task->updated);
}
