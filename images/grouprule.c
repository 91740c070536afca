/* grouprule.c - the rules of a security group */
#include "images/grouprule.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "images/authorise.h"
#include "images/tags.h"

#define ICMP 1
#define TCP 6
#define UDP 17
#define ICMP6 58

static const struct {
	const char *name;
	int64_t number;
} protocols[] = {
	{ "tcp", TCP },
	{ "udp", UDP },
	{ "icmp", ICMP },
	{ "icmpv6", ICMP6 },
};

const char *rule_protocol(const struct security_rule *rule, struct arena *arena)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (protocols[i].number == rule->protocol)
			return protocols[i].name;
	return arena_format(arena, "%lld", (long long)rule->protocol);
}

static bool read_protocol(const char *text, int64_t *ret_number,
			  struct error *err)
{
	char *end;
	long number;

	if (!text)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "ipProtocol");
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (strcasecmp(protocols[i].name, text) == 0) {
			*ret_number = protocols[i].number;
			return true;
		}
	number = strtol(text, &end, 10);
	if (!*text || *end || strlen(text) > 3 || number < -1 || number > 255)
		return fail(err, FAULT_PERMISSION_MALFORMED,
			    "Unsupported IP protocol \"%.40s\" - supported: "
			    "[tcp, udp, icmp, icmpv6, -1, 0 to 255]",
			    text);
	*ret_number = number;
	return true;
}

static bool read_ports(const struct rule_request *request,
		       struct security_rule *rule, struct error *err)
{
	int64_t from = request->from ? *request->from : -1;
	int64_t to = request->to ? *request->to : -1;

	if (!request->from || !request->to || from < 0 || to < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid value 'Must specify both from and to "
			    "ports with TCP/UDP.' for portRange.");
	if (from > to || to > 65535)
		return fail(err, FAULT_PERMISSION_MALFORMED,
			    "Invalid TCP/UDP port range (%lld:%lld)",
			    (long long)from, (long long)to);
	rule->from_port = from;
	rule->to_port = to;
	return true;
}

/* A type and a code, each of which may be -1: all; icmpv6 may leave both out.
 */
static bool read_types(const struct rule_request *request,
		       struct security_rule *rule, struct error *err)
{
	int64_t type = request->from ? *request->from : -1;
	int64_t code = request->to ? *request->to : -1;

	if (rule->protocol == ICMP && (!request->from || !request->to))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid value 'Must specify both type and code "
			    "with ICMP.' for portRange.");
	if (type < -1 || type > 255 || code < -1 || code > 255 ||
	    (type == -1 && code != -1))
		return fail(err, FAULT_PERMISSION_MALFORMED,
			    "Invalid ICMP type and code (%lld:%lld)",
			    (long long)type, (long long)code);
	rule->from_port = type;
	rule->to_port = code;
	return true;
}

/* Writes a range in the one form that it is kept in. */
static bool read_range(const char *text, int family, struct arena *arena,
		       const char **ret_range, struct error *err)
{
	unsigned bits = family == AF_INET ? 32 : 128;
	unsigned char raw[16] = { 0 };
	char address[INET6_ADDRSTRLEN] = "";
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : sizeof(address);
	unsigned prefix = 0;

	if (size < sizeof(address))
		memcpy(address, text, size);
	if (slash && slash[1] && strlen(slash + 1) <= 3 &&
	    strspn(slash + 1, "0123456789") == strlen(slash + 1))
		prefix = (unsigned)strtoul(slash + 1, NULL, 10);
	else
		address[0] = 0;
	if (prefix > bits || inet_pton(family, address, raw) != 1)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "CIDR block %.60s is malformed", text);
	for (unsigned i = prefix; i < bits; i++)
		raw[i / 8] &= (unsigned char)~(0x80 >> i % 8);
	inet_ntop(family, raw, address, sizeof(address));
	*ret_range = arena_format(arena, "%s/%u", address, prefix);
	return *ret_range || fail_memory(err);
}

static bool read_peer(const struct call *call,
		      const struct rule_request *request, struct arena *arena,
		      const char **ret_peer, struct error *err)
{
	const char *said = request->peer ? request->peer : request->peer_name;
	struct security_group group;

	if (request->peer_owner &&
	    strcmp(request->peer_owner, call->account) != 0)
		return fail(err, FAULT_GROUP_NOT_FOUND,
			    "The security group '%.100s' does not exist", said);
	if (!group_find(call, request->peer, request->peer_name, arena, &group,
			err))
		return false;
	*ret_peer = group.id;
	return true;
}

bool rule_description_check(const char *text, struct error *err)
{
	if (!text || group_text_valid(text))
		return true;
	return fail(err, FAULT_INVALID_PARAMETER,
		    "Invalid rule description. Valid descriptions are strings "
		    "less than 256 characters from the following set: "
		    "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*");
}

bool rule_read(const struct call *call, const struct rule_request *request,
	       const char *group, bool egress, struct arena *arena,
	       struct security_rule *ret_rule, struct error *err)
{
	struct security_rule rule = {
		.group = group,
		.owner = call->account,
		.egress = egress,
		.from_port = -1,
		.to_port = -1,
		.description = request->description,
	};

	if (!read_protocol(request->protocol, &rule.protocol, err) ||
	    !rule_description_check(request->description, err))
		return false;
	if ((rule.protocol == TCP || rule.protocol == UDP) &&
	    !read_ports(request, &rule, err))
		return false;
	if ((rule.protocol == ICMP || rule.protocol == ICMP6) &&
	    !read_types(request, &rule, err))
		return false;
	if (request->cidr &&
	    !read_range(request->cidr, AF_INET, arena, &rule.cidr, err))
		return false;
	if (request->cidr6 &&
	    !read_range(request->cidr6, AF_INET6, arena, &rule.cidr, err))
		return false;
	if (!rule.cidr && !read_peer(call, request, arena, &rule.peer, err))
		return false;
	*ret_rule = rule;
	return true;
}

static bool fail_duplicate(const struct security_rule *rule, struct error *err)
{
	const char *peer = rule->cidr ? rule->cidr : rule->peer;
	char protocol[8];

	if (rule->protocol == -1)
		return fail(err, FAULT_PERMISSION_DUPLICATE,
			    "the specified rule \"peer: %s, ALL, ALLOW\" "
			    "already exists",
			    peer);
	snprintf(protocol, sizeof(protocol), "%lld", (long long)rule->protocol);
	return fail(err, FAULT_PERMISSION_DUPLICATE,
		    "the specified rule \"peer: %s, %s, from port: %lld, "
		    "to port: %lld, ALLOW\" already exists",
		    peer,
		    rule->protocol == TCP ? "TCP" :
		    rule->protocol == UDP ? "UDP" :
					    protocol,
		    (long long)rule->from_port, (long long)rule->to_port);
}

static bool same(const struct security_rule *a, const struct security_rule *b)
{
	const char *of_a = a->cidr ? a->cidr : a->peer;
	const char *of_b = b->cidr ? b->cidr : b->peer;

	return a->protocol == b->protocol && a->from_port == b->from_port &&
	       a->to_port == b->to_port && strcmp(of_a, of_b) == 0;
}

static bool check_once(const struct security_rule *rules, size_t count,
		       struct error *err)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (same(&rules[i], &rules[j]))
				return fail(err, FAULT_INVALID_PARAMETER,
					    "The same permission must not "
					    "appear multiple times");
	return true;
}

static bool add_one(const struct call *call, struct security_rule *rule,
		    const struct pair *tags, size_t tag_count,
		    struct arena *arena, struct error *err)
{
	struct db *db = call->store->db;
	struct security_rule old;
	char id[ID_SIZE];
	int64_t count;
	bool found;

	if (!security_rule_same(db, rule, arena, &old, &found, err) ||
	    !security_rule_count(db, rule->group, rule->egress, &count, err))
		return false;
	if (found)
		return fail_duplicate(rule, err);
	if (count >= RULES_MOST)
		return fail(err, FAULT_RULES_LIMIT,
			    "The maximum number of rules per security group "
			    "has been reached.");
	id_new("sgr", id);
	rule->id = arena_str(arena, id);
	if (!rule->id)
		return fail_memory(err);
	return security_rule_insert(db, rule, err) &&
	       tags_set_all(call, id, tags, tag_count, err);
}

bool rules_add(const struct call *call, struct security_rule *rules,
	       size_t count, const struct pair *tags, size_t tag_count,
	       struct arena *arena, struct error *err)
{
	auto_tx tx = TX_INIT;

	if (!check_once(rules, count, err) ||
	    !tx_begin(&tx, call->store->db, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!add_one(call, &rules[i], tags, tag_count, arena, err))
			return false;
	return call_dry_run(call, err) && tx_commit(&tx, err);
}

bool rules_remove(const struct call *call, struct security_rule *rules,
		  size_t count, struct arena *arena, struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, db, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct security_rule old;
		bool found;

		if (!security_rule_same(db, &rules[i], arena, &old, &found,
					err))
			return false;
		if (!found)
			continue;
		if (!security_rule_delete(db, old.id, err))
			return false;
		rules[i].id = old.id;
	}
	return call_dry_run(call, err) && tx_commit(&tx, err);
}

bool rule_find(const struct call *call, const char *group, bool egress,
	       const char *id, struct arena *arena,
	       struct security_rule *ret_rule, struct error *err)
{
	if (!authorise_group_rule(call, RIGHT_OWN, id, arena, ret_rule, err))
		return false;
	if (strcmp(ret_rule->group, group) != 0 || ret_rule->egress != egress)
		return fail(err, FAULT_GROUP_RULE_NOT_FOUND,
			    "The security group rule ID '%s' does not exist",
			    id);
	return true;
}

bool rule_replace(const struct call *call, struct security_rule *rule,
		  struct arena *arena, struct error *err)
{
	struct security_rule old;
	bool found;

	if (!authorise_group_rule(call, RIGHT_OWN, rule->id, arena, &old, err))
		return false;
	if (strcmp(old.group, rule->group) != 0)
		return fail(err, FAULT_GROUP_RULE_NOT_FOUND,
			    "The security group rule ID '%s' does not exist",
			    rule->id);
	rule->egress = old.egress;
	if (!security_rule_same(call->store->db, rule, arena, &old, &found,
				err))
		return false;
	if (found && strcmp(old.id, rule->id) != 0)
		return fail_duplicate(rule, err);
	return security_rule_update(call->store->db, rule, err);
}

bool rule_describe(const struct call *call, const struct security_rule *rule,
		   struct arena *arena, struct error *err)
{
	struct security_rule old;
	bool found;

	if (!security_rule_same(call->store->db, rule, arena, &old, &found,
				err))
		return false;
	if (!found)
		return fail(err, FAULT_PERMISSION_NOT_FOUND,
			    "The specified rule does not exist in this "
			    "security group.");
	old.description = rule->description;
	return security_rule_update(call->store->db, &old, err);
}
