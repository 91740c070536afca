/* tags.c - tags on resources */
#include "images/tags.h"

#include <string.h>

#include "images/image.h"
#include "images/imagetask.h"
#include "images/recyclebin.h"
#include "images/roottask.h"
#include "images/template.h"
#include "images/vpc.h"

static const struct {
	const char *prefix;
	const char *type;
} types[] = {
	{ "ami", "image" },
	{ "aki", "image" },
	{ "ari", "image" },
	{ "snap", "snapshot" },
	{ "vol", "volume" },
	{ "i", "instance" },
	{ "key", "key-pair" },
	{ "sg", "security-group" },
	{ "sgr", "security-group-rule" },
	{ "vpc", "vpc" },
	{ "subnet", "subnet" },
	{ "eni", "network-interface" },
	{ "replacevol", "replace-root-volume-task" },
	{ "export-ami", "export-image-task" },
	{ "import-ami", "import-image-task" },
	{ "lt", "launch-template" },
};

const char *tags_type(const char *id)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (id_valid(id, types[i].prefix))
			return types[i].type;
	return NULL;
}

/* What is in the recycle bin is tagged there. */
static bool own_image(const struct call *call, const char *id,
		      struct arena *arena, struct error *err)
{
	struct error absent = { 0 };
	struct image image;

	return recycle_find_image(call, id, arena, &image, &absent) ||
	       image_own(call, id, arena, &image, err);
}

static bool own_snapshot(const struct call *call, const char *id,
			 struct arena *arena, struct error *err)
{
	struct error absent = { 0 };
	struct snapshot snapshot;

	return recycle_find_snapshot(call, id, arena, &snapshot, &absent) ||
	       authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err);
}

bool tags_authorise(const struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *type = tags_type(id);
	union {
		struct volume volume;
		struct instance instance;
		struct key_pair pair;
		struct security_group group;
		struct security_rule rule;
		struct interface interface;
		struct vpc vpc;
		struct root_task task;
		struct image_task moved;
		struct launch_template template;
	} row;

	if (!arena)
		return fail_memory(err);
	if (!type)
		return fail(err, FAULT_INVALID_ID,
			    "The ID '%.64s' is not valid", id);
	if (strcmp(type, "image") == 0)
		return own_image(call, id, arena, err);
	if (strcmp(type, "snapshot") == 0)
		return own_snapshot(call, id, arena, err);
	if (strcmp(type, "volume") == 0)
		return authorise_volume(call, RIGHT_OWN, id, arena, &row.volume,
					err);
	if (strcmp(type, "key-pair") == 0)
		return authorise_key_pair(call, RIGHT_OWN, id, arena, &row.pair,
					  err);
	if (strcmp(type, "security-group") == 0)
		return authorise_group(call, RIGHT_OWN, id, arena, &row.group,
				       err);
	if (strcmp(type, "security-group-rule") == 0)
		return authorise_group_rule(call, RIGHT_OWN, id, arena,
					    &row.rule, err);
	if (strcmp(type, "network-interface") == 0)
		return authorise_interface(call, RIGHT_OWN, id, arena,
					   &row.interface, err);
	if (strcmp(type, "replace-root-volume-task") == 0)
		return root_task_own(call, id, arena, &row.task, err);
	if (strcmp(type, "export-image-task") == 0)
		return imagetask_get(call, "export", id, arena, &row.moved,
				     err);
	if (strcmp(type, "import-image-task") == 0)
		return imagetask_get(call, "import", id, arena, &row.moved,
				     err);
	if (strcmp(type, "vpc") == 0)
		return vpc_own(call, id, arena, &row.vpc, err);
	if (strcmp(type, "subnet") == 0)
		return subnet_own(call, id, arena, &row.vpc, err);
	if (strcmp(type, "launch-template") == 0)
		return template_find(call, id, NULL, arena, &row.template, err);
	return authorise_instance(call, RIGHT_OWN, id, arena, &row.instance,
				  err);
}

/* The number of characters, not bytes, of a UTF-8 text. */
static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

bool tags_check(const char *key, const char *value, struct error *err)
{
	if (!*key || characters(key) > 127)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Tag keys have 1 to 127 characters");
	if (characters(value) > 255)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Tag value exceeds the maximum length of 255 "
			    "characters");
	if (strncasecmp(key, "aws:", 4) == 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Tag keys starting with 'aws:' are reserved for "
			    "internal use");
	return true;
}

bool tags_set(const struct call *call, const char *id, const char *key,
	      const char *value, struct error *err)
{
	struct tag tag = {
		.resource = id,
		.key = key,
		.value = value,
		.type = tags_type(id),
		.owner = call->account,
	};
	int64_t count;

	if (!tags_check(key, value, err))
		return false;
	if (!tag_set(call->store->db, &tag, err) ||
	    !tag_count(call->store->db, id, &count, err))
		return false;
	if (count > TAGS_MOST)
		return fail(err, FAULT_TAG_LIMIT,
			    "A resource has at most %d tags", TAGS_MOST);
	return true;
}

bool tags_set_all(const struct call *call, const char *id,
		  const struct pair *tags, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!tags_set(call, id, tags[i].key, tags[i].value, err))
			return false;
	return true;
}

/* Tags on their way out of the registry. */
struct reading {
	struct arena *arena;
	struct pair *tags;
	size_t count;
	bool failed;
};

static void read_tag(void *data, const struct tag *tag)
{
	struct reading *reading = data;
	struct pair *more = arena_more(reading->arena, reading->tags,
				       reading->count, sizeof(*more));

	if (!more) {
		reading->failed = true;
		return;
	}
	reading->tags = more;
	more += reading->count++;
	more->key = arena_str(reading->arena, tag->key);
	more->value = arena_str(reading->arena, tag->value);
	reading->failed |= !more->key || !more->value;
}

bool tags_read(const struct call *call, const char *id, struct arena *arena,
	       const struct pair **ret_tags, size_t *ret_count,
	       struct error *err)
{
	struct reading reading = { .arena = arena };

	if (!tag_each(call->store->db, id, read_tag, &reading, err))
		return false;
	*ret_tags = reading.tags;
	*ret_count = reading.count;
	return !reading.failed || fail_memory(err);
}

bool tags_set_system(const struct call *call, const char *id,
		     const struct pair *tags, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct tag tag = {
			.resource = id,
			.key = tags[i].key,
			.value = tags[i].value,
			.type = tags_type(id),
			.owner = call->account,
		};

		if (!tag_set(call->store->db, &tag, err))
			return false;
	}
	return true;
}

bool tags_clear(const struct call *call, const char *id, struct error *err)
{
	return tag_clear_plain(call->store->db, id, err);
}

bool tags_remove(const struct call *call, const char *id, const char *key,
		 const char *value, struct error *err)
{
	return tags_check(key, value ? value : "", err) &&
	       tag_remove(call->store->db, id, key, value, err);
}
