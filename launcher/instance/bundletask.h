/* bundletask.h - BundleInstance: an instance's root becomes a bundle in a
 * bucket
 */
#ifndef QAMI_INSTANCE_BUNDLETASK_H
#define QAMI_INSTANCE_BUNDLETASK_H

#include "images/authorise.h"
#include "images/registry/bundletask.h"

/* Begins to bundle the root of an instance as it is now, under
 * BUCKET/PREFIX.manifest.xml; a job sees it through. The bucket ("s3://…" on a
 * server) is made when there is none. Faults: FAULT_INSTANCE_NOT_FOUND,
 * FAULT_INSTANCE_STATE (neither running nor stopped), FAULT_BUNDLING (it is
 * being bundled already), FAULT_INVALID_PARAMETER (no such bucket's name or
 * prefix can be, or the bundle is there already), FAULT_BUCKET_NOT_FOUND,
 * FAULT_BUCKET_EXISTS. */
bool bundletask_begin(struct call *call, const char *instance,
		      const char *bucket, const char *prefix,
		      char ret_id[ID_SIZE], struct error *err) must_check;

/* The caller's task; FAULT_BUNDLE_NOT_FOUND. Texts in the arena. */
bool bundletask_get(struct call *call, const char *id, struct arena *arena,
		    struct bundle_task *ret_task, struct error *err) must_check;

/* Stops a task; its job removes what was stored. FAULT_INCORRECT_STATE when it
 * is over. */
bool bundletask_cancel(struct call *call, const char *id, struct error *err)
	must_check;

/* One round of the job: *ret_due is when to look again, 0 when it is done. */
bool bundletask_job(struct call *call, const struct op *op, usec_t *ret_due,
		    struct error *err) must_check;

#endif
