/* job.h - work that goes on after the answer
 *
 * A job is a row of the journal that waits for someone. One process a store
 * runs them, another one those that are slow, so that a stop's deadline waits
 * for no merge; each is started detached when a job is left behind and nobody
 * runs it, and ends with the last one.
 */
#ifndef QAMI_INSTANCE_JOB_H
#define QAMI_INSTANCE_JOB_H

#include "images/store.h"

/* Starts the processes that run jobs, unless there are none or they are there.
 */
bool job_spawn(struct call *call, struct error *err) must_check;

/* Runs jobs, the slow ones or the others, until none is left; what such a
 * process does. Returns at once when another process is at it. */
bool job_run_all(struct call *call, bool slow, struct error *err) must_check;

#endif
