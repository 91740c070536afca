/* roottask.h - the root_task table: root volumes that were replaced, or were
 * to be
 */
#ifndef QAMI_REGISTRY_ROOTTASK_H
#define QAMI_REGISTRY_ROOTTASK_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct root_task {
	int64_t seq;
	const char *id;
	const char *owner;
	const char *instance;
	const char *state;    /* "pending", "in-progress", "succeeded",
			       * "failed" */
	const char *image;    /* that was asked for, or NULL */
	const char *snapshot; /* that the new root volume is made of */
	const char
		*launched;  /* and that the instance's first one was made of */
	const char *volume; /* the new one */
	const char *replaced; /* the old one */
	bool remove;	      /* it goes when it is replaced */
	usec_t started;
	usec_t ended; /* 0: it is not over */
};

bool root_task_insert(struct db *db, const struct root_task *task,
		      struct error *err) must_check;

/* By id, for anyone. Texts in the arena. */
bool root_task_get(struct db *db, const char *id, struct arena *arena,
		   struct root_task *ret_task, bool *ret_found,
		   struct error *err) must_check;

/* The first task that succeeded for an instance. */
bool root_task_first(struct db *db, const char *instance, struct arena *arena,
		     struct root_task *ret_task, bool *ret_found,
		     struct error *err) must_check;

/* Whether a volume was an instance's root until a task replaced it. */
bool root_task_replaced(struct db *db, const char *instance, const char *volume,
			bool *ret_was, struct error *err) must_check;

/* Whether a task of an instance's is not over. */
bool root_task_open(struct db *db, const char *instance, bool *ret_open,
		    struct error *err) must_check;

/* Calls `row` for each task of the account that the query asks for. The row
 * lives for the call. */
bool root_task_list(struct db *db, const struct query *query,
		    bool (*row)(void *data, const struct root_task *task,
				struct error *err),
		    void *data, struct error *err) must_check;

/* `ended` is 0 while it is not over. */
bool root_task_move(struct db *db, const char *id, const char *state,
		    usec_t ended, struct error *err) must_check;

#endif
