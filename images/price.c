/* price.c - what storage costs
 *
 * Which prices a volume type has is a row of a table, as its limits are
 * (images/limits.h): IOPS and throughput cost where they were provisioned
 * beyond what a volume of the type has without asking.
 */
#include "images/price.h"

#include <stdio.h>
#include <string.h>

#include "images/limits.h"

#define KEY_SIZE 64
#define GIB (1ULL << 30)

/* Bills of thousands of the largest volumes are counted in 64 bits still. */
#define DOLLARS_MOST 10000

const struct price_row price_table[PRICE_COUNT] = {
	[PRICE_GP2_STORAGE] = { "gp2.storage", "GiB-month",
				"a provisioned GiB of gp2", 100000 },
	[PRICE_GP3_STORAGE] = { "gp3.storage", "GiB-month",
				"a provisioned GiB of gp3", 80000 },
	[PRICE_GP3_IOPS] = { "gp3.iops", "IOPS-month",
			     "one IOPS of gp3 beyond 3000", 5000 },
	[PRICE_GP3_THROUGHPUT] = { "gp3.throughput", "MiB/s-month",
				   "one MiB/s of gp3 beyond 125", 40000 },
	[PRICE_IO1_STORAGE] = { "io1.storage", "GiB-month",
				"a provisioned GiB of io1", 125000 },
	[PRICE_IO1_IOPS] = { "io1.iops", "IOPS-month", "one IOPS of io1",
			     65000 },
	[PRICE_IO2_STORAGE] = { "io2.storage", "GiB-month",
				"a provisioned GiB of io2", 125000 },
	[PRICE_IO2_IOPS] = { "io2.iops", "IOPS-month",
			     "one IOPS of io2, of the first 32000", 65000 },
	[PRICE_IO2_IOPS_MIDDLE] = { "io2.iops-middle", "IOPS-month",
				    "one IOPS of io2, from there to 64000",
				    46000 },
	[PRICE_IO2_IOPS_UPPER] = { "io2.iops-upper", "IOPS-month",
				   "one IOPS of io2, beyond 64000", 32000 },
	[PRICE_ST1_STORAGE] = { "st1.storage", "GiB-month",
				"a provisioned GiB of st1", 45000 },
	[PRICE_SC1_STORAGE] = { "sc1.storage", "GiB-month",
				"a provisioned GiB of sc1", 15000 },
	[PRICE_STANDARD_STORAGE] = { "standard.storage", "GiB-month",
				     "a provisioned GiB of standard", 50000 },
	[PRICE_SNAPSHOT_STANDARD] = { "snapshot.standard", "GiB-month",
				      "a GiB that a snapshot stores", 50000 },
	[PRICE_SNAPSHOT_ARCHIVE] = { "snapshot.archive", "GiB-month",
				     "a GiB of a whole snapshot, archived",
				     12500 },
	[PRICE_SNAPSHOT_RETRIEVAL] = { "snapshot.retrieval", "GiB",
				       "a GiB that is restored from an archive",
				       30000 },
	[PRICE_FSR_HOUR] = { "fsr.hour", "zone-hour",
			     "fast restore of a snapshot in one zone",
			     750000 },
	[PRICE_S3_STORAGE] = { "s3.storage", "GiB-month",
			       "a GiB in a bucket of the store", 23000 },
};

#define NONE PRICE_COUNT

/* The prices of a volume type's parts, IOPS by steps that begin at `from`. */
static const struct type_prices {
	const char *type;
	enum price storage, throughput;
	struct {
		int64_t from;
		enum price price;
	} iops[3];
} types[] = {
	{ "gp2", PRICE_GP2_STORAGE, NONE, { { 0, NONE } } },
	{ "gp3",
	  PRICE_GP3_STORAGE,
	  PRICE_GP3_THROUGHPUT,
	  { { 0, PRICE_GP3_IOPS }, { 0, NONE } } },
	{ "io1",
	  PRICE_IO1_STORAGE,
	  NONE,
	  { { 0, PRICE_IO1_IOPS }, { 0, NONE } } },
	{ "io2",
	  PRICE_IO2_STORAGE,
	  NONE,
	  { { 0, PRICE_IO2_IOPS },
	    { 32000, PRICE_IO2_IOPS_MIDDLE },
	    { 64000, PRICE_IO2_IOPS_UPPER } } },
	{ "st1", PRICE_ST1_STORAGE, NONE, { { 0, NONE } } },
	{ "sc1", PRICE_SC1_STORAGE, NONE, { { 0, NONE } } },
	{ "standard", PRICE_STANDARD_STORAGE, NONE, { { 0, NONE } } },
};
#define STEPS (sizeof(types[0].iops) / sizeof(types[0].iops[0]))

enum price price_find(const char *name)
{
	enum price which = 0;

	while (which < PRICE_COUNT &&
	       strcmp(price_table[which].name, name) != 0)
		which++;
	return which;
}

static void setting_key(enum price which, char ret_key[KEY_SIZE])
{
	snprintf(ret_key, KEY_SIZE, "price.%s", price_table[which].name);
}

bool prices_get(struct db *db, micros_t ret_prices[PRICE_COUNT],
		bool ret_own[PRICE_COUNT], struct error *err)
{
	auto_of(arena) arena = arena_new();

	if (!arena)
		return fail_memory(err);
	for (enum price which = 0; which < PRICE_COUNT; which++) {
		char key[KEY_SIZE];
		const char *text;
		bool own;

		setting_key(which, key);
		if (!setting_get(db, key, arena, &text, err))
			return false;
		own = text && money_parse(text, &ret_prices[which]);
		if (!own)
			ret_prices[which] = price_table[which].amount;
		if (ret_own)
			ret_own[which] = own;
	}
	return true;
}

bool price_set(struct db *db, const char *name, const char *amount,
	       struct error *err)
{
	enum price which = price_find(name);
	char key[KEY_SIZE];
	micros_t micros;

	if (which == PRICE_COUNT)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "there is no price '%.64s' (see: qami price list)",
			    name);
	setting_key(which, key);
	if (strcmp(amount, "default") == 0)
		return setting_set(db, key, "", err);
	if (!money_parse(amount, &micros) || micros > DOLLARS_MOST * 1000000LL)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is no price: %d dollars at most, with six "
			    "decimals at most, or 'default'",
			    amount, DOLLARS_MOST);
	return setting_set(db, key, amount, err);
}

struct price_item price_bytes(const micros_t prices[PRICE_COUNT],
			      enum price price, uint64_t bytes)
{
	return (struct price_item){
		.price = price,
		.bytes = bytes,
		.amount = money_bytes(bytes, prices[price]),
	};
}

static struct price_item counted(const micros_t prices[PRICE_COUNT],
				 enum price price, int64_t quantity)
{
	return (struct price_item){
		.price = price,
		.quantity = quantity,
		.amount = quantity * prices[price],
	};
}

struct price_item price_hours(const micros_t prices[PRICE_COUNT],
			      enum price price, int64_t hours)
{
	return counted(prices, price, hours);
}

/* IOPS that are paid for, step by step. */
static size_t price_iops(const micros_t prices[PRICE_COUNT],
			 const struct type_prices *type, int64_t iops,
			 struct price_item *ret_items)
{
	size_t count = 0;

	for (size_t i = 0; i < STEPS && type->iops[i].price != NONE; i++) {
		int64_t from = type->iops[i].from;
		bool last = i + 1 == STEPS || type->iops[i + 1].price == NONE;
		int64_t to = last || iops < type->iops[i + 1].from ?
				     iops :
				     type->iops[i + 1].from;

		if (to > from)
			ret_items[count++] =
				counted(prices, type->iops[i].price, to - from);
	}
	return count;
}

size_t price_volume(const micros_t prices[PRICE_COUNT], const char *type,
		    int64_t size, int64_t iops, int64_t throughput,
		    struct price_item ret_items[PRICE_ITEMS_MOST])
{
	const struct type_prices *row = NULL;
	int64_t free_iops, free_throughput;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			row = &types[i];
	if (!row)
		return 0;
	volume_unasked(type, size, &free_iops, &free_throughput);
	ret_items[count++] =
		price_bytes(prices, row->storage, (uint64_t)size * GIB);
	count += price_iops(prices, row, iops - free_iops, ret_items + count);
	if (row->throughput != NONE && throughput > free_throughput)
		ret_items[count++] = counted(prices, row->throughput,
					     throughput - free_throughput);
	return count;
}

micros_t price_sum(const struct price_item *items, size_t count)
{
	micros_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += items[i].amount;
	return sum;
}
