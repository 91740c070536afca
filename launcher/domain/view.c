/* view.c - what a machine's disks consist of, as QEMU sees it
 *
 * query-blockstats says which node stands on which. The file of a node is told
 * by query-named-block-nodes alone, which takes QEMU a time that grows with the
 * square of a chain's length (the file name of a qcow2 node is a text that
 * describes all below it, and is cut off besides); but libvirt numbers its
 * nodes, never uses a number twice, and knows the file of each. So QEMU is
 * asked for files only where it has a node that libvirt does not know.
 *
 * That question kills a QEMU (7.2) that has a stream job which has ended and
 * was not put away, for that leaves an empty filter behind. So running jobs
 * are held still while it is asked, and it is not asked when one has ended.
 */
#include "launcher/domain/view.h"

#include <string.h>

#include "images/base/clock.h"

#define STILL_USEC (2 * USEC_PER_SEC)
#define LOOK_USEC 500

static bool ask(const struct monitor *monitor, const char *command,
		json_t *arguments, struct error *err)
{
	auto_json *reply = monitor_ask(monitor, command, arguments, err);

	return reply;
}

/* A command whose refusal is told by what query-jobs says afterwards. */
static void tell_job(const struct monitor *monitor, const char *command,
		     const char *id)
{
	struct error ignored = { FAULT_NONE };

	if (!ask(monitor, command, json_pack("{s:s}", "id", id), &ignored))
		error_clear(&ignored);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Whether no job can end: false while one runs; a report if one has ended. */
static bool is_still(const json_t *jobs, struct error *err)
{
	bool still = true;
	size_t i;
	json_t *job;

	json_array_foreach(jobs, i, job) {
		const char *status = text_of(job, "status");

		if (strcmp(status, "concluded") == 0 ||
		    strcmp(status, "pending") == 0 ||
		    strcmp(status, "waiting") == 0 ||
		    strcmp(status, "aborting") == 0)
			return fail(err, FAULT_UNAVAILABLE,
				    "QEMU is just ending a job; try again");
		still &= strcmp(status, "paused") == 0;
	}
	return still;
}

/* Holds all jobs still. The list of them is for let_go(), on failure, too. */
static bool hold(const struct monitor *monitor, json_t **ret_jobs,
		 struct error *err)
{
	usec_t end = clock_monotonic() + STILL_USEC;
	size_t i;
	json_t *job;

	*ret_jobs = monitor_ask(monitor, "query-jobs", NULL, err);
	if (!*ret_jobs)
		return false;
	/* one that is held already was by a process that died right here */
	json_array_foreach(*ret_jobs, i, job)
		tell_job(monitor, "job-pause", text_of(job, "id"));
	while (json_array_size(*ret_jobs) && clock_monotonic() < end) {
		auto_json *now = monitor_ask(monitor, "query-jobs", NULL, err);

		if (!now)
			return false;
		if (is_still(now, err))
			return true;
		if (err->fault)
			return false;
		usleep(LOOK_USEC);
	}
	return json_array_size(*ret_jobs) == 0 ||
	       fail(err, FAULT_UNAVAILABLE, "QEMU is busy with a job");
}

static void let_go(const struct monitor *monitor, const json_t *jobs)
{
	size_t i;
	json_t *job;

	json_array_foreach(jobs, i, job)
		tell_job(monitor, "job-resume", text_of(job, "id"));
}

/* What QEMU says about all nodes that have a name. */
static json_t *ask_nodes(const struct monitor *monitor, struct error *err)
{
	auto_json *jobs = NULL;
	json_t *nodes = NULL;

	if (hold(monitor, &jobs, err))
		nodes = monitor_ask(monitor, "query-named-block-nodes",
				    json_pack("{s:b}", "flat", 1), err);
	let_go(monitor, jobs);
	return nodes;
}

/* Where files are looked up; `nodes` is asked for when it is needed first. */
struct lookup {
	const struct monitor *monitor;
	const struct view *known;
	const struct view *before;
	json_t *nodes;
	struct arena *arena;
};

/* The disk's serial, NULL where it has none. False, and no report, when the
 * device is no longer there. */
static bool ask_serial(const struct monitor *monitor, const char *device,
		       struct arena *arena, const char **ret_serial,
		       struct error *err)
{
	auto_json *reply = monitor_ask(
		monitor, "qom-get",
		json_pack("{s:s, s:s}", "path", device, "property", "serial"),
		err);

	if (!reply) {
		error_clear(err);
		return false;
	}
	*ret_serial = NULL;
	if (json_string_length(reply) == 0)
		return true;
	*ret_serial = arena_str(arena, json_string_value(reply));
	return *ret_serial || fail_memory(err);
}

/* The description of a node of that name; NULL when there is none. */
static const json_t *find_node(const json_t *nodes, const char *name)
{
	size_t i;
	json_t *node;

	json_array_foreach(nodes, i, node)
		if (strcmp(text_of(node, "node-name"), name) == 0)
			return node;
	return NULL;
}

static const struct view_file *find_known(const struct view *known,
					  const char *node)
{
	for (size_t i = 0; known && i < known->count; i++)
		for (size_t j = 0; j < known->disks[i].count; j++) {
			const char *name = known->disks[i].files[j].node;

			if (name && strcmp(name, node) == 0)
				return &known->disks[i].files[j];
		}
	return NULL;
}

/* The path of a file that QEMU has open, or of the socket behind which one is:
 * "nbd+unix:///NAME?socket=PATH". */
static const char *path_of(const char *file)
{
	static const char nbd[] = "nbd+unix://", socket[] = "?socket=";
	const char *path = strncmp(file, nbd, sizeof(nbd) - 1) == 0 ?
				   strstr(file, socket) :
				   NULL;

	return path ? path + sizeof(socket) - 1 : file;
}

/* Asks QEMU for the file of a node; *ret_bytes is what its readers see. */
static bool look_up(struct lookup *lookup, struct view_file *file,
		    uint64_t *ret_bytes, struct error *err)
{
	const json_t *node, *storage;

	if (!lookup->nodes)
		lookup->nodes = ask_nodes(lookup->monitor, err);
	if (!lookup->nodes)
		return false;
	node = find_node(lookup->nodes, file->node);
	storage = find_node(lookup->nodes, file->storage);
	if (!node || !storage)
		return fail(err, FAULT_INTERNAL,
			    "QEMU does not tell the file of its %s",
			    file->node);
	file->format = arena_str(lookup->arena, text_of(node, "drv"));
	file->path =
		arena_str(lookup->arena, path_of(text_of(storage, "file")));
	*ret_bytes = (uint64_t)json_integer_value(json_object_get(
		json_object_get(node, "image"), "virtual-size"));
	return (file->format && file->path) || fail_memory(err);
}

/* One file of a chain, where `stats` is its node's place in the tree. */
static bool add_file(struct lookup *lookup, const json_t *stats,
		     struct view_disk *disk, struct error *err)
{
	const struct view_file *known;
	struct view_file file = { 0 };
	uint64_t bytes = 0;

	file.node = arena_str(lookup->arena, text_of(stats, "node-name"));
	file.storage = arena_str(
		lookup->arena,
		text_of(json_object_get(stats, "parent"), "node-name"));
	disk->files = arena_more(lookup->arena, disk->files, disk->count,
				 sizeof(*disk->files));
	if (!disk->files || !file.node || !file.storage)
		return fail_memory(err);
	known = find_known(lookup->known, file.node);
	if (known) {
		file.path = known->path;
		file.format = known->format;
	} else if (!look_up(lookup, &file, &bytes, err)) {
		return false;
	}
	if (disk->count == 0)
		disk->bytes = bytes;
	disk->files[disk->count++] = file;
	return true;
}

/* The same for a device that may have been seen before. */
static bool find_serial(const struct lookup *lookup, const char *device,
			const char **ret_serial, struct error *err)
{
	const struct view *before = lookup->before;

	for (size_t i = 0; before && i < before->count; i++) {
		if (strcmp(before->disks[i].device, device) != 0)
			continue;
		*ret_serial = before->disks[i].serial;
		return true;
	}
	return ask_serial(lookup->monitor, device, lookup->arena, ret_serial,
			  err);
}

static bool add_disk(struct lookup *lookup, const json_t *stats,
		     struct view *view, struct error *err)
{
	static const char suffix[] = "/virtio-backend";
	const char *device = text_of(stats, "qdev");
	size_t size = strlen(device);
	struct view_disk disk = { 0 };

	/* flash and the like have no such end */
	if (size < sizeof(suffix) ||
	    strcmp(device + size - sizeof(suffix) + 1, suffix) != 0)
		return true;
	disk.device = arena_str(lookup->arena, device);
	if (!disk.device)
		return fail_memory(err);
	if (!find_serial(lookup, device, &disk.serial, err))
		return false;
	for (; stats; stats = json_object_get(stats, "backing"))
		if (!add_file(lookup, stats, &disk, err))
			return false;
	view->disks = arena_more(lookup->arena, view->disks, view->count,
				 sizeof(*view->disks));
	if (!view->disks)
		return fail_memory(err);
	view->disks[view->count++] = disk;
	return true;
}

static bool is_used(const struct view *view, const char *node)
{
	for (size_t i = 0; i < view->count; i++)
		for (size_t j = 0; j < view->disks[i].count; j++) {
			const struct view_file *file = &view->disks[i].files[j];

			if (strcmp(file->node, node) == 0 ||
			    strcmp(file->storage, node) == 0)
				return true;
		}
	return false;
}

/* libvirt-N-format or libvirt-N-storage: those of disks and nothing else. */
static bool is_disk_node(const char *name, const char *kind)
{
	size_t digits;

	if (strncmp(name, "libvirt-", 8) != 0)
		return false;
	digits = strspn(name + 8, "0123456789");
	return digits && name[8 + digits] == '-' &&
	       strcmp(name + 8 + digits + 1, kind) == 0;
}

/* A list of nodes in the making. */
struct strays {
	const char **names;
	size_t count;
};

static bool add_strays(const json_t *nodes, const char *kind,
		       const struct view *view, struct arena *arena,
		       struct strays *strays, struct error *err)
{
	size_t i;
	json_t *node;

	json_array_foreach(nodes, i, node) {
		const char *name = text_of(node, "node-name");

		if (!is_disk_node(name, kind) || is_used(view, name))
			continue;
		strays->names = arena_more(arena, strays->names, strays->count,
					   sizeof(*strays->names));
		if (!strays->names)
			return fail_memory(err);
		strays->names[strays->count] = arena_str(arena, name);
		if (!strays->names[strays->count++])
			return fail_memory(err);
	}
	return true;
}

bool view_strays(const struct monitor *monitor, const struct view *view,
		 struct arena *arena, const char *const **ret_strays,
		 size_t *ret_count, struct error *err)
{
	auto_json *nodes = monitor_ask(monitor, "query-blockstats",
				       json_pack("{s:b}", "query-nodes", 1),
				       err);
	struct strays strays = { 0 };

	if (!nodes || !add_strays(nodes, "format", view, arena, &strays, err) ||
	    !add_strays(nodes, "storage", view, arena, &strays, err))
		return false;
	*ret_strays = strays.names;
	*ret_count = strays.count;
	return true;
}

/* The node of a file whose key has such a name, libvirt-N-format-encryption-
 * secretN; in the arena, NULL for any other object. */
static const char *key_node(const char *name, struct arena *arena)
{
	const char *end = strstr(name, "-encryption-secret");
	char *node = end ? arena_str(arena, name) : NULL;

	if (!node)
		return NULL;
	node[end - name] = 0;
	return is_disk_node(node, "format") ? node : NULL;
}

bool view_stray_keys(const struct monitor *monitor, const struct view *view,
		     struct arena *arena, const char *const **ret_keys,
		     size_t *ret_count, struct error *err)
{
	auto_json *objects = monitor_ask(monitor, "qom-list",
					 json_pack("{s:s}", "path", "/objects"),
					 err);
	struct strays strays = { 0 };
	size_t i;
	json_t *object;

	if (!objects)
		return false;
	json_array_foreach(objects, i, object) {
		const char *name = text_of(object, "name");
		const char *node = key_node(name, arena);

		if (!node || is_used(view, node))
			continue;
		strays.names = arena_more(arena, strays.names, strays.count,
					  sizeof(*strays.names));
		if (!strays.names)
			return fail_memory(err);
		strays.names[strays.count] = arena_str(arena, name);
		if (!strays.names[strays.count++])
			return fail_memory(err);
	}
	*ret_keys = strays.names;
	*ret_count = strays.count;
	return true;
}

/* Whether a device is on its way out: out of the device tree, but with its
 * files still open. */
static bool is_leaving(const json_t *tree)
{
	size_t i;
	json_t *device;

	json_array_foreach(tree, i, device)
		if (!*text_of(device, "qdev") && !*text_of(device, "device"))
			return true;
	return false;
}

/* Which node stands on which. Waits for a device on its way out, which takes
 * QEMU milliseconds: a libvirt (9.0) that wakes up meanwhile does not
 * understand what it sees, and kills the machine. */
static json_t *ask_tree(const struct monitor *monitor, struct error *err)
{
	usec_t end = clock_monotonic() + STILL_USEC;

	for (;;) {
		json_t *tree =
			monitor_ask(monitor, "query-blockstats", NULL, err);

		if (!tree || !is_leaving(tree))
			return tree;
		json_decref(tree);
		if (clock_monotonic() > end)
			return fail(err, FAULT_INTERNAL,
				    "QEMU does not get rid of a disk"),
			       NULL;
		usleep(LOOK_USEC);
	}
}

bool view_working(const struct monitor *monitor, bool *ret_working,
		  struct error *err)
{
	auto_json *jobs = monitor_ask(monitor, "query-jobs", NULL, err);

	*ret_working = json_array_size(jobs) > 0;
	return jobs;
}

/* One look; FAULT_NONE in the report when a disk went away meanwhile. */
static bool look(struct lookup *lookup, struct view *ret_view,
		 struct error *err)
{
	auto_json *tree = ask_tree(lookup->monitor, err);
	struct view view = { 0 };
	size_t i;
	json_t *device;

	if (!tree)
		return false;
	json_array_foreach(tree, i, device)
		if (!add_disk(lookup, device, &view, err))
			return false;
	*ret_view = view;
	return true;
}

bool view_qemu(const struct monitor *monitor, const struct view *known,
	       const struct view *before, struct arena *arena,
	       struct view *ret_view, struct error *err)
{
	usec_t end = clock_monotonic() + STILL_USEC;

	for (;;) {
		struct lookup lookup = { monitor, known, before, NULL, arena };
		bool looked = look(&lookup, ret_view, err);

		json_decref(lookup.nodes);
		if (looked || err->fault)
			return looked;
		if (clock_monotonic() > end)
			return fail(err, FAULT_INTERNAL,
				    "QEMU does not tell a disk's serial");
		usleep(LOOK_USEC);
	}
}

bool view_busy(const struct monitor *monitor, bool *ret_busy, struct error *err)
{
	auto_json *jobs = monitor_ask(monitor, "query-jobs", NULL, err);
	size_t i;
	json_t *job;

	if (!jobs)
		return false;
	*ret_busy = false;
	json_array_foreach(jobs, i, job)
		*ret_busy |= strcmp(text_of(job, "status"), "concluded") != 0;
	return true;
}
