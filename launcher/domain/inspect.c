/* inspect.c - what is inside a disk image, by libguestfs
 *
 * The image is hostile. Its file systems are only ever touched by the kernel
 * in libguestfs's appliance, emulated and without network; libguestfs itself
 * runs in a child without rights (confine.h), for two minutes of a processor
 * at the most. What comes back are bytes, made printable (hostile.h) before
 * anybody sees them.
 */
#include <guestfs.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "launcher/domain/confine.h"
#include "launcher/domain/hostile.h"
#include "launcher/domain/ops.h"

#define CPU_SECONDS 120
#define TEXT_MOST 4096
#define PARTITIONS_MOST 256

/* File systems that are looked into for an operating system. A disk with any
 * other is only listed. */
static const char *const mounted[] = { "ext2",	"ext3",	   "ext4", "xfs",
				       "btrfs", "vfat",	   "ntfs", "iso9660",
				       "swap",	"squashfs" };

/* Adds a text from the disk, cut to what anybody wants to read. */
static void add_text(json_t *object, const char *name, const char *bytes)
{
	hostile_text(object, name, bytes, TEXT_MOST);
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

/* The kind that the table gives a partition: a GUID, or MBR's byte. */
static void add_type(guestfs_h *g, const char *table, int number,
		     json_t *partition)
{
	auto_free char *guid = NULL;
	char byte[8];
	int id;

	if (strcmp(table, "gpt") == 0) {
		guid = guestfs_part_get_gpt_type(g, "/dev/sda", number);
		add_text(partition, "Type", guid);
	} else if (strcmp(table, "msdos") == 0) {
		id = guestfs_part_get_mbr_id(g, "/dev/sda", number);
		snprintf(byte, sizeof(byte), "0x%02x", id & 0xff);
		if (id >= 0)
			add_text(partition, "Type", byte);
	}
}

/* What a device holds; returns whether it may be mounted. */
static bool add_filesystem(guestfs_h *g, const char *device, json_t *partition)
{
	auto_free char *type = guestfs_vfs_type(g, device);
	auto_free char *label = NULL;

	if (!type || !*type)
		return true;
	label = guestfs_vfs_label(g, device);
	add_text(partition, "Filesystem", type);
	add_text(partition, "Label", label);
	for (size_t i = 0; i < sizeof(mounted) / sizeof(mounted[0]); i++)
		if (strcmp(type, mounted[i]) == 0)
			return true;
	return false;
}

/* Lists the partitions; *ret_known says whether all of them hold file systems
 * that we are willing to mount. */
static json_t *list_partitions(guestfs_h *g, const char *table, bool *ret_known)
{
	struct guestfs_partition_list *list = guestfs_part_list(g, "/dev/sda");
	json_t *partitions = json_array();

	for (uint32_t i = 0; list && i < list->len && i < PARTITIONS_MOST;
	     i++) {
		const struct guestfs_partition *found = &list->val[i];
		json_t *partition = json_object();
		char device[32];

		snprintf(device, sizeof(device), "/dev/sda%d",
			 (int)found->part_num);
		json_object_set_new(partition, "Number",
				    json_integer(found->part_num));
		json_object_set_new(
			partition, "Start",
			json_integer((json_int_t)found->part_start));
		json_object_set_new(partition, "Size",
				    json_integer((json_int_t)found->part_size));
		add_type(g, table, found->part_num, partition);
		*ret_known = add_filesystem(g, device, partition) && *ret_known;
		json_array_append_new(partitions, partition);
	}
	guestfs_free_partition_list(list);
	return partitions;
}

/* A disk without a table is one "partition" of number 0. */
static json_t *whole_disk(guestfs_h *g, bool *ret_known)
{
	json_t *partitions = json_array();
	json_t *partition = json_object();

	json_object_set_new(partition, "Number", json_integer(0));
	json_object_set_new(partition, "Start", json_integer(0));
	json_object_set_new(
		partition, "Size",
		json_integer(guestfs_blockdev_getsize64(g, "/dev/sda")));
	*ret_known = add_filesystem(g, "/dev/sda", partition);
	json_array_append_new(partitions, partition);
	return partitions;
}

/* The system's own name for itself; where that is only a version, as Debian's
 * without os-release, with the distribution before it. */
static void add_name(guestfs_h *g, const char *root, json_t *result)
{
	auto_free char *name = guestfs_inspect_get_product_name(g, root);
	auto_free char *distro = guestfs_inspect_get_distro(g, root);
	auto_free char *both = NULL;

	if (!name || strcmp(name, "unknown") == 0)
		return;
	if (distro && name[0] >= '0' && name[0] <= '9')
		both = format_text("%s %s", distro, name);
	add_text(result, "OperatingSystem", both ? both : name);
}

/* Mounts, in the appliance, and looks for an operating system. */
static void add_system(guestfs_h *g, json_t *result)
{
	char **roots = guestfs_inspect_os(g);

	if (roots && roots[0]) {
		auto_free char *arch = guestfs_inspect_get_arch(g, roots[0]);

		if (arch && strcmp(arch, "unknown") != 0)
			add_text(result, "Architecture", arch);
		add_name(g, roots[0], result);
	}
	free_list(roots);
}

static json_t *look(guestfs_h *g)
{
	auto_free char *table = guestfs_part_get_parttype(g, "/dev/sda");
	json_t *result = json_object();
	bool known = true;
	json_t *partitions;

	/* "loop" is what parted calls a file system on the whole disk */
	if (table && strcmp(table, "loop") != 0)
		partitions = list_partitions(g, table, &known);
	else
		partitions = whole_disk(g, &known);
	add_text(result, "PartitionTable",
		 table && strcmp(table, "loop") != 0 ? table : "none");
	if (known)
		add_system(g, result);
	json_object_set_new(result, "Partitions", partitions);
	return result;
}

struct looking {
	const struct machine_file *file;
	const char *place;
};

/* In the child: writes JSON, or '!' and why not. */
static void work(void *data, int out)
{
	const struct looking *looking = data;
	guestfs_h *g = confine_guestfs(looking->place);
	json_t *result = NULL;

	if (g &&
	    guestfs_add_drive_opts(g, looking->file->path,
				   GUESTFS_ADD_DRIVE_OPTS_READONLY, 1,
				   GUESTFS_ADD_DRIVE_OPTS_FORMAT,
				   looking->file->format, -1) == 0 &&
	    guestfs_launch(g) == 0)
		result = look(g);
	if (result)
		json_dumpfd(result, out, JSON_COMPACT);
	else
		dprintf(out, "!%.*s", TEXT_MOST,
			g && guestfs_last_error(g) ? guestfs_last_error(g) :
						     "no handle");
	if (g)
		guestfs_close(g);
}

/* Turns what the child said into the answer. */
static bool conclude(bool in_time, struct buf *text, char **ret_json,
		     struct error *err)
{
	const char *said = buf_text(text);
	json_t *json;

	if (!in_time)
		return fail(err, FAULT_UNSUPPORTED,
			    "looking into the disk took too long");
	json = json_loads(said, 0, NULL);
	if (!json)
		return confine_failed(*said == '!' ? said + 1 : "",
				      "read the disk", err);
	json_decref(json);
	*ret_json = buf_take(text);
	return *ret_json || fail_memory(err);
}

bool inspect_disk_inspect(const struct machine_file *file, char **ret_json,
			  struct error *err)
{
	auto_free char *place = confine_place(err);
	struct looking looking = { file, place };
	struct confined confined = {
		.work = work,
		.data = &looking,
		.cpu_seconds = CPU_SECONDS,
		.file_bytes = (uint64_t)8 << 30,
	};
	auto_buf text = BUF_INIT;
	bool in_time = false;
	bool ok;

	if (!place)
		return false;
	ok = confine_run(&confined, &text, &in_time, err);
	confine_clean(place);
	return ok && conclude(in_time, &text, ret_json, err);
}
