/* access.c - how people reach the inside of an instance from this host */
#include "launcher/instance/access.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "images/group.h"
#include "images/registry/tag.h"
#include "launcher/instance/console.h"
#include "launcher/instance/network.h"
#include "launcher/net/net.h"

#define THIS_HOST "127.0.0.1"

/* The value of the tag that says who to log in as. */
struct user_tag {
	struct arena *arena;
	const char *owner;
	const char *user;
	bool broken;
};

/* Another account's tag on an image that it shares is none of ours. */
static void note_user(void *data, const struct tag *tag)
{
	struct user_tag *wanted = data;

	if (strcmp(tag->key, ACCESS_USER_TAG) != 0 || !*tag->value ||
	    strcmp(tag->owner, wanted->owner) != 0)
		return;
	wanted->user = arena_str(wanted->arena, tag->value);
	wanted->broken = !wanted->user;
}

/* What its owner says goes before what the guest does. */
static bool find_user(struct call *call, const struct instance *instance,
		      const struct spoken *spoken, struct arena *arena,
		      const char **ret_user, struct error *err)
{
	struct user_tag tag = { .arena = arena, .owner = call->account };
	struct db *db = call->store->db;

	if (!tag_each(db, instance->id, note_user, &tag, err) ||
	    (!tag.user && !tag_each(db, instance->image, note_user, &tag, err)))
		return false;
	if (!tag.user && *spoken->user) {
		tag.user = arena_str(arena, spoken->user);
		tag.broken = !tag.user;
	}
	*ret_user = tag.user ? tag.user : ACCESS_USER;
	return !tag.broken || fail_memory(err);
}

static bool find_key(struct call *call, const struct instance *instance,
		     const struct spoken *spoken, struct arena *arena,
		     const char **ret_path, struct error *err)
{
	auto_free char *path = NULL;

	*ret_path = NULL;
	if (!spoken->known_hosts)
		return true;
	path = console_known_hosts(call, instance->id);
	*ret_path = path ? arena_str(arena, path) : NULL;
	if (!*ret_path)
		return fail_memory(err);
	return console_know_host(call, instance->id, spoken, err);
}

/* Whether a rule lets a peer in at the port of SSH. */
static bool lets_in(const struct group_grant *grant, const char *peer)
{
	uint32_t mask = grant->prefix ? ~0U << (32 - grant->prefix) : 0;
	uint32_t address = ntohl(inet_addr(peer));

	return !grant->egress && (address & mask) == (grant->address & mask) &&
	       (grant->protocol < 0 ||
		(grant->protocol == IPPROTO_TCP &&
		 (grant->from < 0 ||
		  (grant->from <= SSH_PORT && SSH_PORT <= grant->to))));
}

bool access_refused(struct call *call, const char *id, uint16_t port,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct security_group *groups;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!instance_groups(call->store->db, id, arena, &groups, &count, err))
		return false;
	return fail(err, FAULT_OPERATION_NOT_PERMITTED,
		    "no rule %s port %u of %s; this adds it: "
		    "qami authorize-security-group-ingress --group-id %s "
		    "--protocol tcp --port %u --cidr " THIS_HOST "/32",
		    port == SSH_PORT ? "lets this host in at" :
				       "for this host names",
		    port, id, count ? groups[0].id : "SG", port);
}

/* Fails with what is missing when no rule of its groups lets this host in. */
static bool check_rules(struct call *call, const char *id, struct arena *arena,
			struct error *err)
{
	const struct group_grant *grants;
	size_t count;

	if (!group_grants(call, id, arena, &grants, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (lets_in(&grants[i], THIS_HOST))
			return true;
	return access_refused(call, id, SSH_PORT, err);
}

/* Fails where nothing of this host leads into an instance, whatever its groups
 * say. */
static bool check_network(const struct instance *instance, struct error *err)
{
	return strcmp(instance->network, "plain") != 0 ||
	       fail(err, FAULT_UNSUPPORTED,
		    "nothing of this host leads into %s: its network "
		    "is libvirt's own (see: qami console %s)",
		    instance->id, instance->id);
}

static bool find_way(struct call *call, const struct instance *instance,
		     struct arena *arena, struct access *access,
		     struct error *err)
{
	if (!check_network(instance, err) ||
	    !check_rules(call, instance->id, arena, err))
		return false;
	access->address = THIS_HOST;
	if (strcmp(instance->network, "bridge") == 0) {
		access->address = arena_str(arena, instance->address);
		access->port = SSH_PORT;
		return access->address || fail_memory(err);
	}
	if (!network_forward(call, instance->id, SSH_PORT, &access->port, err))
		return false;
	return access->port ||
	       fail(err, FAULT_UNSUPPORTED, "no port of this host leads to %s",
		    instance->id);
}

static bool find_running(struct call *call, const char *id, struct arena *arena,
			 struct instance *ret_instance, struct error *err)
{
	if (!authorise_instance(call, RIGHT_OWN, id, arena, ret_instance, err))
		return false;
	return strcmp(ret_instance->state, "running") == 0 ||
	       fail(err, FAULT_INSTANCE_STATE, "%s is %s", id,
		    ret_instance->state);
}

bool access_find(struct call *call, const char *id, struct arena *arena,
		 struct access *ret_access, struct error *err)
{
	struct instance instance;
	struct spoken spoken;
	struct access access = { 0 };

	if (!find_running(call, id, arena, &instance, err) ||
	    !find_way(call, &instance, arena, &access, err) ||
	    !console_spoken(call, id, arena, &spoken, err) ||
	    !find_user(call, &instance, &spoken, arena, &access.user, err) ||
	    !find_key(call, &instance, &spoken, arena, &access.known_hosts,
		      err))
		return false;
	access.id = instance.id;
	access.host_keys = spoken.known_hosts;
	access.public_key = instance.public_key;
	*ret_access = access;
	return true;
}

static int compare_ports(const void *a, const void *b)
{
	return ((const struct access_port *)a)->guest -
	       ((const struct access_port *)b)->guest;
}

bool access_ports(struct call *call, const char *id, struct arena *arena,
		  const struct access_port **ret_ports, size_t *ret_count,
		  struct error *err)
{
	struct instance instance;
	const struct net_forward *forwards;
	struct access_port *ports;
	size_t opened, count = 0;
	bool bridge;

	if (!find_running(call, id, arena, &instance, err) ||
	    !check_network(&instance, err) ||
	    !network_forwards(call, id, arena, &forwards, &opened, err))
		return false;
	ports = arena_alloc(arena, (opened + 1) * sizeof(*ports));
	if (!ports)
		return fail_memory(err);
	bridge = strcmp(instance.network, "bridge") == 0;
	for (size_t i = 0; i < opened; i++)
		if (bridge || forwards[i].host_port)
			ports[count++] = (struct access_port){
				.guest = forwards[i].guest_port,
				.port = bridge ? forwards[i].guest_port :
						 forwards[i].host_port,
				.address = bridge ? instance.address :
						    THIS_HOST,
			};
	qsort(ports, count, sizeof(*ports), compare_ports);
	*ret_ports = ports;
	*ret_count = count;
	return true;
}
