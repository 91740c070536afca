/* network.c - an instance's network, from its rows to its processes
 *
 * What the rows say is read and carried out under a lock on the instance's net
 * directory. Who changes rows first commits, then refreshes: so the last to
 * have the lock has seen everything that was committed before, and a machine
 * that is being started meanwhile is either told, or finds it in the rows.
 */
#include "launcher/instance/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>

#include "images/base/alias.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "images/base/process.h"
#include "images/endpoint.h"
#include "images/group.h"
#include "images/registry/forward.h"
#include "launcher/domain/bridge.h"
#include "launcher/instance/bridged.h"
#include "launcher/net/net.h"

#define SHELL_PORT 22

/* QEMU's user passes through, as everywhere in a store. */
#define DIR_MODE 0711

static bool unknown(const char *variable, const char *value, const char *words,
		    struct error *err)
{
	return fail(err, FAULT_INVALID_PARAMETER, "%s is '%.40s'; it can be %s",
		    variable, value, words);
}

bool network_choose(const char *uri, const char **ret_network, bool *ret_seed,
		    struct error *err)
{
	const char *network = getenv("QAMI_NETWORK");
	const char *metadata = getenv("QAMI_METADATA");

	if (!network || !*network)
		network = "user";
	else if (strcmp(network, "user") != 0 && strcmp(network, "bridge") != 0)
		return unknown("QAMI_NETWORK", network, "user or bridge", err);
	if (!metadata || !*metadata)
		metadata = "service";
	else if (strcmp(metadata, "service") != 0 &&
		 strcmp(metadata, "seed") != 0)
		return unknown("QAMI_METADATA", metadata, "service or seed",
			       err);
	if (network[0] == 'b' && strcmp(uri, BRIDGE_URI) != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "QAMI_NETWORK=bridge needs " BRIDGE_URI
			    ", and machines start under %s",
			    uri);
	*ret_network = network;
	*ret_seed = strcmp(metadata, "seed") == 0;
	return true;
}

static bool is_user(const struct instance *instance)
{
	return strcmp(instance->network, "user") == 0;
}

/* An instance on the bridge has a place there, and no directory. */
static bool is_bridged(const struct instance *instance)
{
	return strcmp(instance->network, "bridge") == 0;
}

/* An instance's net directory, and under what name its sockets are bound. */
struct place {
	char *path;
	const char *name; /* either of the two */
	char *alias;
};
#define PLACE_INIT                \
	{                         \
		NULL, NULL, NULL, \
	}

static void place_done(struct place *place)
{
	free(place->path);
	free(place->alias);
}
#define auto_place __attribute__((cleanup(place_done))) struct place

/* *ret_there, unless NULL, is whether the directory is there; of one that is
 * not there is no name. */
static bool find_place(struct call *call, const char *id,
		       struct place *ret_place, bool *ret_there,
		       struct error *err)
{
	ret_place->path = store_path(call->store, "instances/%s/net", id);
	if (!ret_place->path)
		return fail_memory(err);
	if (ret_there) {
		*ret_there = access(ret_place->path, F_OK) == 0;
		if (!*ret_there)
			return true;
	}
	ret_place->name = ret_place->path;
	if (strlen(ret_place->path) <= net_directory_most())
		return true;
	ret_place->name = ret_place->alias = alias_make(ret_place->path);
	return ret_place->alias ||
	       fail(err, FAULT_INTERNAL,
		    "%s is too long a path for sockets, and no link to it can "
		    "be made",
		    ret_place->path);
}

/* Takes the directory's lock, which its descriptor has; -1 with errno when the
 * directory is not there. */
static int lock_place(const struct place *place)
{
	auto_close int fd =
		open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return -1;
	return take_fd(fd);
}

/* The guest's port that an ingress rule opens to this host, 0 if none: port 22,
 * and what a rule names alone. */
static uint16_t opened(const struct group_grant *grant)
{
	uint32_t mask = grant->prefix ? ~0U << (32 - grant->prefix) : 0;
	bool all = grant->protocol < 0 || grant->from < 0;

	if (grant->egress ||
	    (grant->protocol >= 0 && grant->protocol != IPPROTO_TCP) ||
	    (INADDR_LOOPBACK & mask) != (grant->address & mask))
		return 0;
	if (all || (grant->from <= SHELL_PORT && SHELL_PORT <= grant->to))
		return SHELL_PORT;
	return grant->from == grant->to ? (uint16_t)grant->from : 0;
}

static bool add_forward(struct call *call, const char *id, uint16_t port,
			struct net_forward *forwards, size_t *count,
			struct error *err)
{
	for (size_t i = 0; i < *count; i++)
		if (forwards[i].guest_port == port)
			return true;
	forwards[*count].guest_port = port;
	return forward_get(call->store->db, id, port,
			   &forwards[(*count)++].host_port, err);
}

/* Whether an egress rule names the endpoint, and nothing else: what lets a
 * guest out everywhere does not let it in here. */
static bool names_endpoint(const struct group_grant *grant)
{
	struct in_addr gateway;

	return grant->egress && grant->protocol == IPPROTO_TCP &&
	       grant->from == NET_ENDPOINT_PORT &&
	       grant->to == NET_ENDPOINT_PORT && grant->prefix == 32 &&
	       inet_pton(AF_INET, SUBNET_GATEWAY, &gateway) == 1 &&
	       grant->address == ntohl(gateway.s_addr);
}

/* Where the endpoint is, unless it has no IPv4 address or does not serve. */
static bool find_endpoint(struct call *call, struct net_place *ret_place,
			  struct error *err)
{
	char text[ENDPOINT_SIZE], address[INET_ADDRSTRLEN];
	struct in_addr parsed;
	uint16_t port;

	if (!endpoint_find(call->store, text, err))
		return false;
	if (sscanf(text, "http://%15[0-9.]:%hu", address, &port) != 2 ||
	    inet_pton(AF_INET, address, &parsed) != 1)
		return true;
	*ret_place = (struct net_place){
		.address = parsed.s_addr ? ntohl(parsed.s_addr) :
					   INADDR_LOOPBACK,
		.port = port,
	};
	return true;
}

/* What an instance's groups allow now; in the arena. */
static bool read_policy(struct call *call, const char *id, struct arena *arena,
			struct net_policy *ret_policy, struct error *err)
{
	const struct group_grant *grants;
	struct net_forward *forwards;
	struct net_rule *egress;
	size_t count;

	*ret_policy = (struct net_policy){ 0 };
	if (!group_grants(call, id, arena, &grants, &count, err))
		return false;
	forwards = arena_alloc(arena, (count + 1) * sizeof(*forwards));
	egress = arena_alloc(arena, (count + 1) * sizeof(*egress));
	if (!forwards || !egress)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const struct group_grant *grant = &grants[i];
		uint16_t port = opened(grant);

		if (names_endpoint(grant) &&
		    !find_endpoint(call, &ret_policy->endpoint, err))
			return false;
		if (grant->egress)
			egress[ret_policy->egress_count++] = (struct net_rule){
				.protocol = grant->protocol,
				.from = grant->from,
				.to = grant->to,
				.address = grant->address,
				.prefix = grant->prefix,
			};
		else if (port && !add_forward(call, id, port, forwards,
					      &ret_policy->forward_count, err))
			return false;
	}
	ret_policy->forwards = forwards;
	ret_policy->egress = egress;
	return true;
}

bool network_reserve(struct call *call, const struct instance *instance,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct net_policy policy;

	if (!arena)
		return fail_memory(err);
	if (!is_user(instance))
		return true;
	if (!read_policy(call, instance->id, arena, &policy, err))
		return false;
	for (size_t i = 0; i < policy.forward_count; i++) {
		uint16_t port = net_free_port();

		/* without one, the start takes what it gets */
		if (port &&
		    !forward_set(call->store->db, instance->id,
				 policy.forwards[i].guest_port, port, err))
			return false;
	}
	return true;
}

static bool note_ports(struct call *call, const char *id,
		       const struct net_policy *policy, const uint16_t *ports,
		       struct error *err)
{
	for (size_t i = 0; i < policy->forward_count; i++)
		if (ports[i] != policy->forwards[i].host_port &&
		    !forward_set(call->store->db, id,
				 policy->forwards[i].guest_port, ports[i], err))
			return false;
	return true;
}

struct network {
	const char *id;
	struct net_policy policy;
	uint16_t *ports; /* where the process tells those it has opened */
	struct net_starting starting;
	int lock; /* -1: there is nothing to be waited for */
};

/* Reads what a user-mode network is to allow. */
static bool plan(struct call *call, struct arena *arena,
		 struct network *network, struct error *err)
{
	if (!read_policy(call, network->id, arena, &network->policy, err))
		return false;
	network->ports = arena_alloc(arena, (network->policy.forward_count +
					     1) * sizeof(*network->ports));
	return network->ports || fail_memory(err);
}

/* Starts the metadata service. It gets the listening socket, and one end of a
 * pair whose other end the network's process keeps to its own end. */
static bool start_service(struct call *call, const struct instance *instance,
			  const struct place *place, int lifeline,
			  struct error *err)
{
	const char *const argv[] = {
		"qami",	     "--store",	      call->store->path,
		"--account", instance->owner, "metadata",
		instance->id, NULL,
	};
	auto_close int listener = -1;
	pid_t pid;

	return net_listen_metadata(place->name, instance->address, &listener,
				   err) &&
	       process_detach("/proc/self/exe", argv,
			      (int[]){ listener, lifeline }, 2, &pid, err);
}

/* Starts the two processes; `ret_port` is where the machine's card connects. */
static bool start_processes(struct call *call, const struct instance *instance,
			    const struct place *place, struct network *network,
			    uint16_t *ret_port, struct error *err)
{
	auto_close int near = -1, far = -1;
	struct net net = {
		.directory = place->name,
		.mac = instance->mac,
		.address = instance->address,
		.prefix = SUBNET_PREFIX,
		.hostname = instance->id,
		.domain = NETWORK_DOMAIN,
		.policy = network->policy,
	};
	int ends[2];
	gid_t gid;

	if (!hypervisor_qemu_user(instance->uri, &net.qemu_user, &gid, err))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return fail_errno(err, "cannot make a socket");
	near = net.lifeline = ends[0];
	far = ends[1];
	return net_begin(&net, ret_port, &network->starting, err) &&
	       (!instance_has_service(instance) ||
		start_service(call, instance, place, far, err));
}

static bool start_user(struct call *call, const struct instance *instance,
		       struct arena *arena, struct machine *machine,
		       struct network *network, struct error *err)
{
	auto_place place = PLACE_INIT;
	auto_close int lock = -1;

	if (!find_place(call, instance->id, &place, NULL, err) ||
	    !dir_make(place.path, DIR_MODE, err))
		return false;
	lock = lock_place(&place);
	if (lock < 0)
		return fail_errno(err, "cannot lock %s", place.path);
	/* one whose machine was ended just now, for a reboot */
	net_end(place.name);
	if (!plan(call, arena, network, err) ||
	    !start_processes(call, instance, &place, network,
			     &machine->net_port, err))
		return false;
	network->lock = take_fd(lock);
	return true;
}

bool network_start(struct call *call, const struct instance *instance,
		   struct arena *arena, struct machine *machine,
		   struct network **ret_network, struct error *err)
{
	struct network *network = arena_alloc(arena, sizeof(*network));
	struct error ignored = { 0 };

	if (!network)
		return fail_memory(err);
	*network = (struct network){
		.id = instance->id,
		.starting.fd = -1,
		.lock = -1,
	};
	*ret_network = network;
	if (strcmp(instance->network, "plain") == 0)
		return true;
	if (is_user(instance) ?
		    start_user(call, instance, arena, machine, network, err) :
		    bridged_start(call, instance, arena, machine, err))
		return true;
	if (network->starting.fd >= 0)
		close(network->starting.fd);
	/* what does not go now goes with the instance's files */
	if (!network_end(call, instance->id, &ignored))
		error_clear(&ignored);
	return false;
}

bool network_finish(struct call *call, struct network *network,
		    struct error *err)
{
	auto_close int lock = take_fd(network->lock);
	pid_t pid;

	return lock < 0 ||
	       (net_finish(&network->starting, network->ports, &pid, err) &&
		note_ports(call, network->id, &network->policy, network->ports,
			   err));
}

bool network_end(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_place place = PLACE_INIT;
	struct instance instance;
	bool found, there, ok = true;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	if (found && is_bridged(&instance))
		return bridged_end(call, &instance, err);
	if (!find_place(call, id, &place, &there, err))
		return false;
	if (there) {
		net_end(place.name);
		ok = dir_remove(place.path, err);
	}
	alias_remove(place.path);
	return ok;
}

/* The user-mode network's half. */
static bool refresh_user(struct call *call, const char *instance,
			 struct arena *arena, struct error *err)
{
	auto_place place = PLACE_INIT;
	auto_close int lock = -1;
	struct network network = { .id = instance };
	bool there;

	if (!find_place(call, instance, &place, &there, err))
		return false;
	if (!there)
		return true;
	lock = lock_place(&place);
	if (lock < 0)
		return errno == ENOENT ||
		       fail_errno(err, "cannot lock %s", place.path);
	if (!plan(call, arena, &network, err))
		return false;
	if (!net_change(place.name, &network.policy, network.ports, err)) {
		if (err->fault != FAULT_UNAVAILABLE)
			return false;
		error_clear(err); /* its machine has ended */
		return true;
	}
	return note_ports(call, instance, &network.policy, network.ports, err);
}

bool network_refresh(struct call *call, const char *instance, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance row;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, instance, arena, &row, &found, err))
		return false;
	if (!found)
		return true;
	return is_bridged(&row) ? bridged_refresh(call, &row, err) :
				  refresh_user(call, instance, arena, err);
}

/* Running instances whose groups name the endpoint. */
struct asking {
	struct call *call;
	struct arena *arena;
	const char **ids;
	size_t count;
};

static bool add_asking(void *data, const struct instance *instance,
		       struct error *err)
{
	struct asking *asking = data;
	const struct group_grant *grants;
	bool wanted = false;
	size_t count = 0;

	if (!is_user(instance))
		return true;
	if (!group_grants(asking->call, instance->id, asking->arena, &grants,
			  &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		wanted = wanted || names_endpoint(&grants[i]);
	if (!wanted)
		return true;
	asking->ids = arena_more(asking->arena, asking->ids, asking->count,
				 sizeof(*asking->ids));
	if (!asking->ids)
		return fail_memory(err);
	asking->ids[asking->count++] = arena_str(asking->arena, instance->id);
	return true;
}

bool network_refresh_endpoint(struct call *call, struct error *err)
{
	static const char *const running = "running";
	static const struct filter filter = { "instance-state-name", &running,
					      1 };
	const struct query query = { .filters = &filter, .filter_count = 1 };
	auto_of(arena) arena = arena_new();
	struct asking asking = { .call = call, .arena = arena };

	if (!arena)
		return fail_memory(err);
	if (!instance_list(call->store->db, &query, add_asking, &asking, err))
		return false;
	for (size_t i = 0; i < asking.count; i++) {
		struct error one = { 0 };

		if (!network_refresh(call, asking.ids[i], &one))
			log_warning("%s does not know where the endpoint is: "
				    "%s",
				    asking.ids[i], one.text);
	}
	return true;
}

bool network_forwards(struct call *call, const char *instance,
		      struct arena *arena,
		      const struct net_forward **ret_forwards,
		      size_t *ret_count, struct error *err)
{
	struct net_policy policy;

	if (!read_policy(call, instance, arena, &policy, err))
		return false;
	*ret_forwards = policy.forwards;
	*ret_count = policy.forward_count;
	return true;
}

bool network_forward(struct call *call, const char *instance,
		     uint16_t guest_port, uint16_t *ret_host_port,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct net_policy policy;
	struct instance row;
	bool found;

	if (!arena)
		return fail_memory(err);
	*ret_host_port = 0;
	if (!instance_get(call->store->db, instance, arena, &row, &found, err))
		return false;
	if (!found || !is_user(&row) || strcmp(row.state, "running") != 0)
		return true;
	if (!read_policy(call, instance, arena, &policy, err))
		return false;
	for (size_t i = 0; i < policy.forward_count; i++)
		if (policy.forwards[i].guest_port == guest_port)
			*ret_host_port = policy.forwards[i].host_port;
	return true;
}
