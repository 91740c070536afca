/* groups.c - security groups and what they allow, for people */
#include <string.h>

#include "images/grouprule.h"
#include "launcher/action/action.h"

struct rows {
	struct call *call;
	struct node *list;
};

/* "tcp 80-90 192.0.2.0/24", "all web": a group by its name. */
static bool rule_text(struct db *db, const struct security_rule *rule,
		      struct arena *arena, struct buf *text, struct error *err)
{
	const char *protocol = rule_protocol(rule, arena);
	struct security_group peer = { .name = rule->peer };
	bool found = false;

	if (!protocol)
		return fail_memory(err);
	if (rule->peer &&
	    !security_group_get(db, rule->peer, arena, &peer, &found, err))
		return false;
	buf_str(text, rule->protocol == -1 ? "all" : protocol);
	if (rule->from_port != -1)
		buf_printf(text, " %lld", (long long)rule->from_port);
	if (rule->to_port != rule->from_port && rule->to_port != -1)
		buf_printf(text, "-%lld", (long long)rule->to_port);
	buf_printf(text, " %s", rule->cidr ? rule->cidr : peer.name);
	return true;
}

static bool rules_text(struct db *db, const char *group, bool egress,
		       struct buf *text, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct security_rule *rules;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!security_rules_of(db, group, egress, arena, &rules, &count, err))
		return false;
	if (!count)
		buf_char(text, '-');
	for (size_t i = 0; i < count; i++) {
		buf_str(text, i ? ", " : "");
		if (!rule_text(db, &rules[i], arena, text, err))
			return false;
	}
	return !text->broken || fail_memory(err);
}

static bool row(void *data, const struct security_group *group,
		struct error *err)
{
	struct rows *rows = data;
	struct db *db = rows->call->store->db;
	auto_buf in = BUF_INIT, out = BUF_INIT;
	struct node *item;

	if (!rules_text(db, group->id, false, &in, err) ||
	    !rules_text(db, group->id, true, &out, err))
		return false;
	item = node_item(rows->list);
	node_str(item, "Id", NULL, group->id);
	node_str(item, "Name", NULL, group->name);
	node_str(item, "In", NULL, buf_text(&in));
	node_str(item, "Out", NULL, buf_text(&out));
	node_str(item, "Description", NULL, group->description);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct query query = { .account = call->account };
	struct rows rows = {
		.call = call,
		.list = node_list(reply->root, "Groups", NULL),
	};
	struct vpc vpc;

	(void)args;
	if (!arena)
		return fail_memory(err);
	return vpc_default(call, arena, &vpc, err) &&
	       security_group_list(call->store->db, &query, row, &rows, err);
}

const struct action verb_groups = {
	.name = "groups",
	.brief = "list security groups and what they allow",
	.about = "Lists the account's security groups: who may begin to talk "
		 "to their instances, and to whom those may.",
	.params = (const struct param[]) {
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "ids only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.example = "qami groups",
	.local = true,
	.travels = true,
	.run = run,
};
