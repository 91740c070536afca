/* create-tags.c - put tags on resources */
#include "images/tags.h"
#include "launcher/action/query.h"
#include "launcher/action/tagging.h"

static bool set_all(struct call *call, const char *id, const json_t *tags,
		    struct error *err)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag)
		if (!tags_set(call, id, arg_str(tag, "Key", ""),
			      arg_str(tag, "Value", ""), err))
			return false;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return tagging(call, args, set_all, reply, err);
}

const struct action action_create_tags = {
	.name = "CreateTags",
	.brief = "put tags on resources",
	.about = "Sets tags on images, snapshots, volumes, instances, key "
		 "pairs, security groups and their rules, and what there is "
		 "of a network, all or none; a tag of the same key is "
		 "replaced.",
	.params = (const struct param[]) {
		{ "Resources", PARAM_STRING, PARAM_LIST | PARAM_REQUIRED, NULL,
		  "ids", "ResourceId" },
		{ "Tags", PARAM_STRUCT, PARAM_LIST | PARAM_REQUIRED, NULL,
		  "Key=…,Value=…", "Tag", params_tag },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_ID, FAULT_IMAGE_NOT_FOUND,
		FAULT_INSTANCE_NOT_FOUND, FAULT_VOLUME_NOT_FOUND,
		FAULT_SNAPSHOT_NOT_FOUND, FAULT_KEY_PAIR_NOT_FOUND,
		FAULT_TAG_LIMIT, FAULT_NONE },
	.example = "qami create-tags --resources i-0123456789abcdef0 "
		   "--tags Key=Name,Value=web1",
	.run = run,
};
