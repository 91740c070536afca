/* bundle-instance.c - bundle the root of an instance into a bucket */
#include "launcher/action/action.h"
#include "launcher/action/noun/bundletask.h"
#include "launcher/instance/bundletask.h"
#include "launcher/instance/job.h"
#include "launcher/instance/reconcile.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const json_t *s3 = json_object_get(args_get(args, "Storage"), "S3");
	const char *instance = args_str(args, "InstanceId", "");
	const char *bucket = arg_str(s3, "Bucket", NULL);
	struct bundle_task task;
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!bucket)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "Storage.S3.Bucket");
	if (!reconcile(call, err) ||
	    !bundletask_begin(call, instance, bucket,
			      arg_str(s3, "Prefix", instance), id, err) ||
	    !bundletask_get(call, id, arena, &task, err))
		return false;
	reply_bundle_task(&task, node_struct(reply->root, "BundleTask",
					     "bundleInstanceTask"));
	return job_spawn(call, err);
}

static const struct param params_s3[] = {
	{ "Bucket", PARAM_STRING, 0, NULL,
	  "where it is stored, made if there is none; s3://… on a server" },
	{ "Prefix", PARAM_STRING, 0, NULL,
	  "what the keys begin with; the instance's id unless said" },
	{ "AWSAccessKeyId", PARAM_STRING, 0, NULL,
	  "accepted: the bucket is reached as the caller reaches it" },
	{ "UploadPolicy", PARAM_BLOB, 0, NULL, "accepted" },
	{ "UploadPolicySignature", PARAM_STRING, PARAM_SECRET, NULL,
	  "accepted" },
	{ 0 },
};

static const struct param params_storage[] = {
	{ "S3", PARAM_STRUCT, PARAM_REQUIRED, NULL, "Bucket=…,Prefix=…", NULL,
	  params_s3 },
	{ 0 },
};

const struct action action_bundle_instance = {
	.name = "BundleInstance",
	.brief = "bundle the root of an instance into a bucket",
	.about = "Packs the root of a running or stopped instance, as it is in "
		 "one instant, into a bundle that register-image makes an "
		 "image of. The guest goes on; its agent, if it has one, "
		 "freezes the filesystems for that instant. The work is done "
		 "in the background: describe-bundle-tasks tells how far it "
		 "is.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		{ "Storage", PARAM_STRUCT, PARAM_REQUIRED, NULL,
		  "S3={Bucket=…,Prefix=…}", NULL, params_storage },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE, FAULT_BUNDLING,
		FAULT_BUCKET_EXISTS, FAULT_BUCKET_NOT_FOUND, FAULT_NONE },
	.example = "qami bundle-instance --instance-id i-0123456789abcdef0 "
		   "--storage 'S3={Bucket=images,Prefix=web}'",
	.machines = true,
	.run = run,
};
