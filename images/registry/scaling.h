/* scaling.h - Auto Scaling groups and their members */
#ifndef QAMI_REGISTRY_SCALING_H
#define QAMI_REGISTRY_SCALING_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct scaling_group {
	int64_t seq;
	const char *id; /* a UUID */
	const char *owner;
	const char *name;     /* unique within the account */
	const char *template; /* the id of one that may be gone */
	const char *version;  /* a number, "$Latest" or "$Default" */
	int64_t least;
	int64_t most;
	int64_t desired;
	int64_t cooldown; /* seconds, as the next two */
	int64_t grace;
	int64_t warmup;	       /* negative: none was said */
	const char *subnet;    /* or "" */
	bool protect;	       /* new members from being scaled in */
	const char *suspended; /* names of processes: ",Launch,Terminate," */
	const char *tags;      /* JSON, with PropagateAtLaunch */
	bool deleting;
	int64_t failures; /* launches that failed in a row … */
	usec_t again; /* … and when the next may be tried, by the host's clock
		       */
	usec_t created;
};

struct scaling_member {
	int64_t seq;
	const char *instance;
	const char *group; /* its id */
	const char *group_name;
	const char *type;
	const char *zone;
	const char *template;
	const char *template_name;
	int64_t version;
	const char *state; /* "InService" or "Terminating" */
	bool protected;
	usec_t joined;
	usec_t begun;	    /* the same by the host's clock */
	const char *health; /* the state of its instance, "" when that is gone;
			     * not written */
};

bool scaling_group_insert(struct db *db, const struct scaling_group *group,
			  struct error *err) must_check;
bool scaling_group_get(struct db *db, const char *id, struct arena *arena,
		       struct scaling_group *ret_group, bool *ret_found,
		       struct error *err) must_check;
bool scaling_group_named(struct db *db, const char *owner, const char *name,
			 struct arena *arena, struct scaling_group *ret_group,
			 bool *ret_found, struct error *err) must_check;

/* Writes all of a group that may change. */
bool scaling_group_update(struct db *db, const struct scaling_group *group,
			  struct error *err) must_check;

/* Removes a group without members, and its refreshes. */
bool scaling_group_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* Calls `row` for each group that the account owns and the query asks for: its
 * ids are names. The row lives for the call, as those below. */
bool scaling_group_list(struct db *db, const struct query *query,
			bool (*row)(void *data,
				    const struct scaling_group *group,
				    struct error *err),
			void *data, struct error *err) must_check;

bool scaling_member_insert(struct db *db, const struct scaling_member *member,
			   struct error *err) must_check;
bool scaling_member_get(struct db *db, const char *instance,
			struct arena *arena, struct scaling_member *ret_member,
			bool *ret_found, struct error *err) must_check;
bool scaling_member_move(struct db *db, const char *instance, const char *state,
			 struct error *err) must_check;
bool scaling_member_delete(struct db *db, const char *instance,
			   struct error *err) must_check;

/* The members of a group, in the order in which they joined. */
bool scaling_members(struct db *db, const char *group,
		     bool (*row)(void *data,
				 const struct scaling_member *member,
				 struct error *err),
		     void *data, struct error *err) must_check;

/* Members of all groups of the account; the query's ids are instances. */
bool scaling_member_list(struct db *db, const struct query *query,
			 bool (*row)(void *data,
				     const struct scaling_member *member,
				     struct error *err),
			 void *data, struct error *err) must_check;

#endif
