/* scan-image.c - what is in an image that should not be in one for all */
#include "images/scan.h"
#include "launcher/action/action.h"
#include "launcher/cli/findings.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;
	struct scan scan;

	if (!arena)
		return fail_memory(err);
	if (!authorise_image(call, RIGHT_SEE, args_str(args, "Image", ""),
			     arena, &image, err) ||
	    !scan_image(call, &image, arena, &scan, err))
		return false;
	reply_findings(&scan, reply);
	return true;
}

const struct action verb_scan_image = {
	.name = "scan-image",
	.brief = "look for secrets in an image",
	.about = "Looks through every file system on the image's disks, "
		 "read-only and by libguestfs, which must be installed, for "
		 "private keys, authorized keys, hosts' keys, password hashes, "
		 "histories of shells and clouds' credentials, and lists where "
		 "they are; control characters of a path are written as \\xNN. "
		 "What packages bring along is looked into where its name is a "
		 "key's, and of a file its first 64 KiB. 'unread:WHY' is what "
		 "could not be looked into: encrypted or damaged file systems, "
		 "swap. Exits with 1 when anything is listed. What was found "
		 "is remembered.",
	.params = (const struct param[]) {
		{ "Image", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "ami",
		  "image: id, name or beginning of an id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_NONE },
	.example = "qami scan-image debian12 --output json",
	.local = true,
	.run = run,
};
