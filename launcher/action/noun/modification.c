/* modification.c - a volume's modification in a reply */
#include "launcher/action/noun/modification.h"

#include <string.h>

#include "launcher/action/why.h"

void reply_modification(const struct modification *m, struct node *into)
{
	bool done = strcmp(m->state, "completed") == 0;

	node_str(into, "VolumeId", "volumeId", m->volume);
	node_str(into, "ModificationState", "modificationState", m->state);
	if (*m->message)
		node_why(into, "StatusMessage", "statusMessage", m->message);
	node_int(into, "TargetSize", "targetSize", m->target.size);
	if (m->target.iops)
		node_int(into, "TargetIops", "targetIops", m->target.iops);
	node_str(into, "TargetVolumeType", "targetVolumeType", m->target.type);
	if (m->target.throughput)
		node_int(into, "TargetThroughput", "targetThroughput",
			 m->target.throughput);
	node_bool(into, "TargetMultiAttachEnabled", "targetMultiAttachEnabled",
		  false);
	node_int(into, "OriginalSize", "originalSize", m->original.size);
	if (m->original.iops)
		node_int(into, "OriginalIops", "originalIops",
			 m->original.iops);
	node_str(into, "OriginalVolumeType", "originalVolumeType",
		 m->original.type);
	if (m->original.throughput)
		node_int(into, "OriginalThroughput", "originalThroughput",
			 m->original.throughput);
	node_bool(into, "OriginalMultiAttachEnabled",
		  "originalMultiAttachEnabled", false);
	node_int(into, "Progress", "progress", done ? 100 : 0);
	node_time(into, "StartTime", "startTime", m->started);
	if (m->ended)
		node_time(into, "EndTime", "endTime", m->ended);
}
