/* shorten.c - taking layers out from under a running domain's head
 *
 * QEMU copies what they hold into the head; until the last block is there it
 * stands on all of them, so that the end of anybody but QEMU harms nothing.
 * Should QEMU itself end in the short while between its last copy and our
 * flush, the head's header may name the base already while the tables that
 * make the copies visible are lost: domain.h says what cures that. A copy that
 * is ended before it is complete leaves the disk on all that it stood on; what
 * was copied by then is there twice.
 */
#include <string.h>

#include "images/base/clock.h"
#include "images/base/log.h"
#include "launcher/domain/live.h"

#define SOON_USEC 300000
#define LOOK_USEC 2000

/* QEMU changes the header before what it copied is safe in the head. */
static bool flush(const struct live *live, const struct view_disk *disk,
		  struct error *err)
{
	auto_free char *line = format_text("qemu-io -d %s flush", disk->device);
	auto_json *reply = NULL;

	if (!line)
		return fail_memory(err);
	reply = monitor_ask(&live->monitor, "human-monitor-command",
			    json_pack("{s:s}", "command-line", line), err);
	if (!reply)
		return false;
	return json_string_length(reply) == 0 ||
	       fail(err, FAULT_INTERNAL, "QEMU cannot flush %s: %s",
		    disk->serial, json_string_value(reply));
}

static bool has_file(const struct view_disk *disk, const char *path)
{
	for (size_t i = 1; i < disk->count; i++)
		if (strcmp(disk->files[i].path, path) == 0)
			return true;
	return false;
}

/* Whether a job is at work on the disk, in libvirt's eyes: one that has ended
 * counts until libvirt has put it away. */
static bool ask_job(struct live *live, const struct view_disk *target,
		    bool *ret_runs, struct error *err)
{
	virDomainBlockJobInfo info;
	int jobs = virDomainGetBlockJobInfo(live->domain, target->device, &info,
					    0);

	*ret_runs = jobs == 1;
	return jobs >= 0 || fail_libvirt(err, "cannot ask for the disk's job");
}

/* Whether the disk stands on its base, and no job is left; flushed then. */
static bool is_done(struct live *live, const struct change *change, bool runs,
		    bool *ret_done, struct error *err)
{
	const struct view_disk *disk = view_find(&live->qemu, change->serial);

	*ret_done = !runs && disk && disk->count > 1 &&
		    strcmp(disk->files[1].path, change->base) == 0;
	return !*ret_done || flush(live, disk, err);
}

/* Most copies are small: waits a moment for the end, which saves waking the
 * driver once more. */
static bool await_soon(struct live *live, const struct view_disk *target,
		       bool *ret_runs, struct error *err)
{
	usec_t end = clock_monotonic() + SOON_USEC;

	while (ask_job(live, target, ret_runs, err)) {
		if (!*ret_runs || clock_monotonic() > end)
			return true;
		usleep(LOOK_USEC);
	}
	return false;
}

bool live_shorten(struct live *live, const struct change *change,
		  bool *ret_done, struct error *err)
{
	const struct view_disk *disk, *target;
	bool runs;

	if (!live_find(live, change->serial, &disk, &target, err))
		return false;
	if (!has_file(disk, change->base))
		return fail(err, FAULT_INCORRECT_STATE,
			    "the disk %s does not stand on %s", change->serial,
			    change->base);
	if (!ask_job(live, target, &runs, err) ||
	    !is_done(live, change, runs, ret_done, err))
		return false;
	if (*ret_done)
		return true;
	/* one that runs was begun by a caller that died */
	if (!runs &&
	    virDomainBlockRebase(live->domain, target->device, change->base, 0,
				 VIR_DOMAIN_BLOCK_REBASE_RELATIVE) != 0)
		return fail_libvirt(
			err, "cannot take layers out from under the disk");
	if (!await_soon(live, target, &runs, err))
		return false;
	return runs || (live_agree(live, err) &&
			is_done(live, change, runs, ret_done, err));
}

bool live_cease(struct live *live, const struct change *change, bool *ret_done,
		struct error *err)
{
	const struct view_disk *disk, *target;
	bool runs;

	if (!live_find(live, change->serial, &disk, &target, err) ||
	    !ask_job(live, target, &runs, err))
		return false;
	/* one that has ended this moment cannot be ended, and needs not be */
	if (runs &&
	    virDomainBlockJobAbort(live->domain, target->device, 0) != 0)
		log_info("%s: %s", change->serial, virGetLastErrorMessage());
	return ask_job(live, target, &runs, err) &&
	       (!runs || fail(err, FAULT_UNAVAILABLE,
			      "QEMU does not end its copy under the disk %s",
			      change->serial)) &&
	       live_agree(live, err) &&
	       is_done(live, change, runs, ret_done, err);
}
