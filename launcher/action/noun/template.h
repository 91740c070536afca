/* template.h - launch templates in a request and a reply */
#ifndef QAMI_ACTION_NOUN_TEMPLATE_H
#define QAMI_ACTION_NOUN_TEMPLATE_H

#include "images/template.h"
#include "launcher/action/action.h"

#define PARAMS_TEMPLATE                                                        \
	{ "LaunchTemplateId", PARAM_ID, 0, "lt", "the template, by its id" },  \
	{ "LaunchTemplateName", PARAM_STRING, 0, NULL, "or by its name" }

/* The template that these name, and a version by the parameter of that name (or
 * NULL). Texts are the args'. */
struct template_choice args_template(const struct args *args,
				     const char *version);

/* VersionDescription, LaunchTemplateData and who calls as what a template will
 * be, checked as far as that goes without asking for anything. Texts are the
 * args' and the arena's. */
bool args_template_request(const struct call *call, const struct args *args,
			   struct arena *arena,
			   struct template_request *ret_request,
			   struct error *err) must_check;

/* A template, inside `into`. */
bool reply_template(struct db *db, const struct launch_template *template,
		    struct node *into, struct error *err) must_check;
/* What a version says, or would. */
void reply_template_data(const json_t *data, struct node *into);
bool reply_template_version(const struct template_version *version,
			    struct node *into, struct error *err) must_check;

#endif
