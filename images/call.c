/* call.c - what every call shares */
#include "images/call.h"

bool call_dry_run(const struct call *call, struct error *err)
{
	if (call->dry_run)
		return fail(err, FAULT_DRY_RUN,
			    "Request would have succeeded, but DryRun flag is "
			    "set.");
	return true;
}
