/* launching.c - what an instance will be, as parameters */
#include "launcher/action/launching.h"

const struct param params_placement[] = {
	{ "AvailabilityZone", PARAM_STRING, 0, NULL, "the one there is" },
	{ "Tenancy", PARAM_STRING, 0, "default", "default" },
	{ 0 },
};

const struct param params_monitoring[] = {
	{ "Enabled", PARAM_BOOLEAN, PARAM_REQUIRED, NULL, "noted" },
	{ 0 },
};

const struct param params_credit[] = {
	{ "CpuCredits", PARAM_STRING, PARAM_REQUIRED, "standard|unlimited",
	  "noted" },
	{ 0 },
};

const struct param params_profile[] = {
	{ "Arn", PARAM_STRING, 0, NULL, "by its ARN" },
	{ "Name", PARAM_STRING, 0, NULL, "or its name" },
	{ 0 },
};

const struct param params_hibernation[] = {
	{ "Configured", PARAM_BOOLEAN, 0, NULL, "must be false" },
	{ 0 },
};

const struct param params_enclave[] = {
	{ "Enabled", PARAM_BOOLEAN, 0, NULL, "must be false" },
	{ 0 },
};

const struct param params_template_choice[] = {
	{ "LaunchTemplateId", PARAM_ID, 0, "lt", "by its id" },
	{ "LaunchTemplateName", PARAM_STRING, 0, NULL, "or its name" },
	{ "Version", PARAM_STRING, 0, NULL,
	  "a number, $Latest or $Default; if not given the default" },
	{ 0 },
};

const struct param params_template_data[] = {
	PARAMS_LAUNCH,
	{ "RamDiskId", PARAM_ID, 0, "ari", "with this ramdisk" },
	{ "UserData", PARAM_BLOB, PARAM_SECRET, NULL,
	  "what the guest runs or reads at its first boot, in base64" },
	PARAMS_TAG_SPECIFICATIONS,
	{ 0 },
};
