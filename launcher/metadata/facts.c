/* facts.c - rows of several tables, all of one instance */
#include "launcher/metadata/facts.h"

#include <string.h>

#include "images/registry/group.h"
#include "images/registry/image.h"
#include "images/registry/tag.h"
#include "images/registry/vpc.h"
#include "images/registry/volume.h"

/* A growing list in an arena. */
struct pairs {
	struct arena *arena;
	struct pair *pairs;
	size_t count;
	bool broken;
};

static void pairs_add(struct pairs *into, const char *name, const char *value)
{
	struct pair pair = { name, value };

	if (name && value)
		into->pairs = arena_more(into->arena, into->pairs, into->count,
					 sizeof(*into->pairs));
	if (!name || !value || !into->pairs)
		into->broken = true;
	if (!into->broken)
		into->pairs[into->count++] = pair;
}

static void add_tag(void *data, const struct tag *tag)
{
	struct pairs *into = data;

	pairs_add(into, arena_str(into->arena, tag->key),
		  arena_str(into->arena, tag->value));
}

/* EC2 names devices here as the mapping does, without their directory. */
static const char *short_device(const char *device)
{
	return strncmp(device, "/dev/", 5) == 0 ? device + 5 : device;
}

/* Volumes are numbered from 1 in the order in which the guest sees them. */
static bool load_disks(struct call *call, const struct instance *instance,
		       struct pairs *into, struct error *err)
{
	struct arena *arena = into->arena;
	const struct attachment *volumes;
	const struct scratch *disks;
	size_t count, number = 0;

	if (!attachment_of(call->store->db, instance->id, NULL, arena, &volumes,
			   &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(volumes[i].device, instance->root_device_name) != 0)
			pairs_add(into, arena_format(arena, "ebs%zu", ++number),
				  short_device(volumes[i].device));
	if (!scratch_of(call->store->db, instance->id, arena, &disks, &count,
			err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strncmp(disks[i].virtual_name, "ephemeral", 9) == 0)
			pairs_add(into, disks[i].virtual_name,
				  short_device(disks[i].device));
	return true;
}

/* Where the manifest of an instance-store image is. */
static bool load_manifest(struct call *call, struct arena *arena,
			  struct facts *facts, struct error *err)
{
	struct image image;
	bool found;

	facts->manifest = "(unknown)";
	if (strcmp(facts->instance.root_device_type, "instance-store") != 0)
		return true;
	if (!image_get(call->store->db, facts->instance.image, arena, &image,
		       &found, err))
		return false;
	if (found && image.location && *image.location)
		facts->manifest = image.location;
	return true;
}

/* One more line, in the arena; NULL when memory ran out. */
static const char *line(struct arena *arena, const char *text, const char *more)
{
	return text ? arena_format(arena, "%s\n%s", text, more) :
		      arena_str(arena, more);
}

/* A plain network has neither groups nor a card that is listed: nothing is said
 * of the VPC then. */
static bool load_network(struct call *call, struct arena *arena,
			 struct facts *facts, struct error *err)
{
	const struct security_group *groups;
	struct vpc vpc;
	bool found;
	size_t count;

	if (!instance_groups(call->store->db, facts->instance.id, arena,
			     &groups, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		facts->group_names =
			line(arena, facts->group_names, groups[i].name);
		facts->group_ids = line(arena, facts->group_ids, groups[i].id);
		if (!facts->group_names || !facts->group_ids)
			return fail_memory(err);
	}
	if (!facts->instance.interface)
		return true;
	if (!vpc_of(call->store->db, facts->instance.owner, arena, &vpc, &found,
		    err))
		return false;
	facts->vpc = found ? vpc.id : NULL;
	facts->subnet = found ? vpc.subnet : NULL;
	return true;
}

bool facts_load(struct call *call, const char *id, struct arena *arena,
		struct facts *ret_facts, bool *ret_found, struct error *err)
{
	struct facts facts = { .region = call->store->region,
			       .domain = "ec2.internal" };
	struct pairs disks = { .arena = arena }, tags = { .arena = arena };

	if (!instance_get(call->store->db, id, arena, &facts.instance,
			  ret_found, err))
		return false;
	if (!*ret_found)
		return true;
	if (!load_disks(call, &facts.instance, &disks, err) ||
	    !load_network(call, arena, &facts, err) ||
	    !load_manifest(call, arena, &facts, err))
		return false;
	if (facts.instance.metadata_tags &&
	    !tag_each(call->store->db, id, add_tag, &tags, err))
		return false;
	if (disks.broken || tags.broken)
		return fail_memory(err);
	facts.disks = disks.pairs;
	facts.disk_count = disks.count;
	facts.tags = tags.pairs;
	facts.tag_count = tags.count;
	*ret_facts = facts;
	return true;
}
