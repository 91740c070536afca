/* custom.h - options that the AWS CLI has and the API has not
 *
 * `run-instances --count 2` is MinCount and MaxCount, `bundle-instance
 * --bucket b` a member of a structure; the endpoint knows nothing of them.
 */
#ifndef QAMI_CLI_CUSTOM_H
#define QAMI_CLI_CUSTOM_H

#include <jansson.h>

#include "images/base/buf.h"
#include "launcher/action/action.h"

enum custom_kind { CUSTOM_VALUE, CUSTOM_LIST, CUSTOM_SWITCH };

struct custom {
	const char *action;
	const char *name;
	enum custom_kind kind;
	const char *value; /* what help calls it */
	const char *brief;
	bool (*apply)(json_t *root, const struct custom *custom,
		      const char *const *texts, size_t count,
		      struct buf *complaint);
	const char *param;  /* the row's parameter that it builds */
	const char *member; /* which part of it; for `apply` */
};

extern const struct custom custom_table[]; /* a row without name ends it */

/* Whether an action has it: by its name and a row with that parameter. */
bool custom_offered(const struct custom *custom, const struct action *action);

/* Whether a custom option stands for this parameter, so that it is none. */
bool custom_hides(const struct action *action, const struct param *param);

/* What the AWS CLI fills in when nothing was said. */
bool custom_finish(const struct action *action, json_t *root);

/* The option that the AWS CLI calls otherwise ("reboot" is --no-no-reboot);
 * the other way round for help; NULL when it has no other name. */
const char *custom_real_name(const char *alias);
const char *custom_alias(const char *real_name);

#endif
