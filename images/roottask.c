/* roottask.c - tasks that replace root volumes: whose they are
 *
 * Here, below who carries them out, because they have tags.
 */
#include "images/roottask.h"

#include <string.h>

#include "images/store.h"

bool root_task_own(const struct call *call, const char *id, struct arena *arena,
		   struct root_task *ret_task, struct error *err)
{
	bool found;

	if (!root_task_get(call->store->db, id, arena, ret_task, &found, err))
		return false;
	return (found && strcmp(ret_task->owner, call->account) == 0) ||
	       fail(err, FAULT_ROOT_TASK_NOT_FOUND,
		    "The replace root volume task ID '%s' does not exist", id);
}
