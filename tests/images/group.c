/* group.c - a default VPC, its addresses, and what groups allow */
#include "images/group.h"

#include "tests/images/testing.h"

#define OTHER "210987654321"

static struct arena *arena;

/* The row of an instance of the caller's at that address, in that group. */
static void instance(const char *id, const char *address, const char *state,
		     const char *group)
{
	struct instance row = instance_row(id, address, state);

	row.interface = id;
	good(instance_insert(call.store->db, &row, &err));
	if (group)
		good(instance_groups_set(call.store->db, id, &group, 1, &err));
}

static const char *group_new(const char *name)
{
	char id[ID_SIZE];
	struct security_group row = {
		.id = id,
		.owner = call.account,
		.name = name,
		.description = name,
	};

	id_new("sg", id);
	good(security_group_insert(call.store->db, &row, &err));
	return arena_str(arena, id);
}

static void rule_new(const char *id, const char *group, bool egress,
		     const char *cidr, const char *peer)
{
	const struct security_rule row = {
		.id = id,
		.group = group,
		.egress = egress,
		.protocol = 6,
		.from_port = 80,
		.to_port = 90,
		.cidr = cidr,
		.peer = peer,
	};

	good(security_rule_insert(call.store->db, &row, &err));
}

static void test_vpc(void)
{
	struct vpc vpc, again;
	struct security_group group;

	good(vpc_default(&call, arena, &vpc, &err));
	good(vpc_default(&call, arena, &again, &err));
	check(strcmp(vpc.id, again.id) == 0);
	check(id_valid(vpc.id, "vpc") && id_valid(vpc.subnet, "subnet"));
	good(subnet_own(&call, vpc.subnet, arena, &again, &err));
	good(group_find(&call, NULL, GROUP_DEFAULT, arena, &group, &err));
	check(strcmp(group.vpc, vpc.id) == 0);

	strcpy(call.account, OTHER);
	good(vpc_default(&call, arena, &again, &err));
	check(strcmp(vpc.id, again.id) != 0);
	bad(VPC_NOT_FOUND, "", vpc_own(&call, vpc.id, arena, &again, &err));
	bad(SUBNET_NOT_FOUND, "",
	    subnet_own(&call, vpc.subnet, arena, &again, &err));
	bad(GROUP_NOT_FOUND, "",
	    group_find(&call, group.id, NULL, arena, &group, &err));
	strcpy(call.account, ACCOUNT);
}

static void takes(const char *wanted, const char *expected)
{
	char address[ADDRESS_SIZE];

	good(address_take(&call, wanted, address, &err));
	check(strcmp(address, expected) == 0);
}

static void test_addresses(void)
{
	static const char *const reserved[] = {
		"172.31.0.0",	"172.31.0.1",	 "172.31.0.3",
		"172.31.15.255", "172.31.16.0",	 "172.30.255.255",
		"10.0.2.15",	"172.31.0.4/20", "x",
	};
	char address[ADDRESS_SIZE];
	bool moved;
	size_t left;

	takes(NULL, "172.31.0.4");
	instance("i-a", "172.31.0.4", "running", NULL);
	takes(NULL, "172.31.0.5");
	instance("i-c", "172.31.0.6", "stopped", NULL);
	takes(NULL, "172.31.0.5");
	instance("i-b", "172.31.0.5", "pending", NULL);
	takes(NULL, "172.31.0.7");
	takes("172.31.15.254", "172.31.15.254");
	good(addresses_left(&call, &left, &err));
	check(left == SUBNET_SPACE - 3);
	bad(ADDRESS_IN_USE, "",
	    address_take(&call, "172.31.0.6", address, &err));
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		bad(INVALID_PARAMETER, "",
		    address_take(&call, reserved[i], address, &err));
	/* it is free again when its instance is terminated, not before */
	good(instance_move(call.store->db, "i-c", "stopped", "terminated", NULL,
			   NULL, 1, &moved, &err));
	takes("172.31.0.6", "172.31.0.6");
	takes(NULL, "172.31.0.6");
}

static void test_exhausted(void)
{
	char id[ID_SIZE], address[ADDRESS_SIZE];
	auto_tx tx = TX_INIT;
	size_t left;

	good(tx_begin(&tx, call.store->db, &err));
	good(addresses_left(&call, &left, &err));
	for (; left; left--) {
		good(address_take(&call, NULL, address, &err));
		id_new("i", id);
		instance(id, address, "running", NULL);
	}
	bad(ADDRESSES_EXHAUSTED, "", address_take(&call, NULL, address, &err));
}

static void test_resolve(void)
{
	const char *const names[] = { "a", "b", "c", "d", GROUP_DEFAULT, "a" };
	const char *const *ids;
	struct security_group group;
	const char *first, *sixth;
	size_t count;

	good(groups_resolve(&call, NULL, 0, NULL, 0, arena, &ids, &count,
			    &err));
	good(group_find(&call, NULL, GROUP_DEFAULT, arena, &group, &err));
	check(count == 1 && strcmp(ids[0], group.id) == 0);
	first = group_new("a");
	for (size_t i = 1; i < 4; i++)
		group_new(names[i]);
	sixth = group_new("e");
	good(groups_resolve(&call, &first, 1, names, 6, arena, &ids, &count,
			    &err));
	check(count == 5 && strcmp(ids[0], first) == 0);
	check(strcmp(ids[4], group.id) == 0);
	bad(GROUPS_LIMIT, "",
	    groups_resolve(&call, &sixth, 1, names, 6, arena, &ids, &count,
			   &err));
	bad(GROUP_NOT_FOUND, "",
	    groups_resolve(&call, NULL, 0, &(const char *){ "f" }, 1, arena,
			   &ids, &count, &err));
}

/* Whether a grant is among those of an instance. */
static bool grants(const char *id, bool egress, uint32_t address,
		   unsigned prefix, size_t expected)
{
	const struct group_grant *all;
	size_t count, found = 0;

	good(group_grants(&call, id, arena, &all, &count, &err));
	check(count == expected);
	for (size_t i = 0; i < count; i++)
		found += all[i].egress == egress && all[i].protocol == 6 &&
			 all[i].from == 80 && all[i].to == 90 &&
			 all[i].address == address && all[i].prefix == prefix;
	return found;
}

static void test_grants(void)
{
	const char *web = group_new("web"), *db = group_new("db");
	const char *const *touched;
	size_t count;
	bool used;

	instance("i-web1", "172.31.1.1", "running", web);
	instance("i-web2", "172.31.1.2", "stopped", web);
	instance("i-gone", "172.31.1.3", "terminated", web);
	instance("i-db", "172.31.1.4", "running", db);
	rule_new("sgr-1", web, false, "192.0.2.0/24", NULL);
	rule_new("sgr-2", web, false, "2001:db8::/32", NULL);
	rule_new("sgr-3", web, true, "0.0.0.0/0", NULL);
	rule_new("sgr-4", db, false, NULL, web);
	check(grants("i-web1", false, 0xc0000200, 24, 2));
	check(grants("i-web1", true, 0, 0, 2));
	check(grants("i-db", false, 0xac1f0101, 32, 2));
	check(grants("i-db", false, 0xac1f0102, 32, 2));
	check(!grants("i-db", false, 0xac1f0103, 32, 2));
	good(group_touches(&call, web, arena, &touched, &count, &err));
	check(count == 3);
	check(strcmp(touched[0], "i-web1") == 0);
	check(strcmp(touched[1], "i-web2") == 0);
	check(strcmp(touched[2], "i-db") == 0);
	good(group_touches(&call, db, arena, &touched, &count, &err));
	check(count == 1);
	good(security_group_used(call.store->db, web, &used, &err));
	check(used);
}

int main(void)
{
	arena = arena_new();
	check(arena);
	store_new();
	good(account_ensure(call.store->db, OTHER, &err));
	test_vpc();
	test_addresses();
	test_exhausted();
	test_resolve();
	test_grants();
	store_close(call.store);
	arena_free(arena);
	return 0;
}
