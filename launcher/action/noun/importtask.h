/* importtask.h - what became of an ImportSnapshot in a reply
 *
 * The snapshot is all that is kept of it: the task's id is the snapshot's under
 * another prefix, and there as long as that is.
 */
#ifndef QAMI_ACTION_NOUN_IMPORTTASK_H
#define QAMI_ACTION_NOUN_IMPORTTASK_H

#include "images/base/id.h"
#include "images/call.h"
#include "images/registry/snapshot.h"
#include "launcher/action/reply.h"

/* "import-snap-…" of "snap-…", and back: NULL in the arena when memory ran
 * out. */
#define IMPORT_TASK "import-snap"
void import_task_id(const char *snapshot, char ret_id[ID_SIZE]);
const char *import_task_snapshot(const char *id, struct arena *arena);

bool reply_import_task(struct call *call, const struct snapshot *snapshot,
		       struct node *into, struct error *err) must_check;

#endif
