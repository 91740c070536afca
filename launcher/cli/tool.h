/* tool.h - the ec2-* tools as verbs: what this program offers them */
#ifndef QAMI_CLI_TOOL_H
#define QAMI_CLI_TOOL_H

#include "bundle/tool/tool.h"
#include "launcher/action/action.h"

/* Runs a tool with a row's arguments; for `main` of the row, and like it. */
int tool_main(struct call *call, const struct args *args,
	      const struct param *params, tool_run *run, struct error *err);

/* The help of a verb that is a tool. */
bool tool_verb_help(const struct action *action, FILE *out);

/* Bundles an instance's root from outside, as ec2-bundle-vol --instance. */
bool tool_outside(struct call *call, const char *id,
		  const struct volume *volume, const struct pack *pack,
		  struct error *err) must_check;

#endif
