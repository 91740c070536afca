/* scalingactivity.h - what Auto Scaling groups do: activities and refreshes */
#ifndef QAMI_REGISTRY_SCALINGACTIVITY_H
#define QAMI_REGISTRY_SCALINGACTIVITY_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

/* One launch or termination. An unfinished one is an intent. */
struct scaling_activity {
	int64_t seq;	/* falls with time */
	const char *id; /* a UUID; the client token of a launch */
	const char *owner;
	const char *group; /* its id; it may be gone */
	const char *group_name;
	const char *kind;     /* "launch" or "terminate" */
	const char *instance; /* NULL until it is known */
	const char *template; /* of a launch, with the number of a version */
	int64_t version;
	const char *cause;
	const char *state;   /* "InProgress", "Successful" or "Failed" */
	const char *message; /* or NULL */
	usec_t started;
	usec_t ended; /* 0: not yet */
};

struct instance_refresh {
	int64_t seq; /* falls with time */
	const char *id;
	const char *group; /* its id */
	const char *template;
	const char *template_name;
	const char *version; /* as it was said, and what that was then */
	int64_t number;
	bool given;		 /* it becomes the group's */
	const char *preferences; /* JSON */
	int64_t boundary;	 /* members up to this seq are to go */
	int64_t total;		 /* how many these are … */
	int64_t left;		 /* … and are still */
	const char *state;	 /* EC2's: "InProgress", … */
	const char *reason;	 /* or NULL */
	usec_t started;
	usec_t ended; /* 0: not yet */
};

bool scaling_activity_insert(struct db *db,
			     const struct scaling_activity *activity,
			     struct error *err) must_check;

/* The oldest unfinished activity of a group; or none. */
bool scaling_activity_open(struct db *db, const char *group,
			   struct arena *arena,
			   struct scaling_activity *ret_activity,
			   bool *ret_found, struct error *err) must_check;

bool scaling_activity_get(struct db *db, const char *id, struct arena *arena,
			  struct scaling_activity *ret_activity,
			  bool *ret_found, struct error *err) must_check;

/* Ends one; `instance` and `message` may be NULL. */
bool scaling_activity_end(struct db *db, const char *id, const char *state,
			  const char *instance, const char *message, usec_t now,
			  struct error *err) must_check;

/* When the last activity of a group ended by now; 0: there was none. What ended
 * later did so before the clock was set back. */
bool scaling_activity_last(struct db *db, const char *group, usec_t now,
			   usec_t *ret_ended, struct error *err) must_check;

/* Calls `row` for each activity that the account owns and the query asks for,
 * the newest first: its ids are groups', filters are "activity-id",
 * "group-name" and "group-there". The row lives for the call. */
bool scaling_activity_list(struct db *db, const struct query *query,
			   bool (*row)(void *data,
				       const struct scaling_activity *activity,
				       struct error *err),
			   void *data, struct error *err) must_check;

/* Forgets what ended before `before`. */
bool scaling_activity_forget(struct db *db, usec_t before, struct error *err)
	must_check;

bool instance_refresh_insert(struct db *db,
			     const struct instance_refresh *refresh,
			     struct error *err) must_check;

/* The refresh of a group that is not over; or none. */
bool instance_refresh_active(struct db *db, const char *group,
			     struct arena *arena,
			     struct instance_refresh *ret_refresh,
			     bool *ret_found, struct error *err) must_check;

/* Notes how one stands; `ended` 0: it goes on. */
bool instance_refresh_move(struct db *db, const char *id, const char *state,
			   const char *reason, int64_t left, usec_t ended,
			   struct error *err) must_check;

/* As scaling_activity_list(); the filter is "instance-refresh-id". */
bool instance_refresh_list(struct db *db, const struct query *query,
			   bool (*row)(void *data,
				       const struct instance_refresh *refresh,
				       struct error *err),
			   void *data, struct error *err) must_check;

#endif
