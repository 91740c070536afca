/* region-add.c - name another store, or a bucket, as a region */
#include "images/depotplace.h"
#include "images/region.h"
#include "launcher/action/action.h"

static bool add_bucket(struct call *call, const struct args *args,
		       struct reply *reply, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct depot_request request = {
		.name = args_str(args, "Name", ""),
		.place = args_str(args, "Bucket", ""),
		.endpoint = args_str(args, "Endpoint", NULL),
		.key_file = args_str(args, "Key", NULL),
	};
	const char *key_file;

	if (!arena)
		return fail_memory(err);
	if (!region_add_depot(call, &request, arena, &key_file, err))
		return false;
	if (key_file)
		node_str(reply->root, "KeyFile", NULL, key_file);
	reply->raw_text = key_file != NULL;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	bool bucket = args_has(args, "Bucket");

	if (args_has(args, "Store") == bucket)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "a region is either a --store or a --bucket");
	if (!bucket && (args_has(args, "Key") || args_has(args, "Endpoint")))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "--key and --endpoint belong to a --bucket");
	if (bucket)
		return add_bucket(call, args, reply, err);
	return region_add(call, args_str(args, "Name", ""),
			  args_str(args, "Store", ""), err);
}

const struct action verb_region_add = {
	.name = "region add",
	.brief = "name another store, or a bucket, as a region",
	.about = "From now on CopySnapshot and CopyImage take that name as "
		 "SourceRegion, and DescribeRegions lists it. The other store "
		 "is only read, with the rights of who runs this one, and by "
		 "its own rules: accounts of the same number are the same. On "
		 "another host it is read by the qami there, with the rights "
		 "of the user that ssh lets in; the keys and the "
		 "configuration are those that ssh has for who runs this "
		 "store. "
		 "Stores that do not reach each other have a region in a "
		 "bucket in common: what one puts there with 'region push', "
		 "the others copy. All that is in it is sealed under the "
		 "region's key. The first store that names it makes that, and "
		 "prints the file that it is in: it has to be carried to the "
		 "others (--key), and lost with it is what is in the bucket.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "what it is called here: lower case letters, digits, '-'" },
		{ "Store", PARAM_STRING, 0, NULL,
		  "the directory of the other store, or "
		  "ssh://[USER@]HOST[:PORT][/DIR] for one on another host",
		  NULL, NULL, 0, "PLACE" },
		{ "Bucket", PARAM_STRING, 0, NULL,
		  "s3://BUCKET/PREFIX, BUCKET/PREFIX of this store's, or a "
		  "directory by its whole path", NULL, NULL, 0, "PLACE" },
		{ "Key", PARAM_FILE, 0, NULL,
		  "the region's key, where another store has made it" },
		{ "Endpoint", PARAM_STRING, 0, NULL,
		  "the S3 server, where that is not the account's (qami "
		  "s3-server): its keys are taken from where the AWS CLI "
		  "takes them, and kept in the store", NULL, NULL, 0, "URL" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_REGION_NOT_FOUND, FAULT_UNAUTHORIZED, FAULT_UNAVAILABLE,
		FAULT_UNSUPPORTED, FAULT_PARAMETER_COMBINATION,
		FAULT_AUTH_FAILURE, FAULT_BUCKET_NOT_FOUND, FAULT_NONE },
	.example = "qami region add eu-west-1 --store /srv/qami",
	.local = true,
	.run = run,
};
