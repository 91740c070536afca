/* template.h - launch templates: named sets of RunInstances' parameters
 *
 * A template has versions, which never change; one of them is the default. What
 * a version holds was checked against the row of RunInstances, so that it is
 * read like a call's parameters (launcher/instance/launchparams.h). Whether the
 * image and the rest exist is found out by a launch.
 *
 * Templates are an account's own: another one's cannot be told from one that
 * never was.
 */
#ifndef QAMI_IMAGES_TEMPLATE_H
#define QAMI_IMAGES_TEMPLATE_H

#include <jansson.h>

#include "images/image.h"
#include "images/registry/template.h"
#include "images/store.h"

#define TEMPLATE_DELETE_MOST 200 /* versions in one call */

/* What a template or a version will be. All borrowed. */
struct template_request {
	const char *name;	 /* of a new template */
	const char *description; /* of the version, or NULL */
	const char *creator;	 /* an ARN */
	const json_t *data;
	const struct pair *tags; /* for a new template */
	size_t tag_count;
};

/* Which version of which template: by its id or else by its name. */
struct template_choice {
	const char *id;
	const char *name;
	const char *version; /* a number, "$Latest" or "$Default"; NULL: the
			      * default */
};

/* Makes a template with its first version. Faults: TEMPLATE_NAME_MALFORMED (3
 * to 128 of a-z, A-Z, 0-9, "()./-_"), TEMPLATE_NAME_EXISTS, those of tags. */
bool template_create(struct call *call, const struct template_request *request,
		     struct arena *arena, struct launch_template *ret_template,
		     struct error *err) must_check;

/* The caller's template. FAULT_TEMPLATE_NOT_FOUND, _NAME_NOT_FOUND;
 * FAULT_MISSING_PARAMETER without either, FAULT_PARAMETER_COMBINATION with
 * both. */
bool template_find(const struct call *call, const char *id, const char *name,
		   struct arena *arena, struct launch_template *ret_template,
		   struct error *err) must_check;

/* The number that a version's name stands for; whether there is such a version
 * is not asked. FAULT_INVALID_PARAMETER for what is no version's name. */
bool template_number(const struct launch_template *template,
		     const char *version, int64_t *ret_number,
		     struct error *err) must_check;

/* One version; template_find()'s and template_number()'s faults,
 * FAULT_TEMPLATE_VERSION_NOT_FOUND. */
bool template_choose(const struct call *call,
		     const struct template_choice *choice, struct arena *arena,
		     struct template_version *ret_version, struct error *err)
	must_check;

/* Adds a version to the chosen template. Where the choice has a version, what
 * that says and `data` does not is taken from it, but for the snapshots of its
 * block devices. */
bool template_add(struct call *call, const struct template_choice *choice,
		  const struct template_request *request, struct arena *arena,
		  struct template_version *ret_version, struct error *err)
	must_check;

/* Makes the chosen version the default. */
bool template_set_default(struct call *call,
			  const struct template_choice *choice,
			  struct arena *arena,
			  struct launch_template *ret_template,
			  struct error *err) must_check;

/* Removes a template with all versions. */
bool template_remove(struct call *call, const char *id, const char *name,
		     struct arena *arena, struct launch_template *ret_template,
		     struct error *err) must_check;

/* Removes one version; within the caller's transaction. *ret_why, static text,
 * is EC2's code for why it stays: there is none, or it is the default; or NULL.
 */
bool template_remove_version(struct call *call,
			     const struct launch_template *template,
			     int64_t number, struct arena *arena,
			     const char **ret_why, struct error *err)
	must_check;

/* What a version says, as an object of the caller's; NULL when it cannot be
 * read. */
json_t *template_data(const struct template_version *version,
		      struct error *err);

#endif
