/* price-list.c - what storage costs here */
#include "images/price.h"
#include "images/store.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct node *list = node_list(reply->root, "Prices", NULL);
	micros_t prices[PRICE_COUNT];
	bool own[PRICE_COUNT];

	(void)args;
	if (!prices_get(call->store->db, prices, own, err))
		return false;
	for (enum price which = 0; which < PRICE_COUNT; which++) {
		const struct price_row *row = &price_table[which];
		struct node *item = node_item(list);
		char amount[MONEY_SIZE];

		money_format(prices[which], amount);
		node_str(item, "Price", NULL, row->name);
		node_str(item, "Dollars", NULL, amount);
		node_str(item, "Unit", NULL, row->unit);
		node_str(item, "From", NULL,
			 own[which] ? "set here" : "AWS, " PRICE_REGION);
		node_str(item, "For", NULL, row->brief);
	}
	return true;
}

const struct action verb_price_list = {
	.name = "price list",
	.brief = "show the prices that costs are counted at",
	.about = "Lists the store's prices in dollars, each with its unit: "
		 "those that AWS lists for us-east-1, unless another one was "
		 "set. A month has 730 hours, a GiB is what AWS's price lists "
		 "call a GB.",
	.example = "qami price list",
	.local = true,
	.travels = true,
	.run = run,
};
