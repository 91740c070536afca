/* interface.c - an instance's network interface as parameters */
#include "launcher/action/interface.h"

static const struct param params_address[] = {
	{ "Primary", PARAM_BOOLEAN, 0, NULL, "true" },
	{ "PrivateIpAddress", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "the address" },
	{ 0 },
};

const struct param params_interface[] = {
	{ "AssociatePublicIpAddress", PARAM_BOOLEAN, 0, NULL,
	  "accepted; there are no public addresses" },
	{ "DeleteOnTermination", PARAM_BOOLEAN, 0, NULL,
	  "true: it goes with its instance" },
	{ "Description", PARAM_STRING, 0, NULL, "free text for people" },
	{ "DeviceIndex", PARAM_INTEGER, 0, NULL, "0" },
	{ "Groups", PARAM_ID, PARAM_LIST, "sg", "its security groups",
	  "SecurityGroupId" },
	{ "NetworkInterfaceId", PARAM_ID, 0, "eni",
	  "none: it is made with its instance" },
	{ "PrivateIpAddress", PARAM_STRING, 0, NULL, "its address" },
	{ "PrivateIpAddresses", PARAM_STRUCT, PARAM_LIST, NULL,
	  "the same: one, Primary", NULL, params_address },
	{ "SecondaryPrivateIpAddressCount", PARAM_INTEGER, 0, NULL, "0" },
	{ "SubnetId", PARAM_ID, 0, "subnet", "the one there is" },
	{ "InterfaceType", PARAM_STRING, 0, "interface", "interface" },
	{ "NetworkCardIndex", PARAM_INTEGER, 0, NULL, "0" },
	{ 0 },
};
