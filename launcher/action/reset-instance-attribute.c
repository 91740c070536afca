/* reset-instance-attribute.c - one attribute as it was at first */
#include <string.h>

#include "launcher/action/action.h"
#include "launcher/instance/attribute.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *name = args_str(args, "Attribute", "");
	bool check = strcmp(name, "sourceDestCheck") == 0;
	enum attribute attribute = check ? ATTRIBUTE_SOURCE_DEST_CHECK :
				   strcmp(name, "kernel") == 0 ?
					   ATTRIBUTE_KERNEL :
					   ATTRIBUTE_RAMDISK;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !attribute_set(call, args_str(args, "InstanceId", ""), attribute,
			   check ? "true" : "", err) ||
	    !call_dry_run(call, err) || !tx_commit(&tx, err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_reset_instance_attribute = {
	.name = "ResetInstanceAttribute",
	.brief = "give an attribute its first value back",
	.about = "A stopped instance loses its kernel or ramdisk and boots "
		 "from its disk; sourceDestCheck becomes true.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		{ "Attribute", PARAM_STRING, PARAM_REQUIRED | PARAM_LOOSE,
		  "kernel|ramdisk|sourceDestCheck", "which" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami reset-instance-attribute --instance-id "
		   "i-0123456789abcdef0 --attribute sourceDestCheck",
	.run = run,
};
