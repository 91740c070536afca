/* modify-instance-attribute.c - change one attribute of an instance */
#include <string.h>

#include "images/base/digest.h"
#include "launcher/action/action.h"
#include "launcher/action/params-value.h"
#include "launcher/action/query.h"
#include "launcher/instance/attribute.h"
#include "launcher/instance/interface.h"
#include "launcher/instance/tell.h"

/* The attributes that are plain texts and flags, as a table: the parameter,
 * and what the older form (Attribute=…, Value=…) calls it. */
static const struct {
	const char *param;
	const char *name;
	enum attribute attribute;
} attributes[] = {
	{ "InstanceType", "instanceType", ATTRIBUTE_TYPE },
	{ "Kernel", "kernel", ATTRIBUTE_KERNEL },
	{ "Ramdisk", "ramdisk", ATTRIBUTE_RAMDISK },
	{ "InstanceInitiatedShutdownBehavior",
	  "instanceInitiatedShutdownBehavior", ATTRIBUTE_SHUTDOWN_BEHAVIOR },
	{ "DisableApiTermination", "disableApiTermination",
	  ATTRIBUTE_DISABLE_TERMINATION },
	{ "DisableApiStop", "disableApiStop", ATTRIBUTE_DISABLE_STOP },
	{ "EbsOptimized", "ebsOptimized", ATTRIBUTE_EBS_OPTIMIZED },
	{ "SourceDestCheck", "sourceDestCheck", ATTRIBUTE_SOURCE_DEST_CHECK },
	{ "EnaSupport", "enaSupport", ATTRIBUTE_NOTED },
	{ "SriovNetSupport", "sriovNetSupport", ATTRIBUTE_NOTED },
};

/* A value as text: flags come as true and false. */
static const char *value_of(const struct args *args, size_t i)
{
	const json_t *value =
		json_object_get(args_get(args, attributes[i].param), "Value");

	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (value)
		return json_string_value(value);
	if (strcmp(args_str(args, "Attribute", ""), attributes[i].name) == 0)
		return args_str(args, "Value", "");
	return NULL;
}

static bool set_user_data(struct call *call, const char *id,
			  const struct args *args, unsigned *count,
			  struct error *err)
{
	const json_t *user_data = args_get(args, "UserData");
	const char *text = arg_str(user_data, "Value", NULL);
	auto_free void *data = NULL;
	size_t size = 0;

	if (!user_data &&
	    strcmp(args_str(args, "Attribute", ""), "userData") == 0)
		text = args_str(args, "Value", "");
	else if (!user_data)
		return true;
	*count += 1;
	data = base64_decode(text ? text : "", &size);
	if (!data)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid BASE64 encoding of user data");
	return attribute_set_user_data(call, id, data, size, err);
}

static bool set_mappings(struct call *call, const char *id,
			 const struct args *args, unsigned *count,
			 struct error *err)
{
	const json_t *one;
	size_t i;

	json_array_foreach(args_get(args, "BlockDeviceMappings"), i, one) {
		const json_t *ebs = json_object_get(one, "Ebs");
		const json_t *flag =
			json_object_get(ebs, "DeleteOnTermination");

		*count += i == 0;
		if (!flag)
			return fail(err, FAULT_MISSING_PARAMETER,
				    "The request must contain the parameter "
				    "Ebs.DeleteOnTermination");
		if (!attribute_set_delete(call, id,
					  arg_str(one, "DeviceName", ""),
					  json_is_true(flag), err))
			return false;
	}
	return true;
}

/* Groups whose machines have to be told when all is written. */
struct changed {
	const char *const *groups;
	size_t count;
};

static bool set_groups(struct call *call, const char *id,
		       const struct args *args, struct arena *arena,
		       struct changed *changed, unsigned *count,
		       struct error *err)
{
	const char *const *ids;
	size_t id_count;

	if (!args_texts(args_get(args, "Groups"), arena, &ids, &id_count, err))
		return false;
	if (!id_count)
		return true;
	*count += 1;
	return interface_regroup(call, id, ids, id_count, arena,
				 &changed->groups, &changed->count, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "InstanceId", "");
	struct changed changed = { .count = 0 };
	struct tell tell;
	unsigned count = 0;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err))
		return false;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		const char *value = value_of(args, i);

		if (!value)
			continue;
		count++;
		if (!attribute_set(call, id, attributes[i].attribute, value,
				   err))
			return false;
	}
	if (!set_user_data(call, id, args, &count, err) ||
	    !set_mappings(call, id, args, &count, err) ||
	    !set_groups(call, id, args, arena, &changed, &count, err))
		return false;
	if (count != 1)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "Fields for multiple attribute types specified, "
			    "or none");
	if (!call_dry_run(call, err) ||
	    !tell_begin(call, changed.groups, changed.count, arena, &tell,
			err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	reply_return(reply);
	return true;
}

static const struct param params_ebs[] = {
	{ "DeleteOnTermination", PARAM_BOOLEAN, 0, NULL,
	  "whether it goes with the instance" },
	{ "VolumeId", PARAM_ID, 0, "vol", "accepted" },
	{ 0 },
};

static const struct param params_device[] = {
	{ "DeviceName", PARAM_STRING, PARAM_REQUIRED, NULL, "/dev/sdf, …" },
	{ "Ebs", PARAM_STRUCT, 0, NULL, "the volume", NULL, params_ebs },
	{ "VirtualName", PARAM_STRING, 0, NULL, "accepted" },
	{ "NoDevice", PARAM_STRING, 0, NULL, "accepted" },
	{ 0 },
};

static const struct param params_secret[] = {
	{ "Value", PARAM_BLOB, PARAM_SECRET, NULL, "base64, or fileb://" },
	{ 0 },
};

const struct action action_modify_instance_attribute = {
	.name = "ModifyInstanceAttribute",
	.brief = "change one attribute of an instance",
	.about = "Changes one attribute. Type, kernel, ramdisk and user data "
		 "need a stopped instance; a machine that runs is told at "
		 "once what other security groups allow.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		{ "InstanceType", PARAM_STRUCT, 0, NULL, "Value=t3.small",
		  NULL, params_value_text },
		{ "Kernel", PARAM_STRUCT, 0, NULL, "Value=aki-…", NULL,
		  params_value_text },
		{ "Ramdisk", PARAM_STRUCT, 0, NULL, "Value=ari-…", NULL,
		  params_value_text },
		{ "UserData", PARAM_STRUCT, PARAM_SECRET, NULL,
		  "Value=fileb://…", NULL, params_secret },
		{ "InstanceInitiatedShutdownBehavior", PARAM_STRUCT, 0, NULL,
		  "Value=stop or terminate", NULL, params_value_text },
		{ "DisableApiTermination", PARAM_STRUCT, 0, NULL,
		  "protect from TerminateInstances", NULL,
		  params_value_flag },
		{ "DisableApiStop", PARAM_STRUCT, 0, NULL,
		  "protect from StopInstances", NULL, params_value_flag },
		{ "EbsOptimized", PARAM_STRUCT, 0, NULL, "noted", NULL,
		  params_value_flag },
		{ "SourceDestCheck", PARAM_STRUCT, 0, NULL, "noted", NULL,
		  params_value_flag },
		{ "EnaSupport", PARAM_STRUCT, 0, NULL, "accepted", NULL,
		  params_value_flag },
		{ "SriovNetSupport", PARAM_STRUCT, 0, NULL, "accepted", NULL,
		  params_value_text },
		{ "BlockDeviceMappings", PARAM_STRUCT, PARAM_LIST, NULL,
		  "DeviceName=…,Ebs={DeleteOnTermination=…}",
		  "BlockDeviceMapping", params_device },
		{ "Groups", PARAM_ID, PARAM_LIST, "sg",
		  "the security groups that it is in from now on", "GroupId" },
		{ "Attribute", PARAM_STRING, PARAM_LOOSE,
		  "instanceType|kernel|ramdisk|userData|"
		  "disableApiTermination|disableApiStop|"
		  "instanceInitiatedShutdownBehavior|sourceDestCheck|"
		  "ebsOptimized|sriovNetSupport|enaSupport",
		  "which, with Value" },
		{ "Value", PARAM_STRING, PARAM_EMPTY | PARAM_SECRET, NULL,
		  "its new value" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE,
		FAULT_PARAMETER_COMBINATION, FAULT_BLOCK_DEVICE_MAPPING,
		FAULT_GROUP_NOT_FOUND, FAULT_GROUPS_LIMIT,
		FAULT_IMAGE_NOT_FOUND, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami modify-instance-attribute --instance-id "
		   "i-0123456789abcdef0 --disable-api-termination",
	.run = run,
};
