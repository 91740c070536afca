/* reset-network-interface-attribute.c - an interface's check is on again */
#include "launcher/action/action.h"
#include "launcher/instance/attribute.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct interface interface;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !authorise_interface(call, RIGHT_OWN,
				 args_str(args, "NetworkInterfaceId", ""),
				 arena, &interface, err) ||
	    !attribute_set(call, interface.instance,
			   ATTRIBUTE_SOURCE_DEST_CHECK, "true", err) ||
	    !call_dry_run(call, err) || !tx_commit(&tx, err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_reset_network_interface_attribute = {
	.name = "ResetNetworkInterfaceAttribute",
	.brief = "check source and destination again",
	.about = "The interface's check of source and destination is true, as "
		 "it was at first.",
	.params = (const struct param[]) {
		{ "NetworkInterfaceId", PARAM_ID, PARAM_REQUIRED, "eni",
		  "the interface" },
		{ "SourceDestCheck", PARAM_STRING, 0, NULL,
		  "accepted: it is the one that can be reset" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INTERFACE_NOT_FOUND,
		FAULT_NONE },
	.example = "qami reset-network-interface-attribute "
		   "--network-interface-id eni-0123456789abcdef0",
	.run = run,
};
