/* interface.h - an instance's network interface as parameters */
#ifndef QAMI_ACTION_INTERFACE_H
#define QAMI_ACTION_INTERFACE_H

#include "launcher/action/action.h"
#include "launcher/instance/interface.h"

extern const struct param params_interface[];
#define PARAMS_INTERFACE                                                       \
	{ "SecurityGroupIds", PARAM_ID, PARAM_LIST, "sg",                      \
	  "its security groups by id, …", "SecurityGroupId" },                 \
	{ "SecurityGroups", PARAM_STRING, PARAM_LIST, NULL,                    \
	  "… or by name; \"default\" when left out", "SecurityGroup" },        \
	{ "SubnetId", PARAM_ID, 0, "subnet", "the one there is" },             \
	{ "PrivateIpAddress", PARAM_STRING, 0, NULL,                           \
	  "its address, of those that are free" },                             \
	{ "NetworkInterfaces", PARAM_STRUCT, PARAM_LIST, NULL,                 \
	  "the same, said of its one interface", "NetworkInterface",           \
	  params_interface }

/* Reads them; texts are the args', arrays the arena's. Tags stay as they are.
 * FAULT_PARAMETER_COMBINATION for what is said in both places,
 * FAULT_UNSUPPORTED for a second interface or address. */
bool args_interface(const struct args *args, struct arena *arena,
		    struct interface_request *ret_request, struct error *err)
	must_check;

#endif
