/* metadata-options.c - MetadataOptions as parameters */
#include "launcher/action/metadata-options.h"

const struct param params_metadata_options[] = {
	PARAMS_METADATA_OPTIONS,
	{ 0 },
};
