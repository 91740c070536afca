/* modify-network-interface-attribute.c - change one attribute of an interface
 *
 * The interface is its instance's, and so are its groups and its check: what
 * ModifyInstanceAttribute does to one is done here by its other name.
 */
#include "launcher/action/action.h"
#include "launcher/action/params-value.h"
#include "launcher/action/query.h"
#include "launcher/instance/attribute.h"
#include "launcher/instance/interface.h"
#include "launcher/instance/tell.h"

/* The interface goes with its instance, whatever is asked for. */
static bool check_attachment(const struct args *args, struct error *err)
{
	return arg_bool(args_get(args, "Attachment"), "DeleteOnTermination",
			true) ||
	       fail(err, FAULT_UNSUPPORTED,
		    "An instance's only interface cannot outlive it");
}

static bool set_plain(struct call *call, const struct args *args,
		      const struct interface *interface, struct error *err)
{
	const json_t *description = args_get(args, "Description");
	const json_t *check = args_get(args, "SourceDestCheck");

	if (description &&
	    !interface_describe(call->store->db, interface->id,
				arg_str(description, "Value", ""), err))
		return false;
	return !check ||
	       attribute_set(
		       call, interface->instance, ATTRIBUTE_SOURCE_DEST_CHECK,
		       arg_bool(check, "Value", false) ? "true" : "false", err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *groups, *const *changed = NULL;
	struct interface interface;
	size_t count, changed_count = 0;
	struct tell tell;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!args_texts(args_get(args, "Groups"), arena, &groups, &count,
			err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !authorise_interface(call, RIGHT_OWN,
				 args_str(args, "NetworkInterfaceId", ""),
				 arena, &interface, err))
		return false;
	if (args_has(args, "Description") + args_has(args, "SourceDestCheck") +
		    args_has(args, "Attachment") + (count > 0) !=
	    1)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "Fields for multiple attribute types specified, "
			    "or none");
	if (!check_attachment(args, err) ||
	    !set_plain(call, args, &interface, err) ||
	    (count &&
	     !interface_regroup(call, interface.instance, groups, count, arena,
				&changed, &changed_count, err)) ||
	    !call_dry_run(call, err) ||
	    !tell_begin(call, changed, changed_count, arena, &tell, err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	reply_return(reply);
	return true;
}

static const struct param params_attachment[] = {
	{ "AttachmentId", PARAM_ID, 0, "eni-attach", "accepted" },
	{ "DeleteOnTermination", PARAM_BOOLEAN, 0, NULL, "true" },
	{ 0 },
};

const struct action action_modify_network_interface_attribute = {
	.name = "ModifyNetworkInterfaceAttribute",
	.brief = "change an interface",
	.about = "Changes one attribute of an instance's network interface: "
		 "its security groups, of which a machine that runs is told "
		 "at once, its description, or its check of source and "
		 "destination.",
	.params = (const struct param[]) {
		{ "NetworkInterfaceId", PARAM_ID, PARAM_REQUIRED, "eni",
		  "the interface" },
		{ "Groups", PARAM_ID, PARAM_LIST, "sg",
		  "the security groups that it is in from now on",
		  "SecurityGroupId" },
		{ "Description", PARAM_STRUCT, 0, NULL, "Value=…", NULL,
		  params_value_text },
		{ "SourceDestCheck", PARAM_STRUCT, 0, NULL, "noted", NULL,
		  params_value_flag },
		{ "Attachment", PARAM_STRUCT, 0, NULL,
		  "DeleteOnTermination=true", NULL, params_attachment },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INTERFACE_NOT_FOUND, FAULT_GROUP_NOT_FOUND,
		FAULT_GROUPS_LIMIT, FAULT_PARAMETER_COMBINATION,
		FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami modify-network-interface-attribute "
		   "--network-interface-id eni-0123456789abcdef0 "
		   "--no-source-dest-check",
	.run = run,
};
