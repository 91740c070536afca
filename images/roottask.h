/* roottask.h - tasks that replace root volumes: whose they are */
#ifndef QAMI_IMAGES_ROOTTASK_H
#define QAMI_IMAGES_ROOTTASK_H

#include "images/call.h"
#include "images/registry/roottask.h"

/* The caller's task; FAULT_ROOT_TASK_NOT_FOUND. Texts in the arena. */
bool root_task_own(const struct call *call, const char *id, struct arena *arena,
		   struct root_task *ret_task, struct error *err) must_check;

#endif
