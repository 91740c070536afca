/* interface.h - an instance's network interface as parameters */
#ifndef QAMI_ACTION_INTERFACE_H
#define QAMI_ACTION_INTERFACE_H

#include "launcher/action/action.h"

extern const struct param params_interface[];
#define PARAMS_INTERFACE                                                       \
	{ "SecurityGroupIds", PARAM_ID, PARAM_LIST, "sg",                      \
	  "its security groups by id, …", "SecurityGroupId" },                 \
	{ "SecurityGroups", PARAM_STRING, PARAM_LIST, NULL,                    \
	  "… or by name; \"default\" when left out", "SecurityGroup" },        \
	{ "NetworkInterfaces", PARAM_STRUCT, PARAM_LIST, NULL,                 \
	  "the same, said of its one interface", "NetworkInterface",           \
	  params_interface }

#endif
