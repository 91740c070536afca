/* recover.h - what dead processes left half done is finished or undone
 *
 * Operations of live processes are never touched: the journal hands out only
 * those whose owner's lock can be had.
 */
#ifndef QAMI_INSTANCE_RECOVER_H
#define QAMI_INSTANCE_RECOVER_H

#include "images/store.h"

/* Recovers every operation whose process died, forgets what is long over, and
 * sees to it that waiting jobs are run. Each call begins with it; it costs four
 * indexed reads when nothing is left to do. One operation that cannot be
 * recovered now (its hypervisor is away) does not keep the others from it; it
 * is tried again by the next call. */
bool recover_all(struct call *call, struct error *err) must_check;

/* Runs one round of a job that this process owns; *ret_due is when to look
 * again, 0 when it is done. */
bool recover_job(struct call *call, const struct op *op, usec_t *ret_due,
		 struct error *err) must_check;

#endif
