/* binrule.c - the rules by which the recycle bin keeps what is deleted */
#include "images/binrule.h"

#include <stdio.h>
#include <string.h>

#include "images/base/id.h"
#include "images/store.h"
#include "images/tags.h"

#define DAY (24 * 3600 * USEC_PER_SEC)
#define DAYS_MOST 365
#define DELAY_LEAST 7
#define DELAY_MOST 30
#define DESCRIPTION_MOST 255

const char *bin_rule_state(const struct bin_rule *rule, usec_t now)
{
	if (rule->locked < 0)
		return NULL;
	if (rule->locked)
		return "locked";
	return rule->unlocks > now ? "pending_unlock" : "unlocked";
}

const char *bin_rule_arn(const struct call *call, const struct bin_rule *rule,
			 struct arena *arena)
{
	return arena_format(arena, "arn:aws:rbin:%s:%s:rule/%s",
			    call->store->region, rule->owner, rule->id);
}

static void draw_id(char ret_id[BIN_RULE_ID + 1])
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";
	uint8_t bytes[BIN_RULE_ID];

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < BIN_RULE_ID; i++)
		ret_id[i] = digits[bytes[i] % (sizeof(digits) - 1)];
	ret_id[BIN_RULE_ID] = 0;
}

bool bin_rule_own(const struct call *call, const char *name,
		  struct arena *arena, struct bin_rule *ret_rule,
		  struct error *err)
{
	const char *arn = arena_format(arena, "arn:aws:rbin:%s:%s:rule/",
				       call->store->region, call->account);
	bool found;

	if (!arn)
		return fail_memory(err);
	if (!bin_rule_get(call->store->db,
			  strncmp(name, arn, strlen(arn)) == 0 ?
				  name + strlen(arn) :
				  name,
			  arena, ret_rule, &found, err))
		return false;
	if (found && strcmp(ret_rule->owner, call->account) == 0)
		return true;
	return fail(err, FAULT_RBIN_NOT_FOUND, "Rule %.200s is not found.",
		    name);
}

static bool check_tags(const struct bin_tag_list *list, size_t most,
		       bool (*check)(const char *key, const char *value,
				     struct error *err),
		       struct error *err)
{
	/* first of all: each is compared with all others */
	if (list && list->count > most)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "At most %zu tags can be given here", most);
	for (size_t i = 0; list && i < list->count; i++) {
		const struct bin_tag *tag = &list->tags[i];

		if (!check(tag->key, tag->value ? tag->value : "", err))
			return false;
		for (size_t j = 0; j < i; j++)
			if (strcmp(list->tags[j].key, tag->key) == 0 &&
			    (!tag->value || !list->tags[j].value ||
			     strcmp(list->tags[j].value, tag->value) == 0))
				return fail(err, FAULT_INVALID_PARAMETER,
					    "The tag %.128s is given twice",
					    tag->key);
	}
	return true;
}

/* What a rule looks for: "aws:" is allowed, as resources have such tags. */
static bool check_sought(const char *key, const char *value, struct error *err)
{
	return (*key && strlen(key) <= 128 && strlen(value) <= 256) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "A tag has a key of 1 to 128 characters, and a value of "
		    "at most 256");
}

static bool check_delay(int64_t delay, struct error *err)
{
	return (delay >= DELAY_LEAST && delay <= DELAY_MOST) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "The unlock delay must be between %d and %d days",
		    DELAY_LEAST, DELAY_MOST);
}

static bool check_request(const struct bin_request *request, struct error *err)
{
	if (request->days && (request->days < 1 || request->days > DAYS_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The retention period must be between 1 and %d "
			    "days",
			    DAYS_MOST);
	if (request->description &&
	    strlen(request->description) > DESCRIPTION_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A description has at most %d characters",
			    DESCRIPTION_MOST);
	return check_tags(request->kept, BIN_TAGS_MOST, check_sought, err) &&
	       check_tags(request->left, BIN_LEFT_MOST, check_sought, err) &&
	       check_tags(request->own, BIN_TAGS_MOST, tags_check, err);
}

/* A rule keeps either what has some tags, or all but what has some. */
static bool check_kind(size_t kept, size_t left, bool locked, struct error *err)
{
	if (kept && left)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A rule with resource tags has no exclusion tags");
	return !kept || !locked ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "A rule with resource tags cannot be locked");
}

/* Writes what the request says of tags. */
static bool write_tags(struct call *call, const char *id,
		       const struct bin_request *request, struct error *err)
{
	const struct {
		enum bin_tags kind;
		const struct bin_tag_list *list;
	} all[] = {
		{ BIN_OWN, request->own },
		{ BIN_KEPT, request->kept },
		{ BIN_LEFT, request->left },
	};
	struct db *db = call->store->db;
	int64_t count;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].list &&
		    !bin_rule_set_tags(db, id, all[i].kind, all[i].list->tags,
				       all[i].list->count, err))
			return false;
	for (size_t i = 0; request->kept && i < request->kept->count; i++) {
		if (!bin_rule_count_tag(db, call->account,
					&request->kept->tags[i], &count, err))
			return false;
		if (count > BIN_TAG_RULES_MOST)
			return fail(err, FAULT_RESOURCE_LIMIT,
				    "The tag %.128s is in %d rules already",
				    request->kept->tags[i].key,
				    BIN_TAG_RULES_MOST);
	}
	return true;
}

bool bin_rule_create(struct call *call, const struct bin_request *request,
		     struct arena *arena, struct bin_rule *ret_rule,
		     struct error *err)
{
	struct db *db = call->store->db;
	char id[BIN_RULE_ID + 1];
	struct bin_rule rule = {
		.id = id,
		.owner = call->account,
		.type = request->type,
		.days = request->days,
		.description = request->description,
		.locked = request->delay ? 1 : -1,
		.delay = request->delay,
		.created = call->now,
	};
	auto_tx tx = TX_INIT;
	int64_t count;
	bool found;

	draw_id(id);
	if (!check_request(request, err) ||
	    (request->delay && !check_delay(request->delay, err)) ||
	    !check_kind(request->kept ? request->kept->count : 0,
			request->left ? request->left->count : 0,
			request->delay, err) ||
	    !tx_begin(&tx, db, err) ||
	    !bin_rule_count(db, call->account, &count, err))
		return false;
	if (count >= BIN_RULES_MOST)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "An account has at most %d retention rules",
			    BIN_RULES_MOST);
	return bin_rule_insert(db, &rule, err) &&
	       write_tags(call, id, request, err) &&
	       bin_rule_get(db, id, arena, ret_rule, &found, err) &&
	       tx_commit(&tx, err);
}

/* Begins a change of a rule of the caller's that is not locked. */
static bool change_begin(struct call *call, const char *name,
			 struct arena *arena, struct tx *tx,
			 struct bin_rule *ret_rule, struct error *err)
{
	const char *state;

	if (!tx_begin(tx, call->store->db, err) ||
	    !bin_rule_own(call, name, arena, ret_rule, err))
		return false;
	state = bin_rule_state(ret_rule, call->now);
	return !state || strcmp(state, "unlocked") == 0 ||
	       fail(err, FAULT_RBIN_STATE,
		    "The rule %s is in the state %s and cannot be changed",
		    ret_rule->id, state);
}

/* How many tags of a kind a rule will have. */
static bool count_tags(const struct call *call, const struct bin_rule *rule,
		       enum bin_tags kind, const struct bin_tag_list *said,
		       struct arena *arena, size_t *ret_count,
		       struct error *err)
{
	const struct bin_tag *tags;

	*ret_count = said ? said->count : 0;
	return said || bin_rule_tags(call->store->db, rule->id, kind, arena,
				     &tags, ret_count, err);
}

bool bin_rule_change(struct call *call, const char *name,
		     const struct bin_request *request, struct arena *arena,
		     struct bin_rule *ret_rule, struct error *err)
{
	auto_tx tx = TX_INIT;
	struct bin_rule rule;
	size_t kept, left;

	if (!check_request(request, err) ||
	    !change_begin(call, name, arena, &tx, &rule, err) ||
	    !count_tags(call, &rule, BIN_KEPT, request->kept, arena, &kept,
			err) ||
	    !count_tags(call, &rule, BIN_LEFT, request->left, arena, &left,
			err) ||
	    !check_kind(kept, left, false, err))
		return false;
	if (request->days)
		rule.days = request->days;
	if (request->description)
		rule.description = request->description;
	*ret_rule = rule;
	return bin_rule_update(call->store->db, &rule, err) &&
	       write_tags(call, rule.id, request, err) && tx_commit(&tx, err);
}

bool bin_rule_lock(struct call *call, const char *name, int64_t delay,
		   struct arena *arena, struct bin_rule *ret_rule,
		   struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;
	struct bin_rule rule;
	size_t kept;

	if (!check_delay(delay, err) || !tx_begin(&tx, db, err) ||
	    !bin_rule_own(call, name, arena, &rule, err) ||
	    !count_tags(call, &rule, BIN_KEPT, NULL, arena, &kept, err) ||
	    !check_kind(kept, 0, true, err))
		return false;
	if (rule.locked == 1)
		return fail(err, FAULT_RBIN_STATE,
			    "The rule %s is locked already", rule.id);
	rule.locked = 1;
	rule.delay = delay;
	rule.unlocks = 0;
	*ret_rule = rule;
	return bin_rule_update(db, &rule, err) && tx_commit(&tx, err);
}

bool bin_rule_unlock(struct call *call, const char *name, struct arena *arena,
		     struct bin_rule *ret_rule, struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;
	struct bin_rule rule;

	if (!tx_begin(&tx, db, err) ||
	    !bin_rule_own(call, name, arena, &rule, err))
		return false;
	if (rule.locked != 1)
		return fail(err, FAULT_RBIN_STATE, "The rule %s is not locked",
			    rule.id);
	rule.locked = 0;
	rule.unlocks = time_after(call->now, rule.delay * DAY);
	*ret_rule = rule;
	return bin_rule_update(db, &rule, err) && tx_commit(&tx, err);
}

bool bin_rule_remove(struct call *call, const char *name, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_tx tx = TX_INIT;
	struct bin_rule rule;

	if (!arena)
		return fail_memory(err);
	return change_begin(call, name, arena, &tx, &rule, err) &&
	       bin_rule_delete(call->store->db, rule.id, err) &&
	       tx_commit(&tx, err);
}

/* A rule's own tags, as a list that has room for `more`. */
static bool own_tags(const struct call *call, const struct bin_rule *rule,
		     size_t more, struct arena *arena, struct bin_tag **ret_all,
		     size_t *ret_count, struct error *err)
{
	const struct bin_tag *tags;
	size_t count;

	if (!bin_rule_tags(call->store->db, rule->id, BIN_OWN, arena, &tags,
			   &count, err))
		return false;
	*ret_all = arena_alloc(arena, (count + more + 1) * sizeof(**ret_all));
	if (!*ret_all)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		(*ret_all)[i] = tags[i];
	*ret_count = count;
	return true;
}

bool bin_rule_tag(struct call *call, const char *name,
		  const struct bin_tag_list *tags, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_tx tx = TX_INIT;
	struct bin_rule rule;
	struct bin_tag *all;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!check_tags(tags, BIN_TAGS_MOST, tags_check, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !bin_rule_own(call, name, arena, &rule, err) ||
	    !own_tags(call, &rule, tags->count, arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < tags->count; i++) {
		size_t at = 0;

		while (at < count &&
		       strcmp(all[at].key, tags->tags[i].key) != 0)
			at++;
		all[at] = tags->tags[i];
		count += at == count;
	}
	if (count > BIN_TAGS_MOST)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "A rule has at most %d tags", BIN_TAGS_MOST);
	return bin_rule_set_tags(call->store->db, rule.id, BIN_OWN, all, count,
				 err) &&
	       tx_commit(&tx, err);
}

bool bin_rule_untag(struct call *call, const char *name,
		    const char *const *keys, size_t count, struct error *err)
{
	auto_of(arena) arena = arena_new();
	size_t had, left = 0;
	auto_tx tx = TX_INIT;
	struct bin_rule rule;
	struct bin_tag *all;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !bin_rule_own(call, name, arena, &rule, err) ||
	    !own_tags(call, &rule, 0, arena, &all, &had, err))
		return false;
	for (size_t i = 0; i < had; i++) {
		bool goes = false;

		for (size_t j = 0; j < count; j++)
			goes = goes || strcmp(keys[j], all[i].key) == 0;
		if (!goes)
			all[left++] = all[i];
	}
	return bin_rule_set_tags(call->store->db, rule.id, BIN_OWN, all, left,
				 err) &&
	       tx_commit(&tx, err);
}
