/* machine.c - an instance's files, and its rows as a launch description
 *
 * Everything here is made again from the rows at each start, so that there is
 * no second truth on the disk.
 */
#include "launcher/instance/machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "images/cache.h"
#include "images/layers.h"
#include "images/registry/forward.h"
#include "images/registry/tag.h"
#include "images/throttle.h"
#include "images/turn.h"
#include "images/type.h"
#include "images/volume.h"
#include "launcher/instance/console.h"
#include "launcher/instance/network.h"
#include "launcher/instance/seed.h"
#include "launcher/instance/storeroot.h"

#define DIR_MODE 0711

char *machine_log_path(const struct call *call, const char *id)
{
	return store_path(call->store, "instances/%s/console.log", id);
}

/* The console log is ours before QEMU or virtlogd can make it root's. */
static bool make_log(struct call *call, const char *id, struct error *err)
{
	auto_free char *path = machine_log_path(call, id);
	auto_close int fd = -1;

	if (!path)
		return fail_memory(err);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", path);
	return console_trim(call, id, err) && console_mark_boot(call, id, err);
}

struct seed_tags {
	struct arena *arena;
	struct seed_tag *tags;
	size_t count;
	bool broken;
};

static void add_tag(void *data, const struct tag *tag)
{
	struct seed_tags *all = data;

	all->tags = arena_more(all->arena, all->tags, all->count,
			       sizeof(*all->tags));
	if (!all->tags) {
		all->broken = true;
		all->count = 0;
		return;
	}
	all->tags[all->count++] = (struct seed_tag){
		arena_str(all->arena, tag->key),
		arena_str(all->arena, tag->value),
	};
}

/* Removes a file of an instance, and drafts of it ("NAME.new-…") that died
 * with their writers: a seed's draft holds the user data as well. */
static bool remove_named(struct call *call, const char *id, const char *name,
			 struct error *err)
{
	auto_free char *path =
		store_path(call->store, "instances/%s/%s", id, name);
	auto_free char *parent = store_path(call->store, "instances/%s", id);
	DIR *dir = parent ? opendir(parent) : NULL;
	size_t size = strlen(name);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, name, size) == 0 &&
		    strncmp(entry->d_name + size, ".new-", 5) == 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	return path ? file_remove(path, err) : fail_memory(err);
}

static bool make_seed(struct call *call, const struct instance *instance,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free char *path =
		store_path(call->store, "instances/%s/seed.raw", instance->id);
	struct seed_tags tags = { .arena = arena };

	if (!arena || !path)
		return fail_memory(err);
	if (!tag_each(call->store->db, instance->id, add_tag, &tags, err))
		return false;
	if (tags.broken)
		return fail_memory(err);
	if (!remove_named(call, instance->id, "seed.raw", err))
		return false;
	return seed_write(path,
			  &(struct seed){
				  .instance_id = instance->id,
				  .hostname = instance->id,
				  .instance_type = instance->type,
				  .ami_id = instance->image,
				  .availability_zone = instance->zone,
				  .region = call->store->region,
				  .public_key = instance->public_key,
				  .tags = tags.tags,
				  .tag_count = tags.count,
				  .user_data = instance->user_data,
				  .user_data_size = instance->user_data_size,
			  },
			  err);
}

static bool make_disk(const struct scratch *disk, const char *path,
		      struct error *err)
{
	auto_free char *base = NULL;

	if (!disk->cache)
		return scratch_create(path, (uint64_t)(disk->size * GIB), err);
	base = format_text("../cache/%s.raw", disk->cache);
	return base ? scratch_create_over(path, base, LAYER_RAW, false, err) :
		      fail_memory(err);
}

/* Scratch disks never carry anything over: a fresh start gets fresh files. */
static bool make_scratch(struct call *call, const char *id, bool fresh,
			 struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct scratch *disks;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!scratch_of(call->store->db, id, arena, &disks, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		auto_free char *path =
			store_path(call->store, "scratch/%s", disks[i].file);

		if (!path)
			return fail_memory(err);
		if (!fresh && access(path, F_OK) == 0)
			continue;
		if (!file_remove(path, err) || !make_disk(&disks[i], path, err))
			return false;
	}
	return true;
}

bool machine_files(struct call *call, const struct instance *instance,
		   bool fresh, struct error *err)
{
	auto_free char *dir =
		store_path(call->store, "instances/%s", instance->id);

	if (!dir)
		return fail_memory(err);
	return dir_make(dir, DIR_MODE, err) &&
	       make_log(call, instance->id, err) &&
	       (!instance->seed || make_seed(call, instance, err)) &&
	       make_scratch(call, instance->id, fresh, err);
}

static bool remove_scratch(struct call *call, const char *file,
			   struct error *err)
{
	auto_free char *path = store_path(call->store, "scratch/%s", file);

	return path ? file_remove(path, err) : fail_memory(err);
}

bool machine_files_remove(struct call *call, const char *id, bool last,
			  struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct scratch *disks;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!network_end(call, id, err) ||
	    (last && !forward_clear(call->store->db, id, err)) ||
	    !remove_named(call, id, "seed.raw", err) ||
	    (last && !remove_named(call, id, "nvram.fd", err)) ||
	    !scratch_of(call->store->db, id, arena, &disks, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		/* a root may be half way from one of its names to the other */
		auto_free char *other =
			disks[i].cache ? storeroot_other(disks[i].file) : NULL;

		if (!remove_scratch(call, disks[i].file, err) ||
		    (other && !remove_scratch(call, other, err)))
			return false;
	}
	return true;
}

/* Removes the files in a directory; what cannot go makes rmdir() fail. */
static void clear_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

bool machine_log_remove(struct call *call, const char *id, struct error *err)
{
	auto_free char *dir = store_path(call->store, "instances/%s", id);

	if (!dir)
		return fail_memory(err);
	/* whatever is in it: logs that virtlogd rotated, a seed that was
	 * half written when its process died */
	clear_dir(dir);
	if (rmdir(dir) != 0 && errno != ENOENT)
		return fail_errno(err, "cannot remove %s", dir);
	return true;
}

/* A disk on its way into the description. */
struct slot {
	const char *device;
	struct machine_disk disk;
	bool root;
};

static int slot_order(const void *left, const void *right)
{
	const struct slot *a = left, *b = right;

	if (a->root != b->root)
		return a->root ? -1 : 1;
	return strcmp(a->device, b->device);
}

const char *machine_serial(struct arena *arena, const char *volume)
{
	char serial[VOLUME_SERIAL_SIZE];

	volume_serial(volume, serial);
	return arena_str(arena, serial);
}

bool machine_volume(struct call *call, const char *volume, struct arena *arena,
		    struct machine_disk *ret_disk, struct error *err)
{
	struct volume row;
	bool found;

	if (!volume_get(call->store->db, volume, arena, &row, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_INTERNAL, "volume %s is gone", volume);
	*ret_disk = (struct machine_disk){
		.serial = machine_serial(arena, volume),
		.throttle = volume_throttle(&row, gp2_credits()),
	};
	if (!ret_disk->serial)
		return fail_memory(err);
	return layers_files(call, row.layer, arena, &ret_disk->chain,
			    &ret_disk->chain_count, err);
}

static bool add_volume(struct call *call, const struct instance *instance,
		       const struct attachment *attachment, struct arena *arena,
		       struct slot *ret_slot, struct error *err)
{
	ret_slot->device = attachment->device;
	ret_slot->root =
		strcmp(attachment->device, instance->root_device_name) == 0;
	return machine_volume(call, attachment->volume, arena, &ret_slot->disk,
			      err);
}

/* A raw file of ours as a disk of one layer. */
static bool add_file(struct arena *arena, char *path, struct slot *ret_slot,
		     struct error *err)
{
	struct machine_file *file = arena_alloc(arena, sizeof(*file));

	if (!file || !path)
		return fail_memory(err);
	*file = (struct machine_file){ arena_str(arena, path), "raw" };
	ret_slot->disk.chain = file;
	ret_slot->disk.chain_count = 1;
	return file->path || fail_memory(err);
}

const char *machine_scratch_serial(struct arena *arena, const char *instance,
				   const char *virtual_name)
{
	return arena_format(arena, "%.9s-%s", instance + 2, virtual_name);
}

/* The next file of a chain, which is its caller's memory. */
static bool add_below(struct arena *arena, struct slot *slot, char *path,
		      const char *format, struct error *err)
{
	auto_free char *owned = path;
	struct machine_file *file = (struct machine_file *)&slot->disk
					    .chain[slot->disk.chain_count];

	*file = (struct machine_file){ arena_str(arena, owned), format };
	slot->disk.chain_count++;
	return file->path || fail_memory(err);
}

/* Empty disks are raw files; a root is a chain down to its unpacked image. */
static bool add_scratch(struct call *call, const struct instance *instance,
			const struct scratch *scratch, struct arena *arena,
			struct slot *ret_slot, struct error *err)
{
	const struct store *store = call->store;
	const char *format = scratch->cache ? "qcow2" : "raw";

	ret_slot->device = scratch->device;
	ret_slot->root = strcmp(scratch->device, instance->root_device_name) ==
			 0;
	ret_slot->disk.serial = machine_scratch_serial(arena, instance->id,
						       scratch->virtual_name);
	ret_slot->disk.chain =
		arena_alloc(arena, 3 * sizeof(struct machine_file));
	if (!ret_slot->disk.serial || !ret_slot->disk.chain)
		return fail_memory(err);
	return add_below(arena, ret_slot,
			 store_path(store, "scratch/%s", scratch->file), format,
			 err) &&
	       (!scratch->below ||
		add_below(arena, ret_slot,
			  store_path(store, "scratch/%s", scratch->below),
			  "qcow2", err)) &&
	       (!scratch->cache ||
		add_below(arena, ret_slot, cache_path(store, scratch->cache),
			  "raw", err));
}

static bool add_seed(struct call *call, const struct instance *instance,
		     struct arena *arena, struct slot *ret_slot,
		     struct error *err)
{
	auto_free char *path =
		store_path(call->store, "instances/%s/seed.raw", instance->id);

	ret_slot->device = "seed";
	ret_slot->disk.read_only = true;
	return add_file(arena, path, ret_slot, err);
}

/* All disks in the order the guest shall see them: root, the others by device
 * name, the seed. */
static bool describe_disks(struct call *call, const struct instance *instance,
			   struct arena *arena, struct machine *ret_machine,
			   struct error *err)
{
	const struct attachment *volumes;
	const struct scratch *scratch;
	size_t volume_count, scratch_count, count = 0;
	struct machine_disk *disks;
	struct slot *slots;

	if (!attachment_of(call->store->db, instance->id, NULL, arena, &volumes,
			   &volume_count, err) ||
	    !scratch_of(call->store->db, instance->id, arena, &scratch,
			&scratch_count, err))
		return false;
	slots = arena_alloc(arena, (volume_count + scratch_count + 1) *
					   sizeof(*slots));
	disks = arena_alloc(arena, (volume_count + scratch_count + 1) *
					   sizeof(*disks));
	if (!slots || !disks)
		return fail_memory(err);
	for (size_t i = 0; i < volume_count; i++)
		if (!add_volume(call, instance, &volumes[i], arena,
				&slots[count++], err))
			return false;
	for (size_t i = 0; i < scratch_count; i++)
		if (!add_scratch(call, instance, &scratch[i], arena,
				 &slots[count++], err))
			return false;
	qsort(slots, count, sizeof(*slots), slot_order);
	if (instance->seed &&
	    !add_seed(call, instance, arena, &slots[count++], err))
		return false;
	if (count > MACHINE_DISKS_MOST + 1)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "a machine has at most %d disks",
			    MACHINE_DISKS_MOST);
	for (size_t i = 0; i < count; i++) {
		disks[i] = slots[i].disk;
		disks[i].target = arena_format(arena, "vd%c", 'a' + (int)i);
	}
	ret_machine->disks = disks;
	ret_machine->disk_count = count;
	return true;
}

/* What a kernel without a command line of its own is told of its root: the
 * first partition, but the disk itself where that has none. */
static bool find_root(struct call *call, const struct instance *instance,
		      struct arena *arena, const char **ret_cmdline,
		      struct error *err)
{
	auto_close int fd = -1;
	auto_free char *path = NULL;
	const struct scratch *disks;
	uint8_t mark[2] = { 0x55, 0xaa };
	size_t count;

	*ret_cmdline = "console=ttyS0 root=/dev/vda1";
	if (!scratch_of(call->store->db, instance->id, arena, &disks, &count,
			err))
		return false;
	for (size_t i = 0; i < count && !path; i++) {
		if (!disks[i].cache)
			continue;
		path = cache_path(call->store, disks[i].cache);
		if (!path)
			return fail_memory(err);
	}
	if (!path)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || pread(fd, mark, sizeof(mark), 510) < 0)
		return fail_errno(err, "cannot read %s", path);
	if (mark[0] != 0x55 || mark[1] != 0xaa)
		*ret_cmdline = "console=ttyS0 root=/dev/vda";
	return true;
}

/* The file behind a kernel or ramdisk image, and what it is booted with. */
static bool find_kernel(struct call *call, const char *id, struct arena *arena,
			const char **ret_path, const char **ret_cmdline,
			struct error *err)
{
	auto_free char *path = NULL;
	struct image image;
	bool found;

	if (!id)
		return true;
	if (!image_get(call->store->db, id, arena, &image, &found, err))
		return false;
	if (!found || !image.layer)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is no longer available", id);
	path = layer_path(call->store->chain, image.layer);
	*ret_path = path ? arena_str(arena, path) : NULL;
	if (ret_cmdline && image.cmdline)
		*ret_cmdline = image.cmdline;
	return *ret_path || fail_memory(err);
}

bool machine_describe(struct call *call, const struct instance *instance,
		      struct arena *arena, struct machine *ret_machine,
		      struct error *err)
{
	const struct instance_type *type = instance_type_find(instance->type);
	bool uefi = strcmp(instance->boot_mode, "uefi") == 0;
	auto_free char *log = machine_log_path(call, instance->id);
	auto_free char *nvram =
		store_path(call->store, "instances/%s/nvram.fd", instance->id);

	if (!type)
		return fail(err, FAULT_INVALID_INSTANCE_TYPE,
			    "Invalid value '%s' for InstanceType.",
			    instance->type);
	*ret_machine = (struct machine){
		.id = instance->id,
		.uuid = instance->uuid,
		.store = call->store->path,
		.type = instance->type,
		.mac = instance->mac,
		.vcpus = (unsigned)type->vcpus,
		.memory_mib = (unsigned)type->memory_mib,
		.accel = instance->accel[0] == 'k' ? ACCEL_KVM : ACCEL_TCG,
		.firmware = uefi ? FIRMWARE_UEFI : FIRMWARE_BIOS,
		.nvram = uefi ? arena_str(arena, nvram) : NULL,
		.console_log = arena_str(arena, log),
	};
	if (!ret_machine->console_log || (uefi && !ret_machine->nvram))
		return fail_memory(err);
	if (instance->kernel &&
	    !find_root(call, instance, arena, &ret_machine->cmdline, err))
		return false;
	return find_kernel(call, instance->kernel, arena, &ret_machine->kernel,
			   &ret_machine->cmdline, err) &&
	       find_kernel(call, instance->ramdisk, arena,
			   &ret_machine->ramdisk, NULL, err) &&
	       describe_disks(call, instance, arena, ret_machine, err);
}

bool machine_host(struct call *call, struct arena *arena, const char **ret_uri,
		  enum accel *ret_accel, struct error *err)
{
	auto_free char *memo = store_path(call->store, "accel");
	auto_free char *uri = NULL, *note = NULL;
	const char *configured = getenv("QAMI_CONNECT");

	if (!memo)
		return fail_memory(err);
	if (!accel_choose(getenv("QAMI_ACCEL"), memo, ret_accel, &note, err))
		return false;
	/* told once, and to everybody: it is why all is slow */
	if (note)
		log_warning("%s", note);
	if (!hypervisor_choose(configured && *configured ? configured : NULL,
			       call->store->path, &uri, err))
		return false;
	*ret_uri = arena_str(arena, uri);
	return *ret_uri || fail_memory(err);
}

/* Starts a machine and what it is connected to, which takes as long. */
static bool boot_connected(struct call *call, struct hypervisor *hypervisor,
			   const struct instance *instance, struct arena *arena,
			   struct machine *machine, pid_t *ret_pid,
			   struct error *err)
{
	struct error ignored = { 0 };
	struct error unconnected = { 0 };
	struct network *network;
	bool started;

	if (!network_start(call, instance, arena, machine, &network, err))
		return false;
	started = machine_start(hypervisor, machine, ret_pid, err);
	if (network_finish(call, network, &unconnected) && started)
		return true;
	/* without its network it could not start, whatever was said */
	if (unconnected.fault != FAULT_NONE)
		*err = unconnected;
	/* what does not go now goes with the machine's files */
	if ((started &&
	     !machine_destroy(hypervisor, instance->uuid, &ignored)) ||
	    !network_end(call, instance->id, &ignored))
		log_warning("%s: %s", instance->id, ignored.text);
	return false;
}

bool machine_boot(struct call *call, struct hypervisor *hypervisor,
		  const struct instance *instance, pid_t *ret_pid,
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn pin = TURN_INIT;
	struct machine machine;

	if (!arena)
		return fail_memory(err);
	/* the chains that are described are those that QEMU opens */
	return turn_pin(call, &pin, err) &&
	       machine_describe(call, instance, arena, &machine, err) &&
	       boot_connected(call, hypervisor, instance, arena, &machine,
			      ret_pid, err);
}

bool machine_booted(struct call *call, const struct instance *instance,
		    pid_t pid, usec_t launched, struct error *err)
{
	return instance_started(call->store->db, instance->id, instance->uri,
				instance->accel, pid, boot_id(), launched, err);
}
