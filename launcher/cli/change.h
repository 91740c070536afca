/* change.h - what the verbs start, stop, reboot and rm share */
#ifndef QAMI_CLI_CHANGE_H
#define QAMI_CLI_CHANGE_H

#include "launcher/action/action.h"

#define PARAMS_INSTANCE_NAMES                                                  \
	{ "Instances", PARAM_ID,                                               \
	  PARAM_POSITIONAL | PARAM_LIST | PARAM_REQUIRED | PARAM_NAMED, "i",   \
	  "instances: ids, names or beginnings of ids" }

/* Checks all instances, then changes each; with `state` waits until each has
 * got there. Says what happens on the call's stages. */
bool verb_change(struct call *call, const struct args *args,
		 bool (*check)(struct call *call, const char *id,
			       struct error *err),
		 bool (*carry_out)(struct call *call, const char *id,
				   const struct args *args, struct error *err),
		 const char *state, struct error *err) must_check;

#endif
