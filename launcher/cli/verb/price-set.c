/* price-set.c - a price of one's own */
#include "images/price.h"
#include "images/store.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return price_set(call->store->db, args_str(args, "Name", ""),
			 args_str(args, "Dollars", ""), err);
}

const struct action verb_price_set = {
	.name = "price set",
	.brief = "set a price that costs are counted at",
	.about = "Sets one of the prices of `qami price list` for all accounts "
		 "of the store: another region's, or what one's own disks "
		 "cost.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "which price: snapshot.standard, …" },
		{ "Dollars", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED,
		  NULL, "dollars a unit, with six decimals at most; 'default' "
			"for AWS's" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami price set gp3.storage 0.0952",
	.local = true,
	.run = run,
};
