/* describe-instance-attribute.c - one attribute of an instance */
#include <string.h>

#include "images/authorise.h"
#include "images/base/digest.h"
#include "images/registry/volume.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/instance.h"
#include "launcher/action/noun/interface.h"

static void text(struct node *into, const char *sdk, const char *wire,
		 const char *value)
{
	node_str(node_struct(into, sdk, wire), "Value", "value", value);
}

static void flag(struct node *into, const char *sdk, const char *wire,
		 bool value)
{
	node_bool(node_struct(into, sdk, wire), "Value", "value", value);
}

static bool reply_user_data(const struct instance *instance, struct node *into,
			    struct error *err)
{
	struct node *node = node_struct(into, "UserData", "userData");
	auto_free char *encoded = NULL;

	if (!instance->user_data)
		return true;
	encoded = base64_encode(instance->user_data, instance->user_data_size);
	node_str(node, "Value", "value", encoded);
	return encoded || fail_memory(err);
}

/* Every attribute that has a plain value. */
static void reply_plain(const struct instance *i, const char *name,
			struct node *into)
{
	if (strcmp(name, "instanceType") == 0)
		text(into, "InstanceType", "instanceType", i->type);
	else if (strcmp(name, "kernel") == 0)
		text(into, "KernelId", "kernel", i->kernel);
	else if (strcmp(name, "ramdisk") == 0)
		text(into, "RamdiskId", "ramdisk", i->ramdisk);
	else if (strcmp(name, "disableApiTermination") == 0)
		flag(into, "DisableApiTermination", "disableApiTermination",
		     i->disable_termination);
	else if (strcmp(name, "disableApiStop") == 0)
		flag(into, "DisableApiStop", "disableApiStop", i->disable_stop);
	else if (strcmp(name, "instanceInitiatedShutdownBehavior") == 0)
		text(into, "InstanceInitiatedShutdownBehavior",
		     "instanceInitiatedShutdownBehavior", i->shutdown_behavior);
	else if (strcmp(name, "rootDeviceName") == 0)
		text(into, "RootDeviceName", "rootDeviceName",
		     i->root_device_name);
	else if (strcmp(name, "sourceDestCheck") == 0)
		flag(into, "SourceDestCheck", "sourceDestCheck",
		     i->source_dest_check);
	else if (strcmp(name, "ebsOptimized") == 0)
		flag(into, "EbsOptimized", "ebsOptimized", i->ebs_optimized);
	else if (strcmp(name, "enaSupport") == 0)
		flag(into, "EnaSupport", "enaSupport", true);
	else if (strcmp(name, "sriovNetSupport") == 0)
		node_struct(into, "SriovNetSupport", "sriovNetSupport");
	else if (strcmp(name, "productCodes") == 0)
		node_list(into, "ProductCodes", "productCodes");
	else
		node_bool(node_struct(into, "EnclaveOptions", "enclaveOptions"),
			  "Enabled", "enabled", false);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "InstanceId", "");
	const char *name = args_str(args, "Attribute", "");
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err) ||
	    !call_dry_run(call, err))
		return false;
	node_str(reply->root, "InstanceId", "instanceId", id);
	if (strcmp(name, "blockDeviceMapping") == 0)
		return reply_instance_mapping(call->store->db, id, reply->root,
					      err);
	if (strcmp(name, "groupSet") == 0)
		return reply_groups(
			call->store->db,
			strcmp(instance.state, "terminated") == 0 ? NULL : id,
			"Groups", "groupSet", reply->root, err);
	if (strcmp(name, "userData") == 0)
		return reply_user_data(&instance, reply->root, err);
	reply_plain(&instance, name, reply->root);
	return true;
}

const struct action action_describe_instance_attribute = {
	.name = "DescribeInstanceAttribute",
	.brief = "show one attribute of an instance",
	.about = "Shows one attribute of an instance. User data comes in "
		 "base64.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		{ "Attribute", PARAM_STRING, PARAM_REQUIRED | PARAM_LOOSE,
		  "instanceType|kernel|ramdisk|userData|"
		  "disableApiTermination|disableApiStop|"
		  "instanceInitiatedShutdownBehavior|rootDeviceName|"
		  "blockDeviceMapping|productCodes|sourceDestCheck|groupSet|"
		  "ebsOptimized|sriovNetSupport|enaSupport|enclaveOptions",
		  "which" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_NONE },
	.example = "qami describe-instance-attribute --instance-id "
		   "i-0123456789abcdef0 --attribute instanceType",
	.run = run,
};
