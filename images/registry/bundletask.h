/* bundletask.h - the bundle_task table: what BundleInstance was asked for */
#ifndef QAMI_REGISTRY_BUNDLETASK_H
#define QAMI_REGISTRY_BUNDLETASK_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct bundle_task {
	int64_t seq;
	const char *id;
	const char *owner;
	const char *instance;
	const char *bucket;	/* "s3://…" on a server */
	const char *prefix;	/* of the manifest's and the parts' keys */
	const char *state;	/* EC2's name: "pending", "bundling", … */
	int64_t progress;	/* percent */
	const char *error_code; /* NULL unless failed */
	const char *error_message;
	usec_t started;
	usec_t updated;
};

bool bundle_task_insert(struct db *db, const struct bundle_task *task,
			struct error *err) must_check;

/* By id, for anyone. Texts in the arena. */
bool bundle_task_get(struct db *db, const char *id, struct arena *arena,
		     struct bundle_task *ret_task, bool *ret_found,
		     struct error *err) must_check;

/* Calls `row` for each task of the account that the query asks for. The row
 * lives for the call. */
bool bundle_task_list(struct db *db, const struct query *query,
		      bool (*row)(void *data, const struct bundle_task *task,
				  struct error *err),
		      void *data, struct error *err) must_check;

/* Whether an instance is being bundled. */
bool bundle_task_open(struct db *db, const char *instance, bool *ret_open,
		      struct error *err) must_check;

/* Moves a task that is neither over nor being cancelled to another state;
 * *ret_moved is false when it is. */
bool bundle_task_move(struct db *db, const char *id, const char *state,
		      int64_t progress, usec_t now, bool *ret_moved,
		      struct error *err) must_check;

/* Notes that a task came to nothing. */
bool bundle_task_fail(struct db *db, const char *id, const char *code,
		      const char *message, usec_t now, struct error *err)
	must_check;

#endif
