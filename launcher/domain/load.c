/* load.c - loads the modules of this room at first use and forwards to them
 *
 * libvirt and what it pulls in take longer to link than most commands take to
 * run, so the program itself links neither libvirt nor libguestfs. A test may
 * link the module's objects instead: the weak reference finds them.
 */
#include "launcher/domain/driver.h"
#include "launcher/domain/ops.h"
#include "launcher/domain/spare.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/log.h"

extern const struct domain_ops domain_ops __attribute__((weak));

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/* Opens DIR/NAME where DIR is the executable's directory, or its neighbour
 * lib/qami; NULL with dlerror() set. */
static void *open_module(const char *name)
{
	char self[4096];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	auto_free char *path = NULL;

	if (size <= 0)
		return NULL;
	self[size] = 0;
	*strrchr(self, '/') = 0;
	path = format_text("%s/%s", self, name);
	if (path && access(path, F_OK) != 0) {
		free(path);
		path = format_text("%s/../lib/qami/%s", self, name);
	}
	return path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

/* Finds a module's symbol; the module stays loaded for the process's life,
 * because libvirt cannot be unloaded. */
static const void *find(const char *name, const char *symbol, struct error *err)
{
	void *module = open_module(name);
	const void *found = module ? dlsym(module, symbol) : NULL;
	const char *why = found ? NULL : dlerror();

	if (!found)
		fail(err, FAULT_UNSUPPORTED, "cannot load %s: %s", name,
		     why ? why : "no such module");
	return found;
}

static const struct domain_ops *load(struct error *err)
{
	static const struct domain_ops *ops;
	const struct domain_ops *found;

	pthread_mutex_lock(&loading);
	if (!ops) {
		ops = &domain_ops ? &domain_ops :
				    find("qami-domain.so", "domain_ops", err);
		if (ops)
			ops->begin();
	}
	found = ops;
	pthread_mutex_unlock(&loading);
	return found;
}

/* Whether connections stay open: then none is opened ahead. */
static atomic_bool keeps;

/* Whether main() passes on what is a driver's: a program that does not would
 * begin all over in the process that is to become one. */
static atomic_bool passes_on;

/* A connection that is opened before it is asked for: one in a process. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	char *uri; /* NULL: none has been begun */
	bool opening;
	usec_t opened; /* when it was */
	struct hypervisor *hypervisor;
} ahead = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER };

/* One that has waited for longer may be dead. */
#define FRESH_USEC (5 * USEC_PER_SEC)

/* The connection, if it is to that; the caller's. NULL without, or when it
 * could not be opened: then it is tried again. */
static struct hypervisor *take_ahead(const char *uri)
{
	struct hypervisor *taken = NULL;

	pthread_mutex_lock(&ahead.mutex);
	while (ahead.opening)
		pthread_cond_wait(&ahead.changed, &ahead.mutex);
	if (ahead.hypervisor && (!uri || strcmp(ahead.uri, uri) == 0)) {
		taken = ahead.hypervisor;
		ahead.hypervisor = NULL;
	}
	pthread_mutex_unlock(&ahead.mutex);
	if (taken && (!uri || clock_monotonic() - ahead.opened > FRESH_USEC)) {
		hypervisor_close(taken);
		taken = NULL;
	}
	return taken;
}

/* libvirt's libraries cannot be unloaded under a thread that is connecting. */
static void end_ahead(void)
{
	take_ahead(NULL);
}

static bool begin_ahead(const char *uri)
{
	bool begun;

	if (!uri || strncmp(uri, "qemu:///embed", 13) == 0)
		return false;
	pthread_mutex_lock(&ahead.mutex);
	begun = !ahead.uri && atexit(end_ahead) == 0 &&
		(ahead.uri = strdup(uri));
	ahead.opening = begun;
	pthread_mutex_unlock(&ahead.mutex);
	return begun;
}

static void open_ahead(const struct domain_ops *ops)
{
	struct error err = { FAULT_NONE };
	struct hypervisor *hypervisor = NULL;

	if (ops && !ops->hypervisor_open(ahead.uri, 0, &hypervisor, &err))
		log_debug("%s", err.text);
	pthread_mutex_lock(&ahead.mutex);
	ahead.hypervisor = hypervisor;
	ahead.opened = clock_monotonic();
	ahead.opening = false;
	pthread_cond_broadcast(&ahead.changed);
	pthread_mutex_unlock(&ahead.mutex);
}

/* What fails now is reported when it is needed. */
static void *prefetch(void *connect)
{
	struct error err = { FAULT_NONE };
	const struct domain_ops *ops = load(&err);

	if (connect)
		open_ahead(ops);
	return NULL;
}

/* In a process that was started in advance. */
static void wait_for_task(int socket)
{
	struct error err = { FAULT_NONE };
	const struct domain_ops *ops = load(&err);

	if (ops)
		ops->driver_wait(socket);
}

/* Whether the embedded driver will be woken, as far as that is seen without
 * libvirt: an ordinary user's session daemon may be started by asking. */
static bool embeds(void)
{
	const char *configured = getenv("QAMI_CONNECT");

	if (configured && *configured)
		return strncmp(configured, "embed", 5) == 0;
	return geteuid() == 0 && access("/run/libvirt/libvirt-sock", F_OK) != 0;
}

void domain_prefetch(const char *uri)
{
	pthread_t thread;
	bool connects;

	if (atomic_load(&keeps))
		return;
	/* the child of a process with threads would inherit their locks */
	if (__libc_single_threaded && embeds())
		spare_start(wait_for_task);
	connects = begin_ahead(uri);
	if (pthread_create(&thread, NULL, prefetch, connects ? &ahead : NULL) ==
	    0)
		pthread_detach(thread);
	else if (connects)
		open_ahead(NULL);
}

void hypervisor_driver(int argc, char **argv)
{
	struct error err = { FAULT_NONE };
	const struct domain_ops *ops;

	atomic_store(&passes_on, true);
	if (argc < 1 || argc == 2 || argc > 3 ||
	    strcmp(argv[0], DRIVER_NAME) != 0)
		return;
	ops = load(&err);
	if (!ops)
		_exit(1);
	if (argc == 3)
		ops->driver_main(argv);
	else
		ops->driver_wait(3);
}

bool machine_xml(const struct machine *machine, struct buf *ret_xml,
		 struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_xml(machine, ret_xml, err);
}

bool hypervisor_choose(const char *configured, const char *store,
		       char **ret_uri, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->hypervisor_choose(configured, store, ret_uri, err);
}

bool hypervisor_open(const char *uri, unsigned wait_ms,
		     struct hypervisor **ret_hypervisor, struct error *err)
{
	const struct domain_ops *ops = load(err);
	struct hypervisor *opened = atomic_load(&keeps) ? NULL :
							  take_ahead(uri);

	if (opened) {
		*ret_hypervisor = opened;
		return true;
	}
	return ops && ops->hypervisor_open(uri, wait_ms, ret_hypervisor, err);
}

void hypervisor_close(struct hypervisor *hypervisor)
{
	struct error ignored = { FAULT_NONE };

	/* an open one proves that the module is there */
	if (hypervisor)
		load(&ignored)->hypervisor_close(hypervisor);
	/* the one there was may have been used up */
	if (hypervisor && atomic_load(&keeps) && atomic_load(&passes_on) &&
	    embeds())
		spare_start(NULL);
}

bool hypervisor_keep(void (*happened)(void *data), void *data,
		     struct error *err)
{
	const struct domain_ops *ops = load(err);

	if (!ops || !ops->hypervisor_keep(happened, data, err))
		return false;
	atomic_store(&keeps, true);
	if (atomic_load(&passes_on) && embeds())
		spare_start(NULL);
	return true;
}

void hypervisor_unkeep(void)
{
	struct error ignored = { FAULT_NONE };

	if (!atomic_exchange(&keeps, false))
		return;
	load(&ignored)->hypervisor_unkeep();
	spare_end();
}

bool accel_choose(const char *wanted, const char *memo, enum accel *ret_accel,
		  char **ret_note, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->accel_choose(wanted, memo, ret_accel, ret_note, err);
}

bool machine_start(struct hypervisor *hypervisor, const struct machine *machine,
		   pid_t *ret_pid, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_start(hypervisor, machine, ret_pid, err);
}

bool machine_state(struct hypervisor *hypervisor, const char *uuid,
		   enum machine_state *ret_state, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_state(hypervisor, uuid, ret_state, err);
}

bool machine_resume(struct hypervisor *hypervisor, const char *uuid,
		    struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_resume(hypervisor, uuid, err);
}

bool machine_press_power(struct hypervisor *hypervisor, const char *uuid,
			 struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_press_power(hypervisor, uuid, err);
}

bool machine_destroy(struct hypervisor *hypervisor, const char *uuid,
		     struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_destroy(hypervisor, uuid, err);
}

bool machine_heads(struct hypervisor *hypervisor, const char *uuid,
		   struct arena *arena, const struct machine_head **ret_heads,
		   size_t *ret_count, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_heads(hypervisor, uuid, arena, ret_heads,
					 ret_count, err);
}

bool machine_pivot(struct hypervisor *hypervisor, const char *uuid,
		   const struct machine_pivot *pivots, size_t count,
		   bool quiesce, bool *ret_thawed, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_pivot(hypervisor, uuid, pivots, count,
					 quiesce, ret_thawed, err);
}

bool machine_thaw(struct hypervisor *hypervisor, const char *uuid,
		  bool *ret_thawed, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_thaw(hypervisor, uuid, ret_thawed, err);
}

bool machine_attach(struct hypervisor *hypervisor, const char *uuid,
		    const struct machine_disk *disk, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_attach(hypervisor, uuid, disk, err);
}

bool machine_detach(struct hypervisor *hypervisor, const char *uuid,
		    const char *serial, unsigned wait_ms, bool *ret_gone,
		    struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_detach(hypervisor, uuid, serial, wait_ms,
					  ret_gone, err);
}

bool machine_throttle(struct hypervisor *hypervisor, const char *uuid,
		      const char *serial,
		      const struct machine_throttle *throttle,
		      struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops &&
	       ops->machine_throttle(hypervisor, uuid, serial, throttle, err);
}

bool machine_resize(struct hypervisor *hypervisor, const char *uuid,
		    const char *serial, uint64_t bytes, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_resize(hypervisor, uuid, serial, bytes, err);
}

bool machine_shorten(struct hypervisor *hypervisor, const char *uuid,
		     const char *serial, const char *base,
		     const struct machine_patience *patience, bool *ret_done,
		     struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_shorten(hypervisor, uuid, serial, base,
					   patience, ret_done, err);
}

bool machine_each(struct hypervisor *hypervisor, const char *store,
		  machine_found_fn *found, void *data, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_each(hypervisor, store, found, data, err);
}

bool machine_console(struct hypervisor *hypervisor, const char *uuid,
		     char **ret_path, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->machine_console(hypervisor, uuid, ret_path, err);
}

bool hypervisor_qemu_user(const char *uri, uid_t *ret_uid, gid_t *ret_gid,
			  struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->hypervisor_qemu_user(uri, ret_uid, ret_gid, err);
}

bool hypervisor_doctor(const char *configured, const char *store,
		       check_report_fn *report, void *data, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops &&
	       ops->hypervisor_doctor(configured, store, report, data, err);
}

char *bridge_filter_name(const struct bridge *bridge, const char *id)
{
	return format_text("%s-%s", bridge->name, id);
}

bool bridge_join(struct hypervisor *hypervisor, const struct bridge *bridge,
		 const struct bridge_port *port, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->bridge_join(hypervisor, bridge, port, err);
}

bool bridge_change(struct hypervisor *hypervisor, const struct bridge *bridge,
		   const struct bridge_port *port, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->bridge_change(hypervisor, bridge, port, err);
}

bool bridge_leave(struct hypervisor *hypervisor, const struct bridge *bridge,
		  const char *id, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->bridge_leave(hypervisor, bridge, id, err);
}

bool bridge_each(struct hypervisor *hypervisor, const struct bridge *bridge,
		 bridge_found_fn *found, void *data, struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->bridge_each(hypervisor, bridge, found, data, err);
}

bool bridge_remove(struct hypervisor *hypervisor, const struct bridge *bridge,
		   struct error *err)
{
	const struct domain_ops *ops = load(err);

	return ops && ops->bridge_remove(hypervisor, bridge, err);
}

/* A function of the module for libguestfs; NULL with err reported. */
static const void *find_inspect(const char *symbol, struct error *err)
{
	struct error why = { FAULT_NONE };
	const void *found;

	pthread_mutex_lock(&loading);
	found = find("qami-inspect.so", symbol, &why);
	pthread_mutex_unlock(&loading);
	if (found)
		return found;
	log_info("%s", why.text);
	fail(err, FAULT_UNSUPPORTED,
	     "looking into disks needs libguestfs: "
	     "apt-get install libguestfs0");
	return NULL;
}

/* libguestfs is given files, and no keys. */
static bool check_plain(const struct machine_file *file, struct error *err)
{
	return !file->secret || fail(err, FAULT_UNSUPPORTED,
				     "an encrypted disk cannot be looked into");
}

bool disk_inspect(const struct machine_file *file, char **ret_json,
		  struct error *err)
{
	bool (*inspect)(const struct machine_file *file, char **ret_json,
			struct error *err);

	if (!check_plain(file, err))
		return false;

	*(const void **)&inspect = find_inspect("inspect_disk_inspect", err);
	return inspect && inspect(file, ret_json, err);
}

bool disk_scan(const struct machine_file *file, void (*opened)(void *data),
	       void *data, char **ret_json, struct error *err)
{
	bool (*scan)(const struct machine_file *file,
		     void (*opened)(void *data), void *data, char **ret_json,
		     struct error *err);

	*(const void **)&scan = find_inspect("inspect_disk_scan", err);
	return scan && scan(file, opened, data, ret_json, err);
}

bool disk_clone(const struct disk_clone *clone, struct error *err)
{
	bool (*copy)(const struct disk_clone *clone, struct error *err);

	if (!check_plain(clone->from, err))
		return false;

	*(const void **)&copy = find_inspect("inspect_disk_clone", err);
	return copy && copy(clone, err);
}
