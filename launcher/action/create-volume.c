/* create-volume.c - a new volume, empty or from a snapshot */
#include "images/volume.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/volume.h"

/* What volumes of EC2 can be and these cannot. */
static bool check_support(const struct args *args, struct error *err)
{
	if (args_bool(args, "MultiAttachEnabled", false))
		return fail(err, FAULT_UNSUPPORTED,
			    "A volume is attached to one instance at a time: "
			    "leave MultiAttachEnabled out.");
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct volume_request request = {
		.zone = args_str(args, "AvailabilityZone", NULL),
		.snapshot = args_str(args, "SnapshotId", NULL),
		.type = args_str(args, "VolumeType", NULL),
		.encryption = args_encryption(args),
	};
	struct volume volume;
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!check_support(args, err) ||
	    !args_positive(args, "Size", &request.size, err) ||
	    !args_positive(args, "Iops", &request.iops, err) ||
	    !args_positive(args, "Throughput", &request.throughput, err) ||
	    !args_positive(args, "VolumeInitializationRate",
			   &request.initialization_rate, err) ||
	    !args_tags(args_get(args, "TagSpecifications"), "volume", "volume",
		       arena, &request.tags, &request.tag_count, err) ||
	    !volume_create(call, &request, id, err))
		return false;
	return authorise_volume(call, RIGHT_OWN, id, arena, &volume, err) &&
	       reply_volume(call, &volume, reply->root, err);
}

const struct action action_create_volume = {
	.name = "CreateVolume",
	.brief = "make a volume, empty or from a snapshot",
	.about = "Makes a volume that can be attached to any instance. One "
		 "that is made from a snapshot holds what that held, and may "
		 "be larger. What is made from an encrypted snapshot is "
		 "encrypted. Of a plain one only what is written from then on "
		 "is: a copy encrypts all of it. The volume is available when "
		 "this answers, also that of a snapshot which is pending for "
		 "nothing but its bytes: those that are read are fetched "
		 "first, and describe-volume-status tells how far it is.",
	.params = (const struct param[]) {
		{ "AvailabilityZone", PARAM_STRING, 0, NULL, "where" },
		{ "Size", PARAM_INTEGER, 0, NULL,
		  "GiB; the snapshot's when left out" },
		{ "SnapshotId", PARAM_ID, 0, "snap",
		  "the snapshot that it begins with" },
		{ "VolumeType", PARAM_STRING, 0,
		  "gp2|gp3|io1|io2|st1|sc1|standard", "gp2 when left out" },
		{ "Iops", PARAM_INTEGER, 0, NULL,
		  "provisioned IOPS: gp3, io1, io2" },
		{ "Throughput", PARAM_INTEGER, 0, NULL, "MiB/s: gp3" },
		{ "VolumeInitializationRate", PARAM_INTEGER, 0, NULL,
		  "MiB/s, 100 to 300, from a snapshot: noted; what the "
		  "snapshot holds is there at once" },
		PARAMS_ENCRYPTION,
		{ "MultiAttachEnabled", PARAM_BOOLEAN, 0, NULL,
		  "must be false: one instance at a time" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_SNAPSHOT_NOT_FOUND, FAULT_INVALID_ZONE,
		FAULT_PARAMETER_COMBINATION, FAULT_INCORRECT_STATE,
		FAULT_PARAMETER_DEPENDENCY, FAULT_KMS_KEY_NOT_FOUND,
		FAULT_KMS_KEY_STATE,
		FAULT_IDEMPOTENT_MISMATCH, FAULT_UNSUPPORTED, FAULT_TAG_LIMIT,
		FAULT_VOLUME_CAPACITY,
		FAULT_VOLUME_LIMIT, FAULT_NONE },
	.example = "qami create-volume --availability-zone us-east-1a "
		   "--size 10 --volume-type gp3",
	.run = run,
};
