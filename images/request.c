/* request.c - what an image will be, as JSON for the journal */
#include "images/request.h"

static const char *text(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

static int64_t number(const json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

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
		.device = text(json, "device"),
		.virtual_name = text(json, "virtual"),
		.snapshot = text(json, "snapshot"),
		.size = number(json, "size"),
		.type = text(json, "type"),
		.iops = number(json, "iops"),
		.throughput = number(json, "throughput"),
		.delete_on_termination = (int)number(json, "delete"),
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
	*ret_id = text(json, "id");
	*ret_request = (struct image_request){
		.name = text(json, "name"),
		.description = text(json, "description"),
		.architecture = text(json, "architecture"),
		.root_device_name = text(json, "root"),
		.boot_mode = text(json, "boot-mode"),
		.imds_support = text(json, "imds"),
		.kernel = text(json, "kernel"),
		.ramdisk = text(json, "ramdisk"),
		.ena = json_is_true(json_object_get(json, "ena")),
		.mappings = all,
		.mapping_count = count,
		.source_instance = text(json, "source-instance"),
		.source_image = text(json, "source-image"),
	};
	return tags_unpack(json_object_get(json, "tags"), arena,
			   &ret_request->tags, &ret_request->tag_count, err);
}
