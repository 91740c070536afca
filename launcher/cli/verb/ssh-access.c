/* ssh-access.c - how instances are reached by ssh, for the verbs that go there
 *
 * They run as whoever types them, who need not be able to read the store; this
 * row is what they ask of it.
 */
#include <string.h>

#include "images/registry/tag.h"
#include "launcher/action/action.h"
#include "launcher/action/query.h"
#include "launcher/cli/tail.h"
#include "launcher/instance/access.h"
#include "launcher/instance/console.h"
#include "launcher/instance/reconcile.h"
#include "launcher/instance/wait.h"

#define NAME_MOST 64

/* An instance and what it is called. */
struct host {
	char id[ID_SIZE];
	char name[NAME_MOST];
};

struct hosts {
	struct call *call;
	struct arena *arena;
	struct host *all;
	size_t count;
};

/* A name that is one word of ssh_config, no pattern, and not another's id; else
 * there is none. */
static void find_name(void *data, const struct tag *tag)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789_.-";
	struct host *host = data;

	if (strcmp(tag->key, "Name") == 0 && strlen(tag->value) < NAME_MOST &&
	    strspn(tag->value, plain) == strlen(tag->value) &&
	    tag->value[0] != '-' && !id_valid(tag->value, "i"))
		strcpy(host->name, tag->value);
}

static bool add_host(void *data, const struct instance *instance,
		     struct error *err)
{
	struct hosts *hosts = data;
	struct host *host;

	hosts->all = arena_more(hosts->arena, hosts->all, hosts->count,
				sizeof(*hosts->all));
	if (!hosts->all)
		return fail_memory(err);
	host = &hosts->all[hosts->count++];
	memset(host, 0, sizeof(*host));
	snprintf(host->id, sizeof(host->id), "%s", instance->id);
	return tag_each(hosts->call->store->db, instance->id, find_name, host,
			err);
}

/* NULL where there is no name, or it is several instances'. */
static const char *alias(const struct hosts *hosts, const struct host *host)
{
	size_t same = 0;

	for (size_t i = 0; i < hosts->count; i++)
		same += strcmp(hosts->all[i].name, host->name) == 0;
	return *host->name && same == 1 ? host->name : NULL;
}

static bool find_hosts(struct hosts *hosts, struct error *err)
{
	static const char *const running = "running";
	static const struct filter filter = { "instance-state-name", &running,
					      1 };
	struct query query = {
		.account = hosts->call->account,
		.filters = &filter,
		.filter_count = 1,
	};

	return instance_list(hosts->call->store->db, &query, add_host, hosts,
			     err);
}

/* Host keys that are not printed yet will be in the file by then: whoever
 * connects before is refused. */
static bool answer_access(struct call *call, const struct access *access,
			  const char *name, struct node *list,
			  struct error *err)
{
	auto_free char *file = console_known_hosts(call, access->id);
	struct node *item = node_item(list);

	if (!file)
		return fail_memory(err);
	node_str(item, "InstanceId", NULL, access->id);
	node_str(item, "Name", NULL, name);
	node_str(item, "Address", NULL, access->address);
	node_int(item, "Port", NULL, access->port);
	node_str(item, "User", NULL, access->user);
	node_str(item, "PublicKey", NULL, access->public_key);
	node_str(item, "KnownHosts", NULL, access->host_keys);
	node_str(item, "KnownHostsFile", NULL, file);
	return true;
}

/* All of them; those that cannot be reached with the reason. */
static bool answer_hosts(const struct hosts *hosts, const char *only,
			 struct reply *reply, struct error *err)
{
	struct node *list = node_list(reply->root, "Instances", NULL);

	for (size_t i = 0; i < hosts->count; i++) {
		const struct host *host = &hosts->all[i];
		struct access access;
		struct error why = { 0 };
		struct node *item;

		if (only && strcmp(only, host->id) != 0)
			continue;
		if (access_find(hosts->call, host->id, hosts->arena, &access,
				only ? err : &why)) {
			if (!answer_access(hosts->call, &access,
					   alias(hosts, host), list, err))
				return false;
			continue;
		}
		if (only)
			return false;
		item = node_item(list);
		node_str(item, "InstanceId", NULL, host->id);
		node_str(item, "Reason", NULL, why.text);
	}
	return true;
}

/* Waits until somebody answers there; whoever does not wait any more is shown
 * nothing. */
static bool await(struct call *call, const char *id, unsigned seconds,
		  struct error *err)
{
	if (wait_boot(call, id, GOAL_SSH, seconds, err))
		return true;
	if (err->fault == FAULT_WAITER &&
	    !(call->gone && call->gone(call->watch_data)))
		tail_console(call, id);
	return false;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *only = args_str(args, "Instance", NULL);
	auto_of(arena) arena = arena_new();
	struct hosts hosts = { .call = call, .arena = arena };
	struct access access;

	if (!arena)
		return fail_memory(err);
	if (!reconcile(call, err) ||
	    (only && args_has(args, "Timeout") &&
	     !await(call, only, (unsigned)args_int(args, "Timeout", 0), err)))
		return false;
	/* of one that was asked for, what is wrong with it is the answer */
	return (!only || access_find(call, only, arena, &access, err)) &&
	       find_hosts(&hosts, err) &&
	       answer_hosts(&hosts, only, reply, err);
}

const struct action verb_ssh_access = {
	.name = "ssh-access",
	.brief = "tell how ssh reaches instances",
	.about = "For ssh, cp, ssh-config and run, which ask this of a store "
		 "that may be another user's: address and port, who to log "
		 "in as, the host keys and whose key is let in, of the "
		 "instance or of all that run.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID, PARAM_POSITIONAL | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "Timeout", PARAM_INTEGER, 0, NULL,
		  "wait until its server answers, for so many seconds" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_UNSUPPORTED, FAULT_WAITER,
		FAULT_NONE },
	.example = "qami ssh-access web1",
	.local = true,
	.travels = true,
	.waits = true,
	.run = run,
};
