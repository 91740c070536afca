/* metadata-options.h - MetadataOptions as parameters */
#ifndef QAMI_ACTION_METADATA_OPTIONS_H
#define QAMI_ACTION_METADATA_OPTIONS_H

#include "launcher/action/action.h"
#include "launcher/instance/launchparams.h"

/* Its members, also for a row that has them as parameters of its own. */
#define PARAMS_METADATA_OPTIONS                                                \
	{ "HttpTokens", PARAM_STRING, 0, "optional|required",                  \
	  "whether a request needs a session token (IMDSv2)" },                \
	{ "HttpPutResponseHopLimit", PARAM_INTEGER, 0, NULL,                   \
	  "how far a token may travel, 1 to 64" },                             \
	{ "HttpEndpoint", PARAM_STRING, 0, "enabled|disabled",                 \
	  "whether the service answers" },                                     \
	{ "HttpProtocolIpv6", PARAM_STRING, 0, "disabled|enabled",             \
	  "disabled; there is no IPv6 endpoint" },                             \
	{ "InstanceMetadataTags", PARAM_STRING, 0, "disabled|enabled",         \
	  "whether the instance's tags are metadata" }
extern const struct param params_metadata_options[];

#endif
