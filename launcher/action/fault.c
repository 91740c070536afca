/* fault.c - EC2's codes in the words of other services
 *
 * The rooms below report what they find once, as EC2 calls it; a service with
 * codes of its own is a few rows here and no second set of checks.
 */
#include "launcher/action/fault.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *service;
	enum fault from;
	enum fault to;
} translations[] = {
	{ "ebs", FAULT_INVALID_PARAMETER, FAULT_EBS_PARAMETER },
	{ "ebs", FAULT_PARAMETER_COMBINATION, FAULT_EBS_PARAMETER },
	{ "ebs", FAULT_MISSING_PARAMETER, FAULT_EBS_PARAMETER },
	{ "ebs", FAULT_UNKNOWN_PARAMETER, FAULT_EBS_PARAMETER },
	{ "ebs", FAULT_MALFORMED_QUERY, FAULT_EBS_PARAMETER },
	{ "ebs", FAULT_TAG_LIMIT, FAULT_EBS_TAG },
	{ "ebs", FAULT_SNAPSHOT_MALFORMED, FAULT_EBS_SNAPSHOT_ID },
	{ "ebs", FAULT_SNAPSHOT_NOT_FOUND, FAULT_EBS_NOT_FOUND },
	{ "ebs", FAULT_AUTH_FAILURE, FAULT_EBS_DENIED },
	{ "ebs", FAULT_IDEMPOTENT_MISMATCH, FAULT_EBS_CONFLICT },
	{ "ebs", FAULT_UNAVAILABLE, FAULT_EBS_THROTTLED },
	{ "ebs", FAULT_VOLUME_IN_USE, FAULT_EBS_THROTTLED },
	{ "ebs", FAULT_VOLUME_CAPACITY, FAULT_EBS_FULL },
	{ "s3", FAULT_INVALID_PARAMETER, FAULT_S3_ARGUMENT },
	{ "s3", FAULT_MALFORMED_QUERY, FAULT_S3_ARGUMENT },
	{ "s3", FAULT_AUTH_FAILURE, FAULT_S3_ACCESS_KEY },
	{ "s3", FAULT_MISSING_TOKEN, FAULT_S3_DENIED },
	{ "s3", FAULT_INCOMPLETE_SIGNATURE, FAULT_S3_AUTHORIZATION },
	{ "s3", FAULT_REQUEST_EXPIRED, FAULT_S3_SKEWED },
	{ "sts", FAULT_AUTH_FAILURE, FAULT_CLIENT_TOKEN_ID },
	{ "sts", FAULT_INVALID_PARAMETER, FAULT_VALIDATION },
	{ "sts", FAULT_MISSING_PARAMETER, FAULT_VALIDATION },
	{ "iam", FAULT_AUTH_FAILURE, FAULT_CLIENT_TOKEN_ID },
	{ "iam", FAULT_INVALID_PARAMETER, FAULT_VALIDATION },
	{ "iam", FAULT_MISSING_PARAMETER, FAULT_VALIDATION },
	{ "json", FAULT_AUTH_FAILURE, FAULT_UNRECOGNIZED_CLIENT },
	{ "json", FAULT_SIGNATURE, FAULT_INVALID_SIGNATURE },
	{ "json", FAULT_INCOMPLETE_SIGNATURE, FAULT_INVALID_SIGNATURE },
	{ "json", FAULT_REQUEST_EXPIRED, FAULT_INVALID_SIGNATURE },
};

void fault_translate(const char *service, struct error *err)
{
	for (size_t i = 0; i < sizeof(translations) / sizeof(translations[0]);
	     i++)
		if (err->fault == translations[i].from &&
		    strcmp(service, translations[i].service) == 0) {
			err->fault = translations[i].to;
			return;
		}
}
