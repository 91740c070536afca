/* run-instances.c - launch machines from an image */
#include <string.h>

#include "images/base/digest.h"
#include "launcher/action/action.h"
#include "launcher/action/interface.h"
#include "launcher/action/mapping.h"
#include "launcher/action/metadata-options.h"
#include "launcher/action/noun/instance.h"
#include "launcher/instance/launch.h"

struct rows {
	struct db *db;
	struct node *into;
	struct node *instances;
};

static bool row(void *data, const struct instance *instance, struct error *err)
{
	struct rows *rows = data;

	if (!rows->instances)
		rows->instances = reply_reservation(instance, rows->into);
	return reply_instance(rows->db, instance, node_item(rows->instances),
			      err);
}

/* Answers with the reservation as it is now. */
static bool answer(struct call *call, const char *reservation,
		   struct reply *reply, struct error *err)
{
	struct filter filter = { "reservation-id", &reservation, 1 };
	struct query query = {
		.account = call->account,
		.filters = &filter,
		.filter_count = 1,
	};
	struct rows rows = { .db = call->store->db, .into = reply->root };

	return instance_list(call->store->db, &query, row, &rows, err);
}

/* User data travels in base64; what is inside is nobody's business. */
static bool read_user_data(const struct args *args, struct launch *launch,
			   void **ret_data, struct error *err)
{
	const char *text = args_str(args, "UserData", NULL);

	if (!text)
		return true;
	*ret_data = base64_decode(text, &launch->user_data_size);
	if (!*ret_data)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid BASE64 encoding of user data");
	launch->user_data = *ret_data;
	return true;
}

/* Roles, hibernation and enclaves: there are none, but clients say so. */
static bool check_absent(const struct args *args, struct error *err)
{
	const json_t *profile = args_get(args, "IamInstanceProfile");
	const char *name = arg_str(profile, "Name", NULL);

	if (name || arg_str(profile, "Arn", NULL))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%.128s) for parameter "
			    "iamInstanceProfile.%s is invalid. Invalid IAM "
			    "Instance Profile %s",
			    name ? name : arg_str(profile, "Arn", NULL),
			    name ? "name" : "arn", name ? "name" : "ARN");
	if (arg_bool(args_get(args, "HibernationOptions"), "Configured", false))
		return fail(err, FAULT_UNSUPPORTED,
			    "Instances cannot be hibernated.");
	if (arg_bool(args_get(args, "EnclaveOptions"), "Enabled", false))
		return fail(err, FAULT_UNSUPPORTED,
			    "Instances have no enclaves.");
	return true;
}

static bool read_launch(const struct args *args, struct arena *arena,
			struct launch *launch, struct error *err)
{
	static const char types[] = "instance|volume|network-interface|"
				    "spot-instances-request";
	const json_t *tags = args_get(args, "TagSpecifications");

	*launch = (struct launch){
		.image = args_str(args, "ImageId", NULL),
		.least = args_int(args, "MinCount", 1),
		.most = args_int(args, "MaxCount", 1),
		.type = args_str(args, "InstanceType", NULL),
		.kernel = args_str(args, "KernelId", NULL),
		.ramdisk = args_str(args, "RamdiskId", NULL),
		.key_name = args_str(args, "KeyName", NULL),
		.zone = arg_str(args_get(args, "Placement"),
				"AvailabilityZone", NULL),
		.metadata = args_metadata_options(
			args_get(args, "MetadataOptions")),
		.shutdown_behavior = args_str(
			args, "InstanceInitiatedShutdownBehavior", NULL),
		.disable_termination =
			args_bool(args, "DisableApiTermination", false),
		.disable_stop = args_bool(args, "DisableApiStop", false),
		.ebs_optimized = args_bool(args, "EbsOptimized", false),
		.monitoring = arg_bool(args_get(args, "Monitoring"), "Enabled",
				       false),
		.credits = arg_str(args_get(args, "CreditSpecification"),
				   "CpuCredits", NULL),
	};
	return args_mappings(args_get(args, "BlockDeviceMappings"), arena,
			     &launch->mappings, &launch->mapping_count, err) &&
	       args_tags(tags, "instance", types, arena, &launch->instance_tags,
			 &launch->instance_tag_count, err) &&
	       args_tags(tags, "volume", types, arena, &launch->volume_tags,
			 &launch->volume_tag_count, err) &&
	       args_interface(args, arena, &launch->interface, err) &&
	       args_tags(tags, "network-interface", types, arena,
			 &launch->interface.tags, &launch->interface.tag_count,
			 err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free void *user_data = NULL;
	char reservation[ID_SIZE];
	struct launch launch;

	if (!arena)
		return fail_memory(err);
	return check_absent(args, err) &&
	       read_launch(args, arena, &launch, err) &&
	       read_user_data(args, &launch, &user_data, err) &&
	       launch_instances(call, &launch, reservation, err) &&
	       answer(call, reservation, reply, err);
}

static const struct param params_placement[] = {
	{ "AvailabilityZone", PARAM_STRING, 0, NULL, "the one there is" },
	{ "Tenancy", PARAM_STRING, 0, "default", "default" },
	{ 0 },
};

static const struct param params_monitoring[] = {
	{ "Enabled", PARAM_BOOLEAN, PARAM_REQUIRED, NULL, "noted" },
	{ 0 },
};

static const struct param params_credit[] = {
	{ "CpuCredits", PARAM_STRING, PARAM_REQUIRED, "standard|unlimited",
	  "noted" },
	{ 0 },
};

static const struct param params_profile[] = {
	{ "Arn", PARAM_STRING, 0, NULL, "by its ARN" },
	{ "Name", PARAM_STRING, 0, NULL, "or its name" },
	{ 0 },
};

static const struct param params_hibernation[] = {
	{ "Configured", PARAM_BOOLEAN, 0, NULL, "must be false" },
	{ 0 },
};

static const struct param params_enclave[] = {
	{ "Enabled", PARAM_BOOLEAN, 0, NULL, "must be false" },
	{ 0 },
};

const struct action action_run_instances = {
	.name = "RunInstances",
	.brief = "launch instances from an image",
	.about = "Launches machines through libvirt. When it answers they run. "
		 "The block device mapping is merged with the image's by EC2's "
		 "rules: an entry for the same device overrides it field by "
		 "field, NoDevice takes it out, new devices are added. The key "
		 "pair's public key stays with the instance. On the command "
		 "line a pair \"default\" that there is not becomes the "
		 "caller's own ~/.ssh/id_ed25519.pub or id_rsa.pub. Without a "
		 "security group an instance is in \"default\". Its address "
		 "inside the subnet is its own until it is terminated; there "
		 "are no public ones.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami", "the image" },
		{ "MinCount", PARAM_INTEGER, 0, NULL, "at least so many" },
		{ "MaxCount", PARAM_INTEGER, 0, NULL, "at most so many" },
		{ "InstanceType", PARAM_STRING, 0, NULL,
		  "else t2.micro, t3.micro for an image that boots by UEFI, "
		  "m1.small where the root is an instance store" },
		PARAMS_MAPPINGS,
		{ "UserData", PARAM_BLOB, PARAM_TEXT_BLOB | PARAM_SECRET, NULL,
		  "what the guest runs or reads at its first boot" },
		{ "KernelId", PARAM_ID, 0, "aki", "boot this kernel directly" },
		{ "RamdiskId", PARAM_ID, 0, "ari", "with this ramdisk" },
		{ "KeyName", PARAM_STRING, 0, NULL,
		  "the key pair whose public key the guest gets" },
		PARAMS_INTERFACE,
		{ "Placement", PARAM_STRUCT, 0, NULL, "where", NULL,
		  params_placement },
		{ "InstanceInitiatedShutdownBehavior", PARAM_STRING, 0,
		  "stop|terminate", "what a guest's own power-off means" },
		{ "DisableApiTermination", PARAM_BOOLEAN, 0, NULL,
		  "protect from TerminateInstances" },
		{ "DisableApiStop", PARAM_BOOLEAN, 0, NULL,
		  "protect from StopInstances" },
		{ "EbsOptimized", PARAM_BOOLEAN, 0, NULL,
		  "noted; disks are local" },
		{ "Monitoring", PARAM_STRUCT, 0, NULL, "Enabled=true; noted",
		  NULL, params_monitoring },
		{ "CreditSpecification", PARAM_STRUCT, 0, NULL,
		  "CpuCredits=standard or unlimited, for burstable types",
		  NULL, params_credit },
		{ "MetadataOptions", PARAM_STRUCT, 0, NULL,
		  "what the guest's metadata service does; an image with "
		  "ImdsSupport v2.0 asks for tokens by itself", NULL,
		  params_metadata_options },
		{ "IamInstanceProfile", PARAM_STRUCT, 0, NULL,
		  "there is none to be given", NULL, params_profile },
		{ "HibernationOptions", PARAM_STRUCT, 0, NULL,
		  "Configured=false", NULL, params_hibernation },
		{ "EnclaveOptions", PARAM_STRUCT, 0, NULL, "Enabled=false",
		  NULL, params_enclave },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_KEY_PAIR_NOT_FOUND,
		FAULT_GROUP_NOT_FOUND, FAULT_GROUPS_LIMIT,
		FAULT_SUBNET_NOT_FOUND, FAULT_ADDRESS_IN_USE,
		FAULT_ADDRESSES_EXHAUSTED,
		FAULT_SNAPSHOT_NOT_FOUND, FAULT_INCORRECT_STATE,
		FAULT_BLOCK_DEVICE_MAPPING,
		FAULT_PARAMETER_COMBINATION, FAULT_IDEMPOTENT_MISMATCH,
		FAULT_INSTANCE_CAPACITY, FAULT_INSTANCE_LIMIT,
		FAULT_UNSUPPORTED, FAULT_INVALID_MANIFEST,
		FAULT_VOLUME_CAPACITY, FAULT_UNAVAILABLE,
		FAULT_VCPU_LIMIT, FAULT_RESOURCE_LIMIT,
		FAULT_VOLUME_LIMIT, FAULT_NONE },
	.example = "qami run-instances --image-id ami-0123456789abcdef0 "
		   "--user-data file://setup.sh",
	.machines = true,
	.run = run,
};
