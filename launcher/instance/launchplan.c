/* launchplan.c - what RunInstances decides before it writes anything */
#include "launcher/instance/launchplan.h"

#include <string.h>

#include "images/device.h"
#include "images/region.h"
#include "images/snapshot.h"

/* One CPU where that is enough: without KVM, QEMU 7.2 may lose the timer of a
 * guest that has two. EC2's small types of one CPU boot by BIOS only. */
#define TYPE_DEFAULT "t2.micro"
#define TYPE_DEFAULT_UEFI "t3.micro"
#define TYPE_DEFAULT_STORE "m1.small" /* EC2's own */

/* Whose snapshots a mapping may stand on: the image's own, by its launch
 * permission, and those that the caller may see. */
struct sizes {
	struct call *call;
	const struct mapping *image;
	size_t count;
};

static int64_t snapshot_size(void *data, const char *id)
{
	const struct sizes *sizes = data;
	auto_of(arena) arena = arena_new();
	struct error err = { 0 };
	struct snapshot snapshot;
	bool found = false;

	for (size_t i = 0; i < sizes->count && !found; i++)
		found = sizes->image[i].snapshot &&
			strcmp(sizes->image[i].snapshot, id) == 0;
	if (!arena)
		return 0;
	if (found)
		return snapshot_get(sizes->call->store->db, id, arena,
				    &snapshot, &found, &err) &&
				       found ?
			       snapshot.size :
			       0;
	return authorise_snapshot(sizes->call, RIGHT_SEE, id, arena, &snapshot,
				  &err) ?
		       snapshot.size :
		       0;
}

static bool plan_image(struct call *call, struct launch_plan *plan,
		       struct error *err)
{
	const struct image *image = &plan->image;

	if (!plan->launch->image)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter ImageId");
	if (!authorise_image(call, RIGHT_SEE, plan->launch->image, plan->arena,
			     &plan->image, err))
		return false;
	if (!region_copy_fill_image(call, image, err) ||
	    !image_ready_below(call, image, err))
		return false;
	if (strcmp(image->kind, "machine") != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The image %s is a %s: it cannot be launched",
			    image->id, image->kind);
	if (!image_bundle_get(call->store->db, image->id, plan->arena,
			      &plan->bundle, &plan->store_root, err))
		return false;
	plan->kernel = plan->launch->kernel ? plan->launch->kernel :
					      image->kernel;
	plan->ramdisk = plan->launch->ramdisk ? plan->launch->ramdisk :
						image->ramdisk;
	return true;
}

/* A kernel or ramdisk that the caller names must be one that it may use; the
 * image's own come with the image's launch permission. */
static bool plan_kernel(struct call *call, struct launch_plan *plan,
			const char *id, const char *kind, struct error *err)
{
	struct image image;

	if (!id)
		return true;
	if (!authorise_image(call, RIGHT_SEE, id, plan->arena, &image, err))
		return false;
	if (strcmp(image.kind, kind) != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The image %s is no %s", id, kind);
	return true;
}

/* Nothing else can be where the instance-store root is, and only some types
 * have room for one. */
static bool plan_root(const struct launch_plan *plan, struct error *err)
{
	const struct launch *launch = plan->launch;

	if (!plan->store_root)
		return true;
	if (!plan->type->root_store)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The instance type '%s' does not support an AMI "
			    "with a root device type of 'instance-store'.",
			    plan->type->name);
	for (size_t i = 0; i < launch->mapping_count; i++) {
		const char *device = launch->mappings[i].device;

		if (device && device_same(device, plan->image.root_device_name))
			return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
				    "The root device '%s' of an image with an "
				    "instance-store root cannot be mapped.",
				    device);
	}
	if (launch->shutdown_behavior &&
	    strcmp(launch->shutdown_behavior, "terminate") != 0)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The attribute instanceInitiatedShutdownBehavior "
			    "can only be used for EBS-backed images.");
	if (launch->disable_stop)
		return fail(err, FAULT_UNSUPPORTED,
			    "An instance with an instance-store root cannot "
			    "be stopped, nor be protected from that.");
	return true;
}

/* Whether a disk is encrypted. Whoever may launch the image may read its
 * snapshots, as far as their keys let him. */
static bool plan_encryption(struct call *call, struct launch_plan *plan,
			    struct error *err)
{
	plan->sealings = arena_alloc(
		plan->arena, (plan->disk_count + 1) * sizeof(*plan->sealings));
	if (!plan->sealings)
		return fail_memory(err);
	for (size_t i = 0; i < plan->disk_count; i++) {
		const struct planned_disk *disk = &plan->disks[i];
		const struct encryption wanted = { disk->encrypted,
						   disk->kms_key };
		struct snapshot from;
		bool found = false;

		if (disk->virtual_name)
			continue;
		if (disk->snapshot &&
		    !snapshot_get(call->store->db, disk->snapshot, plan->arena,
				  &from, &found, err))
			return false;
		if (found && !snapshot_ready_below(&from, err))
			return false;
		if (!encrypt_plan(call, &wanted, found ? &from : NULL,
				  plan->arena, &plan->sealings[i], err))
			return false;
	}
	return true;
}

static bool plan_disks(struct call *call, struct launch_plan *plan,
		       struct error *err)
{
	const struct mapping *mappings;
	struct sizes sizes = { .call = call };

	if (!image_mappings(call->store->db, plan->image.id, plan->arena,
			    &mappings, &sizes.count, err))
		return false;
	sizes.image = mappings;
	if (!plan_root(plan, err))
		return false;
	return mapping_plan(mappings, sizes.count,
			    plan->store_root ? NULL :
					       plan->image.root_device_name,
			    plan->launch->mappings, plan->launch->mapping_count,
			    plan->type, snapshot_size, &sizes, plan->arena,
			    &plan->disks, &plan->disk_count, err) &&
	       plan_encryption(call, plan, err);
}

static bool plan_counts(const struct launch *launch, struct error *err)
{
	if (launch->least < 1 || launch->most < launch->least)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "MinCount must be at least 1 and at most "
			    "MaxCount");
	if (launch->most > 100)
		return fail(err, FAULT_INSTANCE_LIMIT,
			    "You have requested more instances (%lld) than "
			    "one call launches (100)",
			    (long long)launch->most);
	if (launch->user_data_size > USER_DATA_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "User data is limited to %d bytes", USER_DATA_MOST);
	return options_check(&launch->metadata, err);
}

static bool plan_key(struct call *call, struct launch_plan *plan,
		     struct error *err)
{
	const char *name = plan->launch->key_name;

	return !name || keypair_for_launch(call, name, plan->arena, &plan->pair,
					   &plan->pair_new, err);
}

static bool plan_zone(struct call *call, struct launch_plan *plan,
		      struct error *err)
{
	const char *wanted = plan->launch->zone;

	plan->zone = store_zone(call->store, plan->arena);
	if (!plan->zone)
		return fail_memory(err);
	if (wanted && strcmp(wanted, plan->zone) != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid availability zone: [%.64s]", wanted);
	return true;
}

/* Draws the names of everything that will be made. */
static bool plan_names(struct launch_plan *plan, struct error *err)
{
	char id[ID_SIZE];

	plan->count = (size_t)plan->launch->most;
	plan->ids = arena_alloc(plan->arena, plan->count * sizeof(*plan->ids));
	id_new("r", id);
	plan->reservation = arena_str(plan->arena, id);
	for (size_t i = 0; plan->ids && i < plan->count; i++) {
		id_new("i", id);
		plan->ids[i] = arena_str(plan->arena, id);
	}
	return (plan->ids && plan->reservation) || fail_memory(err);
}

static const char *type_default(const struct launch_plan *plan)
{
	const char *mode = plan->image.boot_mode;

	if (plan->store_root)
		return TYPE_DEFAULT_STORE;
	return mode && strncmp(mode, "uefi", 4) == 0 ? TYPE_DEFAULT_UEFI :
						       TYPE_DEFAULT;
}

bool launch_plan_make(struct call *call, struct launch_plan *plan,
		      struct error *err)
{
	const struct launch *launch = plan->launch;
	const char *name;

	if (!plan_counts(launch, err) || !plan_image(call, plan, err) ||
	    !plan_kernel(call, plan, launch->kernel, "kernel", err) ||
	    !plan_kernel(call, plan, launch->ramdisk, "ramdisk", err) ||
	    !plan_key(call, plan, err) || !plan_zone(call, plan, err) ||
	    !interface_plan(call, &launch->interface, (size_t)launch->most,
			    plan->arena, &plan->interface, err))
		return false;
	if (plan->ramdisk && !plan->kernel)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "A ramdisk needs a kernel");
	name = launch->type ? launch->type : type_default(plan);
	plan->type = instance_type_find(name);
	if (plan->type && plan->launch->credits && !plan->type->burstable)
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance type '%s' has no CPU credits", name);
	if (!plan->type)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid value '%.64s' for InstanceType.", name);
	return plan_disks(call, plan, err) && plan_names(plan, err) &&
	       call_dry_run(call, err);
}
