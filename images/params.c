/* params.c - what several calls' parameters have in common, read */
#include "images/params.h"

#include <string.h>

#include "images/tags.h"

bool args_texts(const json_t *list, struct arena *arena,
		const char *const **ret_texts, size_t *ret_count,
		struct error *err)
{
	size_t count = json_array_size(list);
	const char **texts = arena_alloc(arena, (count + 1) * sizeof(*texts));

	if (!texts)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		texts[i] = json_string_value(json_array_get(list, i));
	*ret_texts = texts;
	*ret_count = count;
	return true;
}

enum encrypt_wish arg_encrypt(const json_t *said)
{
	return !said		  ? ENCRYPT_UNSAID :
	       json_is_true(said) ? ENCRYPT_YES :
				    ENCRYPT_NO;
}

static bool read_mapping(const json_t *one, struct mapping *ret,
			 struct error *err)
{
	const json_t *ebs = json_object_get(one, "Ebs");
	const json_t *flag = json_object_get(ebs, "DeleteOnTermination");

	*ret = (struct mapping){
		.device = arg_str(one, "DeviceName", NULL),
		.virtual_name = arg_str(one, "VirtualName", NULL),
		.snapshot = arg_str(ebs, "SnapshotId", NULL),
		.size = arg_int(ebs, "VolumeSize", 0),
		.type = arg_str(ebs, "VolumeType", NULL),
		.iops = arg_int(ebs, "Iops", 0),
		.throughput = arg_int(ebs, "Throughput", 0),
		.delete_on_termination = flag ? json_is_true(flag) : -1,
		.no_device = json_object_get(one, "NoDevice") != NULL,
		.encrypted = arg_encrypt(json_object_get(ebs, "Encrypted")),
		.kms_key = arg_str(ebs, "KmsKeyId", NULL),
	};
	if (!ret->device)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "DeviceName");
	if (json_object_get(ebs, "VolumeSize") && ret->size <= 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volume of %lldGiB is too small; minimum is 1GiB.",
			    (long long)ret->size);
	return true;
}

bool args_mappings(const json_t *list, struct arena *arena,
		   const struct mapping **ret_mappings, size_t *ret_count,
		   struct error *err)
{
	size_t count = json_array_size(list);
	struct mapping *all = arena_alloc(arena, (count + 1) * sizeof(*all));

	if (!all)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!read_mapping(json_array_get(list, i), &all[i], err))
			return false;
	*ret_mappings = all;
	*ret_count = count;
	return true;
}

/* Whether a name is one of "a|b|c". */
static bool one_of(const char *name, const char *names)
{
	size_t size = strlen(name);

	for (; names; names = strchr(names, '|')) {
		names += *names == '|';
		if (strncmp(names, name, size) == 0 &&
		    (names[size] == '|' || !names[size]))
			return true;
	}
	return false;
}

/* Fills in the next tag; each key once. */
static bool add_tag(struct pair *tags, size_t count, const json_t *tag,
		    struct error *err)
{
	struct pair *one = &tags[count];

	one->key = arg_str(tag, "Key", "");
	one->value = arg_str(tag, "Value", "");
	for (size_t i = 0; i < count; i++)
		if (strcmp(tags[i].key, one->key) == 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "Duplicate tag key '%.64s' specified.",
				    one->key);
	if (count == TAGS_MOST)
		return fail(err, FAULT_TAG_LIMIT,
			    "A resource has at most %d tags", TAGS_MOST);
	return tags_check(one->key, one->value, err);
}

/* Adds what a list of tags says to others. */
static bool add_tags(const json_t *list, struct arena *arena,
		     struct pair **tags, size_t *count, struct error *err)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(list, i, tag) {
		*tags = arena_more(arena, *tags, *count, sizeof(**tags));
		if (!*tags)
			return fail_memory(err);
		if (!add_tag(*tags, *count, tag, err))
			return false;
		++*count;
	}
	return true;
}

bool args_pairs(const json_t *list, struct arena *arena,
		const struct pair **ret_tags, size_t *ret_count,
		struct error *err)
{
	struct pair *tags = NULL;
	size_t count = 0;

	if (!add_tags(list, arena, &tags, &count, err))
		return false;
	*ret_tags = tags;
	*ret_count = count;
	return true;
}

bool args_tags(const json_t *list, const char *type, const char *types,
	       struct arena *arena, const struct pair **ret_tags,
	       size_t *ret_count, struct error *err)
{
	struct pair *tags = NULL;
	size_t count = 0, i;
	const json_t *spec;

	json_array_foreach(list, i, spec) {
		const char *name = arg_str(spec, "ResourceType", "");

		if (!one_of(name, types))
			return fail(err, FAULT_INVALID_PARAMETER,
				    "'%.64s' is not a valid taggable resource "
				    "type for this operation.",
				    name);
		if (strcmp(name, type) != 0)
			continue;
		if (!add_tags(json_object_get(spec, "Tags"), arena, &tags,
			      &count, err))
			return false;
	}
	*ret_tags = tags;
	*ret_count = count;
	return true;
}
