/* bridged.c - instances on the bridge
 *
 * One caller at a time works on a store's bridge (run/bridge.lock). The filters
 * of libvirt's tell who is on it; each start compares them with the rows, so
 * that a place that a kill left is gone, and all rules are true, before an
 * address is used anew.
 *
 * The metadata process is there while the gateway's port is taken: that is
 * tried, instead of asking whether a process lives.
 */
#include "launcher/instance/bridged.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "images/base/digest.h"
#include "images/base/file.h"
#include "images/base/id.h"
#include "images/base/log.h"
#include "images/base/process.h"
#include "images/group.h"
#include "launcher/domain/bridge.h"
#include "launcher/instance/machine.h"
#include "launcher/net/bridge.h"

/* As a machine's would be that had the gateway's address. */
#define GATEWAY_MAC "52:54:00:1f:00:01"
#define DOMAIN "ec2.internal"
#define METADATA_PORT 16925
#define METADATA_VERB "metadata" /* launcher/cli/verb/metadata.c */
#define METADATA_FLAG "--bridge"
#define METADATA_BACKLOG 64
#define END_MS 5000

/* An open bridge: what is known of it, and that nobody else is at it. */
struct work {
	char name[16];
	struct bridge bridge;
	struct net_bridge wall;
	struct hypervisor *hypervisor;
	int lock;
};

static void work_done(struct work *work)
{
	hypervisor_close(work->hypervisor);
	if (work->lock >= 0)
		close(work->lock);
}
#define auto_work __attribute__((cleanup(work_done))) struct work
#define WORK_INIT { .lock = -1 }

static char *lock_path(const struct call *call)
{
	return store_path(call->store, "run/bridge.lock");
}

static void work_describe(const struct call *call, struct work *work)
{
	const char *path = call->store->path;
	char digest[SHA256_TEXT_SIZE];

	sha256_text(path, strlen(path), digest);
	snprintf(work->name, sizeof(work->name), "qami-%.8s", digest);
	work->bridge = (struct bridge){
		.name = work->name,
		.mac = GATEWAY_MAC,
		.gateway = SUBNET_GATEWAY,
		.prefix = SUBNET_PREFIX,
		.domain = DOMAIN,
		.metadata_port = METADATA_PORT,
	};
	work->wall = (struct net_bridge){
		.name = work->name,
		.mac = GATEWAY_MAC,
		.gateway = SUBNET_GATEWAY,
		.metadata_port = METADATA_PORT,
	};
}

static bool work_open(const struct call *call, struct work *work,
		      struct error *err)
{
	auto_free char *path = lock_path(call);

	if (!path)
		return fail_memory(err);
	work_describe(call, work);
	if (!hypervisor_open(BRIDGE_URI, HYPERVISOR_WAIT_MS, &work->hypervisor,
			     err))
		return false;
	work->lock = file_lock(path, true);
	return work->lock >= 0 || fail_errno(err, "cannot lock %s", path);
}

/* What an instance's groups allow, in the words of both rooms. */
struct rules {
	struct bridge_rule *filter;
	size_t filter_count;
	struct net_rule *wall; /* ingress only */
	size_t wall_count;
};

static bool rules_of(struct call *call, const char *instance,
		     struct arena *arena, struct rules *ret_rules,
		     struct error *err)
{
	const struct group_grant *grants;
	size_t count;

	if (!group_grants(call, instance, arena, &grants, &count, err))
		return false;
	*ret_rules = (struct rules){
		.filter = arena_alloc(arena, (count + 1) *
						     sizeof(struct bridge_rule)),
		.wall = arena_alloc(arena,
				    (count + 1) * sizeof(struct net_rule)),
		.filter_count = count,
	};
	if (!ret_rules->filter || !ret_rules->wall)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const struct group_grant *g = &grants[i];

		ret_rules->filter[i] = (struct bridge_rule){
			g->egress, g->protocol, g->from,
			g->to,	   g->address,	g->prefix,
		};
		if (!g->egress)
			ret_rules->wall[ret_rules->wall_count++] =
				(struct net_rule){ g->protocol, g->from, g->to,
						   g->address, g->prefix };
	}
	return true;
}

static struct bridge_port port_of(const struct instance *instance,
				  const struct rules *rules)
{
	return (struct bridge_port){
		.id = instance->id,
		.uuid = instance->uuid,
		.mac = instance->mac,
		.address = instance->address,
		.rules = rules->filter,
		.rule_count = rules->filter_count,
	};
}

static bool admit(const struct work *work, const struct instance *instance,
		  const struct rules *rules, struct error *err)
{
	return net_bridge_admit(&work->wall, instance->id, instance->address,
				rules->wall, rules->wall_count, err);
}

/* Sets right what one on the bridge may; for the same rules libvirt does
 * nothing. */
static bool renew(struct call *call, const struct work *work,
		  const struct instance *instance, struct arena *arena,
		  struct error *err)
{
	struct rules rules;
	struct bridge_port port;

	if (!rules_of(call, instance->id, arena, &rules, err))
		return false;
	port = port_of(instance, &rules);
	return bridge_change(work->hypervisor, &work->bridge, &port, err) &&
	       admit(work, instance, &rules, err);
}

/* Takes one's place away; its lease and what the host's firewall knows are no
 * reason to keep the rest. */
static bool leave(const struct work *work, const char *id, const char *mac,
		  const char *address, struct error *err)
{
	struct error ignored = { FAULT_NONE };

	if (!bridge_leave(work->hypervisor, &work->bridge, id, err))
		return false;
	if (!mac)
		return true;
	net_bridge_expel(&work->wall, id, address);
	if (!net_bridge_release(&work->wall, mac, address, &ignored))
		log_debug("%s", ignored.text);
	return true;
}

/* Who is on the bridge; in the arena. */
struct places {
	struct arena *arena;
	const char **ids;
	size_t count;
	bool broken;
};

static bool add_place(void *data, const char *id)
{
	struct places *places = data;

	places->ids = arena_more(places->arena, places->ids, places->count,
				 sizeof(*places->ids));
	if (!places->ids ||
	    !(places->ids[places->count] = arena_str(places->arena, id))) {
		places->broken = true;
		return false;
	}
	places->count++;
	return true;
}

static bool look(const struct work *work, struct places *places,
		 struct error *err)
{
	if (!bridge_each(work->hypervisor, &work->bridge, add_place, places,
			 err))
		return false;
	return !places->broken || fail_memory(err);
}

/* Whether an instance may have a machine, now or in a moment. */
static bool has_place(const struct instance *instance)
{
	return strcmp(instance->state, "terminated") != 0 &&
	       strcmp(instance->state, "stopped") != 0;
}

/* Compares each place with the instance's row. A place that cannot be taken
 * away now is not in the way of the others. */
static bool sweep(struct call *call, const struct work *work, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct places places = { .arena = arena };

	if (!arena)
		return fail_memory(err);
	if (!look(work, &places, err))
		return false;
	for (size_t i = 0; i < places.count; i++) {
		const char *id = places.ids[i];
		struct error failed = { FAULT_NONE };
		struct instance instance;
		bool found;

		if (!instance_get(call->store->db, id, arena, &instance, &found,
				  err))
			return false;
		if (found && has_place(&instance) ?
			    !renew(call, work, &instance, arena, &failed) :
			    !leave(work, id, found ? instance.mac : NULL,
				   found ? instance.address : NULL, &failed))
			log_warning("%s on the bridge: %s", id, failed.text);
	}
	return true;
}

/* Whether a process runs as ourselves. Whose its files in /proc are does not
 * tell: anybody can have them be root's (prctl(2), PR_SET_DUMPABLE). */
static bool is_own(const char *pid)
{
	auto_free char *path = format_text("/proc/%s/status", pid);
	auto_free char *wanted = format_text("\nUid:\t%u\t%u\t%u\t", geteuid(),
					     geteuid(), geteuid());
	auto_buf text = BUF_INIT;
	struct error err = { FAULT_NONE };

	return path && wanted && file_read(path, 65536, &text, &err) &&
	       strstr(buf_text(&text), wanted);
}

/* Whether a process is the one that answers for this store's bridge. What it
 * is called, anybody may be called. */
static bool answers(const struct call *call, const char *pid)
{
	auto_free char *path = format_text("/proc/%s/cmdline", pid);
	auto_buf line = BUF_INIT, wanted = BUF_INIT;
	struct error err = { FAULT_NONE };

	buf_add(&wanted, call->store->path, strlen(call->store->path) + 1);
	buf_add(&wanted, METADATA_VERB, sizeof(METADATA_VERB));
	buf_add(&wanted, METADATA_FLAG, sizeof(METADATA_FLAG));
	return path && !wanted.broken && file_read(path, 65536, &line, &err) &&
	       is_own(pid) &&
	       memmem(line.data, line.size, wanted.data, wanted.size);
}

/* Its pid, by /proc alone: no file can be out of date; 0 when there is none. */
static pid_t find_metadata(const struct call *call)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	while (processes && !found && (entry = readdir(processes)))
		if (*entry->d_name >= '1' && *entry->d_name <= '9' &&
		    answers(call, entry->d_name))
			found = (pid_t)atoi(entry->d_name);
	if (processes)
		closedir(processes);
	return found;
}

/* Ends it, and waits until it is gone. */
static void end_metadata(const struct call *call)
{
	pid_t pid = find_metadata(call);
	auto_close int fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd ends = { .fd = fd, .events = POLLIN };

	/* another one may have its number by now */
	if (fd < 0 || find_metadata(call) != pid)
		return;
	syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0);
	if (poll(&ends, 1, END_MS) == 0)
		syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
}

/* The gateway's port for metadata; -1 with EADDRINUSE when somebody has it. */
static int metadata_listener(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(METADATA_PORT) };
	auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    inet_pton(AF_INET, SUBNET_GATEWAY, &address.sin_addr) != 1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 },
		       sizeof(int)) != 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, METADATA_BACKLOG) != 0)
		return -1;
	return take_fd(fd);
}

static bool begin_metadata(const struct call *call, struct error *err)
{
	const char *const argv[] = { "qami", "--store", call->store->path,
				     METADATA_VERB, METADATA_FLAG, NULL };
	auto_close int listener = metadata_listener();
	pid_t pid;

	if (listener >= 0)
		return process_detach("/proc/self/exe", argv, &listener, 1,
				      &pid, err);
	if (errno != EADDRINUSE)
		return fail_errno(err, "cannot listen on the bridge's gateway");
	return find_metadata(call) ||
	       fail(err, FAULT_HOST,
		    "another program has the port %d of " SUBNET_GATEWAY,
		    METADATA_PORT);
}

/* Takes the bridge down when nobody is on it. */
static bool close_empty(struct call *call, const struct work *work,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct places places = { .arena = arena };

	if (!arena)
		return fail_memory(err);
	if (!look(work, &places, err))
		return false;
	if (places.count)
		return true;
	end_metadata(call);
	return bridge_remove(work->hypervisor, &work->bridge, err) &&
	       net_bridge_close(&work->wall, err);
}

/* The firewall comes first: no guest's frame finds a bridge without it. */
static bool enter(struct call *call, const struct work *work,
		  const struct instance *instance, struct arena *arena,
		  struct error *err)
{
	struct rules rules;
	struct bridge_port port;

	if (!rules_of(call, instance->id, arena, &rules, err))
		return false;
	port = port_of(instance, &rules);
	return net_bridge_open(&work->wall, err) && sweep(call, work, err) &&
	       bridge_join(work->hypervisor, &work->bridge, &port, err) &&
	       admit(work, instance, &rules, err) && begin_metadata(call, err);
}

bool bridged_start(struct call *call, const struct instance *instance,
		   struct arena *arena, struct machine *machine,
		   struct error *err)
{
	auto_work work = WORK_INIT;
	auto_free char *filter = NULL;

	if (strcmp(instance->uri, BRIDGE_URI) != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The bridge is for machines of " BRIDGE_URI
			    "; this store's are of %s.",
			    instance->uri);
	if (!work_open(call, &work, err))
		return false;
	if (!enter(call, &work, instance, arena, err)) {
		struct error ignored = { FAULT_NONE };

		if (!leave(&work, instance->id, instance->mac,
			   instance->address, &ignored) ||
		    !close_empty(call, &work, &ignored))
			log_debug("%s", ignored.text);
		return false;
	}
	filter = bridge_filter_name(&work.bridge, instance->id);
	machine->net_bridge = arena_str(arena, work.name);
	machine->net_address = instance->address;
	machine->net_filter = filter ? arena_str(arena, filter) : NULL;
	return (machine->net_bridge && machine->net_filter) || fail_memory(err);
}

bool bridged_end(struct call *call, const struct instance *instance,
		 struct error *err)
{
	auto_work work = WORK_INIT;

	return work_open(call, &work, err) &&
	       leave(&work, instance->id, instance->mac, instance->address,
		     err) &&
	       close_empty(call, &work, err);
}

bool bridged_refresh(struct call *call, const struct instance *instance,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct places places = { .arena = arena };
	auto_work work = WORK_INIT;

	if (!arena)
		return fail_memory(err);
	if (!work_open(call, &work, err) || !look(&work, &places, err))
		return false;
	for (size_t i = 0; i < places.count; i++)
		if (strcmp(places.ids[i], instance->id) == 0)
			return renew(call, &work, instance, arena, err);
	return true;
}

bool bridged_sweep(struct call *call, struct error *err)
{
	auto_free char *path = lock_path(call);
	auto_work work = WORK_INIT;

	if (!path)
		return fail_memory(err);
	if (access(path, F_OK) != 0)
		return true;
	if (!work_open(call, &work, err)) {
		if (err->fault != FAULT_UNAVAILABLE)
			return false;
		error_clear(err); /* no daemon: another time */
		return true;
	}
	return sweep(call, &work, err) && close_empty(call, &work, err);
}
