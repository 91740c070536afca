/* wire.h - a query's flat names become a call's parameters
 *
 * "BlockDeviceMapping.2.Ebs.VolumeSize" finds its way by the row: the wire's
 * names on the left, the SDK's in what comes out. Values stay texts;
 * action_run() checks them.
 */
#ifndef QAMI_HTTP_WIRE_H
#define QAMI_HTTP_WIRE_H

#include "launcher/action/action.h"
#include "launcher/http/form.h"

/* Fills args that args_init() made. Lists may begin at any number and have
 * gaps: their elements are put in the order of their numbers. An empty value
 * is none, and a structure of none is none, but for parameters whose row says
 * that "" is a value. FAULT_UNKNOWN_PARAMETER with the wire's name for what
 * the row has not, or has for the command line alone; FAULT_MALFORMED_QUERY
 * for a name that came twice. */
bool wire_args(const struct action *action, const struct form *form,
	       struct args *ret_args, struct error *err) must_check;

#endif
