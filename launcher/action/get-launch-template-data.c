/* get-launch-template-data.c - an instance as a launch template would say it
 *
 * What is answered is made as a template's data is and goes through the same
 * rows, so that it can be given to CreateLaunchTemplate as it is.
 */
#include <string.h>

#include "images/authorise.h"
#include "images/base/digest.h"
#include "images/registry/volume.h"
#include "images/tags.h"
#include "launcher/action/noun/template.h"

/* Puts a member in, and takes its value over. */
static bool put(json_t *into, const char *name, json_t *value,
		struct error *err)
{
	return json_object_set_new(into, name, value) == 0 || fail_memory(err);
}

/* The image says which snapshot its root is made of. */
static json_t *mapping_of(const struct instance *instance,
			  const struct attachment *at,
			  const struct volume *volume)
{
	bool root = strcmp(at->device, instance->root_device_name) == 0;
	bool has_iops = strcmp(volume->type, "gp3") == 0 ||
			strncmp(volume->type, "io", 2) == 0;
	bool gp3 = strcmp(volume->type, "gp3") == 0;
	bool copy = !root && volume->snapshot[0];
	json_t *ebs =
		json_pack("{s:b, s:s*, s:I, s:s, s:s*}", "DeleteOnTermination",
			  at->delete_on_termination, "SnapshotId",
			  copy ? volume->snapshot : NULL, "VolumeSize",
			  (json_int_t)volume->size, "VolumeType", volume->type,
			  "KmsKeyId", root ? NULL : volume->kms_key);

	if (has_iops && ebs)
		json_object_set_new(ebs, "Iops", json_integer(volume->iops));
	if (gp3 && ebs)
		json_object_set_new(ebs, "Throughput",
				    json_integer(volume->throughput));
	if (volume->kms_key && !root && ebs)
		json_object_set_new(ebs, "Encrypted", json_true());
	return json_pack("{s:s, s:o}", "DeviceName", at->device, "Ebs", ebs);
}

static bool put_mappings(struct call *call, const struct instance *instance,
			 struct arena *arena, json_t *into, struct error *err)
{
	struct db *db = call->store->db;
	json_t *list = json_array();
	const struct attachment *all;
	size_t count;

	if (!put(into, "BlockDeviceMappings", list, err) ||
	    !attachment_of(db, instance->id, NULL, arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct volume volume;
		bool found;

		if (!volume_get(db, all[i].volume, arena, &volume, &found, err))
			return false;
		if (found &&
		    json_array_append_new(
			    list, mapping_of(instance, &all[i], &volume)) != 0)
			return fail_memory(err);
	}
	return count || json_object_del(into, "BlockDeviceMappings") == 0;
}

static bool put_groups(struct call *call, const struct instance *instance,
		       struct arena *arena, json_t *into, struct error *err)
{
	const struct security_group *groups;
	json_t *list = json_array();
	size_t count;

	if (!put(into, "SecurityGroupIds", list, err) ||
	    !instance_groups(call->store->db, instance->id, arena, &groups,
			     &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(list, json_string(groups[i].id)) != 0)
			return fail_memory(err);
	return count || json_object_del(into, "SecurityGroupIds") == 0;
}

/* Its tags but for those that the store gave it. */
static bool put_tags(struct call *call, const struct instance *instance,
		     struct arena *arena, json_t *into, struct error *err)
{
	json_t *list = json_array();
	const struct pair *tags;
	size_t count;
	bool ok = put(into, "TagSpecifications",
		      json_pack("[{s:s, s:O}]", "ResourceType", "instance",
				"Tags", list),
		      err) &&
		  tags_read(call, instance->id, arena, &tags, &count, err);

	for (size_t i = 0; ok && i < count; i++)
		if (strncmp(tags[i].key, "aws:", 4) != 0)
			ok = json_array_append_new(
				     list,
				     json_pack("{s:s, s:s}", "Key", tags[i].key,
					       "Value", tags[i].value)) == 0 ||
			     fail_memory(err);
	if (ok && !json_array_size(list))
		json_object_del(into, "TagSpecifications");
	json_decref(list);
	return ok;
}

static bool put_user_data(const struct instance *instance, json_t *into,
			  struct error *err)
{
	auto_free char *text = NULL;

	if (!instance->user_data)
		return true;
	text = base64_encode(instance->user_data, instance->user_data_size);
	return text ? put(into, "UserData", json_string(text), err) :
		      fail_memory(err);
}

static json_t *plain(const struct instance *i)
{
	return json_pack(
		"{s:s, s:s, s:s*, s:s*, s:s*, s:b, s:b, s:b, s:s, s:{s:b}, "
		"s:{s:s, s:s}, s:{s:s, s:s, s:I, s:s}}",
		"ImageId", i->image, "InstanceType", i->type, "KeyName",
		i->key_name, "KernelId", i->kernel, "RamDiskId", i->ramdisk,
		"DisableApiTermination", i->disable_termination,
		"DisableApiStop", i->disable_stop, "EbsOptimized",
		i->ebs_optimized, "InstanceInitiatedShutdownBehavior",
		i->shutdown_behavior, "Monitoring", "Enabled", i->monitoring,
		"Placement", "AvailabilityZone", i->zone, "Tenancy", "default",
		"MetadataOptions", "HttpEndpoint",
		i->http_endpoint ? "enabled" : "disabled", "HttpTokens",
		i->http_tokens, "HttpPutResponseHopLimit",
		(json_int_t)i->hop_limit, "InstanceMetadataTags",
		i->metadata_tags ? "enabled" : "disabled");
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	json_t *data;
	bool ok;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN,
				args_str(args, "InstanceId", ""), arena,
				&instance, err) ||
	    !call_dry_run(call, err))
		return false;
	data = plain(&instance);
	ok = (data || fail_memory(err)) &&
	     (!instance.credits ||
	      put(data, "CreditSpecification",
		  json_pack("{s:s}", "CpuCredits", instance.credits), err)) &&
	     put_mappings(call, &instance, arena, data, err) &&
	     put_groups(call, &instance, arena, data, err) &&
	     put_tags(call, &instance, arena, data, err) &&
	     put_user_data(&instance, data, err);
	if (ok)
		reply_template_data(data, node_struct(reply->root,
						      "LaunchTemplateData",
						      "launchTemplateData"));
	json_decref(data);
	return ok;
}

const struct action action_get_launch_template_data = {
	.name = "GetLaunchTemplateData",
	.brief = "say an instance as a launch template would",
	.about = "Answers with what create-launch-template has to be told for "
		 "launches of instances like this one: its image, type, disks "
		 "as they are now, groups, tags and settings. What is on the "
		 "disks is not in it: see create-image.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_MALFORMED,
		FAULT_NONE },
	.example = "qami get-launch-template-data "
		   "--instance-id i-0123456789abcdef0",
	.run = run,
};
