/* bill.h - what everything in a store costs a month, and what it would cost
 *
 * At AWS's rules: a volume by its provisioned size, IOPS and throughput, a
 * snapshot by the blocks that are counted as its own (images/holding.h), an
 * object of a bucket by its size, an archived snapshot by all that it shows,
 * fast restore by the hour. It is what goes on costing as things are now, not
 * what has been used. What a bill stores in all, with what nobody holds, is
 * what lies in the store's layers, archive and buckets, to the byte.
 */
#ifndef QAMI_IMAGES_BILL_H
#define QAMI_IMAGES_BILL_H

#include "images/holding.h"
#include "images/price.h"

enum charge_kind {
	CHARGE_SNAPSHOT,
	CHARGE_FAST, /* a fast restore: the snapshot's id, who enabled it */
	CHARGE_VOLUME,
	CHARGE_KERNEL,
	CHARGE_BUCKET,
};
extern const char *const charge_kinds[];

#define CHARGE_ITEMS_MOST 6

/* What costs: a resource, with what it holds. */
struct charge {
	enum charge_kind kind;
	const char *id;
	const char *owner;
	const char *type;     /* a volume's, else "" */
	uint64_t provisioned; /* a volume's bytes, else 0 */
	uint64_t objects;     /* bytes of a bucket's objects, or of the file of
			       * the store's archive */
	uint64_t kept;	      /* what the archive has of a snapshot, in full */
	usec_t least;	      /* until when that is paid for in any case */
	int64_t iops, throughput;
	bool enabled; /* a fast restore that is billed */
	struct holding holding;
	struct price_item items[CHARGE_ITEMS_MOST];
	size_t item_count;
	micros_t monthly;
	bool dropped;	/* as if it were deleted */
	bool archived;	/* as if it were in the archive tier, … */
	uint64_t whole; /* … and what it has in all then */
};

/* An image, by what it keeps from being deleted. */
struct bill_image {
	const char *id;
	const char *owner;
	const char *const *snapshots;
	size_t count;
	bool dropped;
};

/* All in the arena, but for the world. */
struct bill {
	struct call *call;
	struct arena *arena;
	micros_t prices[PRICE_COUNT];
	struct world world;
	struct charge *charges;
	size_t count;
	struct bill_image *images;
	size_t image_count;
	struct holder *holders;
	size_t *holds; /* whose charge each holder is */
	size_t holder_count;
	uint64_t loose; /* bytes of the archive that no snapshot is in: a layer
			 * is filled from them still, or they are to go */
	uint64_t rest;	/* stored bytes that nobody holds, these among them */
};

/* Draws up the bill of a store, of all its accounts. */
bool bill_open(struct call *call, struct arena *arena, struct bill *ret_bill,
	       struct error *err) must_check;
void bill_done(struct bill *bill);
#define auto_bill __attribute__((cleanup(bill_done))) struct bill

/* Counts anew what each charge holds and costs, after some were marked as
 * dropped or archived. */
bool bill_count(struct bill *bill, struct error *err) must_check;

/* What groups of charges hold; `groups` says of each charge which one it
 * belongs to. */
bool bill_group(const struct bill *bill, const size_t *groups,
		size_t group_count, struct holding *ret_holdings,
		struct error *err) must_check;

/* What is stored once all that is marked has gone and `qami gc` has run; but
 * for what would come into the archive. */
bool bill_left(const struct bill *bill, uint64_t *ret_bytes, struct error *err)
	must_check;

/* What is paid once for archived snapshots that are marked as deleted before
 * their least time is over (images/tier.h). */
micros_t bill_early(const struct bill *bill);

/* What an account's charges come to; NULL: everybody's. */
micros_t bill_sum(const struct bill *bill, const char *account);

/* Takes all marks away. */
void bill_unmark(struct bill *bill);

/* Marks what the caller names as deleted: snapshots, volumes, and images with
 * the snapshots that no other image has. FAULT_*_NOT_FOUND for what is not his,
 * FAULT_SNAPSHOT_IN_USE for a snapshot that an image needs which stays,
 * FAULT_OPERATION_NOT_PERMITTED for one that is locked. */
bool bill_drop(struct bill *bill, const char *const *ids, size_t count,
	       struct error *err) must_check;

/* Marks snapshots as archived; the same faults. */
bool bill_archive(struct bill *bill, const char *const *ids, size_t count,
		  struct error *err) must_check;

#endif
