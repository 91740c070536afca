/* lifecycle.h - the tables of lifecycle policies, how far their schedules are,
 * and what they made
 */
#ifndef QAMI_REGISTRY_LIFECYCLE_H
#define QAMI_REGISTRY_LIFECYCLE_H

#include "images/base/clock.h"
#include "images/registry/db.h"

struct lifecycle_policy {
	const char *id; /* "policy-…" */
	const char *owner;
	const char *name; /* unique within the account */
	const char *document;
	usec_t created;
	usec_t modified;
};

/* Inserts a policy, or replaces the document of the one with its id. */
bool lifecycle_policy_set(struct db *db, const struct lifecycle_policy *policy,
			  struct error *err) must_check;
bool lifecycle_policy_get(struct db *db, const char *owner, const char *name,
			  struct arena *arena,
			  struct lifecycle_policy *ret_policy, bool *ret_found,
			  struct error *err) must_check;

/* All of an account, or of everybody (NULL), by name. The row lives for the
 * call. */
bool lifecycle_policy_rows(struct db *db, const char *owner,
			   bool (*row)(void *data,
				       const struct lifecycle_policy *policy,
				       struct error *err),
			   void *data, struct error *err) must_check;

/* Deletes a policy, with how far it was and what it remembers of what it made.
 */
bool lifecycle_policy_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* The last moment that a schedule was run for, by the store's clock, and when
 * to try again what failed, by the host's; both 0 where nothing is known. */
bool lifecycle_schedule_get(struct db *db, const char *policy, const char *name,
			    usec_t *ret_done, usec_t *ret_again,
			    struct error *err) must_check;
bool lifecycle_schedule_set(struct db *db, const char *policy, const char *name,
			    usec_t done, usec_t again, struct error *err)
	must_check;
bool lifecycle_schedule_clear(struct db *db, const char *policy,
			      struct error *err) must_check;

/* What is made, or was, for a moment of a schedule. */
struct lifecycle_item {
	const char *id; /* "snap-…" or "ami-…" */
	const char *policy;
	const char *schedule;
	const char *resource;
	usec_t moment;
	bool made; /* it came to be, and has its tags */
};

bool lifecycle_item_insert(struct db *db, const struct lifecycle_item *item,
			   struct error *err) must_check;
bool lifecycle_item_made(struct db *db, const char *id, struct error *err)
	must_check;
bool lifecycle_item_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* Those of a schedule, by resource, the latest first. */
bool lifecycle_item_rows(struct db *db, const char *policy,
			 const char *schedule,
			 bool (*row)(void *data,
				     const struct lifecycle_item *item,
				     struct error *err),
			 void *data, struct error *err) must_check;

/* What would miss an image: an instance that was launched from it and has not
 * ended, or a launch template; *ret_user is NULL when there is none. */
bool lifecycle_image_user(struct db *db, const char *image, struct arena *arena,
			  const char **ret_user, struct error *err) must_check;

#endif
