/* price.h - what storage costs: AWS's list prices, or the store's own
 *
 * The defaults are what AWS lists for us-east-1. Each is a setting of the
 * store, "price.NAME", which `qami price set` writes; a month has 730 hours.
 */
#ifndef QAMI_IMAGES_PRICE_H
#define QAMI_IMAGES_PRICE_H

#include "images/base/money.h"
#include "images/registry/db.h"

enum price {
	PRICE_GP2_STORAGE,
	PRICE_GP3_STORAGE,
	PRICE_GP3_IOPS,
	PRICE_GP3_THROUGHPUT,
	PRICE_IO1_STORAGE,
	PRICE_IO1_IOPS,
	PRICE_IO2_STORAGE,
	PRICE_IO2_IOPS,
	PRICE_IO2_IOPS_MIDDLE,
	PRICE_IO2_IOPS_UPPER,
	PRICE_ST1_STORAGE,
	PRICE_SC1_STORAGE,
	PRICE_STANDARD_STORAGE,
	PRICE_SNAPSHOT_STANDARD,
	PRICE_SNAPSHOT_ARCHIVE,
	PRICE_SNAPSHOT_RETRIEVAL,
	PRICE_FSR_HOUR,
	PRICE_S3_STORAGE,
	PRICE_COUNT,
};

#define PRICE_REGION "us-east-1" /* whose list the defaults are from */
#define PRICE_MONTH_HOURS 730

struct price_row {
	const char *name; /* "gp3.storage" */
	const char *unit; /* "GiB-month" */
	const char *brief;
	micros_t amount; /* AWS's */
};
extern const struct price_row price_table[PRICE_COUNT];

/* Which price has that name; PRICE_COUNT: none. */
enum price price_find(const char *name);

/* All prices as they are in this store; *ret_own (NULL: not asked) says of each
 * whether it was set here. */
bool prices_get(struct db *db, micros_t ret_prices[PRICE_COUNT],
		bool ret_own[PRICE_COUNT], struct error *err) must_check;

/* Sets a price to dollars ("0.0125"), or "default" to AWS's:
 * FAULT_INVALID_PARAMETER for any other text, or a name that there is not. */
bool price_set(struct db *db, const char *name, const char *amount,
	       struct error *err) must_check;

/* One line of a bill: so much of something at a price. */
struct price_item {
	enum price price;
	uint64_t bytes;	  /* where the price is per GiB, else 0 */
	int64_t quantity; /* where it is not: IOPS, MiB/s, hours */
	micros_t amount;  /* a month; rounded here and nowhere else */
};
#define PRICE_ITEMS_MOST 5

/* What a volume costs a month: its size in GiB, and what was provisioned
 * beyond what its type has anyhow. Returns how many items there are; 0 for a
 * type that EC2 does not have. */
size_t price_volume(const micros_t prices[PRICE_COUNT], const char *type,
		    int64_t size, int64_t iops, int64_t throughput,
		    struct price_item ret_items[PRICE_ITEMS_MOST]);

/* What so many bytes cost a month. */
struct price_item price_bytes(const micros_t prices[PRICE_COUNT],
			      enum price price, uint64_t bytes);

/* So many hours, a month, of what is paid for by the hour. */
struct price_item price_hours(const micros_t prices[PRICE_COUNT],
			      enum price price, int64_t hours);

micros_t price_sum(const struct price_item *items, size_t count);

#endif
