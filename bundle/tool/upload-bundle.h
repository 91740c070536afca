/* upload-bundle.h - ec2-upload-bundle: a bundle goes into a bucket */
#ifndef QAMI_BUNDLE_TOOL_UPLOAD_BUNDLE_H
#define QAMI_BUNDLE_TOOL_UPLOAD_BUNDLE_H

#include "bundle/tool/tool.h"

extern const struct param tool_upload_bundle_params[];
extern const enum fault tool_upload_bundle_faults[];
tool_run tool_upload_bundle;

/* The row, for the table of any program. */
#define TOOL_UPLOAD_BUNDLE                                                     \
	.name = "ec2-upload-bundle",                                           \
	.brief = "put a bundle into a bucket",                                 \
	.about = "Uploads a bundle's parts, and its manifest when all of them "\
		 "are there. Prints what ec2-register is to be given. What "   \
		 "is in the bucket already is not sent again, so that an "     \
		 "upload which was cut short is finished by the same command. "\
		 "qami keeps buckets of its own; s3:// or --url means an S3 "  \
		 "server, which is the only place from inside a guest. Keys "  \
		 "of a server are better not given as options, where other "   \
		 "users may see them, but in the environment.",                \
	.params = tool_upload_bundle_params,                                   \
	.faults = tool_upload_bundle_faults,                                   \
	.example = "ec2-upload-bundle -b my-bucket -m image.manifest.xml"

#endif
