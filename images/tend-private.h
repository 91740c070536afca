/* tend-private.h - what the files of tending share */
#ifndef QAMI_IMAGES_TEND_PRIVATE_H
#define QAMI_IMAGES_TEND_PRIVATE_H

#include "images/reduce.h"
#include "images/tend.h"

/* One run over the store. */
struct tend {
	struct call *call;
	struct op *op;
	bool force;
	struct arena *arena; /* of the whole run */
	const char **done;   /* layers that were looked at in vain */
	size_t done_count;
	bool busy; /* something may be possible a little later */
	struct tend_report report;
};

/* Does one thing, if there is one to do. */
typedef bool chore_fn(struct tend *tend, const struct tree *tree,
		      bool *ret_done, struct error *err);

/* Kept layers that are too far up are rebuilt; and the chains of running
 * guests get shorter, which is what QEMU sees of it. */
chore_fn consolidate_one;
chore_fn shorten_one;
chore_fn flatten_one; /* in a forced run only */

/* Does one step. What cannot be done now is left, and said; only a registry
 * that fails ends the run. */
bool tend_step(struct tend *tend, const struct reduction *reduction,
	       bool *ret_done, struct error *err) must_check;

/* Notes that nothing can be done about a layer in this run. */
bool tend_in_vain(struct tend *tend, const char *name, struct error *err)
	must_check;
bool tend_was_in_vain(const struct tend *tend, const char *name);

/* Whether a running guest stands on a layer, or on what stands on it. */
bool tend_runs_above(const struct tree *tree, size_t at);

/* Begins an operation of this process that can be recovered as a job. */
bool tend_begin(struct call *call, struct op *ret_op, struct error *err)
	must_check;

#endif
