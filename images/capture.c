/* capture.c - planning CreateImage
 *
 * The mapping is built from the rows of what is attached now: an image says
 * what the instance has become, not what it was launched with.
 */
#include "images/capture.h"

#include <string.h>

#include "images/type.h"

/* The mapping in the making. An entry without a volume is none of the
 * instance's EBS disks. */
struct entry {
	struct mapping mapping;
	const char *volume;
};

struct making {
	struct call *call;
	const struct capture *capture;
	struct arena *arena;
	struct instance instance;
	struct image source; /* what it was launched from, … */
	bool has_source;     /* … unless that is forgotten */
	const struct mapping *source_mappings;
	size_t source_count;
	struct entry *entries;
	size_t count;
};

static bool add_entry(struct making *making, const struct mapping *mapping,
		      const char *volume, struct error *err)
{
	making->entries = arena_more(making->arena, making->entries,
				     making->count, sizeof(*making->entries));
	if (!making->entries)
		return fail_memory(err);
	making->entries[making->count++] = (struct entry){ *mapping, volume };
	return true;
}

static void remove_entry(struct making *making, struct entry *entry)
{
	size_t i = (size_t)(entry - making->entries);

	memmove(entry, entry + 1, (--making->count - i) * sizeof(*entry));
}

static const char *bare(const char *device)
{
	return strncmp(device, "/dev/", 5) == 0 ? device + 5 : device;
}

static struct entry *find_entry(struct making *making, const char *device)
{
	for (size_t i = 0; i < making->count; i++)
		if (strcmp(bare(making->entries[i].mapping.device),
			   bare(device)) == 0)
			return &making->entries[i];
	return NULL;
}

/* A snapshot to be, of an attached volume. */
static bool add_volume(struct making *making,
		       const struct attachment *attachment, struct error *err)
{
	struct volume volume;
	struct mapping mapping;
	char id[ID_SIZE];

	if (!authorise_volume(making->call, RIGHT_OWN, attachment->volume,
			      making->arena, &volume, err))
		return false;
	id_new("snap", id);
	mapping = (struct mapping){
		.device = attachment->device,
		.snapshot = arena_str(making->arena, id),
		.size = volume.size,
		.type = volume.type,
		.iops = volume.iops,
		.throughput = volume.throughput,
		.delete_on_termination = attachment->delete_on_termination,
	};
	return mapping.snapshot ? add_entry(making, &mapping, volume.id, err) :
				  fail_memory(err);
}

static bool add_volumes(struct making *making, struct error *err)
{
	const struct attachment *all;
	size_t count;
	bool root = false;

	if (!attachment_of(making->call->store->db, making->instance.id, NULL,
			   making->arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(all[i].state, "attaching") == 0 ||
		    strcmp(all[i].state, "detaching") == 0)
			continue;
		if (!add_volume(making, &all[i], err))
			return false;
		root |= strcmp(all[i].device,
			       making->instance.root_device_name) == 0;
	}
	return root || fail(err, FAULT_INVALID_PARAMETER,
			    "Instance does not have a volume attached at root "
			    "(%s)",
			    making->instance.root_device_name);
}

/* Whether the image that it was launched from maps that disk there. */
static bool was_mapped(const struct making *making, const struct scratch *disk)
{
	for (size_t i = 0; i < making->source_count; i++) {
		const struct mapping *one = &making->source_mappings[i];

		if (one->virtual_name &&
		    strcmp(one->virtual_name, disk->virtual_name) == 0 &&
		    strcmp(bare(one->device), bare(disk->device)) == 0)
			return true;
	}
	return false;
}

/* Instance-store disks that were mapped; the NVMe ones of a type are there
 * without it, so that only the image can say that they were. */
static bool add_ephemeral(struct making *making, struct error *err)
{
	const struct instance_type *type =
		instance_type_find(making->instance.type);
	const struct scratch *disks;
	size_t count;

	if (!scratch_of(making->call->store->db, making->instance.id,
			making->arena, &disks, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct mapping mapping = {
			.device = disks[i].device,
			.virtual_name = disks[i].virtual_name,
			.delete_on_termination = -1,
		};

		if (type && type->store_nvme && !was_mapped(making, &disks[i]))
			continue;
		if (!add_entry(making, &mapping, NULL, err))
			return false;
	}
	return true;
}

/* Of a volume that is attached, only its end can be changed. */
static bool change_volume(struct making *making, struct entry *entry,
			  const struct mapping *change, struct error *err)
{
	const struct mapping *was = &entry->mapping;

	if (change->no_device &&
	    strcmp(was->device, making->instance.root_device_name) == 0)
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The root device '%s' cannot be suppressed.",
			    was->device);
	if (change->no_device) {
		remove_entry(making, entry);
		return true;
	}
	if (change->virtual_name || change->snapshot ||
	    (change->size && change->size != was->size) ||
	    (change->type && strcmp(change->type, was->type) != 0) ||
	    (change->iops && change->iops != was->iops) ||
	    (change->throughput && change->throughput != was->throughput))
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "Of the volume attached at '%s', only "
			    "DeleteOnTermination can be changed.",
			    was->device);
	if (change->delete_on_termination >= 0)
		entry->mapping.delete_on_termination =
			change->delete_on_termination;
	return true;
}

static bool change_entry(struct making *making, const struct mapping *change,
			 struct error *err)
{
	struct entry *entry = find_entry(making, change->device);
	struct mapping mapping = *change;

	if (entry && entry->volume)
		return change_volume(making, entry, change, err);
	if (!image_mapping_check(making->call, change, making->arena, err))
		return false;
	if (entry)
		remove_entry(making, entry);
	if (change->no_device)
		return true;
	return image_mapping_complete(making->call, &mapping, false,
				      making->arena, err) &&
	       add_entry(making, &mapping, NULL, err);
}

static bool change_entries(struct making *making, struct error *err)
{
	const struct capture *capture = making->capture;

	for (size_t i = 0; i < capture->mapping_count; i++) {
		const char *device = capture->mappings[i].device;

		for (size_t j = 0; j < i; j++)
			if (strcmp(bare(device),
				   bare(capture->mappings[j].device)) == 0)
				return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
					    "The device '%s' is used in more "
					    "than one block-device mapping",
					    device);
		if (!change_entry(making, &capture->mappings[i], err))
			return false;
	}
	return true;
}

/* What the instance has come from says what its image is for. */
static bool find_source(struct making *making, struct error *err)
{
	struct db *db = making->call->store->db;

	return image_get(db, making->instance.image, making->arena,
			 &making->source, &making->has_source, err) &&
	       (!making->has_source ||
		image_mappings(db, making->instance.image, making->arena,
			       &making->source_mappings, &making->source_count,
			       err));
}

static bool write_plan(struct making *making, struct capture_plan *ret_plan,
		       struct error *err)
{
	const struct capture *capture = making->capture;
	const struct instance *instance = &making->instance;
	const struct image *source = making->has_source ? &making->source :
							  NULL;
	size_t room = (making->count + 1) * sizeof(struct shot), shots = 0;
	struct shot *all = arena_alloc(making->arena, room);
	struct mapping *mappings = arena_alloc(
		making->arena, (making->count + 1) * sizeof(*mappings));

	id_new("ami", ret_plan->id);
	for (size_t i = 0; all && mappings && i < making->count; i++) {
		mappings[i] = making->entries[i].mapping;
		if (!making->entries[i].volume)
			continue;
		all[shots++] = (struct shot){
			.volume = making->entries[i].volume,
			.snapshot = mappings[i].snapshot,
			.description = arena_format(
				making->arena, "Created by CreateImage(%s) "
				"for %s", instance->id, ret_plan->id),
			.tags = capture->snapshot_tags,
			.tag_count = capture->snapshot_tag_count,
		};
		if (!all[shots - 1].description)
			return fail_memory(err);
	}
	if (!all || !mappings)
		return fail_memory(err);
	ret_plan->running = strcmp(instance->state, "running") == 0;
	ret_plan->shots = all;
	ret_plan->shot_count = shots;
	ret_plan->image = (struct image_request){
		.name = capture->name,
		.description = capture->description,
		.architecture = instance->architecture,
		.root_device_name = instance->root_device_name,
		.boot_mode = source ? source->boot_mode : instance->boot_mode,
		.imds_support = source ? source->imds_support : NULL,
		.kernel = instance->kernel,
		.ramdisk = instance->ramdisk,
		.ena = !source || source->ena,
		.mappings = mappings,
		.mapping_count = making->count,
		.tags = capture->tags,
		.tag_count = capture->tag_count,
		.source_instance = instance->id,
		.source_image = instance->image,
	};
	return true;
}

bool capture_plan(struct call *call, const struct capture *capture,
		  struct arena *arena, struct capture_plan *ret_plan,
		  struct error *err)
{
	struct making making = {
		.call = call,
		.capture = capture,
		.arena = arena,
	};

	if (!authorise_instance(call, RIGHT_OWN, capture->instance, arena,
				&making.instance, err))
		return false;
	if (strcmp(making.instance.state, "running") != 0 &&
	    strcmp(making.instance.state, "stopped") != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Instance is not in state 'running' or 'stopped'");
	if (strcmp(making.instance.root_device_type, "ebs") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance '%s' does not have an 'ebs' root "
			    "device type: bundle it instead",
			    capture->instance);
	return image_name_check(call, capture->name, err) &&
	       find_source(&making, err) && add_volumes(&making, err) &&
	       add_ephemeral(&making, err) && change_entries(&making, err) &&
	       write_plan(&making, ret_plan, err) && call_dry_run(call, err);
}

bool capture_take(struct call *call, const struct capture_plan *plan,
		  struct error *err)
{
	return freeze_volumes(call, plan->shots, plan->shot_count, &plan->image,
			      plan->id, err);
}
