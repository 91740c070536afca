/* upload-bundle.c - ec2-upload-bundle: a bundle goes into a bucket */
#include "bundle/tool/upload-bundle.h"

#include <string.h>

#include "bundle/transfer.h"

const struct param tool_upload_bundle_params[] = {
	{ "Bucket", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "where to, and what keys begin with", NULL, NULL, 'b',
	  "BUCKET[/PREFIX]" },
	{ "Manifest", PARAM_FILE, PARAM_REQUIRED, NULL, "the bundle's manifest",
	  NULL, NULL, 'm' },
	TOOL_PARAM_SERVER,
	{ "Acl", PARAM_STRING, 0,
	  "aws-exec-read|public-read|ec2-bundle-read|private",
	  "who may read it on the server; aws-exec-read unless said" },
	{ "Directory", PARAM_FILE, 0, NULL,
	  "where the parts are; beside the manifest unless said", NULL, NULL,
	  'd', "DIR" },
	{ "Part", PARAM_INTEGER, 0, NULL, "begin with this part" },
	{ "Skipmanifest", PARAM_BOOLEAN, 0, NULL, "upload the parts only" },
	{ "Location", PARAM_STRING, 0, NULL, "the same as --region" },
	TOOL_PARAM_BATCH,
	{ 0 },
};

const enum fault tool_upload_bundle_faults[] = {
	FAULT_INVALID_MANIFEST, FAULT_BUCKET_NOT_FOUND, FAULT_BUCKET_EXISTS,
	FAULT_AUTH_FAILURE,	FAULT_VOLUME_CAPACITY,	FAULT_UNAVAILABLE,
	FAULT_NONE
};

bool tool_upload_bundle(const struct tool_args *args,
			const struct tool_host *host, struct buf *ret_out,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *manifest = tool_text(args, "Manifest");
	const char *name = strrchr(manifest, '/');
	auto_tool_place place = { 0 };
	struct transfer transfer = {
		.acl = tool_text(args, "Acl"),
		.directory = tool_text(args, "Directory"),
		.no_manifest = tool_flag(args, "Skipmanifest", false),
		.cancel = tool_cancel(),
		.progress = host->progress,
		.watch_data = host->watch_data,
	};
	uint64_t part = 0;

	if (!arena)
		return fail_memory(err);
	if (!tool_number(args, "Part", &part, err) ||
	    !tool_place_open(args, host, true, arena, &place, err))
		return false;
	transfer.bucket = place.bucket;
	transfer.prefix = place.prefix;
	transfer.first_part = (size_t)part;
	if (!bundle_upload(&transfer, manifest, err))
		return false;
	buf_printf(ret_out, "%s/%s%s%s\n", place.name, place.prefix,
		   *place.prefix ? "/" : "", name ? name + 1 : manifest);
	return true;
}
