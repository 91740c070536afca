/* bundle-vol.c - ec2-bundle-vol: the running system becomes a bundle */
#include "bundle/tool/bundle-vol.h"

#include <string.h>

#include "bundle/tool/inherit.h"
#include "bundle/volume.h"

#define MIB ((uint64_t)1 << 20)
#define SIZE_MOST ((uint64_t)64 << 20) /* MiB; EC2's largest disk */

const struct param tool_bundle_vol_params[] = {
	TOOL_PARAM_KEYS,
	TOOL_PARAM_BUNDLE,
	{ "Size", PARAM_INTEGER, 0, NULL, "of the disk, in MiB; 10240 unless "
	  "said", NULL, NULL, 's', "MIB" },
	{ "Volume", PARAM_FILE, 0, NULL, "where the system is mounted; /",
	  NULL, NULL, 'v', "DIR" },
	{ "All", PARAM_BOOLEAN, 0, NULL,
	  "file systems mounted below it, too", NULL, NULL, 'a' },
	{ "Exclude", PARAM_STRING, PARAM_LIST, NULL,
	  "leave out: paths and patterns, with commas between", NULL, NULL,
	  'e', "PATH,..." },
	{ "Include", PARAM_STRING, PARAM_LIST, NULL,
	  "keep what else were left out", NULL, NULL, 'i', "PATH,..." },
	{ "Filter", PARAM_BOOLEAN, PARAM_UNLESS, NULL,
	  "leave secrets and rubbish out, or keep them" },
	{ "Fstab", PARAM_FILE, 0, NULL, "the new system's /etc/fstab" },
	{ "GenerateFstab", PARAM_BOOLEAN, 0, NULL, "make it a new one" },
	{ "Partition", PARAM_STRING, 0, "auto|mbr|gpt|none",
	  "the disk's partition table; as it is now unless said", NULL, NULL,
	  'P' },
	{ "Script", PARAM_FILE, 0, NULL,
	  "run this with the copy's mount point, before it is packed", NULL,
	  NULL, 'S' },
	{ "CloneOnly", PARAM_BOOLEAN, 0, NULL,
	  "make the disk, PREFIX in DIR, and no bundle" },
	{ "Inherit", PARAM_BOOLEAN, PARAM_UNLESS, NULL,
	  "take kernel, ramdisk, mapping, product codes and ancestors from "
	  "the instance's metadata" },
	{ "Instance", PARAM_STRING, 0, NULL,
	  "bundle this instance's root instead, from outside: qami only",
	  NULL, NULL, 0, "ID" },
	TOOL_PARAM_BATCH,
	{ 0 },
};

const enum fault tool_bundle_vol_faults[] = {
	FAULT_UNAUTHORIZED,	     FAULT_UNSUPPORTED,
	FAULT_HOST,		     FAULT_INSTANCE_NOT_FOUND,
	FAULT_BLOCK_DEVICE_MAPPING,  FAULT_INVALID_USER_ID,
	FAULT_PARAMETER_COMBINATION, FAULT_VOLUME_CAPACITY,
	FAULT_NONE
};

/* What is read of the running system only. */
static bool check_outside(const struct tool_args *args, struct error *err)
{
	static const char *const inside[] = { "Volume", "All", "Script",
					      "CloneOnly" };
	char name[NAME_SIZE];

	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		if (!tool_text(args, inside[i]))
			continue;
		name_to_kebab(inside[i], name);
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "--%s is for the system that one is in: it does "
			    "not go with --instance",
			    name);
	}
	return true;
}

static bool read_volume(const struct tool_args *args,
			const struct tool_host *host, struct arena *arena,
			struct volume *ret_volume, struct error *err)
{
	const char *table = tool_text(args, "Partition");
	uint64_t size = VOLUME_SIZE_DEFAULT / MIB;
	struct volume volume = {
		.path = tool_text(args, "Volume"),
		.filter.no_filter = !tool_flag(args, "Filter", true),
		.all = tool_flag(args, "All", false),
		.fstab = tool_text(args, "Fstab"),
		.generate_fstab = tool_flag(args, "GenerateFstab", false),
		.script = tool_text(args, "Script"),
		.stage = host->stage,
		.stage_data = host->watch_data,
	};

	if (!tool_number(args, "Size", &size, err) ||
	    !tool_list(tool_text(args, "Include"), arena,
		       &volume.filter.includes, &volume.filter.include_count,
		       err) ||
	    !tool_list(tool_text(args, "Exclude"), arena,
		       &volume.filter.excludes, &volume.filter.exclude_count,
		       err))
		return false;
	if (size < 1 || size > SIZE_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "--size is in MiB, from 1 to %llu",
			    (unsigned long long)SIZE_MOST);
	volume.size = size * MIB;
	if (volume.fstab && volume.generate_fstab)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "--fstab and --generate-fstab exclude each other");
	if (table && !layout_kind_parse(table, &volume.table))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "--partition is one of auto, mbr, gpt and none");
	*ret_volume = volume;
	return true;
}

static bool clone_only(const struct volume *volume,
		       const struct tool_bundle *bundle, struct arena *arena,
		       struct buf *ret_out, struct error *err)
{
	const char *path = arena_format(arena, "%s/%s", bundle->directory,
					bundle->about.name);
	auto_close int fd = -1;

	if (!path)
		return fail_memory(err);
	if (!volume_clone(volume, &fd, err) || !volume_keep(fd, path, err))
		return false;
	buf_printf(ret_out, "%s\n", path);
	return true;
}

bool tool_bundle_vol(const struct tool_args *args, const struct tool_host *host,
		     struct buf *ret_out, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *instance = tool_text(args, "Instance");
	auto_tool_bundle bundle = { 0 };
	struct volume volume;
	bool done;

	if (!arena)
		return fail_memory(err);
	if (instance && !host->instance)
		return fail(err, FAULT_UNSUPPORTED,
			    "--instance is for where the instances are: use "
			    "qami's ec2-bundle-vol there");
	if ((instance && !check_outside(args, err)) ||
	    !read_volume(args, host, arena, &volume, err) ||
	    !tool_bundle_make(args, host, "image", NULL, arena, &bundle, err))
		return false;
	volume.directory = bundle.directory;
	if (tool_flag(args, "CloneOnly", false))
		return clone_only(&volume, &bundle, arena, ret_out, err);
	if (instance)
		done = host->instance(host->data, instance, &volume,
				      &bundle.pack, err);
	else
		done = tool_inherit(args, arena, &bundle.about, err) &&
		       volume_bundle(&volume, &bundle.pack, err);
	if (done)
		tool_bundle_tell(&bundle, ret_out);
	return done;
}
