/* bundle-image.h - ec2-bundle-image: a disk becomes a bundle */
#ifndef QAMI_BUNDLE_TOOL_BUNDLE_IMAGE_H
#define QAMI_BUNDLE_TOOL_BUNDLE_IMAGE_H

#include "bundle/tool/tool.h"

extern const struct param tool_bundle_image_params[];
extern const enum fault tool_bundle_image_faults[];
tool_run tool_bundle_image;

/* The row, for the table of any program. */
#define TOOL_BUNDLE_IMAGE                                                      \
	.name = "ec2-bundle-image",                                            \
	.brief = "bundle a disk image",                                        \
	.about = "Packs a disk into a bundle: encrypted parts, and a manifest "\
		 "that says how to put them together. Prints the manifest's "  \
		 "path. The disk is a raw file; qami also takes a qcow2 file, "\
		 "a snapshot, a volume or an instance, running or not, of "    \
		 "which it takes a snapshot first. A kernel or ramdisk is "    \
		 "bundled by --kernel true or --ramdisk true. Where no key is "\
		 "given, qami uses a pair that it keeps for the account.",     \
	.params = tool_bundle_image_params,                                    \
	.faults = tool_bundle_image_faults,                                    \
	.example = "ec2-bundle-image -i disk.raw -k private-key.pem -c "       \
		   "cert.pem -u 123456789012"

#endif
