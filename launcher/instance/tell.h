/* tell.h - machines that run are told what their groups allow now
 *
 * The rows are the truth. Who changes them writes down in the same transaction
 * that machines have to hear of it, so that they do even where that process
 * dies, or one of them cannot be told just then: a job tells them.
 */
#ifndef QAMI_INSTANCE_TELL_H
#define QAMI_INSTANCE_TELL_H

#include "images/authorise.h"

/* What is to be told; its payload is in the arena. */
struct tell {
	char op[ID_SIZE];    /* "": nobody needs to hear anything */
	const char *payload; /* the journal's */
};

/* In the transaction that changes groups, their rules or who is in them, when
 * that is written: the machines that it touches, those in the groups and those
 * whose groups let them in or out, are to be told. */
bool tell_begin(struct call *call, const char *const *groups, size_t count,
		struct arena *arena, struct tell *ret_tell, struct error *err)
	must_check;

/* When that is committed: they are told. One that cannot be is warned of, and
 * left to the job. */
void tell_finish(struct call *call, const struct tell *tell);

/* One round of the job: all are told, those that were before once more. */
bool tell_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err) must_check;

#endif
