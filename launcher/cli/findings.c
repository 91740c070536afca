/* findings.c - what a scan found, in a reply */
#include "launcher/cli/findings.h"

void reply_findings(const struct scan *scan, struct reply *reply)
{
	struct node *list = node_list(reply->root, "Findings", NULL);

	for (size_t i = 0; i < scan->count; i++) {
		struct node *item = node_item(list);

		node_str(item, "Device", NULL, scan->findings[i].device);
		node_str(item, "Partition", NULL, scan->findings[i].partition);
		node_str(item, "Kind", NULL, scan->findings[i].kind);
		node_str(item, "Path", NULL, scan->findings[i].path);
	}
	if (scan->more)
		reply->note = "there are more findings than are listed";
	reply->exit_code = scan->count > 0;
}
