/* keep.h - the store is looked after while the server runs
 *
 * A thread with a store of its own: what failed calls and dead processes left
 * half done is recovered, the rows of all accounts' instances follow their
 * machines, waiting jobs have somebody who runs them, and what is old goes.
 * While there is one, connections to libvirt's daemons stay open, and are
 * shared by all threads of the process.
 */
#ifndef QAMI_HTTP_KEEP_H
#define QAMI_HTTP_KEEP_H

#include <stdbool.h>

#include "images/base/auto.h"
#include "images/base/error.h"

struct keep;

/* Recovers the store, and begins to look after it. When this returns, what was
 * left half done by those who used the store before is finished or undone, as
 * far as it can be now: the time to listen. `store` and `region` as for
 * store_open(), whose faults these are. */
bool keep_start(const char *store, const char *region, struct keep **ret_keep,
		struct error *err) must_check;

/* Has it look at once: a worker has just let go of something that it could not
 * finish (journal_let_go()). From any thread. */
void keep_soon(struct keep *keep);

/* Ends it when it has finished what it is at; no other thread calls anything of
 * machines any more. NULL is none. */
void keep_stop(struct keep *keep);
AUTO_DEFINE(keep, keep_stop)

#endif
