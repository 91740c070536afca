/* interface.c - which groups' machines have to hear of an instance's end, and
 * other groups for it
 */
#include "launcher/instance/interface.h"

#include "tests/images/testing.h"

static struct arena *arena;

static void instance(const char *id, const char *network, const char *state,
		     const char *group)
{
	struct instance row = instance_row(id, id, state);

	row.network = network;
	good(instance_insert(call.store->db, &row, &err));
	good(instance_groups_set(call.store->db, id, &group, 1, &err));
}

/* How many groups have to hear of it. */
static size_t peers(const char *id)
{
	const char *const *groups;
	size_t count;

	good(interface_peers(&call, id, arena, &groups, &count, &err));
	return count;
}

static void test_regroup(const char *old, const char *new)
{
	const char *const *changed;
	const struct security_group *groups;
	size_t count;

	good(interface_regroup(&call, "i-user", &new, 1, arena, &changed,
			       &count, &err));
	check(count == 2 && strcmp(changed[0], new) == 0);
	check(strcmp(changed[1], old) == 0);
	good(instance_groups(call.store->db, "i-user", arena, &groups, &count,
			     &err));
	check(count == 1 && strcmp(groups[0].id, new) == 0);
	bad(INSTANCE_STATE, "",
	    interface_regroup(&call, "i-gone", &new, 1, arena, &changed, &count,
			      &err));
	bad(INSTANCE_NOT_FOUND, "",
	    interface_regroup(&call, "i-none", &new, 1, arena, &changed, &count,
			      &err));
}

int main(void)
{
	const struct group_request request = {
		.name = "web",
		.description = "for www",
	};
	struct security_group usual, web;

	arena = arena_new();
	check(arena);
	store_new();
	good(group_find(&call, NULL, GROUP_DEFAULT, arena, &usual, &err));
	good(group_create(&call, &request, arena, &web, &err));
	instance("i-bridge", "bridge", "running", usual.id);
	instance("i-user", "user", "running", usual.id);
	instance("i-gone", "bridge", "terminated", usual.id);
	check(peers("i-bridge") == 1);
	check(peers("i-user") == 0);
	check(peers("i-gone") == 0);
	check(peers("i-none") == 0);
	test_regroup(usual.id, web.id);
	store_close(call.store);
	arena_free(arena);
	return 0;
}
