/* interface.c - an instance's network interface as parameters
 *
 * Clients say it on the instance itself or in NetworkInterfaces, where Packer
 * and Ansible ask for a public address, too: that is taken and gives none.
 */
#include "launcher/action/interface.h"

#include "launcher/action/query.h"

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

/* What belongs into the interface when there is one. */
static bool check_place(const struct args *args, struct error *err)
{
	static const struct {
		const char *param;
		const char *called;
	} outside[] = {
		{ "SecurityGroupIds", "security groups" },
		{ "SecurityGroups", "security groups" },
		{ "SubnetId", "subnet ID" },
		{ "PrivateIpAddress", "private address" },
	};

	for (size_t i = 0; i < sizeof(outside) / sizeof(*outside); i++)
		if (args_has(args, outside[i].param))
			return fail(err, FAULT_PARAMETER_COMBINATION,
				    "Network interfaces and an instance-level "
				    "%s may not be specified on the same "
				    "request",
				    outside[i].called);
	return true;
}

static bool check_one(const json_t *list, struct error *err)
{
	const json_t *one = json_array_get(list, 0);

	if (json_object_get(one, "NetworkInterfaceId"))
		return fail(err, FAULT_UNSUPPORTED,
			    "A network interface is made with its instance: "
			    "there is none to be attached");
	if (!json_object_get(one, "DeviceIndex"))
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "NetworkInterface.1.DeviceIndex");
	if (json_array_size(list) > 1 || arg_int(one, "DeviceIndex", 0) ||
	    arg_int(one, "NetworkCardIndex", 0))
		return fail(err, FAULT_UNSUPPORTED,
			    "An instance has one network interface, of "
			    "DeviceIndex 0");
	if (!arg_bool(one, "DeleteOnTermination", true))
		return fail(err, FAULT_UNSUPPORTED,
			    "A network interface goes with its instance: "
			    "DeleteOnTermination is true");
	return true;
}

/* The interface's address, in either form. */
static bool read_address(const json_t *one, const char **ret_address,
			 struct error *err)
{
	const json_t *list = json_object_get(one, "PrivateIpAddresses");
	const json_t *first = json_array_get(list, 0);

	*ret_address = arg_str(one, "PrivateIpAddress", NULL);
	if (json_array_size(list) > 1 ||
	    (first && !arg_bool(first, "Primary", false)) ||
	    arg_int(one, "SecondaryPrivateIpAddressCount", 0))
		return fail(err, FAULT_UNSUPPORTED,
			    "A network interface has one private address");
	if (first && *ret_address)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter PrivateIpAddress cannot be used "
			    "with the parameter PrivateIpAddresses");
	if (first)
		*ret_address = arg_str(first, "PrivateIpAddress", NULL);
	return true;
}

bool args_interface(const struct args *args, struct arena *arena,
		    struct interface_request *ret_request, struct error *err)
{
	const json_t *list = args_get(args, "NetworkInterfaces");
	const json_t *one = json_array_get(list, 0);
	struct interface_request request = {
		.subnet = arg_str(one ? one : args->root, "SubnetId", NULL),
		.address = args_str(args, "PrivateIpAddress", NULL),
		.description = arg_str(one, "Description", NULL),
	};

	if (one && (!check_place(args, err) || !check_one(list, err) ||
		    !read_address(one, &request.address, err)))
		return false;
	if (!args_texts(one ? json_object_get(one, "Groups") :
			      args_get(args, "SecurityGroupIds"),
			arena, &request.groups, &request.group_count, err) ||
	    !args_texts(args_get(args, "SecurityGroups"), arena,
			&request.group_names, &request.group_name_count, err))
		return false;
	*ret_request = request;
	return true;
}
