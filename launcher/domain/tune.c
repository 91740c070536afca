/* tune.c - limits and size of a running domain's disk */
#include <string.h>

#include "images/base/clock.h"
#include "launcher/domain/live.h"

/* libvirt's names for what a throttle holds, and QEMU's. */
struct limit {
	const char *libvirt;
	const char *qemu;
	uint64_t value;
	uint64_t dflt; /* what QEMU says when none was set */
};

enum { LIMITS = 7 };

static void limits_of(const struct machine_throttle *t,
		      struct limit ret_limits[LIMITS])
{
	const struct limit limits[LIMITS] = {
		{ VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC, "iops", t->iops, 0 },
		{ VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC_MAX, "iops_max",
		  t->iops_burst, 0 },
		{ VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC_MAX_LENGTH,
		  "iops_max_length", t->iops_burst_seconds, 1 },
		{ VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC, "bps", t->bytes, 0 },
		{ VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC_MAX, "bps_max",
		  t->bytes_burst, 0 },
		{ VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC_MAX_LENGTH,
		  "bps_max_length", t->bytes_burst_seconds, 1 },
		{ VIR_DOMAIN_BLOCK_IOTUNE_SIZE_IOPS_SEC, "iops_size",
		  t->iops_size, 0 },
	};

	memcpy(ret_limits, limits, sizeof(limits));
}

/* Whether QEMU says the same about the device. */
static bool is_limited(const json_t *devices, const char *path,
		       const struct limit limits[LIMITS])
{
	size_t i;
	json_t *device;

	json_array_foreach(devices, i, device) {
		const json_t *disk = json_object_get(device, "inserted");
		const char *name =
			json_string_value(json_object_get(device, "qdev"));

		if (!name || strcmp(name, path) != 0)
			continue;
		for (size_t j = 0; j < LIMITS; j++) {
			uint64_t has = (uint64_t)json_integer_value(
				json_object_get(disk, limits[j].qemu));

			if (has != limits[j].value &&
			    (limits[j].value || has != limits[j].dflt))
				return false;
		}
		return true;
	}
	return false;
}

bool live_throttle(struct live *live, const struct change *change,
		   bool *ret_done, struct error *err)
{
	const struct view_disk *disk, *target;
	virTypedParameterPtr params = NULL;
	struct limit limits[LIMITS];
	int count = 0, room = 0, failed = 0;
	auto_json *devices = NULL;

	if (!live_find(live, change->serial, &disk, &target, err))
		return false;
	limits_of(change->throttle, limits);
	/* all of them, for what is not named keeps its value */
	for (size_t i = 0; i < LIMITS; i++)
		failed |= virTypedParamsAddULLong(&params, &count, &room,
						  limits[i].libvirt,
						  limits[i].value);
	if (!failed)
		failed = virDomainSetBlockIoTune(live->domain, target->device,
						 params, (unsigned)count,
						 VIR_DOMAIN_AFFECT_LIVE);
	virTypedParamsFree(params, count);
	if (failed)
		return fail_libvirt(err, "cannot limit the disk");
	devices = monitor_ask(&live->monitor, "query-block", NULL, err);
	if (!devices)
		return false;
	*ret_done = true;
	return is_limited(devices, disk->device, limits) ||
	       fail(err, FAULT_INTERNAL,
		    "QEMU does not limit the disk %s as it was told",
		    change->serial);
}

bool live_resize(struct live *live, const struct change *change, bool *ret_done,
		 struct error *err)
{
	const struct view_disk *disk, *target;

	if (!live_look(live, true, err) ||
	    !live_find(live, change->serial, &disk, &target, err))
		return false;
	if (disk->bytes > change->bytes)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the disk %s cannot become smaller",
			    change->serial);
	if (disk->bytes < change->bytes &&
	    virDomainBlockResize(live->domain, target->device, change->bytes,
				 VIR_DOMAIN_BLOCK_RESIZE_BYTES) != 0)
		return fail_libvirt(err, "cannot make the disk larger");
	if (!live_look(live, true, err))
		return false;
	disk = view_find(&live->qemu, change->serial);
	if (!disk || disk->bytes != change->bytes)
		return fail(err, FAULT_INTERNAL,
			    "QEMU did not make the disk %s larger",
			    change->serial);
	*ret_done = true;
	return true;
}
