/* change.h - what start, stop and terminate share: a list of state changes */
#ifndef QAMI_ACTION_CHANGE_H
#define QAMI_ACTION_CHANGE_H

#include "images/call.h"
#include "launcher/action/action.h"

/* How the instances of a call are changed. Every instance is checked before
 * the first one is touched. */
struct change {
	bool (*check)(struct call *call, const char *id, struct error *err);
	bool (*carry_out)(struct call *call, const char *id, bool force,
			  struct error *err);
	const char *sdk; /* the reply's list: "StoppingInstances", or NULL */
	bool jobs;	 /* leaves jobs behind */
};

/* Runs the change over InstanceIds, with Force where the row has it. */
bool change_run(struct call *call, const struct args *args,
		const struct change *change, struct reply *reply,
		struct error *err) must_check;

#define PARAMS_INSTANCES                                                       \
	{ "InstanceIds", PARAM_ID, PARAM_LIST | PARAM_REQUIRED, "i",           \
	  "the instances", "InstanceId" }

#endif
