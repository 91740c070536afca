/* monitoring.h - what MonitorInstances and UnmonitorInstances share */
#ifndef QAMI_ACTION_MONITORING_H
#define QAMI_ACTION_MONITORING_H

#include "launcher/action/change.h"

/* Notes for InstanceIds whether detailed monitoring is wanted: for all or, if
 * one cannot be found, for none. */
bool monitoring_set(struct call *call, const struct args *args, bool wanted,
		    struct reply *reply, struct error *err) must_check;

#endif
