/* plug.c - plugging disks into a running domain, and out of it */
#include <string.h>

#include "images/base/clock.h"
#include "images/base/log.h"
#include "launcher/domain/live.h"
#include "launcher/domain/xml.h"

/* What a guest that lets go at once takes, even when it is slow. */
#define GUEST_USEC (2 * USEC_PER_SEC)
#define LOOK_USEC 10000

#define TARGETS_MOST (26 + 26 * 26)

static bool has_target(const struct view *view, const char *target)
{
	for (size_t i = 0; i < view->count; i++)
		if (strcmp(view->disks[i].device, target) == 0)
			return true;
	return false;
}

/* vda to vdz, vdaa to vdzz. */
static void name_target(unsigned number, char ret_target[8])
{
	char *c = ret_target;

	*c++ = 'v';
	*c++ = 'd';
	if (number >= 26)
		*c++ = (char)('a' + number / 26 - 1);
	*c++ = (char)('a' + number % 26);
	*c = 0;
}

static bool plug(struct live *live, const struct machine_disk *wanted,
		 struct error *err)
{
	struct machine_disk disk = *wanted;
	auto_buf xml = BUF_INIT;
	usec_t deadline = 0;
	char target[8];
	unsigned number = 0;

	do
		name_target(number, target);
	while (has_target(&live->libvirt, target) && ++number < TARGETS_MOST);
	disk.target = target;
	if (!xml_disk(&disk, &xml, err))
		return false;
	do {
		if (virDomainAttachDeviceFlags(live->domain, buf_text(&xml),
					       VIR_DOMAIN_AFFECT_LIVE) == 0)
			return true;
	} while (libvirt_again(&deadline));
	if (strstr(virGetLastErrorMessage(), "No more available PCI slots"))
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "the machine has no place for one more disk until "
			    "it is stopped and started");
	return fail_libvirt(err, "cannot attach the disk");
}

/* Whether the disk is there, on that file. */
static bool is_plugged(const struct live *live, const struct machine_disk *disk)
{
	const struct view_disk *found = view_find(&live->qemu, disk->serial);

	return found && found->count &&
	       strcmp(found->files[0].path, disk->chain[0].path) == 0;
}

bool live_attach(struct live *live, const struct change *change, bool *ret_done,
		 struct error *err)
{
	const struct machine_disk *disk = change->disk;

	/* a call that died after it had reached this comes again */
	if (!is_plugged(live, disk)) {
		if (view_find(&live->qemu, disk->serial))
			return fail(err, FAULT_INCORRECT_STATE,
				    "the machine has another disk %s",
				    disk->serial);
		if (!plug(live, disk, err) || !live_agree(live, err))
			return false;
		if (!is_plugged(live, disk))
			return fail(err, FAULT_INTERNAL,
				    "QEMU does not have the disk %s",
				    disk->serial);
	}
	*ret_done = true;
	return true;
}

/* The device's name out of /machine/peripheral/NAME/virtio-backend. */
static char *device_alias(const struct view_disk *disk)
{
	static const char prefix[] = "/machine/peripheral/";
	const char *begin = disk->device + sizeof(prefix) - 1;
	const char *end;

	if (strncmp(disk->device, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	end = strchr(begin, '/');
	return end ? strndup(begin, (size_t)(end - begin)) : NULL;
}

static bool press(const struct live *live, const struct view_disk *disk,
		  struct error *err)
{
	auto_free char *alias = device_alias(disk);

	if (!alias)
		return fail(err, FAULT_INTERNAL, "%s is no device's path",
			    disk->device);
	return virDomainDetachDeviceAlias(live->domain, alias,
					  VIR_DOMAIN_AFFECT_LIVE) == 0 ||
	       /* asked before, and not yet done with it */
	       strstr(virGetLastErrorMessage(), "process of unplug") ||
	       fail_libvirt(err, "cannot detach the disk");
}

/* Waits a moment for both to see the disk go. */
static bool await_gone(struct live *live, const char *serial, bool *ret_gone,
		       struct error *err)
{
	usec_t end = clock_monotonic() + GUEST_USEC;

	do {
		if (!live_look(live, false, err))
			return false;
		*ret_gone = !view_find(&live->qemu, serial) &&
			    !view_find(&live->libvirt, serial);
		if (*ret_gone)
			return true;
		usleep(LOOK_USEC);
	} while (clock_monotonic() < end);
	return true;
}

bool live_detach(struct live *live, const struct change *change, bool *ret_done,
		 struct error *err)
{
	const struct view_disk *disk = view_find(&live->qemu, change->serial);
	bool gone = !disk;

	if (disk && (!press(live, disk, err) ||
		     !await_gone(live, change->serial, &gone, err)))
		return false;
	if (gone && !live_sweep(live, err))
		return false;
	if (gone && live->stray_count)
		return fail(err, FAULT_INTERNAL,
			    "QEMU keeps %s open, which no disk needs",
			    live->strays[0]);
	*ret_done = gone;
	return true;
}
