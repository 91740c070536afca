/* disks.c - changing the disks of running machines: who is asked, who waits
 *
 * A change is carried out in steps that wait for nobody, so that no machine's
 * turn is held while a guest thinks or QEMU copies. Between them QEMU alone is
 * asked, whom libvirt does not disturb by waking up. One danger is left: a
 * guest that lets go of a disk long after it was asked to, in the few
 * milliseconds in which another call wakes libvirt (see ask_tree() in view.c).
 */
#include <string.h>

#include "images/base/clock.h"
#include "launcher/domain/machine.h"

/* How often something is looked at that takes milliseconds, or minutes. */
#define SOON_USEC 10000
#define LATER_USEC 500000

/* A copy that ends before it is complete is begun anew so often. */
#define ATTEMPTS 3

static bool view(struct hypervisor *hypervisor, const char *uuid,
		 struct arena *arena, struct view *ret_view, struct error *err)
{
	return hypervisor->root ?
		       embedded_view(hypervisor, uuid, arena, ret_view, err) :
		       daemon_view(hypervisor->connection, uuid, arena,
				   ret_view, err);
}

static bool change(struct hypervisor *hypervisor, const struct change *wanted,
		   bool *ret_done, struct error *err)
{
	return hypervisor->root ?
		       embedded_change(hypervisor, wanted, ret_done, err) :
		       daemon_change(hypervisor->connection, wanted, ret_done,
				     err);
}

static bool add_head(struct arena *arena, const struct view_disk *disk,
		     struct machine_head *ret_head, struct error *err)
{
	const char **files =
		arena_alloc(arena, (disk->count + 1) * sizeof(*files));

	if (!files)
		return fail_memory(err);
	for (size_t i = 0; i < disk->count; i++)
		files[i] = disk->files[i].path;
	*ret_head = (struct machine_head){ disk->serial, files, disk->count };
	return true;
}

bool domain_machine_heads(struct hypervisor *hypervisor, const char *uuid,
			  struct arena *arena,
			  const struct machine_head **ret_heads,
			  size_t *ret_count, struct error *err)
{
	struct machine_head *heads;
	struct view disks;
	size_t count = 0;

	if (!view(hypervisor, uuid, arena, &disks, err))
		return false;
	heads = arena_alloc(arena, (disks.count + 1) * sizeof(*heads));
	if (!heads)
		return fail_memory(err);
	for (size_t i = 0; i < disks.count; i++)
		if (disks.disks[i].serial &&
		    !add_head(arena, &disks.disks[i], &heads[count++], err))
			return false;
	*ret_heads = heads;
	*ret_count = count;
	return true;
}

bool domain_machine_pivot(struct hypervisor *hypervisor, const char *uuid,
			  const struct machine_pivot *pivots, size_t count,
			  bool quiesce, bool *ret_thawed, struct error *err)
{
	const struct change wanted = {
		.kind = CHANGE_PIVOT,
		.uuid = uuid,
		.pivots = pivots,
		.pivot_count = count,
		.quiesce = quiesce,
	};

	return change(hypervisor, &wanted, ret_thawed, err);
}

bool domain_machine_thaw(struct hypervisor *hypervisor, const char *uuid,
			 bool *ret_thawed, struct error *err)
{
	const struct change wanted = { .kind = CHANGE_THAW, .uuid = uuid };

	if (change(hypervisor, &wanted, ret_thawed, err))
		return true;
	if (err->fault != FAULT_INSTANCE_STATE)
		return false;
	error_clear(err);
	*ret_thawed = true;
	return true;
}

bool domain_machine_attach(struct hypervisor *hypervisor, const char *uuid,
			   const struct machine_disk *disk, struct error *err)
{
	const struct change wanted = {
		.kind = CHANGE_ATTACH,
		.uuid = uuid,
		.disk = disk,
	};
	bool done;

	if (!disk->serial || !*disk->serial)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a disk to attach needs a serial");
	return change(hypervisor, &wanted, &done, err);
}

/* Whether QEMU still has the disk; an absent machine has none. */
static bool has_disk(struct hypervisor *hypervisor, const char *uuid,
		     const char *serial, bool *ret_has, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct view disks;

	if (!arena)
		return fail_memory(err);
	if (!view(hypervisor, uuid, arena, &disks, err))
		return false;
	*ret_has = view_find(&disks, serial);
	return true;
}

bool domain_machine_detach(struct hypervisor *hypervisor, const char *uuid,
			   const char *serial, unsigned wait_ms, bool *ret_gone,
			   struct error *err)
{
	const struct change wanted = {
		.kind = CHANGE_DETACH,
		.uuid = uuid,
		.serial = serial,
	};
	usec_t end = clock_monotonic() + wait_ms * 1000LL;
	bool gone = false, has = true;

	if (!change(hypervisor, &wanted, &gone, err))
		return false;
	while (!gone && has && clock_monotonic() < end) {
		usleep(SOON_USEC);
		if (!has_disk(hypervisor, uuid, serial, &has, err))
			return false;
	}
	/* libvirt has to close the files, and perhaps to be told */
	if (!has && !change(hypervisor, &wanted, &gone, err))
		return false;
	*ret_gone = gone;
	return true;
}

bool domain_machine_throttle(struct hypervisor *hypervisor, const char *uuid,
			     const char *serial,
			     const struct machine_throttle *throttle,
			     struct error *err)
{
	const struct change wanted = {
		.kind = CHANGE_THROTTLE,
		.uuid = uuid,
		.serial = serial,
		.throttle = throttle,
	};
	bool done;

	return change(hypervisor, &wanted, &done, err);
}

bool domain_machine_resize(struct hypervisor *hypervisor, const char *uuid,
			   const char *serial, uint64_t bytes,
			   struct error *err)
{
	const struct change wanted = {
		.kind = CHANGE_RESIZE,
		.uuid = uuid,
		.serial = serial,
		.bytes = bytes,
	};
	bool done;

	return change(hypervisor, &wanted, &done, err);
}

static bool busy(struct hypervisor *hypervisor, const char *uuid,
		 bool *ret_busy, struct error *err)
{
	return hypervisor->root ?
		       embedded_busy(hypervisor, uuid, ret_busy, err) :
		       daemon_busy(hypervisor->connection, uuid, ret_busy, err);
}

/* Whether somebody wants the disk within so long. */
static bool is_wanted(const struct machine_patience *patience, usec_t within)
{
	usec_t end = clock_monotonic() + within;
	bool wanted;

	while (!(wanted = patience && patience->wanted(patience->data)) &&
	       clock_monotonic() < end)
		usleep(SOON_USEC);
	return wanted;
}

/* Waits until no job is at work on the machine's disks, or until somebody wants
 * one that a job is at work on. */
static bool await_jobs(struct hypervisor *hypervisor, const char *uuid,
		       const struct machine_patience *patience,
		       bool *ret_wanted, struct error *err)
{
	usec_t pause = SOON_USEC;
	bool works;

	*ret_wanted = false;
	for (;;) {
		if (!busy(hypervisor, uuid, &works, err))
			return false;
		if (!works || *ret_wanted) {
			*ret_wanted = works;
			return true;
		}
		*ret_wanted = is_wanted(patience, pause);
		if (pause < LATER_USEC)
			pause *= 2;
	}
}

bool domain_machine_shorten(struct hypervisor *hypervisor, const char *uuid,
			    const char *serial, const char *base,
			    const struct machine_patience *patience,
			    bool *ret_done, struct error *err)
{
	struct change wanted = {
		.kind = CHANGE_SHORTEN,
		.uuid = uuid,
		.serial = serial,
		.base = base,
	};
	bool done = false, give_way = false;

	for (unsigned i = 0; i < ATTEMPTS && !done && !give_way; i++) {
		if (!change(hypervisor, &wanted, &done, err) ||
		    (!done &&
		     !await_jobs(hypervisor, uuid, patience, &give_way, err)))
			return false;
	}
	wanted.kind = CHANGE_CEASE;
	if (give_way && !change(hypervisor, &wanted, &done, err))
		return false;
	*ret_done = done;
	return done || give_way ||
	       fail(err, FAULT_INTERNAL,
		    "QEMU cannot copy what lies under the disk %s", serial);
}
