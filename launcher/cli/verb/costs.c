/* costs.c - what storage costs a month, and what it would cost otherwise
 *
 * Figures are exact: bytes as numbers, dollars as decimal text. A table shows
 * sizes and amounts; lists behind the first one are for programs.
 */
#include <stdlib.h>
#include <string.h>

#include "images/bill.h"
#include "images/registry/account.h"
#include "images/registry/tag.h"
#include "launcher/action/action.h"

#define MINIMUM_DAYS 90 /* that an archived snapshot is paid for */

enum by { BY_RESOURCE, BY_ACCOUNT, BY_TAG };

/* What was asked for. */
struct view {
	const struct bill *bill;
	enum by by;
	const char *tag;     /* its key */
	const char *account; /* whose; NULL: everybody's */
};

/* A row of the answer, and the charges in it. */
struct group {
	const char *name;
	const struct charge *charge; /* of BY_RESOURCE */
	uint64_t provisioned;
	uint64_t kept; /* in the archive */
	struct holding holding;
	micros_t monthly;
};

static bool read_by(const struct args *args, struct view *view,
		    struct error *err)
{
	const json_t *words = args_get(args, "By");
	const char *by = json_string_value(json_array_get(words, 0));
	const char *tag = json_string_value(json_array_get(words, 1));
	size_t count = json_array_size(words);

	view->by = BY_RESOURCE;
	view->tag = tag;
	if (!count || (count == 1 && by && strcmp(by, "resource") == 0))
		return true;
	view->by = by && strcmp(by, "tag") == 0 ? BY_TAG : BY_ACCOUNT;
	if ((count == 1 && by && strcmp(by, "account") == 0) ||
	    (count == 2 && view->by == BY_TAG))
		return true;
	return fail(err, FAULT_INVALID_PARAMETER,
		    "--by takes account, resource or tag KEY");
}

struct wanted {
	const char *key;
	struct arena *arena;
	const char *value;
};

static void look_tag(void *data, const struct tag *tag)
{
	struct wanted *wanted = data;

	if (strcmp(tag->key, wanted->key) == 0)
		wanted->value = arena_str(wanted->arena, tag->value);
}

/* What a charge is listed under. */
static bool name_of(const struct view *view, const struct charge *charge,
		    const char **ret_name, struct error *err)
{
	struct wanted wanted = { view->tag, view->bill->arena, "-" };
	struct account account;
	bool found;

	*ret_name = charge->id;
	if (view->by == BY_TAG) {
		if (!tag_each(view->bill->call->store->db, charge->id,
			      look_tag, &wanted, err))
			return false;
		*ret_name = wanted.value;
	}
	if (view->by == BY_ACCOUNT) {
		if (!account_get(view->bill->call->store->db, charge->owner,
				 view->bill->arena, &account, &found, err))
			return false;
		*ret_name = found && account.name ? account.name :
						    charge->owner;
	}
	return *ret_name || fail_memory(err);
}

static bool is_seen(const struct view *view, const struct charge *charge)
{
	return !view->account || strcmp(charge->owner, view->account) == 0;
}

/* Which group each charge is in; those that are not to be seen are all in the
 * last one. */
static bool make_groups(const struct view *view, struct group *groups,
			size_t *of, size_t *ret_count, struct error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < view->bill->count; i++) {
		const struct charge *charge = &view->bill->charges[i];
		const char *name;
		size_t at = count;

		of[i] = SIZE_MAX;
		if (!is_seen(view, charge))
			continue;
		if (!name_of(view, charge, &name, err))
			return false;
		if (view->by != BY_RESOURCE)
			for (at = 0;
			     at < count && strcmp(groups[at].name, name) != 0;
			     at++)
				;
		if (at == count)
			groups[count++] = (struct group){ .name = name,
							  .charge = charge };
		groups[at].provisioned += charge->provisioned;
		groups[at].kept += charge->kept;
		groups[at].monthly += charge->monthly;
		of[i] = at;
	}
	for (size_t i = 0; i < view->bill->count; i++)
		if (of[i] == SIZE_MAX)
			of[i] = count;
	*ret_count = count;
	return true;
}

static int dearest_first(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (a->monthly != b->monthly)
		return a->monthly < b->monthly ? 1 : -1;
	if (a->holding.stored != b->holding.stored)
		return a->holding.stored < b->holding.stored ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void put_money(struct node *into, const char *name, micros_t amount)
{
	char text[MONEY_SIZE];

	money_format(amount, text);
	node_str(into, name, NULL, text);
}

static void put_group(const struct view *view, const struct group *group,
		      struct node *list)
{
	static const char *const heads[] = {
		[BY_RESOURCE] = "Resource",
		[BY_ACCOUNT] = "Account",
		[BY_TAG] = "Tag",
	};
	const struct holding *holding = &group->holding;
	struct node *item = node_item(list);

	node_str(item, heads[view->by], NULL, group->name);
	if (view->by == BY_RESOURCE) {
		node_str(item, "Kind", NULL,
			 charge_kinds[group->charge->kind]);
		node_str(item, "Type", NULL, group->charge->type);
		if (!view->account)
			node_str(item, "Owner", NULL, group->charge->owner);
	}
	node_int(item, "ProvisionedBytes", NULL, (int64_t)group->provisioned);
	node_int(item, "FullBytes", NULL, (int64_t)holding->full);
	node_int(item, "UniqueBytes", NULL, (int64_t)holding->unique);
	node_int(item, "SharedBytes", NULL,
		 (int64_t)(holding->full - holding->unique));
	node_int(item, "StoredBytes", NULL, (int64_t)holding->stored);
	node_int(item, "ArchivedBytes", NULL, (int64_t)group->kept);
	put_money(item, "Monthly", group->monthly);
}

/* What each charge is made up of. */
static void put_items(const struct view *view, struct node *list)
{
	for (size_t i = 0; i < view->bill->count; i++) {
		const struct charge *charge = &view->bill->charges[i];

		for (size_t j = 0;
		     is_seen(view, charge) && j < charge->item_count; j++) {
			const struct price_item *part = &charge->items[j];
			const struct price_row *row = &price_table[part->price];
			struct node *item = node_item(list);

			node_str(item, "Resource", NULL, charge->id);
			node_str(item, "Price", NULL, row->name);
			node_str(item, "Unit", NULL, row->unit);
			put_money(item, "UnitPrice",
				  view->bill->prices[part->price]);
			if (part->quantity)
				node_int(item, "Quantity", NULL,
					 part->quantity);
			else
				node_int(item, "Bytes", NULL,
					 (int64_t)part->bytes);
			put_money(item, "Monthly", part->amount);
		}
	}
}

static bool list_costs(const struct view *view, struct node *root,
		       struct error *err)
{
	size_t room = view->bill->count + 1, count;
	auto_free struct group *groups = calloc(room, sizeof(*groups));
	auto_free size_t *of = calloc(room, sizeof(*of));
	auto_free struct holding *holdings = calloc(room, sizeof(*holdings));
	struct node *list = node_list(root, "Costs", NULL);
	uint64_t stored = view->account ? 0 : view->bill->rest;
	micros_t monthly = 0;

	if (!groups || !of || !holdings)
		return fail_memory(err);
	if (!make_groups(view, groups, of, &count, err) ||
	    !bill_group(view->bill, of, count + 1, holdings, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		groups[i].holding = holdings[i];
		stored += holdings[i].stored;
		monthly += groups[i].monthly;
	}
	qsort(groups, count, sizeof(*groups), dearest_first);
	for (size_t i = 0; i < count; i++)
		put_group(view, &groups[i], list);
	if (!view->account)
		node_int(root, "UnneededBytes", NULL,
			 (int64_t)view->bill->rest);
	node_int(root, "StoredBytes", NULL, (int64_t)stored);
	put_money(root, "Monthly", monthly);
	node_str(root, "Currency", NULL, "USD");
	put_items(view, node_list(root, "Items", NULL));
	return true;
}

/* What has been asked to be otherwise. */
struct change {
	const char **drop;
	size_t drops;
	const char **archive;
	size_t archives;
};

/* What a change comes to. */
struct outcome {
	uint64_t freed;	   /* bytes of the store */
	uint64_t archived; /* bytes that go into the archive */
	micros_t monthly;
	micros_t archive; /* a month; part of it */
	micros_t early;	  /* once, for what leaves the archive too soon */
};

static bool is_among(const char *id, const char *const *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

/* What a list names, each once. */
static const char **read_ids(const struct args *args, const char *name,
			     struct arena *arena, size_t *ret_count)
{
	const json_t *list = args_get(args, name);
	size_t count = json_array_size(list);
	const char **ids = arena_alloc(arena, (count + 1) * sizeof(*ids));

	*ret_count = 0;
	for (size_t i = 0; ids && i < count; i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (!is_among(id, ids, *ret_count))
			ids[(*ret_count)++] = id;
	}
	return ids;
}

/* Plays a change through, from the bill as it is. */
static bool play(struct bill *bill, const struct change *change,
		 const char *account, struct outcome *ret_outcome,
		 struct error *err)
{
	uint64_t before, after;

	*ret_outcome = (struct outcome){ 0 };
	bill_unmark(bill);
	if (!bill_count(bill, err) || !bill_left(bill, &before, err) ||
	    !bill_drop(bill, change->drop, change->drops, err) ||
	    !bill_archive(bill, change->archive, change->archives, err) ||
	    !bill_count(bill, err) || !bill_left(bill, &after, err))
		return false;
	ret_outcome->freed = before > after ? before - after : 0;
	ret_outcome->monthly = bill_sum(bill, account);
	ret_outcome->early = bill_early(bill);
	for (size_t i = 0; i < bill->count; i++)
		if (bill->charges[i].archived) {
			ret_outcome->archived += bill->charges[i].whole;
			ret_outcome->archive += bill->charges[i].monthly;
		}
	return true;
}

/* How many days a snapshot must be kept for an archive to be cheaper, of which
 * 90 are paid for in any case; 0: it never is. */
static int64_t break_even(micros_t archive, micros_t standard)
{
	return archive < standard ?
		       (MINIMUM_DAYS * archive + standard - 1) / standard :
		       0;
}

static void put_archive(const struct bill *bill, const struct outcome *outcome,
			micros_t saved, struct node *into)
{
	int64_t days = break_even(outcome->archive, saved + outcome->archive);

	node_int(into, "ArchiveBytes", NULL, (int64_t)outcome->archived);
	put_money(into, "ArchiveMonthly", outcome->archive);
	put_money(into, "Minimum90Days",
		  outcome->archive * MINIMUM_DAYS * 24 / PRICE_MONTH_HOURS);
	put_money(into, "Retrieval",
		  money_bytes(outcome->archived,
			      bill->prices[PRICE_SNAPSHOT_RETRIEVAL]));
	if (days)
		node_int(into, "BreakEvenDays", NULL, days);
}

/* One thing alone. */
static bool put_alone(struct bill *bill, const char *id, bool archive,
		      const char *account, micros_t now, struct node *list,
		      struct error *err)
{
	const struct change alone = {
		.drop = &id,
		.drops = !archive,
		.archive = &id,
		.archives = archive,
	};
	struct node *item = node_item(list);
	struct outcome outcome;
	bool needed = false;

	if (!play(bill, &alone, account, &outcome, err)) {
		/* alone it cannot go: an image that goes with it needs it */
		if (err->fault != FAULT_SNAPSHOT_IN_USE)
			return false;
		error_clear(err);
		needed = true;
	}
	node_str(item, "Resource", NULL, id);
	node_str(item, "Change", NULL, archive ? "archive" : "delete");
	node_int(item, "FreedBytes", NULL, (int64_t)outcome.freed);
	put_money(item, "Saved", needed ? 0 : now - outcome.monthly);
	return true;
}

static bool list_changes(struct bill *bill, const struct change *change,
			 const char *account, struct node *root,
			 struct error *err)
{
	struct node *list = node_list(root, "Changes", NULL);
	micros_t now = bill_sum(bill, account);
	struct outcome outcome;

	if (!play(bill, change, account, &outcome, err))
		return false;
	node_int(root, "FreedBytes", NULL, (int64_t)outcome.freed);
	put_money(root, "Monthly", now);
	put_money(root, "MonthlyThen", outcome.monthly);
	put_money(root, "Saved", now - outcome.monthly);
	if (outcome.early)
		put_money(root, "EarlyDelete", outcome.early);
	if (change->archives)
		put_archive(bill, &outcome, now - outcome.monthly, root);
	node_str(root, "Currency", NULL, "USD");
	for (size_t i = 0; i < change->drops; i++)
		if (!put_alone(bill, change->drop[i], false, account, now, list,
			       err))
			return false;
	for (size_t i = 0; i < change->archives; i++)
		if (!put_alone(bill, change->archive[i], true, account, now,
			       list, err))
			return false;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_bill bill = { .call = NULL };
	struct view view = {
		.bill = &bill,
		.account = args_bool(args, "All", false) ? NULL : call->account,
	};
	struct change change;

	if (!arena)
		return fail_memory(err);
	change.drop = read_ids(args, "Delete", arena, &change.drops);
	change.archive = read_ids(args, "Archive", arena, &change.archives);
	if (!change.drop || !change.archive)
		return fail_memory(err);
	if (!read_by(args, &view, err) || !bill_open(call, arena, &bill, err))
		return false;
	return change.drops || change.archives ?
		       list_changes(&bill, &change, view.account, reply->root,
				    err) :
		       list_costs(&view, reply->root, err);
}

const struct action verb_costs = {
	.name = "costs",
	.brief = "show what storage costs a month, and why",
	.about =
		"Lists what goes on costing, as things are now: a volume by "
		"what was provisioned, a snapshot by the blocks that are "
		"counted as its own, its fast restore by the hour, a bucket of "
		"the store by its objects, at the prices of `qami price list`. Of each it says what it "
		"shows in full, what of that nothing else shows, what it "
		"shares, and what is stored on its account: a block that "
		"several show is the earliest snapshot's, until that is "
		"deleted, and a volume's where no snapshot has it. With --all "
		"what is stored, and what nobody needs any more, is what lies "
		"in the layers, archive and buckets of the store, to the "
		"byte. "
		"--delete and --archive change nothing, but say what would be "
		"freed once `qami gc` has run, and what would be saved: alone "
		"each and all together, which may be more. An image goes with "
		"its snapshots. An archived snapshot is paid for in full, and "
		"for 90 days at least: who would keep it no longer than the "
		"days of BreakEvenDays saves nothing, and EarlyDelete is what "
		"is paid once for archived ones that are deleted sooner.",
	.params = (const struct param[]) {
		{ "By", PARAM_STRING, PARAM_LIST, NULL,
		  "what the rows are: each resource, each account, or, for "
		  "'tag KEY', each value of that tag", NULL, NULL, 0,
		  "account|resource|tag" },
		{ "Delete", PARAM_ID, PARAM_LIST | PARAM_NAMED,
		  "snap|vol|ami|aki|ari",
		  "what if these snapshots, volumes and images were gone?" },
		{ "Archive", PARAM_ID, PARAM_LIST | PARAM_NAMED, "snap",
		  "what if these snapshots were in the archive tier?" },
		{ "All", PARAM_BOOLEAN, PARAM_HERE, NULL,
		  "of every account: for the store's owner", NULL, NULL,
		  'a' },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_VOLUME_NOT_FOUND, FAULT_IMAGE_NOT_FOUND,
		FAULT_SNAPSHOT_IN_USE, FAULT_OPERATION_NOT_PERMITTED,
		FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami costs --by account",
	.local = true,
	.travels = true,
	.run = run,
};
