/* template.h - launch templates and their versions */
#ifndef QAMI_REGISTRY_TEMPLATE_H
#define QAMI_REGISTRY_TEMPLATE_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct launch_template {
	int64_t seq;
	const char *id; /* "lt-…" */
	const char *owner;
	const char *name;    /* unique within the account */
	const char *creator; /* an ARN */
	int64_t default_version;
	int64_t latest_version; /* the highest number there is */
	usec_t created;
};

struct template_version {
	int64_t seq;
	const char *id; /* "lt-…:3" */
	const char *template;
	const char *name;  /* the template's */
	const char *owner; /* the template's */
	int64_t number;
	const char *description; /* or NULL */
	const char *data;	 /* JSON, RunInstances' parameters */
	const char *creator;
	usec_t created;
	bool is_default;
};

/* Inserts a template without a version; its default will be the first. */
bool launch_template_insert(struct db *db,
			    const struct launch_template *template,
			    struct error *err) must_check;
bool launch_template_get(struct db *db, const char *id, struct arena *arena,
			 struct launch_template *ret_template, bool *ret_found,
			 struct error *err) must_check;
bool launch_template_named(struct db *db, const char *owner, const char *name,
			   struct arena *arena,
			   struct launch_template *ret_template,
			   bool *ret_found, struct error *err) must_check;
bool launch_template_set_default(struct db *db, const char *id, int64_t number,
				 struct error *err) must_check;

/* Removes a template with its versions, not its tags. */
bool launch_template_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* Calls `row` for each template that the account owns and the query asks for.
 * The row lives for the call. */
bool launch_template_list(struct db *db, const struct query *query,
			  bool (*row)(void *data,
				      const struct launch_template *template,
				      struct error *err),
			  void *data, struct error *err) must_check;

/* Inserts a version under the next number of its template: `number` and `id`
 * are not read but returned by template_version_get(). Within the caller's
 * transaction. */
bool template_version_insert(struct db *db,
			     const struct template_version *version,
			     int64_t *ret_number, struct error *err) must_check;
bool template_version_get(struct db *db, const char *template, int64_t number,
			  struct arena *arena,
			  struct template_version *ret_version, bool *ret_found,
			  struct error *err) must_check;
bool template_version_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* As launch_template_list(), of versions; `ids` are theirs. */
bool template_version_list(struct db *db, const struct query *query,
			   bool (*row)(void *data,
				       const struct template_version *version,
				       struct error *err),
			   void *data, struct error *err) must_check;

#endif
