/* advise.c - EBS or instance store, and which volume type
 *
 * What a volume of a type would do is not known here: it is asked of the
 * functions that check and throttle real ones.
 */
#include "images/advise.h"

#include <stdio.h>
#include <string.h>

#include "images/limits.h"
#include "images/throttle.h"
#include "images/type.h"

#define MIB (1LL << 20)
#define GIB (1LL << 30)
#define STORE_ROOT_MOST 10 /* GiB */
#define HIGH_IOPS 16000
#define HIGH_IOPS_PER_GIB 500 /* that any type with provisioned ones gives */
#define HIGH_THROUGHPUT 500
#define IOPS_PER_MIB 4 /* operations of an SSD have 256 KiB at most */
#define NORMAL_IOPS 3000
#define NORMAL_THROUGHPUT 125

/* What has to be done in a second. */
struct need {
	int64_t iops;
	int64_t throughput;
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Of a small disk nobody can have as much as of a large one. */
static struct need need_of(const struct wishes *wishes)
{
	struct need need = { 0, 0 };

	if (wishes->performance == PERFORMANCE_NORMAL) {
		need = (struct need){ NORMAL_IOPS, NORMAL_THROUGHPUT };
	} else if (wishes->performance == PERFORMANCE_HIGH) {
		need.iops = most(NORMAL_IOPS,
				 least(HIGH_IOPS,
				       HIGH_IOPS_PER_GIB * wishes->size));
		need.throughput = least(HIGH_THROUGHPUT, need.iops / IOPS_PER_MIB);
	}
	if (wishes->iops)
		need.iops = wishes->iops;
	if (wishes->throughput)
		need.throughput = wishes->throughput;
	return need;
}

/* A volume of a type that would do, with what it costs. */
struct candidate {
	const struct volume_type *type;
	struct volume volume;
	micros_t monthly;
};

/* Makes the volume of a type that does what is needed, if there is one. */
static bool candidate_of(const micros_t prices[PRICE_COUNT],
			 const struct volume_type *type,
			 const struct wishes *wishes, const struct need *need,
			 struct candidate *ret)
{
	struct price_item items[PRICE_ITEMS_MOST];
	struct volume *volume = &ret->volume;
	struct machine_throttle does;
	struct error no = { 0 };

	*ret = (struct candidate){ .type = type };
	volume->type = type->name;
	volume->size = most(wishes->size, type->least);
	if (type->throughput_most)
		volume->throughput =
			most(need->throughput, type->throughput_least);
	if (type->iops_most)
		volume->iops = most(most(need->iops, type->iops_least),
				    need->throughput * IOPS_PER_MIB);
	if ((!type->bootable && !wishes->data) || type->previous ||
	    !volume_check(volume->type, volume->size, &volume->iops,
			  &volume->throughput, &no))
		return false;
	does = volume_throttle(volume, 0);
	ret->monthly = price_sum(
		items, price_volume(prices, volume->type, volume->size,
				    volume->iops, volume->throughput, items));
	return (int64_t)does.iops >= need->iops &&
	       (int64_t)does.bytes >= need->throughput * MIB &&
	       (int64_t)(does.iops * does.iops_size) >= need->throughput * MIB;
}

/* The cheapest; with `provisioned` the one with the most IOPS among those whose
 * IOPS must be provisioned, if one does. */
static bool choose(const micros_t prices[PRICE_COUNT],
		   const struct wishes *wishes, const struct need *need,
		   bool provisioned, struct candidate *ret_best)
{
	const struct volume_type *type;
	struct candidate one;
	bool found = false;

	for (size_t i = 0; (type = volume_type_each(i)); i++) {
		bool better;

		if (!candidate_of(prices, type, wishes, need, &one))
			continue;
		if (provisioned && !type->iops_required)
			continue;
		better = provisioned ?
				 found && type->iops_most >
						  ret_best->type->iops_most :
				 found && one.monthly < ret_best->monthly;
		if (!found || better)
			*ret_best = one;
		found = true;
	}
	return found ||
	       (provisioned && choose(prices, wishes, need, false, ret_best));
}

/* The smallest instance type with such a disk; NULL: none. */
static const struct instance_type *store_type(const struct wishes *wishes)
{
	const struct instance_type *best = NULL;

	if (!wishes->data && wishes->size > STORE_ROOT_MOST)
		return NULL;
	for (const struct instance_type *t = instance_types; t->name; t++) {
		bool fits = t->stores && t->store_gib >= wishes->size &&
			    !t->store_hdd &&
			    (wishes->data ? t->store_nvme : t->root_store);

		if (fits && (!best || t->vcpus < best->vcpus ||
			     (t->vcpus == best->vcpus &&
			      t->memory_mib < best->memory_mib)))
			best = t;
	}
	return best;
}

/* Why it is EBS, although or because. */
static const char *why_ebs(const struct wishes *wishes)
{
	bool high = wishes->performance == PERFORMANCE_HIGH;

	if (wishes->persistence && high)
		return "EBS: the data has to outlive its instance, which an "
		       "instance store's does not, however fast it is";
	if (wishes->persistence)
		return "EBS: the data has to outlive its instance, as an EBS "
		       "volume's does";
	if (wishes->backups && high)
		return "EBS: backups are snapshots, which an instance store "
		       "has none of, however fast it is";
	if (wishes->backups)
		return "EBS: backups are snapshots, and only EBS volumes have "
		       "them";
	if (high && wishes->data)
		return "EBS: an instance store would do, but no instance type "
		       "has so large a disk";
	if (high)
		return "EBS: an instance store would do, but a root on one "
		       "has 10 GiB at most";
	return "EBS: it is what fits where nothing speaks for an instance "
	       "store; it can be stopped, resized and backed up";
}

static void why_type(const struct candidate *best, const struct wishes *wishes,
		     const struct need *need, bool provisioned,
		     char ret_text[WHY_SIZE])
{
	const char *name = best->type->name;
	const char *larger = best->volume.size > wishes->size ?
				     ", though it is never smaller" :
				     "";

	if (provisioned && best->type->iops_required)
		snprintf(ret_text, WHY_SIZE,
			 "%s: its %lld IOPS are provisioned and there at any "
			 "time%s",
			 name, (long long)best->volume.iops, larger);
	else if (need->iops || need->throughput)
		snprintf(ret_text, WHY_SIZE,
			 "%s: the cheapest that always gives %lld IOPS and "
			 "%lld MiB/s%s",
			 name, (long long)need->iops,
			 (long long)need->throughput, larger);
	else
		snprintf(ret_text, WHY_SIZE, "%s: the cheapest%s%s", name,
			 wishes->data ? "" : " that boots", larger);
}

static bool advise_ebs(const micros_t prices[PRICE_COUNT],
		       const struct wishes *wishes, struct advice *ret,
		       struct error *err)
{
	const struct need need = need_of(wishes);
	bool provisioned = wishes->performance == PERFORMANCE_HIGH &&
			   !wishes->tight;
	struct candidate best;

	if (!choose(prices, wishes, &need, provisioned, &best))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "no volume type gives %lld IOPS and %lld MiB/s at "
			    "%lld GiB",
			    (long long)need.iops, (long long)need.throughput,
			    (long long)wishes->size);
	ret->volume_type = best.type->name;
	ret->size = best.volume.size;
	ret->iops = best.volume.iops;
	ret->throughput = best.volume.throughput;
	ret->monthly = best.monthly;
	if (wishes->backups)
		ret->backup = money_bytes((uint64_t)(ret->size * GIB),
					  prices[PRICE_SNAPSHOT_STANDARD]);
	snprintf(ret->why[0], WHY_SIZE, "%s", why_ebs(wishes));
	why_type(&best, wishes, &need, provisioned, ret->why[1]);
	return true;
}

bool advise(const micros_t prices[PRICE_COUNT], const struct wishes *wishes,
	    struct advice *ret_advice, struct error *err)
{
	const struct instance_type *type = store_type(wishes);

	*ret_advice = (struct advice){ .size = wishes->size };
	if (wishes->persistence || wishes->backups ||
	    wishes->performance != PERFORMANCE_HIGH || !type)
		return advise_ebs(prices, wishes, ret_advice, err);
	ret_advice->instance_store = true;
	ret_advice->instance_type = type->name;
	snprintf(ret_advice->why[0], WHY_SIZE,
		 "instance store: it is to be fast, and need not outlive its "
		 "instance nor be backed up");
	snprintf(ret_advice->why[1], WHY_SIZE,
		 "%s: the smallest that has %s; the disk is in the price of "
		 "the instance",
		 type->name,
		 wishes->data ? "such a disk" : "such a disk for its root");
	return true;
}
