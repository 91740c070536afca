/* price.c - what a volume costs, by hand, and prices of one's own */
#include "images/price.h"

#include "images/limits.h"
#include "tests/images/testing.h"

static micros_t prices[PRICE_COUNT];

/* In millionths: what AWS's list says of a volume in us-east-1. */
static const struct {
	const char *type;
	int64_t size, iops, throughput;
	micros_t monthly;
	size_t items;
} cases[] = {
	{ "gp2", 100, 300, 0, 10000000, 1 },
	{ "gp3", 8, 3000, 125, 640000, 1 },
	{ "gp3", 8, 3001, 125, 640000 + 5000, 2 },
	{ "gp3", 8, 3000, 126, 640000 + 40000, 2 },
	{ "gp3", 1000, 10000, 500, 80000000 + 35000000 + 15000000, 3 },
	{ "io1", 100, 1000, 0, 12500000 + 65000000, 2 },
	{ "io2", 100, 32000, 0, 12500000LL + 32000 * 65000LL, 2 },
	{ "io2", 100, 32001, 0, 12500000LL + 32000 * 65000LL + 46000, 3 },
	{ "io2", 1000, 100000, 0,
	  125000000LL + 32000 * 65000LL + 32000 * 46000LL + 36000 * 32000LL,
	  4 },
	{ "st1", 500, 0, 0, 22500000, 1 },
	{ "sc1", 500, 0, 0, 7500000, 1 },
	{ "standard", 10, 0, 0, 500000, 1 },
	{ "gp9", 10, 0, 0, 0, 0 },
};

static void volumes(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct price_item items[PRICE_ITEMS_MOST];
		size_t count = price_volume(prices, cases[i].type,
					    cases[i].size, cases[i].iops,
					    cases[i].throughput, items);

		check(count == cases[i].items);
		check(price_sum(items, count) == cases[i].monthly);
		for (size_t j = 0; j < count; j++)
			check(!items[j].bytes != !items[j].quantity);
	}
}

/* Every type that there is has a price. */
static void all_types(void)
{
	const struct volume_type *type;
	struct price_item items[PRICE_ITEMS_MOST];

	for (size_t i = 0; (type = volume_type_each(i)); i++)
		check(price_volume(prices, type->name, type->least,
				   type->iops_most, type->throughput_most,
				   items) > 0);
}

static void own(void)
{
	struct db *db = call.store->db;
	bool set[PRICE_COUNT];
	int count = 0;

	good(price_set(db, "snapshot.standard", "0.1", &err));
	good(prices_get(db, prices, set, &err));
	for (enum price which = 0; which < PRICE_COUNT; which++) {
		count += set[which];
		check(price_find(price_table[which].name) == which);
		check((prices[which] == price_table[which].amount) !=
		      set[which]);
	}
	check(count == 1 && prices[PRICE_SNAPSHOT_STANDARD] == 100000);
	check(price_bytes(prices, PRICE_SNAPSHOT_STANDARD, 3 * GIB).amount ==
	      300000);
	good(price_set(db, "snapshot.standard", "default", &err));
	good(prices_get(db, prices, set, &err));
	check(!set[PRICE_SNAPSHOT_STANDARD] &&
	      prices[PRICE_SNAPSHOT_STANDARD] == 50000);
	check(!price_set(db, "snapshot.standard", "a lot", &err));
	check(err.fault == FAULT_INVALID_PARAMETER);
	error_clear(&err);
	/* what can be set can be added up, many times */
	check(!price_set(db, "io2.storage", "10000.000001", &err));
	check(err.fault == FAULT_INVALID_PARAMETER);
	error_clear(&err);
	good(price_set(db, "io2.storage", "10000", &err));
	good(prices_get(db, prices, NULL, &err));
	check(price_bytes(prices, PRICE_IO2_STORAGE, 65536 * GIB).amount ==
	      655360000000000);
	check(!price_set(db, "snapshot.gold", "1", &err));
	check(err.fault == FAULT_INVALID_PARAMETER);
	error_clear(&err);
}

int main(void)
{
	store_new();
	good(prices_get(call.store->db, prices, NULL, &err));
	volumes();
	all_types();
	own();
	store_close(call.store);
	return 0;
}
