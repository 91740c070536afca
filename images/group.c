/* group.c - security groups by their names, and what they allow */
#include "images/group.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "images/authorise.h"
#include "images/tags.h"

#define TEXT_MOST 255 /* characters of a name or a description */

static bool write_rule(const struct call *call, const char *group,
		       struct security_rule rule, struct error *err)
{
	char id[ID_SIZE];

	id_new("sgr", id);
	rule.id = id;
	rule.group = group;
	return security_rule_insert(call->store->db, &rule, err);
}

static const struct security_rule anywhere = {
	.egress = true,
	.protocol = -1,
	.from_port = -1,
	.to_port = -1,
	.cidr = "0.0.0.0/0",
};

bool group_make_default(const struct call *call, struct error *err)
{
	char id[ID_SIZE];
	const struct security_group group = {
		.id = id,
		.owner = call->account,
		.name = GROUP_DEFAULT,
		.description = "default VPC security group",
		.created = call->now,
	};
	const struct security_rule each_other = {
		.protocol = -1,
		.from_port = -1,
		.to_port = -1,
		.peer = id,
	};
	const struct security_rule shell = {
		.protocol = IPPROTO_TCP,
		.from_port = 22,
		.to_port = 22,
		.cidr = "127.0.0.1/32",
		.description = "ssh from this host",
	};

	id_new("sg", id);
	return security_group_insert(call->store->db, &group, err) &&
	       write_rule(call, id, each_other, err) &&
	       write_rule(call, id, shell, err) &&
	       write_rule(call, id, anywhere, err);
}

bool group_text_valid(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
				      "._-:/()#,@[]+=&;{}!$*";

	return strspn(text, allowed) == strlen(text) &&
	       strlen(text) <= TEXT_MOST;
}

static bool check_text(const char *param, const char *text, struct error *err)
{
	if (*text && group_text_valid(text))
		return true;
	return fail(err, FAULT_INVALID_PARAMETER,
		    "Value (%.80s) for parameter %s is invalid. It takes 1 to "
		    "%d characters of a-z, A-Z, 0-9, blanks and "
		    "._-:/()#,@[]+=&;{}!$*",
		    text, param, TEXT_MOST);
}

static bool check_request(const struct call *call,
			  const struct group_request *request,
			  struct arena *arena, struct error *err)
{
	struct security_group group;
	struct vpc vpc;
	bool found;

	if (!check_text("GroupName", request->name, err) ||
	    !check_text("GroupDescription", request->description, err))
		return false;
	if (strncmp(request->name, "sg-", 3) == 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid security group name: group names may not "
			    "be in the format sg-*");
	if (!vpc_default(call, arena, &vpc, err) ||
	    !security_group_named(call->store->db, call->account, request->name,
				  arena, &group, &found, err))
		return false;
	if (found)
		return fail(err, FAULT_GROUP_DUPLICATE,
			    "The security group '%.100s' already exists for "
			    "VPC '%s'",
			    request->name, vpc.id);
	return true;
}

bool group_create(const struct call *call, const struct group_request *request,
		  struct arena *arena, struct security_group *ret_group,
		  struct error *err)
{
	char id[ID_SIZE];
	auto_tx tx = TX_INIT;

	id_new("sg", id);
	*ret_group = (struct security_group){
		.id = arena_str(arena, id),
		.owner = call->account,
		.name = request->name,
		.description = request->description,
		.created = call->now,
	};
	if (!ret_group->id)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !check_request(call, request, arena, err) ||
	    !security_group_insert(call->store->db, ret_group, err) ||
	    !write_rule(call, id, anywhere, err))
		return false;
	return tags_set_all(call, id, request->tags, request->tag_count, err) &&
	       call_dry_run(call, err) && tx_commit(&tx, err);
}

bool group_remove(const struct call *call, const char *id, const char *name,
		  struct arena *arena, struct security_group *ret_group,
		  struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;
	bool used;

	if (!tx_begin(&tx, db, err) ||
	    !group_find(call, id, name, arena, ret_group, err))
		return false;
	if (strcmp(ret_group->name, GROUP_DEFAULT) == 0)
		return fail(err, FAULT_CANNOT_DELETE,
			    "the specified group: \"%s\" name: \"%s\" "
			    "cannot be deleted by a user",
			    ret_group->id, ret_group->name);
	if (!security_group_used(db, ret_group->id, &used, err))
		return false;
	if (used)
		return fail(err, FAULT_DEPENDENCY,
			    "resource %s has a dependent object",
			    ret_group->id);
	return call_dry_run(call, err) &&
	       security_group_delete(db, ret_group->id, err) &&
	       tx_commit(&tx, err);
}

bool group_find(const struct call *call, const char *id, const char *name,
		struct arena *arena, struct security_group *ret_group,
		struct error *err)
{
	struct vpc vpc;
	bool found;

	if (id)
		return authorise_group(call, RIGHT_OWN, id, arena, ret_group,
				       err);
	if (!vpc_default(call, arena, &vpc, err) ||
	    !security_group_named(call->store->db, call->account, name, arena,
				  ret_group, &found, err))
		return false;
	return found ||
	       fail(err, FAULT_GROUP_NOT_FOUND,
		    "The security group '%.100s' does not exist in default "
		    "VPC '%s'",
		    name, vpc.id);
}

/* Adds one group of the two lists, unless it is there. */
static bool add_group(const struct call *call, const char *id, const char *name,
		      struct arena *arena, const char **ids, size_t *count,
		      struct error *err)
{
	struct security_group group;

	if (!group_find(call, id, name, arena, &group, err))
		return false;
	for (size_t i = 0; i < *count; i++)
		if (strcmp(ids[i], group.id) == 0)
			return true;
	ids[(*count)++] = group.id;
	return true;
}

bool groups_resolve(const struct call *call, const char *const *ids,
		    size_t id_count, const char *const *names,
		    size_t name_count, struct arena *arena,
		    const char *const **ret_ids, size_t *ret_count,
		    struct error *err)
{
	static const char *const usual[] = { GROUP_DEFAULT };
	const char **all;
	size_t count = 0;

	if (!id_count && !name_count) {
		names = usual;
		name_count = 1;
	}
	all = arena_alloc(arena, (id_count + name_count) * sizeof(*all));
	if (!all)
		return fail_memory(err);
	for (size_t i = 0; i < id_count; i++)
		if (!add_group(call, ids[i], NULL, arena, all, &count, err))
			return false;
	for (size_t i = 0; i < name_count; i++)
		if (!add_group(call, NULL, names[i], arena, all, &count, err))
			return false;
	if (count > GROUPS_MOST)
		return fail(err, FAULT_GROUPS_LIMIT,
			    "A network interface has at most %d security "
			    "groups",
			    GROUPS_MOST);
	*ret_ids = all;
	*ret_count = count;
	return true;
}

struct grants {
	struct arena *arena;
	struct group_grant *all;
	size_t count;
};

static bool add_grant(void *data, const struct security_rule *rule,
		      struct error *err)
{
	struct grants *grants = data;
	const char *slash = strchr(rule->cidr, '/');
	char address[INET_ADDRSTRLEN] = "";
	struct in_addr raw;

	if (!slash || (size_t)(slash - rule->cidr) >= sizeof(address))
		return true; /* of IPv6 */
	memcpy(address, rule->cidr, (size_t)(slash - rule->cidr));
	if (inet_pton(AF_INET, address, &raw) != 1)
		return true;
	grants->all = arena_more(grants->arena, grants->all, grants->count,
				 sizeof(*grants->all));
	if (!grants->all)
		return fail_memory(err);
	grants->all[grants->count++] = (struct group_grant){
		.egress = rule->egress,
		.protocol = (int)rule->protocol,
		.from = (int)rule->from_port,
		.to = (int)rule->to_port,
		.address = ntohl(raw.s_addr),
		.prefix = (unsigned)strtoul(slash + 1, NULL, 10),
	};
	return true;
}

bool group_grants(const struct call *call, const char *instance,
		  struct arena *arena, const struct group_grant **ret_grants,
		  size_t *ret_count, struct error *err)
{
	struct grants grants = { .arena = arena };

	if (!security_rules_for(call->store->db, instance, add_grant, &grants,
				err))
		return false;
	*ret_grants = grants.all;
	*ret_count = grants.count;
	return true;
}

bool group_touches(const struct call *call, const char *group,
		   struct arena *arena, const char *const **ret_instances,
		   size_t *ret_count, struct error *err)
{
	return security_group_reaches(call->store->db, group, arena,
				      ret_instances, ret_count, err);
}
