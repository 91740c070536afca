/* job.h - work that goes on after the answer
 *
 * A job is a row of the journal that waits for someone. One process a store
 * runs them, started detached when a job is left behind and nobody does, and
 * ending with the last job.
 */
#ifndef QAMI_INSTANCE_JOB_H
#define QAMI_INSTANCE_JOB_H

#include "images/store.h"

/* Starts the process that runs jobs, unless there are none or it is there. */
bool job_spawn(struct call *call, struct error *err) must_check;

/* Runs jobs until none is left; what that process does. Returns at once when
 * another process is at it. */
bool job_run_all(struct call *call, struct error *err) must_check;

#endif
