/* modify-instance-credit-specification.c - choose how credits are spent
 *
 * Each instance is its own affair: what cannot be changed is told in a list of
 * its own and hinders nobody else.
 */
#include <string.h>

#include "images/authorise.h"
#include "images/type.h"
#include "launcher/action/action.h"

static bool change(struct call *call, const char *id, const char *credits,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct instance_type *type;
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	type = instance_type_find(instance.type);
	if (!type || !type->burstable)
		return fail(err, FAULT_CREDITS,
			    "The type of the instance '%s' has no CPU credits",
			    id);
	if (strcmp(instance.state, "terminated") == 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is terminated", id);
	return instance_set_text(call->store->db, id, INSTANCE_CREDITS, credits,
				 err);
}

/* Whether an error is told of one instance, not of the call. */
static bool is_theirs(enum fault fault)
{
	return fault == FAULT_INSTANCE_NOT_FOUND || fault == FAULT_CREDITS ||
	       fault == FAULT_INSTANCE_STATE;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct node *done =
		node_list(reply->root, "SuccessfulInstanceCreditSpecifications",
			  "successfulInstanceCreditSpecificationSet");
	struct node *failed = node_list(
		reply->root, "UnsuccessfulInstanceCreditSpecifications",
		"unsuccessfulInstanceCreditSpecificationSet");
	const json_t *one;
	auto_tx tx = TX_INIT;
	size_t i;

	if (!tx_begin(&tx, call->store->db, err))
		return false;
	json_array_foreach(args_get(args, "InstanceCreditSpecifications"), i,
			   one) {
		const char *id = arg_str(one, "InstanceId", "");
		struct error theirs = { 0 };
		struct node *item, *node;

		if (change(call, id, arg_str(one, "CpuCredits", ""), &theirs)) {
			node_str(node_item(done), "InstanceId", "instanceId",
				 id);
			continue;
		}
		if (!is_theirs(theirs.fault)) {
			*err = theirs;
			return false;
		}
		item = node_item(failed);
		node_str(item, "InstanceId", "instanceId", id);
		node = node_struct(item, "Error", "error");
		node_str(node, "Code", "code", fault_code(theirs.fault));
		node_str(node, "Message", "message", theirs.text);
	}
	return call_dry_run(call, err) && tx_commit(&tx, err);
}

static const struct param params_one[] = {
	{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i", "the instance" },
	{ "CpuCredits", PARAM_STRING, PARAM_REQUIRED, "standard|unlimited",
	  "how they are spent" },
	{ 0 },
};

const struct action action_modify_instance_credit_specification = {
	.name = "ModifyInstanceCreditSpecification",
	.brief = "choose how CPU credits are spent",
	.about = "Notes for each instance whether it spends its credits by the "
		 "standard or without limit. What cannot be changed is told "
		 "beside what was.",
	.params = (const struct param[]) {
		{ "InstanceCreditSpecifications", PARAM_STRUCT,
		  PARAM_LIST | PARAM_REQUIRED, NULL,
		  "InstanceId=…,CpuCredits=standard or unlimited",
		  "InstanceCreditSpecification", params_one },
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_MALFORMED,
		FAULT_NONE },
	.example = "qami modify-instance-credit-specification "
		   "--instance-credit-specifications "
		   "InstanceId=i-0123456789abcdef0,CpuCredits=standard",
	.run = run,
};
