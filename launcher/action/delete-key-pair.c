/* delete-key-pair.c - a key pair goes; instances keep its key
 *
 * A name that no pair has is EC2's success, so that deleting twice is no
 * error; an id that no pair has is one.
 */
#include "images/keypair.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "KeyPairId", NULL);
	const char *name = args_str(args, "KeyName", NULL);
	const char *removed;

	if (!arena)
		return fail_memory(err);
	if (!id && !name)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter KeyName "
			    "or KeyPairId");
	if (id && name)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter KeyName cannot be used with the "
			    "parameter KeyPairId");
	if (!keypair_remove(call, id, name, arena, &removed, err))
		return false;
	reply_return(reply);
	node_str(reply->root, NULL, "keyPairId", removed);
	return true;
}

const struct action action_delete_key_pair = {
	.name = "DeleteKeyPair",
	.brief = "delete a key pair",
	.about = "Forgets a public key. Instances that were launched with it "
		 "keep it. A name that there is not is no error.",
	.params = (const struct param[]) {
		{ "KeyName", PARAM_STRING, 0, NULL, "the pair's name" },
		{ "KeyPairId", PARAM_ID, 0, "key", "or its id" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KEY_PAIR_NOT_FOUND,
		FAULT_PARAMETER_COMBINATION, FAULT_NONE },
	.example = "qami delete-key-pair --key-name web",
	.run = run,
};
