/* ebs-start-snapshot.c - begin a snapshot that is written block by block */
#include "images/authorise.h"
#include "images/kms.h"
#include "images/registry/upload.h"
#include "images/upload.h"
#include "launcher/action/ebs.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/tags.h"

#define TIMEOUT 60 /* minutes, unless said */

static bool read_tags(const json_t *list, struct arena *arena,
		      struct upload_request *request, struct error *err)
{
	size_t count = json_array_size(list);
	struct pair *tags = arena_alloc(arena, (count + 1) * sizeof(*tags));

	if (!tags)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(list, i);

		tags[i].key = arg_str(one, "Key", "");
		tags[i].value = arg_str(one, "Value", "");
	}
	request->tags = tags;
	request->tag_count = count;
	return true;
}

static bool answer(struct call *call, const char *id, struct arena *arena,
		   struct reply *reply, struct error *err)
{
	struct db *db = call->store->db;
	struct snapshot snapshot;
	struct upload upload;

	if (!authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err) ||
	    !upload_get(db, id, arena, &upload, err))
		return false;
	if (*snapshot.description)
		node_str(reply->root, "Description", "Description",
			 snapshot.description);
	node_str(reply->root, "SnapshotId", "SnapshotId", id);
	node_str(reply->root, "OwnerId", "OwnerId", snapshot.owner);
	node_str(reply->root, "Status", "Status", snapshot.state);
	node_time(reply->root, "StartTime", "StartTime", snapshot.created);
	node_int(reply->root, "VolumeSize", "VolumeSize", snapshot.size);
	node_int(reply->root, "BlockSize", "BlockSize", BLOCK_SIZE);
	if (snapshot.kms_key)
		node_str(reply->root, "KmsKeyArn", "KmsKeyArn",
			 kms_arn(call, snapshot.kms_owner, snapshot.kms_key,
				 arena));
	if (!reply_tags(db, id, false, reply->root, err))
		return false;
	node_str(reply->root, "ParentSnapshotId", "ParentSnapshotId",
		 upload.parent);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct upload_request request = {
		.size = args_int(args, "VolumeSize", 0),
		.parent = args_str(args, "ParentSnapshotId", NULL),
		.description = args_str(args, "Description", ""),
		.timeout = args_int(args, "Timeout", TIMEOUT),
	};
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (request.parent && args_has(args, "Encrypted"))
		return fail(err, FAULT_EBS_PARAMETER,
			    "Encrypted and ParentSnapshotId exclude each "
			    "other.");
	request.encryption = args_encryption(args);
	request.encryption.key = args_str(args, "KmsKeyArn", NULL);
	return read_tags(args_get(args, "Tags"), arena, &request, err) &&
	       upload_start(call, &request, id, err) &&
	       answer(call, id, arena, reply, err);
}

const struct action action_ebs_start_snapshot = {
	.name = "StartSnapshot",
	.service = "ebs",
	.brief = "begin a snapshot that is written block by block",
	.about = "Makes a pending snapshot of the given size, empty or with "
		 "what a parent snapshot holds. put-snapshot-block writes it, "
		 "complete-snapshot completes it. It fails, and what was "
		 "written is thrown away, when neither happens for as many "
		 "minutes as the timeout says.",
	.params = (const struct param[]) {
		{ "VolumeSize", PARAM_INTEGER, PARAM_REQUIRED, NULL,
		  "size in GiB, 1 to 65536" },
		{ "ParentSnapshotId", PARAM_ID, 0, "snap",
		  "the snapshot that it starts from" },
		{ "Tags", PARAM_STRUCT, PARAM_LIST, NULL, "Key=…,Value=…",
		  NULL, params_tag },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		PARAMS_CLIENT_TOKEN,
		{ "Encrypted", PARAM_BOOLEAN, 0, NULL,
		  "encrypt it; one with a parent is as that is" },
		{ "KmsKeyArn", PARAM_STRING, 0, NULL,
		  "the key to encrypt it under; the account's default one "
		  "when left out" },
		{ "Timeout", PARAM_INTEGER, 0, NULL,
		  "minutes, 10 to 4320; 60 unless said" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER, FAULT_EBS_KEY,
		FAULT_EBS_NOT_FOUND, FAULT_EBS_CONFLICT, FAULT_EBS_FULL,
		FAULT_NONE },
	.example = "qami ebs start-snapshot --volume-size 8 --description "
		   "uploaded --timeout 120",
	.run = run,
};
