/* launchparams.c - what RunInstances' parameters say
 *
 * The one reader of them, for a call and for what a launch template kept. An
 * interface is said on the instance itself or in NetworkInterfaces, where
 * Packer and Ansible ask for a public address, too: that is taken and gives
 * none.
 */
#include "launcher/instance/launchparams.h"

#include <string.h>

#include "images/base/digest.h"
#include "images/params.h"

/* Roles, hibernation and enclaves: there are none, but clients say so. */
static bool check_absent(const json_t *params, struct error *err)
{
	const json_t *profile = json_object_get(params, "IamInstanceProfile");
	const char *name = arg_str(profile, "Name", NULL);

	if (name || arg_str(profile, "Arn", NULL))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%.128s) for parameter "
			    "iamInstanceProfile.%s is invalid. Invalid IAM "
			    "Instance Profile %s",
			    name ? name : arg_str(profile, "Arn", NULL),
			    name ? "name" : "arn", name ? "name" : "ARN");
	if (arg_bool(json_object_get(params, "HibernationOptions"),
		     "Configured", false))
		return fail(err, FAULT_UNSUPPORTED,
			    "Instances cannot be hibernated.");
	if (arg_bool(json_object_get(params, "EnclaveOptions"), "Enabled",
		     false))
		return fail(err, FAULT_UNSUPPORTED,
			    "Instances have no enclaves.");
	return true;
}

/* What belongs into the interface when there is one. */
static bool check_place(const json_t *params, struct error *err)
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
		if (json_object_get(params, outside[i].param))
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

static bool read_interface(const json_t *params, struct arena *arena,
			   struct interface_request *ret_request,
			   struct error *err)
{
	const json_t *list = json_object_get(params, "NetworkInterfaces");
	const json_t *one = json_array_get(list, 0);
	struct interface_request request = {
		.subnet = arg_str(one ? one : params, "SubnetId", NULL),
		.address = arg_str(params, "PrivateIpAddress", NULL),
		.description = arg_str(one, "Description", NULL),
	};

	if (one && (!check_place(params, err) || !check_one(list, err) ||
		    !read_address(one, &request.address, err)))
		return false;
	if (!args_texts(one ? json_object_get(one, "Groups") :
			      json_object_get(params, "SecurityGroupIds"),
			arena, &request.groups, &request.group_count, err) ||
	    !args_texts(json_object_get(params, "SecurityGroups"), arena,
			&request.group_names, &request.group_name_count, err))
		return false;
	*ret_request = request;
	return true;
}

struct metadata_options args_metadata_options(const json_t *object)
{
	const char *hop_limit = "HttpPutResponseHopLimit";

	return (struct metadata_options){
		.tokens = arg_str(object, "HttpTokens", NULL),
		.endpoint = arg_str(object, "HttpEndpoint", NULL),
		.ipv6 = arg_str(object, "HttpProtocolIpv6", NULL),
		.tags = arg_str(object, "InstanceMetadataTags", NULL),
		.hop_limit = arg_int(object, hop_limit, 0),
		.hop_limit_given = json_object_get(object, hop_limit),
	};
}

/* User data travels in base64; what is inside is nobody's business. */
static bool read_user_data(const json_t *params, struct arena *arena,
			   struct launch *launch, struct error *err)
{
	const char *text = arg_str(params, "UserData", NULL);
	auto_free void *data = NULL;
	void *copy;
	size_t size;

	if (!text)
		return true;
	data = base64_decode(text, &size);
	if (!data)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid BASE64 encoding of user data");
	copy = arena_alloc(arena, size + 1);
	if (!copy)
		return fail_memory(err);
	memcpy(copy, data, size);
	launch->user_data = copy;
	launch->user_data_size = size;
	return true;
}

bool launch_read(const json_t *params, struct arena *arena,
		 struct launch *ret_launch, struct error *err)
{
	static const char types[] = "instance|volume|network-interface|"
				    "spot-instances-request";
	const json_t *tags = json_object_get(params, "TagSpecifications");

	*ret_launch = (struct launch){
		.image = arg_str(params, "ImageId", NULL),
		.least = arg_int(params, "MinCount", 1),
		.most = arg_int(params, "MaxCount", 1),
		.type = arg_str(params, "InstanceType", NULL),
		.kernel = arg_str(params, "KernelId", NULL),
		.ramdisk = arg_str(params, "RamdiskId", NULL),
		.key_name = arg_str(params, "KeyName", NULL),
		.zone = arg_str(json_object_get(params, "Placement"),
				"AvailabilityZone", NULL),
		.metadata = args_metadata_options(
			json_object_get(params, "MetadataOptions")),
		.shutdown_behavior = arg_str(
			params, "InstanceInitiatedShutdownBehavior", NULL),
		.disable_termination =
			arg_bool(params, "DisableApiTermination", false),
		.disable_stop = arg_bool(params, "DisableApiStop", false),
		.ebs_optimized = arg_bool(params, "EbsOptimized", false),
		.monitoring = arg_bool(json_object_get(params, "Monitoring"), "Enabled",
				       false),
		.credits = arg_str(json_object_get(params, "CreditSpecification"),
				   "CpuCredits", NULL),
	};
	return check_absent(params, err) &&
	       args_mappings(json_object_get(params, "BlockDeviceMappings"),
			     arena, &ret_launch->mappings,
			     &ret_launch->mapping_count, err) &&
	       args_tags(tags, "instance", types, arena,
			 &ret_launch->instance_tags,
			 &ret_launch->instance_tag_count, err) &&
	       args_tags(tags, "volume", types, arena, &ret_launch->volume_tags,
			 &ret_launch->volume_tag_count, err) &&
	       read_interface(params, arena, &ret_launch->interface, err) &&
	       args_tags(tags, "network-interface", types, arena,
			 &ret_launch->interface.tags,
			 &ret_launch->interface.tag_count, err) &&
	       read_user_data(params, arena, ret_launch, err);
}

/* Members that say the same thing in two ways: who says one of them says
 * nothing of the other. */
static void replace_groups(json_t *whole, const json_t *above)
{
	static const char *const names[] = { "SecurityGroupIds",
					     "SecurityGroups" };

	for (size_t i = 0; i < 2; i++)
		if (json_object_get(above, names[i]))
			json_object_del(whole, names[1 - i]);
}

/* Whether a list has an element of that member's value. */
static bool has_element(const json_t *list, const char *member,
			const json_t *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_equal(json_object_get(one, member), value))
			return true;
	return false;
}

/* Lists whose elements are told apart by one member: an element of `above`
 * takes the place of the one of `below`. A new array; NULL when memory ran
 * out. */
static json_t *merge_list(const json_t *below, const json_t *above,
			  const char *member)
{
	json_t *list = json_array();
	json_t *one;
	size_t i;
	bool ok = list;

	json_array_foreach(below, i, one)
		if (!has_element(above, member, json_object_get(one, member)))
			ok = ok && json_array_append(list, one) == 0;
	json_array_foreach(above, i, one)
		ok = ok && json_array_append(list, one) == 0;
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

json_t *launch_over(const json_t *below, const json_t *above)
{
	static const char *const lists[][2] = {
		{ "BlockDeviceMappings", "DeviceName" },
		{ "TagSpecifications", "ResourceType" },
	};
	json_t *whole = json_copy((json_t *)below);
	json_t *ramdisk = json_object_get(whole, "RamDiskId");
	bool ok = whole;

	/* RunInstances calls it otherwise */
	if (ramdisk)
		ok = json_object_set(whole, "RamdiskId", ramdisk) == 0 &&
		     json_object_del(whole, "RamDiskId") == 0;
	replace_groups(whole, above);
	ok = ok && json_object_update(whole, (json_t *)above) == 0;
	for (size_t i = 0; ok && i < sizeof(lists) / sizeof(lists[0]); i++) {
		const json_t *old = json_object_get(below, lists[i][0]);
		const json_t *new = json_object_get(above, lists[i][0]);

		if (old && new)
			ok = json_object_set_new(
				     whole, lists[i][0],
				     merge_list(old, new, lists[i][1])) == 0;
	}
	if (ok)
		return whole;
	json_decref(whole);
	return NULL;
}

bool launch_choose(const struct call *call,
		   const struct template_choice *choice, const json_t *request,
		   struct arena *arena, json_t **ret_params,
		   struct template_version *ret_version, struct error *err)
{
	json_t *data;

	if (!template_choose(call, choice, arena, ret_version, err))
		return false;
	data = template_data(ret_version, err);
	if (!data)
		return false;
	*ret_params = launch_over(data, request);
	json_decref(data);
	return *ret_params || fail_memory(err);
}

bool launch_mark(const struct template_version *version, const char *group,
		 struct arena *arena, struct launch *launch, struct error *err)
{
	struct pair *tags = arena_alloc(arena, 3 * sizeof(*tags));

	if (!tags)
		return fail_memory(err);
	tags[0] = (struct pair){ "aws:ec2launchtemplate:id",
				 version->template };
	tags[1] = (struct pair){ "aws:ec2launchtemplate:version",
				 arena_format(arena, "%lld",
					      (long long)version->number) };
	tags[2] = (struct pair){ "aws:autoscaling:groupName", group };
	launch->system_tags = tags;
	launch->system_tag_count = group ? 3 : 2;
	return tags[1].value || fail_memory(err);
}
