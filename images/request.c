/* request.c - what an image will be, as JSON for the journal */
#include "images/request.h"

#include "images/member.h"

json_t *tags_pack(const struct pair *tags, size_t count)
{
	json_t *json = json_object();

	for (size_t i = 0; i < count; i++)
		json_object_set_new(json, tags[i].key,
				    json_string(tags[i].value));
	return json;
}

bool tags_unpack(const json_t *json, struct arena *arena,
		 const struct pair **ret_tags, size_t *ret_count,
		 struct error *err)
{
	size_t count = json_object_size(json), i = 0;
	struct pair *tags = arena_alloc(arena, (count + 1) * sizeof(*tags));
	json_t *object = (json_t *)json;
	const char *key;
	json_t *value;

	if (!tags)
		return fail_memory(err);
	json_object_foreach(object, key, value)
		tags[i++] = (struct pair){ key, json_string_value(value) };
	*ret_tags = tags;
	*ret_count = count;
	return true;
}

static json_t *mapping_pack(const struct mapping *one)
{
	return json_pack(
		"{s:s, s:s?, s:s?, s:I, s:s?, s:I, s:I, s:i, s:b}", "device",
		one->device, "virtual", one->virtual_name, "snapshot",
		one->snapshot, "size", (json_int_t)one->size, "type", one->type,
		"iops", (json_int_t)one->iops, "throughput",
		(json_int_t)one->throughput, "delete",
		one->delete_on_termination, "none", (int)one->no_device);
}

static struct mapping mapping_unpack(const json_t *json)
{
	return (struct mapping){
		.device = arg_str(json, "device", NULL),
		.virtual_name = arg_str(json, "virtual", NULL),
		.snapshot = arg_str(json, "snapshot", NULL),
		.size = arg_int(json, "size", 0),
		.type = arg_str(json, "type", NULL),
		.iops = arg_int(json, "iops", 0),
		.throughput = arg_int(json, "throughput", 0),
		.delete_on_termination = (int)arg_int(json, "delete", 0),
		.no_device = json_is_true(json_object_get(json, "none")),
	};
}

json_t *request_pack(const struct image_request *request, const char *id)
{
	json_t *mappings = json_array();

	for (size_t i = 0; i < request->mapping_count; i++)
		json_array_append_new(mappings,
				      mapping_pack(&request->mappings[i]));
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, "
			 "s:b, s:o, s:o, s:s?, s:s?}",
			 "id", id, "name", request->name, "description",
			 request->description, "architecture",
			 request->architecture, "root",
			 request->root_device_name, "boot-mode",
			 request->boot_mode, "imds", request->imds_support,
			 "kernel", request->kernel, "ramdisk", request->ramdisk,
			 "ena", (int)request->ena, "mappings", mappings, "tags",
			 tags_pack(request->tags, request->tag_count),
			 "source-instance", request->source_instance,
			 "source-image", request->source_image);
}

bool request_unpack(const json_t *json, struct arena *arena,
		    struct image_request *ret_request, const char **ret_id,
		    struct error *err)
{
	const json_t *list = json_object_get(json, "mappings");
	size_t count = json_array_size(list);
	struct mapping *all = arena_alloc(arena, (count + 1) * sizeof(*all));

	if (!all)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		all[i] = mapping_unpack(json_array_get(list, i));
	*ret_id = arg_str(json, "id", NULL);
	*ret_request = (struct image_request){
		.name = arg_str(json, "name", NULL),
		.description = arg_str(json, "description", NULL),
		.architecture = arg_str(json, "architecture", NULL),
		.root_device_name = arg_str(json, "root", NULL),
		.boot_mode = arg_str(json, "boot-mode", NULL),
		.imds_support = arg_str(json, "imds", NULL),
		.kernel = arg_str(json, "kernel", NULL),
		.ramdisk = arg_str(json, "ramdisk", NULL),
		.ena = json_is_true(json_object_get(json, "ena")),
		.mappings = all,
		.mapping_count = count,
		.source_instance = arg_str(json, "source-instance", NULL),
		.source_image = arg_str(json, "source-image", NULL),
	};
	return tags_unpack(json_object_get(json, "tags"), arena,
			   &ret_request->tags, &ret_request->tag_count, err);
}
