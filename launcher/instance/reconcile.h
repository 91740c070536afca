/* reconcile.h - the rows follow what the machines really do */
#ifndef QAMI_INSTANCE_RECONCILE_H
#define QAMI_INSTANCE_RECONCILE_H

#include <sys/types.h>

#include "images/authorise.h"

/* Looks after every running instance of the caller: one whose guest powered
 * off is stopped or terminated by its shutdown behaviour, one whose machine is
 * gone without that evidence is stopped and keeps all its volumes, one that
 * waits because the disk was full, or because the process is gone that shows it
 * a layer (images/fill.h), which is started again, tries again. Called before
 * instances are listed or changed. A hypervisor that is busy or away leaves the
 * rows as they are. A daemon is not asked: it removes ended machines by itself.
 */
bool reconcile(struct call *call, struct error *err) must_check;

/* The same, and daemons are asked, too, whether a machine waits for room. For
 * commands that people give when there is room again: it takes a connection. */
bool reconcile_all(struct call *call, struct error *err) must_check;

/* As reconcile(), for the instances of every account; with `daemons` these are
 * asked, too. `seen` (unless NULL) is told of each that was
 * running, whatever became of it. */
typedef void reconcile_seen_fn(void *data, const char *uri, const char *uuid,
			       pid_t pid);
bool reconcile_everybody(struct call *call, bool daemons,
			 reconcile_seen_fn *seen, void *data, struct error *err)
	must_check;

/* Lets the starved machines of every account go on, daemons' too, and leaves
 * all others as they are. */
bool reconcile_starved(struct call *call, struct error *err) must_check;

/* One round of the job of a filling, and of that. */
bool reconcile_fill_job(struct call *call, const struct op *op, usec_t *ret_due,
			struct error *err) must_check;

#endif
