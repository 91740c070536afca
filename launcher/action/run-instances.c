/* run-instances.c - launch machines from an image */
#include "launcher/action/launching.h"
#include "launcher/action/noun/instance.h"
#include "launcher/instance/launchparams.h"

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

/* The template that is asked for; its name is in the row's. */
static struct template_choice choice(const json_t *template)
{
	return (struct template_choice){
		.id = arg_str(template, "LaunchTemplateId", NULL),
		.name = arg_str(template, "LaunchTemplateName", NULL),
		.version = arg_str(template, "Version", NULL),
	};
}

/* What a template says with the request over it; *ret_params is the caller's.
 */
static bool read_template(struct call *call, const struct args *args,
			  struct arena *arena, json_t **ret_params,
			  struct launch *ret_launch, struct error *err)
{
	const struct template_choice chosen =
		choice(args_get(args, "LaunchTemplate"));
	struct template_version version;

	return launch_choose(call, &chosen, args->root, arena, ret_params,
			     &version, err) &&
	       launch_read(*ret_params, arena, ret_launch, err) &&
	       launch_mark(&version, NULL, arena, ret_launch, err);
}

static bool launch_new(struct call *call, const struct args *args,
		       struct arena *arena, char ret_reservation[ID_SIZE],
		       struct error *err)
{
	json_t *params = NULL;
	struct launch launch;
	bool ok = args_has(args, "LaunchTemplate") ?
			  read_template(call, args, arena, &params, &launch,
					err) :
			  launch_read(args->root, arena, &launch, err);

	ok = ok && launch_instances(call, &launch, ret_reservation, err);
	json_decref(params);
	return ok;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	char reservation[ID_SIZE];
	const char *earlier;

	if (!arena)
		return fail_memory(err);
	/* the template may be another one by now */
	if (!launch_replay(call, arena, &earlier, err) ||
	    (!earlier && !launch_new(call, args, arena, reservation, err)))
		return false;
	return answer(call, earlier ? earlier : reservation, reply, err);
}

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
		 "are no public ones. Parameters go over those of a launch "
		 "template one by one, block devices by their names, tags by "
		 "what they are for.",
	.params = (const struct param[]) {
		{ "MinCount", PARAM_INTEGER, 0, NULL, "at least so many" },
		{ "MaxCount", PARAM_INTEGER, 0, NULL, "at most so many" },
		PARAMS_LAUNCH,
		{ "UserData", PARAM_BLOB, PARAM_TEXT_BLOB | PARAM_SECRET, NULL,
		  "what the guest runs or reads at its first boot" },
		{ "RamdiskId", PARAM_ID, 0, "ari", "with this ramdisk" },
		{ "SubnetId", PARAM_ID, 0, "subnet", "the one there is" },
		{ "PrivateIpAddress", PARAM_STRING, 0, NULL,
		  "its address, of those that are free" },
		{ "LaunchTemplate", PARAM_STRUCT, 0, NULL,
		  "a launch template; what else is said goes over it", NULL,
		  params_template_choice },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_TEMPLATE_NOT_FOUND, FAULT_TEMPLATE_NAME_NOT_FOUND,
		FAULT_TEMPLATE_VERSION_NOT_FOUND,
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
