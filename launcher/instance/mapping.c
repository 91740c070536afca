/* mapping.c - the image's block devices and the launch's, made into one plan
 *
 * Both lists are first brought into one form and judged alone, then merged
 * entry by entry, and only the result is measured against snapshots and volume
 * types: a fault of the merged whole must not depend on which list said what.
 */
#include "launcher/instance/mapping.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "images/device.h"
#include "images/limits.h"

#define DEFAULT_TYPE "gp2"

/* What the steps of one plan share. */
struct plan {
	const char *root; /* in one form, or NULL */
	const struct instance_type *type;
	snapshot_size_fn snapshot_size;
	void *data;
	struct arena *arena;
	struct mapping *entries; /* merged; those with no_device are none */
	size_t count;
	struct planned_disk *disks;
	size_t disk_count;
	bool store_used[EPHEMERAL_MOST];
};

/* The name in its one form, "/dev/sdf"; NULL after a failure. */
static const char *device_name(struct arena *arena, const char *text,
			       struct error *err)
{
	const char *name = text;
	char *device;

	if (!text || !*text) {
		fail(err, FAULT_MISSING_PARAMETER,
		     "The request must contain the parameter DeviceName.");
		return NULL;
	}
	if (strncmp(name, "/dev/", 5) == 0)
		name += 5;
	if (!device_valid(name)) {
		fail(err, FAULT_BLOCK_DEVICE_MAPPING,
		     "Invalid device name '%s'.", text);
		return NULL;
	}
	device = arena_format(arena, "/dev/%s", name);
	if (!device)
		fail_memory(err);
	return device;
}

/* Whether an entry says anything about an EBS volume. */
static bool is_ebs(const struct mapping *m)
{
	return m->snapshot || m->size || m->type || m->iops || m->throughput ||
	       m->delete_on_termination >= 0 || m->encrypted || m->kms_key;
}

/* Judges what an entry of the launch says, whatever stands beside it. */
static bool check_entry(const struct mapping *m, struct error *err)
{
	if (m->no_device && (m->virtual_name || is_ebs(m)))
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The mapping of '%s' has NoDevice and something "
			    "else.",
			    m->device);
	if (m->virtual_name && is_ebs(m))
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The mapping of '%s' has both a VirtualName and "
			    "an EBS volume.",
			    m->device);
	if (m->virtual_name && ephemeral_number(m->virtual_name) < 0)
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "Invalid VirtualName '%s' for device '%s'.",
			    m->virtual_name, m->device);
	return true;
}

static struct mapping *find(struct mapping *entries, size_t count,
			    const char *device)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(entries[i].device, device) == 0)
			return &entries[i];
	return NULL;
}

/* Copies one list into `entries`, each device in its one form and once. */
static bool read_list(const struct plan *plan, const struct mapping *list,
		      size_t count, struct mapping *entries, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		entries[i] = list[i];
		entries[i].device =
			device_name(plan->arena, list[i].device, err);
		if (!entries[i].device)
			return false;
		if (find(entries, i, entries[i].device))
			return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
				    "The device '%s' is used in more than one "
				    "block-device mapping.",
				    entries[i].device);
	}
	return true;
}

/* An image's entry as a launch's would say it. The registry holds it complete,
 * with IOPS that nobody may ask of such a type and a flag for every line; and
 * "ami" or "swap", which bundles know, are no disks of their own. */
static void plain_entry(struct mapping *m)
{
	const struct volume_type *type =
		volume_type_find(m->type ? m->type : DEFAULT_TYPE);

	if (m->virtual_name && ephemeral_number(m->virtual_name) < 0)
		m->no_device = true;
	if (m->virtual_name || m->no_device) {
		*m = (struct mapping){
			.device = m->device,
			.virtual_name = m->no_device ? NULL : m->virtual_name,
			.delete_on_termination = -1,
			.no_device = m->no_device,
		};
		return;
	}
	if (type && !type->iops_most)
		m->iops = 0;
	if (type && !type->throughput_most)
		m->throughput = 0;
}

/* What a launch may not say of the root. */
static bool check_root(const struct mapping *root, const struct mapping *over,
		       struct error *err)
{
	if (over->no_device || over->virtual_name)
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The root device '%s' can be neither suppressed "
			    "nor an instance store volume.",
			    root->device);
	if (over->snapshot && strcmp(over->snapshot, root->snapshot) != 0)
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The snapshot of the root device '%s' cannot be "
			    "overridden.",
			    root->device);
	return true;
}

/* Lays a launch's entry over the image's of the same device. An entry of
 * another kind replaces it, one of the same kind does so field by field; but a
 * size leaves with its snapshot, IOPS and throughput leave with their type. */
static void merge_entry(struct mapping *base, const struct mapping *over)
{
	const char *was = base->type ? base->type : DEFAULT_TYPE;

	if (over->no_device || over->virtual_name || base->no_device ||
	    (base->virtual_name && is_ebs(over))) {
		*base = *over;
		return;
	}
	if (over->type && strcmp(over->type, was) != 0) {
		base->iops = 0;
		base->throughput = 0;
	}
	if (over->snapshot && base->snapshot &&
	    strcmp(over->snapshot, base->snapshot) != 0)
		base->size = 0;
	if (over->snapshot)
		base->snapshot = over->snapshot;
	if (over->size)
		base->size = over->size;
	if (over->type)
		base->type = over->type;
	if (over->iops)
		base->iops = over->iops;
	if (over->throughput)
		base->throughput = over->throughput;
	if (over->encrypted || over->kms_key) {
		base->encrypted = over->encrypted;
		base->kms_key = over->kms_key;
	}
	if (over->delete_on_termination >= 0)
		base->delete_on_termination = over->delete_on_termination;
}

/* Lays the launch's list over the image's, which the plan holds already. */
static bool merge(struct plan *plan, const struct mapping *launch, size_t count,
		  struct error *err)
{
	struct mapping *root =
		plan->root ? find(plan->entries, plan->count, plan->root) :
			     NULL;

	if (plan->root && (!root || !root->snapshot))
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The image has no snapshot for its root device "
			    "'%s'.",
			    plan->root);
	for (size_t i = 0; i < count; i++) {
		const struct mapping *over = &launch[i];
		struct mapping *base =
			find(plan->entries, plan->count, over->device);

		if (!check_entry(over, err))
			return false;
		if (base && base == root && !check_root(root, over, err))
			return false;
		if (base)
			merge_entry(base, over);
		else
			plan->entries[plan->count++] = *over;
	}
	return true;
}

/* Reads both lists and leaves one of them in the plan. */
static bool read_lists(struct plan *plan, const struct mapping *image,
		       size_t image_count, const struct mapping *launch,
		       size_t launch_count, struct error *err)
{
	struct mapping *over =
		arena_alloc(plan->arena, (launch_count + 1) * sizeof(*over));

	plan->entries = arena_alloc(plan->arena, (image_count + launch_count +
						  1) * sizeof(*plan->entries));
	if (!over || !plan->entries)
		return fail_memory(err);
	if (!read_list(plan, image, image_count, plan->entries, err) ||
	    !read_list(plan, launch, launch_count, over, err))
		return false;
	plan->count = image_count;
	for (size_t i = 0; i < image_count; i++)
		plain_entry(&plan->entries[i]);
	return merge(plan, over, launch_count, err);
}

/* An instance-store disk; one that the type does not have is no disk. */
static bool plan_store(struct plan *plan, const struct mapping *m,
		       struct error *err)
{
	unsigned number = (unsigned)ephemeral_number(m->virtual_name);

	if (number >= plan->type->stores)
		return true;
	if (plan->store_used[number])
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "The instance store volume '%s' is used in more "
			    "than one block-device mapping.",
			    m->virtual_name);
	plan->store_used[number] = true;
	plan->disks[plan->disk_count++] = (struct planned_disk){
		.device = m->device,
		.virtual_name = m->virtual_name,
		.size = plan->type->store_gib,
		.delete_on_termination = true,
	};
	return true;
}

static bool is_taken(const struct plan *plan, const char *device)
{
	for (size_t i = 0; i < plan->disk_count; i++)
		if (strcmp(plan->disks[i].device, device) == 0)
			return true;
	return false;
}

/* A name for a store that nobody mapped: the first of /dev/sd[b-z] that no
 * disk has; NULL after a failure. */
static const char *free_name(const struct plan *plan, struct error *err)
{
	char name[] = "/dev/sdb";
	char *letter = &name[sizeof(name) - 2];
	const char *device;

	while (is_taken(plan, name)) {
		if (++*letter > 'z') {
			fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			     "No device name is left for an instance store "
			     "volume.");
			return NULL;
		}
	}
	device = arena_str(plan->arena, name);
	if (!device)
		fail_memory(err);
	return device;
}

/* NVMe stores are there whether they are mapped or not. */
static bool plan_nvme(struct plan *plan, struct error *err)
{
	for (unsigned i = 0; i < plan->type->stores; i++) {
		struct mapping m = { 0 };

		if (plan->store_used[i])
			continue;
		m.device = free_name(plan, err);
		if (!m.device)
			return false;
		m.virtual_name = arena_format(plan->arena, "ephemeral%u", i);
		if (!m.virtual_name)
			return fail_memory(err);
		if (!plan_store(plan, &m, err))
			return false;
	}
	return true;
}

/* The final size: what was asked for, but never less than the snapshot. */
static bool plan_size(const struct plan *plan, const struct mapping *m,
		      int64_t *ret_size, struct error *err)
{
	int64_t least = 0;

	if (!m->snapshot && !m->size)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter size or "
			    "snapshotId for device '%s'.",
			    m->device);
	if (m->snapshot) {
		least = plan->snapshot_size(plan->data, m->snapshot);
		if (least <= 0)
			return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
				    "The snapshot '%s' does not exist.",
				    m->snapshot);
		if (m->size && m->size < least)
			return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
				    "Volume of size %" PRId64 "GB is smaller "
				    "than snapshot '%s', expect size >= "
				    "%" PRId64 "GB.",
				    m->size, m->snapshot, least);
	}
	*ret_size = m->size ? m->size : least;
	return true;
}

static bool plan_volume(struct plan *plan, const struct mapping *m,
			struct error *err)
{
	bool root = plan->root && strcmp(m->device, plan->root) == 0;
	struct planned_disk disk = {
		.device = m->device,
		.snapshot = m->snapshot,
		.type = m->type ? m->type : DEFAULT_TYPE,
		.iops = m->iops,
		.throughput = m->throughput,
		.delete_on_termination = m->delete_on_termination >= 0
						 ? m->delete_on_termination
						 : root,
		.encrypted = m->encrypted,
		.kms_key = m->kms_key,
		.root = root,
	};

	if (!plan_size(plan, m, &disk.size, err) ||
	    !volume_check(disk.type, disk.size, &disk.iops, &disk.throughput,
			  err))
		return false;
	if (root && !volume_type_find(disk.type)->bootable)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A volume of type %s cannot be the root device.",
			    disk.type);
	plan->disks[plan->disk_count++] = disk;
	return true;
}

/* The root before all others, these by name. */
static int disk_compare(const void *a, const void *b)
{
	const struct planned_disk *one = a, *two = b;

	if (one->root != two->root)
		return one->root ? -1 : 1;
	return strcmp(one->device, two->device);
}

/* Moves the borrowed texts of the plan into the arena. */
static bool keep_texts(struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->disk_count; i++) {
		struct planned_disk *disk = &plan->disks[i];
		const char **texts[] = { &disk->virtual_name, &disk->snapshot,
					 &disk->type, &disk->kms_key };

		for (size_t j = 0; j < sizeof(texts) / sizeof(*texts); j++) {
			const char *text = arena_str(plan->arena, *texts[j]);

			if (*texts[j] && !text)
				return fail_memory(err);
			*texts[j] = text;
		}
	}
	return true;
}

bool mapping_plan(const struct mapping *image, size_t image_count,
		  const char *root_device, const struct mapping *launch,
		  size_t launch_count, const struct instance_type *type,
		  snapshot_size_fn snapshot_size, void *data,
		  struct arena *arena, const struct planned_disk **ret_disks,
		  size_t *ret_count, struct error *err)
{
	struct plan plan = {
		.type = type,
		.snapshot_size = snapshot_size,
		.data = data,
		.arena = arena,
	};

	assert(type->stores <= EPHEMERAL_MOST);
	if (root_device) {
		plan.root = device_name(arena, root_device, err);
		if (!plan.root)
			return false;
	}
	if (!read_lists(&plan, image, image_count, launch, launch_count, err))
		return false;
	plan.disks = arena_alloc(arena, (plan.count + EPHEMERAL_MOST) *
						sizeof(*plan.disks));
	if (!plan.disks)
		return fail_memory(err);
	for (size_t i = 0; i < plan.count; i++) {
		const struct mapping *m = &plan.entries[i];

		if (m->no_device)
			continue;
		if (!(m->virtual_name ? plan_store(&plan, m, err) :
					plan_volume(&plan, m, err)))
			return false;
	}
	if (type->store_nvme && !plan_nvme(&plan, err))
		return false;
	qsort(plan.disks, plan.disk_count, sizeof(*plan.disks), disk_compare);
	if (!keep_texts(&plan, err))
		return false;
	*ret_disks = plan.disks;
	*ret_count = plan.disk_count;
	return true;
}
