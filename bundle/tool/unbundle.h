/* unbundle.h - ec2-unbundle: a bundle becomes a disk again */
#ifndef QAMI_BUNDLE_TOOL_UNBUNDLE_H
#define QAMI_BUNDLE_TOOL_UNBUNDLE_H

#include "bundle/tool/tool.h"

extern const struct param tool_unbundle_params[];
extern const enum fault tool_unbundle_faults[];
tool_run tool_unbundle;

/* The row, for the table of any program. */
#define TOOL_UNBUNDLE                                                          \
	.name = "ec2-unbundle",                                                \
	.brief = "make a disk image of a bundle",                              \
	.about = "Puts a bundle's parts together again, checking every digest "\
		 "on the way: the disk gets its name when all of it was "      \
		 "right, and then only. Prints its path. With --cert the "     \
		 "manifest must be signed by whom the certificate is; without "\
		 "it, the digests say that nothing was lost, not who made it. "\
		 "Where no private key is given, qami tries the account's and "\
		 "the store's own.",                                           \
	.params = tool_unbundle_params,                                        \
	.faults = tool_unbundle_faults,                                        \
	.example = "ec2-unbundle -m image.manifest.xml -k private-key.pem -d /srv"

#endif
