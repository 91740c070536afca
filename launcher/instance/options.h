/* options.h - what an instance's metadata service does, and may be asked
 *
 * The service reads the row at each request, so that a change is in force when
 * it is answered. An instance without the service, one with a seed disk or on
 * a network that has none, says "disabled", whatever was asked for.
 */
#ifndef QAMI_INSTANCE_OPTIONS_H
#define QAMI_INSTANCE_OPTIONS_H

#include "images/authorise.h"

/* What MetadataOptions says; NULL and 0 where nothing was said. */
struct metadata_options {
	const char *tokens;   /* "optional" or "required" */
	const char *endpoint; /* "enabled" or "disabled" */
	const char *ipv6;     /* "disabled"; there is no other */
	const char *tags;     /* "enabled" or "disabled" */
	int64_t hop_limit;
	bool hop_limit_given;
};

/* The hop limit is 1 to 64 (FAULT_INVALID_PARAMETER), and the service has no
 * IPv6 address (FAULT_UNSUPPORTED). */
bool options_check(const struct metadata_options *options, struct error *err)
	must_check;

/* The options of a launch, in the instance's row: what was not said is as
 * EC2's default, which the image's ImdsSupport changes. */
void options_launch(const struct metadata_options *options,
		    const char *imds_support, struct instance *ret_instance);

/* Changes those that are named. FAULT_INSTANCE_NOT_FOUND, those of
 * options_check(), FAULT_PARAMETER_COMBINATION (none is named),
 * FAULT_INSTANCE_STATE (it is terminated), FAULT_UNSUPPORTED (the endpoint of
 * an instance that has no service is to be enabled). */
bool options_modify(struct call *call, const char *id,
		    const struct metadata_options *options, struct error *err)
	must_check;

#endif
