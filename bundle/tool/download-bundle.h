/* download-bundle.h - ec2-download-bundle: a bundle out of a bucket */
#ifndef QAMI_BUNDLE_TOOL_DOWNLOAD_BUNDLE_H
#define QAMI_BUNDLE_TOOL_DOWNLOAD_BUNDLE_H

#include "bundle/tool/tool.h"

extern const struct param tool_download_bundle_params[];
extern const enum fault tool_download_bundle_faults[];
tool_run tool_download_bundle;

/* The row, for the table of any program. */
#define TOOL_DOWNLOAD_BUNDLE                                                   \
	.name = "ec2-download-bundle",                                         \
	.brief = "get a bundle out of a bucket",                               \
	.about = "Fetches a manifest and the parts that it names into a "      \
		 "directory, where ec2-unbundle makes a disk of them. Prints " \
		 "the manifest's path. The digest of each part is checked; "   \
		 "what is there already is not fetched again.",                \
	.params = tool_download_bundle_params,                                 \
	.faults = tool_download_bundle_faults,                                 \
	.example = "ec2-download-bundle -b my-bucket -m image.manifest.xml "   \
		   "-d /tmp"

#endif
