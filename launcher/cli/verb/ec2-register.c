/* ec2-register.c - RegisterImage with the old tool's arguments */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/tool/register.h"
#include "images/adopt.h"
#include "launcher/action/action.h"

/* "[SNAPSHOT]:[GIB]:[true|false]:[TYPE]:[IOPS]" */
static json_t *ebs_json(char *text)
{
	const char *snapshot = tool_register_field(&text);
	const char *size = tool_register_field(&text);
	const char *delete = tool_register_field(&text);
	const char *type = tool_register_field(&text);
	const char *iops = tool_register_field(&text);

	return json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*}", "SnapshotId",
			 snapshot, "VolumeSize", size, "DeleteOnTermination",
			 delete, "VolumeType", type, "Iops", iops);
}

/* One mapping: "/dev/sdb=ephemeral0", "/dev/sdc=none", "/dev/sdf=:10". */
static bool add_mapping(json_t *list, const char *text, struct error *err)
{
	auto_free char *copy = strdup(text);
	char *what = copy ? strchr(copy, '=') : NULL;
	json_t *one;

	if (!copy)
		return fail_memory(err);
	if (!what || what == copy || !what[1])
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "'%.60s' is no mapping: one is DEVICE=ephemeral0, "
			    "DEVICE=none or DEVICE=SNAPSHOT:GIB:true:TYPE",
			    text);
	*what++ = 0;
	if (strcmp(what, "none") == 0)
		one = json_pack("{s:s, s:s}", "DeviceName", copy, "NoDevice",
				"");
	else if (strncmp(what, "ephemeral", 9) == 0)
		one = json_pack("{s:s, s:s}", "DeviceName", copy, "VirtualName",
				what);
	else
		one = json_pack("{s:s, s:o}", "DeviceName", copy, "Ebs",
				ebs_json(what));
	return json_array_append_new(list, one) == 0 || fail_memory(err);
}

static bool add_mappings(const struct args *args, json_t *into,
			 struct error *err)
{
	const json_t *texts = args_get(args, "BlockDeviceMapping");
	const char *snapshot = args_str(args, "Snapshot", NULL);
	const char *root = args_str(args, "RootDeviceName", "/dev/sda1");
	json_t *list = json_array();
	bool done;

	done = json_object_set_new(into, "BlockDeviceMappings", list) == 0 ||
	       fail_memory(err);
	if (done && snapshot &&
	    json_array_append_new(list, json_pack("{s:s, s:{s:s}}",
						  "DeviceName", root, "Ebs",
						  "SnapshotId", snapshot)) != 0)
		done = fail_memory(err);
	for (size_t i = 0; done && i < json_array_size(texts); i++)
		done = add_mapping(
			list, json_string_value(json_array_get(texts, i)), err);
	if (done && json_array_size(list) == 0)
		json_object_del(into, "BlockDeviceMappings");
	return done;
}

/* The same in RegisterImage's words. */
static bool translate(const struct args *args, struct args *into,
		      struct error *err)
{
	static const char *const same[][2] = {
		{ "Manifest", "ImageLocation" },
		{ "Name", "Name" },
		{ "Description", "Description" },
		{ "Architecture", "Architecture" },
		{ "Kernel", "KernelId" },
		{ "Ramdisk", "RamdiskId" },
		{ "RootDeviceName", "RootDeviceName" },
		{ "VirtualizationType", "VirtualizationType" },
	};
	const char *manifest = args_str(args, "Manifest", NULL);
	size_t size = 0;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		const char *text = args_str(args, same[i][0], NULL);

		if (text && json_object_set_new(into->root, same[i][1],
						json_string(text)) != 0)
			return fail_memory(err);
	}
	if (manifest && !args_has(args, "Name")) {
		manifest = tool_register_name(manifest, &size);
		if (json_object_set_new(into->root, "Name",
					json_stringn(manifest, size)) != 0)
			return fail_memory(err);
	}
	if (args_has(args, "Snapshot") && !args_has(args, "RootDeviceName") &&
	    json_object_set_new(into->root, "RootDeviceName",
				json_string("/dev/sda1")))
		return fail_memory(err);
	return add_mappings(args, into->root, err);
}

/* Makes the bundle this store's by the user's key, where one is given. */
static bool adopt(struct call *call, const struct args *args, struct error *err)
{
	const char *variable = getenv("EC2_PRIVATE_KEY");
	const char *path = args_str(args, "PrivateKey",
				    variable && *variable ? variable : NULL);
	const char *manifest = args_str(args, "Manifest", NULL);
	auto_of(rsa) key = NULL;

	return !path || !manifest ||
	       (rsa_read_private(path, &key, err) &&
		bundle_adopt(call, manifest, key, err));
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const struct action *action = action_find("RegisterImage");
	bool manifest = args_has(args, "Manifest");
	struct args own = { 0 };
	struct reply inner = { 0 };
	bool done = true;

	if (manifest == args_has(args, "Snapshot"))
		return fail(err,
			    manifest ? FAULT_PARAMETER_COMBINATION :
				       FAULT_MISSING_PARAMETER,
			    "what is to be registered? Give either a manifest "
			    "in a bucket or a snapshot by --snapshot");
	if (!manifest && !args_has(args, "Name"))
		return fail(err, FAULT_MISSING_PARAMETER,
			    "an image of a snapshot needs a --name");
	if (!args_init(&own))
		return fail_memory(err);
	done = translate(args, &own, err) && adopt(call, args, err) &&
	       reply_init(&inner, err) &&
	       action_run(action, call, &own, &inner, err);
	for (struct node *n = done ? inner.root->children.first : NULL; n;
	     n = n->next)
		if (n->sdk && strcmp(n->sdk, "ImageId") == 0) {
			auto_free char *line = format_text("IMAGE\t%s",
							   n->text);

			node_str(reply->root, "ImageId", NULL, line);
		}
	reply->raw_text = true;
	reply_done(&inner);
	args_done(&own);
	return done;
}

const struct action verb_ec2_register = {
	.name = "ec2-register",
	.brief = "make an image of a bundle in a bucket",
	.about = "Registers the image whose manifest ec2-upload-bundle has put "
		 "into a bucket, or one over a snapshot. Prints IMAGE and its "
		 "id. A bundle can be launched here when it was made for this "
		 "store: by qami, or with the certificate that qami "
		 "bundle-cert prints as --ec2cert. One that was made for "
		 "another cloud becomes this store's by --private-key, the key "
		 "of whoever made it; its manifest in the bucket is then "
		 "written anew.",
	.params = (const struct param[]) {
		TOOL_PARAM_REGISTER,
		{ "Snapshot", PARAM_ID, PARAM_NAMED, "snap",
		  "of which the root volumes are made", NULL, NULL, 's' },
		{ "PrivateKey", PARAM_FILE, 0, NULL,
		  "opens a bundle of another cloud (also EC2_PRIVATE_KEY)",
		  NULL, NULL, 'K' },
		{ "Cert", PARAM_FILE, 0, NULL, "ignored: nobody asks for it",
		  NULL, NULL, 'C' },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_BUCKET_NOT_FOUND, FAULT_KEY_NOT_FOUND,
		FAULT_INVALID_MANIFEST, FAULT_AUTH_FAILURE,
		FAULT_IMAGE_NAME_DUPLICATE, FAULT_IMAGE_NAME_MALFORMED,
		FAULT_SNAPSHOT_NOT_FOUND, FAULT_BLOCK_DEVICE_MAPPING,
		FAULT_PARAMETER_COMBINATION, FAULT_NONE },
	.example = "ec2-register my-bucket/image.manifest.xml -n web",
	.local = true,
	.tool = true,
	.run = run,
};
