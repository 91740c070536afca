/* bundle-image.c - ec2-bundle-image: a disk becomes a bundle */
#include "bundle/tool/bundle-image.h"

#include <string.h>

const struct param tool_bundle_image_params[] = {
	{ "Image", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "the disk: a file, snap-…, vol-… or i-…", NULL, NULL, 'i', "IMAGE" },
	TOOL_PARAM_KEYS,
	TOOL_PARAM_BUNDLE,
	{ "NoSizeChecks", PARAM_BOOLEAN, 0, NULL,
	  "ignored: an image may have any size" },
	TOOL_PARAM_BATCH,
	{ 0 },
};

const enum fault tool_bundle_image_faults[] = {
	FAULT_IMPORT_FORMAT,	     FAULT_SNAPSHOT_NOT_FOUND,
	FAULT_VOLUME_NOT_FOUND,	     FAULT_INSTANCE_NOT_FOUND,
	FAULT_BLOCK_DEVICE_MAPPING,  FAULT_INVALID_USER_ID,
	FAULT_PARAMETER_COMBINATION, FAULT_VOLUME_CAPACITY,
	FAULT_NONE
};

/* "disk.raw" of "/some/disk.raw" */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_true(const struct tool_args *args, const char *name)
{
	const char *text = tool_text(args, name);

	return text && strcmp(text, "true") == 0;
}

static bool pack(const struct tool_args *args, const struct tool_host *host,
		 struct source *source, const char *architecture,
		 struct buf *ret_out, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_tool_bundle bundle = { 0 };

	if (!arena)
		return fail_memory(err);
	if (source->size == 0)
		return fail(err, FAULT_IMPORT_FORMAT, "the image is empty");
	if (!tool_bundle_make(args, host, base_name(tool_text(args, "Image")),
			      architecture, arena, &bundle, err))
		return false;
	bundle.pack.source = source;
	if (!pack_directory(&bundle.pack, bundle.directory, err))
		return false;
	tool_bundle_tell(&bundle, ret_out);
	return true;
}

bool tool_bundle_image(const struct tool_args *args,
		       const struct tool_host *host, struct buf *ret_out,
		       struct error *err)
{
	bool raw = is_true(args, "Kernel") || is_true(args, "Ramdisk");
	struct error closing = { FAULT_NONE };
	const char *architecture = NULL;
	struct source *source = NULL;
	bool done;

	done = host->disk_open(host->data, tool_text(args, "Image"), raw,
			       &source, &architecture, err) &&
	       pack(args, host, source, architecture, ret_out, err);
	if (host->disk_close(host->data, &closing) || !done)
		return done;
	*err = closing;
	return false;
}
