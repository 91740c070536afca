/* bundle-vol.h - ec2-bundle-vol: the running system becomes a bundle */
#ifndef QAMI_BUNDLE_TOOL_BUNDLE_VOL_H
#define QAMI_BUNDLE_TOOL_BUNDLE_VOL_H

#include "bundle/tool/tool.h"

extern const struct param tool_bundle_vol_params[];
extern const enum fault tool_bundle_vol_faults[];
tool_run tool_bundle_vol;

/* The row, for the table of any program. */
#define TOOL_BUNDLE_VOL                                                        \
	.name = "ec2-bundle-vol",                                              \
	.brief = "bundle the running system",                                  \
	.about = "Copies the system that it runs on to a disk of its own, "    \
		 "without secrets and what is only of use here, and packs "    \
		 "that into a bundle. Prints the manifest's path. Left out "   \
		 "are what --exclude names, mounted file systems (see --all), "\
		 "and, unless there is --no-filter, private keys, shell "      \
		 "histories, authorized_keys and what editors leave behind; "  \
		 "--include wins over all of that. Outside of guests, qami "   \
		 "does the same to an instance by --instance.",                \
	.params = tool_bundle_vol_params,                                      \
	.faults = tool_bundle_vol_faults,                                      \
	.example = "ec2-bundle-vol -k private-key.pem -c cert.pem -u "         \
		   "123456789012 -d /mnt"

#endif
