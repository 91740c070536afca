/* launchparams.h - what RunInstances' parameters say
 *
 * A JSON object that was checked against the row of RunInstances, or what a
 * launch template kept of one.
 */
#ifndef QAMI_INSTANCE_LAUNCHPARAMS_H
#define QAMI_INSTANCE_LAUNCHPARAMS_H

#include <jansson.h>

#include "images/template.h"
#include "launcher/instance/launch.h"

/* Reads all but the counts of instances, which are 1 where nothing is said,
 * and asks for nothing that is not there: not for an image.
 * Texts are the object's, arrays and user data the arena's. FAULT_UNSUPPORTED
 * for what no instance here can have, FAULT_PARAMETER_COMBINATION for what is
 * said in two places, and those of mappings and tags. */
bool launch_read(const json_t *params, struct arena *arena,
		 struct launch *ret_launch, struct error *err) must_check;

/* Reads the structure, or the parameters themselves; NULL: nothing is said.
 * Texts are the args'. */
struct metadata_options args_metadata_options(const json_t *object);

/* A template's parameters with those of a request over them: member by member,
 * block devices by their names, tags by what they are for; groups by id and by
 * name are one member. A new object, in RunInstances' names; NULL when memory
 * ran out. */
json_t *launch_over(const json_t *below, const json_t *above);

/* The same of the chosen version; *ret_params is the caller's.
 * template_choose()'s faults. */
bool launch_choose(const struct call *call,
		   const struct template_choice *choice, const json_t *request,
		   struct arena *arena, json_t **ret_params,
		   struct template_version *ret_version, struct error *err)
	must_check;

/* Has what is launched carry EC2's own tags of its template, and of the group
 * that keeps it running (or NULL). Texts are borrowed. */
bool launch_mark(const struct template_version *version, const char *group,
		 struct arena *arena, struct launch *launch, struct error *err)
	must_check;

#endif
