/* shorten.c - taking layers out from under a running domain's head
 *
 * QEMU copies what they hold into the head; until the last block is there it
 * stands on all of them, so that the end of anybody but QEMU harms nothing.
 * Should QEMU itself end in the short while between its last copy and our
 * flush, the head's header may name the base already while the tables that
 * make the copies visible are lost: domain.h says what cures that.
 */
#include <string.h>

#include "images/base/log.h"
#include "launcher/domain/live.h"

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

bool live_shorten(struct live *live, const struct change *change,
		  bool *ret_done, struct error *err)
{
	const struct view_disk *disk, *target;
	virDomainBlockJobInfo info;
	int jobs;

	if (!live_find(live, change->serial, &disk, &target, err))
		return false;
	if (!has_file(disk, change->base))
		return fail(err, FAULT_INCORRECT_STATE,
			    "the disk %s does not stand on %s", change->serial,
			    change->base);
	jobs = virDomainGetBlockJobInfo(live->domain, target->device, &info, 0);
	if (jobs < 0)
		return fail_libvirt(err, "cannot ask for the disk's job");
	*ret_done = jobs == 0 && strcmp(disk->files[1].path, change->base) == 0;
	if (*ret_done)
		return flush(live, disk, err);
	/* one that runs was begun by a caller that died */
	return jobs == 1 ||
	       virDomainBlockRebase(live->domain, target->device, change->base,
				    0, VIR_DOMAIN_BLOCK_REBASE_RELATIVE) == 0 ||
	       fail_libvirt(err, "cannot take layers out from under the disk");
}
