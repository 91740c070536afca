/* delete-tags.c - take tags off resources */
#include "images/tags.h"
#include "launcher/action/query.h"
#include "launcher/action/tagging.h"

/* A tag with a value goes only if it has that value; without tags all go. */
static bool remove_all(struct call *call, const char *id, const json_t *tags,
		       struct error *err)
{
	const json_t *tag;
	size_t i;

	if (!tags)
		return tags_clear(call, id, err);
	json_array_foreach(tags, i, tag)
		if (!tags_remove(call, id, arg_str(tag, "Key", ""),
				 arg_str(tag, "Value", NULL), err))
			return false;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return tagging(call, args, remove_all, reply, err);
}

const struct action action_delete_tags = {
	.name = "DeleteTags",
	.brief = "take tags off resources",
	.about = "Removes tags by key, or by key and value; without Tags all "
		 "tags of the resources but those that begin with aws:.",
	.params = (const struct param[]) {
		{ "Resources", PARAM_STRING, PARAM_LIST | PARAM_REQUIRED, NULL,
		  "ids", "ResourceId" },
		{ "Tags", PARAM_STRUCT, PARAM_LIST, NULL, "Key=…[,Value=…]",
		  "Tag", params_tag },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_ID, FAULT_IMAGE_NOT_FOUND,
		FAULT_INSTANCE_NOT_FOUND, FAULT_VOLUME_NOT_FOUND,
		FAULT_SNAPSHOT_NOT_FOUND, FAULT_KEY_PAIR_NOT_FOUND,
		FAULT_NONE },
	.example = "qami delete-tags --resources i-0123456789abcdef0 "
		   "--tags Key=Name",
	.run = run,
};
