/* download-bundle.c - ec2-download-bundle: a bundle out of a bucket */
#include "bundle/tool/download-bundle.h"

#include <string.h>

#include "bundle/transfer.h"

const struct param tool_download_bundle_params[] = {
	{ "Bucket", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "where it is, and what its keys begin with", NULL, NULL, 'b',
	  "BUCKET[/PREFIX]" },
	{ "Manifest", PARAM_STRING, 0, NULL,
	  "the manifest's name; PREFIX.manifest.xml unless said", NULL, NULL,
	  'm', "NAME" },
	{ "Prefix", PARAM_STRING, 0, NULL,
	  "what the bundle is called; image unless said", NULL, NULL, 'p' },
	{ "Directory", PARAM_FILE, 0, NULL,
	  "where to put it; the current one unless said", NULL, NULL, 'd',
	  "DIR" },
	{ "Privatekey", PARAM_FILE, 0, NULL,
	  "ignored: manifests are not encrypted", NULL, NULL, 'k' },
	TOOL_PARAM_SERVER,
	TOOL_PARAM_BATCH,
	{ 0 },
};

const enum fault tool_download_bundle_faults[] = {
	FAULT_BUCKET_NOT_FOUND, FAULT_KEY_NOT_FOUND, FAULT_INVALID_MANIFEST,
	FAULT_VOLUME_CAPACITY,	FAULT_AUTH_FAILURE,  FAULT_UNAVAILABLE,
	FAULT_NONE
};

bool tool_download_bundle(const struct tool_args *args,
			  const struct tool_host *host, struct buf *ret_out,
			  struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *manifest = tool_text(args, "Manifest");
	const char *prefix = tool_text(args, "Prefix");
	const char *directory = tool_text(args, "Directory");
	auto_tool_place place = { 0 };
	struct transfer transfer = {
		.cancel = tool_cancel(),
		.progress = host->progress,
		.watch_data = host->watch_data,
	};

	if (!arena)
		return fail_memory(err);
	if (!directory)
		directory = ".";
	if (manifest && prefix)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "--manifest and --prefix exclude each other");
	if (!manifest)
		manifest = arena_format(arena, "%s.manifest.xml",
					prefix ? prefix : "image");
	if (!manifest)
		return fail_memory(err);
	if (!tool_place_open(args, host, false, arena, &place, err))
		return false;
	transfer.bucket = place.bucket;
	transfer.prefix = place.prefix;
	if (!bundle_download(&transfer, manifest, directory, err))
		return false;
	buf_printf(ret_out, "%s/%s\n", directory, manifest);
	return true;
}
