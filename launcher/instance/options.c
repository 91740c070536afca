/* options.c - what an instance's metadata service does, and may be asked */
#include "launcher/instance/options.h"

#include <string.h>

#define HOP_LIMIT_MOST 64
#define HOP_LIMIT 1
#define HOP_LIMIT_V2 2 /* of images that say ImdsSupport=v2.0 */

bool options_check(const struct metadata_options *options, struct error *err)
{
	if (options->hop_limit_given &&
	    (options->hop_limit < 1 || options->hop_limit > HOP_LIMIT_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A value of '%lld' is not valid for "
			    "HttpPutResponseHopLimit. Specify a value between "
			    "1 and %d.",
			    (long long)options->hop_limit, HOP_LIMIT_MOST);
	if (options->ipv6 && strcmp(options->ipv6, "disabled") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The metadata service has no IPv6 endpoint: "
			    "HttpProtocolIpv6 can only be 'disabled'.");
	return true;
}

/* Puts what was said over what is there. */
static void apply(const struct metadata_options *options,
		  struct instance *instance)
{
	if (options->tokens)
		instance->http_tokens = options->tokens;
	if (options->endpoint)
		instance->http_endpoint =
			strcmp(options->endpoint, "enabled") == 0;
	if (options->tags)
		instance->metadata_tags = strcmp(options->tags, "enabled") == 0;
	if (options->hop_limit_given)
		instance->hop_limit = options->hop_limit;
}

void options_launch(const struct metadata_options *options,
		    const char *imds_support, struct instance *ret_instance)
{
	bool v2 = imds_support && strcmp(imds_support, "v2.0") == 0;

	ret_instance->http_endpoint = true;
	ret_instance->http_tokens = v2 ? "required" : "optional";
	ret_instance->hop_limit = v2 ? HOP_LIMIT_V2 : HOP_LIMIT;
	ret_instance->metadata_tags = false;
	apply(options, ret_instance);
}

static bool check_modify(const struct instance *instance,
			 const struct metadata_options *options,
			 struct error *err)
{
	if (!options->tokens && !options->endpoint && !options->ipv6 &&
	    !options->tags && !options->hop_limit_given)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The request must contain at least one option to "
			    "modify");
	if (strcmp(instance->state, "terminated") == 0 ||
	    strcmp(instance->state, "shutting-down") == 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is in state '%s': its metadata "
			    "options cannot be modified.",
			    instance->id, instance->state);
	if (options->endpoint && strcmp(options->endpoint, "enabled") == 0 &&
	    !instance_has_service(instance))
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance '%s' has no metadata service: its "
			    "user data comes on a seed disk.",
			    instance->id);
	return true;
}

bool options_modify(struct call *call, const char *id,
		    const struct metadata_options *options, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!options_check(options, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !authorise_instance(call, RIGHT_OWN, id, arena, &instance, err) ||
	    !check_modify(&instance, options, err) || !call_dry_run(call, err))
		return false;
	apply(options, &instance);
	return instance_set_options(call->store->db, &instance, err) &&
	       tx_commit(&tx, err);
}
