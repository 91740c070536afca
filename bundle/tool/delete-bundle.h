/* delete-bundle.h - ec2-delete-bundle: a bundle leaves its bucket */
#ifndef QAMI_BUNDLE_TOOL_DELETE_BUNDLE_H
#define QAMI_BUNDLE_TOOL_DELETE_BUNDLE_H

#include "bundle/tool/tool.h"

extern const struct param tool_delete_bundle_params[];
extern const enum fault tool_delete_bundle_faults[];
tool_run tool_delete_bundle;

/* The row, for the table of any program. */
#define TOOL_DELETE_BUNDLE                                                     \
	.name = "ec2-delete-bundle",                                           \
	.brief = "remove a bundle from a bucket",                              \
	.about = "Removes a bundle's manifest, then its parts: those that the "\
		 "manifest names, or, with --prefix, whatever is called so, "  \
		 "as an upload leaves it that was cut short. An image that "   \
		 "was registered from it can no longer be launched: "          \
		 "deregister it first. At a terminal one is asked before.",    \
	.params = tool_delete_bundle_params,                                   \
	.faults = tool_delete_bundle_faults,                                   \
	.example = "ec2-delete-bundle -b my-bucket -p image"

#endif
