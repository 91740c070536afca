/* metadata-options.c - MetadataOptions as parameters */
#include "launcher/action/metadata-options.h"

const struct param params_metadata_options[] = {
	PARAMS_METADATA_OPTIONS,
	{ 0 },
};

struct metadata_options args_metadata_options(const json_t *object)
{
	const char *hop_limit = "HttpPutResponseHopLimit";

	return (struct metadata_options){
		.tokens = arg_str(object, "HttpTokens", NULL),
		.endpoint = arg_str(object, "HttpEndpoint", NULL),
		.ipv6 = arg_str(object, "HttpProtocolIpv6", NULL),
		.tags = arg_str(object, "InstanceMetadataTags", NULL),
		.hop_limit = arg_int(object, hop_limit, 0),
		.hop_limit_given = json_object_get(object, hop_limit),
	};
}
