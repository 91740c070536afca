/* imagetask.h - the image_task table: images on their way to and from buckets
 */
#ifndef QAMI_REGISTRY_IMAGETASK_H
#define QAMI_REGISTRY_IMAGETASK_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct image_task {
	int64_t seq;
	const char *id;
	const char *kind; /* "store", "restore", "export" or "import" */
	const char *owner;
	const char *image; /* NULL: there is none yet */
	const char *bucket;
	const char *key;
	const char *request; /* JSON */
	const char *state;   /* "active", "completed", "failed", "deleting" or
			      * "deleted": cancelled */
	int64_t progress;    /* percent */
	const char *code;    /* NULL unless failed */
	const char *message;
	usec_t started;
	usec_t updated;
};

bool image_task_insert(struct db *db, const struct image_task *task,
		       struct error *err) must_check;

/* By id, for anyone. Texts in the arena. */
bool image_task_get(struct db *db, const char *id, struct arena *arena,
		    struct image_task *ret_task, bool *ret_found,
		    struct error *err) must_check;

/* The last task about an image; *ret_found is false when there is none. */
bool image_task_of(struct db *db, const char *kind, const char *image,
		   struct arena *arena, struct image_task *ret_task,
		   bool *ret_found, struct error *err) must_check;

/* Calls `row` for each task of a kind that is the account's and that the query
 * asks for, whose ids are those of images for what is stored and of tasks for
 * the rest. The row lives for the call. */
bool image_task_list(struct db *db, const char *kind, const struct query *query,
		     bool (*row)(void *data, const struct image_task *task,
				 struct error *err),
		     void *data, struct error *err) must_check;

/* Notes how far an active task is; *ret_active is false when it is no longer
 * active. */
bool image_task_move(struct db *db, const char *id, int64_t progress,
		     usec_t now, bool *ret_active, struct error *err)
	must_check;

/* Moves a task to another state. What is NULL stays. */
bool image_task_end(struct db *db, const char *id, const char *state,
		    const char *code, const char *message, const char *image,
		    usec_t now, struct error *err) must_check;

#endif
