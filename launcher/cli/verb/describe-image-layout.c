/* describe-image-layout.c - partitions and file systems inside an image */
#include <jansson.h>
#include <string.h>

#include "images/authorise.h"
#include "images/snapshot.h"
#include "images/fill.h"
#include "images/layers.h"
#include "launcher/action/action.h"
#include "launcher/domain/domain.h"

/* JSON's members as members of the reply; nothing is renamed. */
static void add_json(struct node *into, json_t *object)
{
	const char *key;
	json_t *value, *element;
	size_t i;

	json_object_foreach(object, key, value) {
		/* the reply outlives the JSON */
		const char *name = arena_str(into->reply->arena, key);

		if (json_is_string(value))
			node_str(into, name, NULL, json_string_value(value));
		else if (json_is_integer(value))
			node_int(into, name, NULL, json_integer_value(value));
		else if (json_is_array(value)) {
			struct node *list = node_list(into, name, NULL);

			json_array_foreach(value, i, element)
				add_json(node_item(list), element);
		}
	}
}

/* The layer that the image's root device stands on. */
static bool root_layer(struct call *call, const char *id, struct arena *arena,
		       const char **ret_layer, struct error *err)
{
	const struct mapping *mappings;
	struct snapshot snapshot;
	struct image image;
	size_t count;
	bool found = false;

	if (!authorise_image(call, RIGHT_SEE, id, arena, &image, err) ||
	    !image_mappings(call->store->db, id, arena, &mappings, &count, err))
		return false;
	for (size_t i = 0; i < count && !found; i++)
		if (mappings[i].snapshot &&
		    strcmp(mappings[i].device, image.root_device_name) == 0 &&
		    !snapshot_get(call->store->db, mappings[i].snapshot, arena,
				  &snapshot, &found, err))
			return false;
	if (!found)
		return fail(err, FAULT_UNSUPPORTED, "%s has no root snapshot",
			    id);
	if (!snapshot_ready(&snapshot, err))
		return false;
	*ret_layer = snapshot.layer;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "Image", "");
	const struct machine_file *files;
	auto_free char *text = NULL;
	const char *layer = NULL;
	json_t *json;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!root_layer(call, id, arena, &layer, err) ||
	    !fill_check(call, layer, id, err) ||
	    !layers_files(call, layer, arena, &files, &count, err) ||
	    !disk_inspect(&files[0], &text, err))
		return false;
	json = json_loads(text, 0, NULL);
	if (!json)
		return fail(err, FAULT_INTERNAL, "the layout is unreadable");
	node_str(reply->root, "ImageId", NULL, id);
	add_json(reply->root, json);
	json_decref(json);
	return true;
}

const struct action verb_describe_image_layout = {
	.name = "describe-image-layout",
	.brief = "show partitions and file systems inside an image",
	.about = "Reads the partition table (MBR or GPT), the file systems, "
		 "operating system and architecture of an image's root device "
		 "with libguestfs, which must be installed.",
	.params = (const struct param[]) {
		{ "Image", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "ami",
		  "image: id, name or beginning of an id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami describe-image-layout debian12 --output json",
	.local = true,
	.run = run,
};
