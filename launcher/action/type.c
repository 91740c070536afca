/* type.c - pages and filters over the table of instance types */
#include "launcher/action/type.h"

#include <inttypes.h>
#include <stdio.h>

#include "launcher/action/filter.h"

const char *type_hypervisor(const struct instance_type *type)
{
	return type->nitro ? "nitro" : "xen";
}

const struct instance_type *type_next(
	struct page *page,
	bool (*pass)(const void *data, const struct instance_type *type),
	const void *data, size_t *at)
{
	/* a type's number, from 1, is what tables have in `seq` */
	if (*at < (size_t)page->query.after)
		*at = (size_t)page->query.after;
	while (instance_types[*at].name) {
		const struct instance_type *type = &instance_types[(*at)++];

		if (pass(data, type))
			return page_row(page, (int64_t)*at) ? type : NULL;
	}
	return NULL;
}

/* Of what is not told of a type, a filter finds none. */
static const char *const filter_names[] = {
	"auto-recovery-supported",
	"bare-metal",
	"burstable-performance-supported",
	"current-generation",
	"dedicated-hosts-supported",
	"ebs-info.attachment-limit-type",
	"ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps",
	"ebs-info.ebs-optimized-info.baseline-iops",
	"ebs-info.ebs-optimized-info.baseline-throughput-in-mbps",
	"ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps",
	"ebs-info.ebs-optimized-info.maximum-iops",
	"ebs-info.ebs-optimized-info.maximum-throughput-in-mbps",
	"ebs-info.ebs-optimized-support",
	"ebs-info.encryption-support",
	"ebs-info.maximum-ebs-attachments",
	"ebs-info.nvme-support",
	"free-tier-eligible",
	"hibernation-supported",
	"hypervisor",
	"instance-storage-info.disk.count",
	"instance-storage-info.disk.size-in-gb",
	"instance-storage-info.disk.type",
	"instance-storage-info.encryption-support",
	"instance-storage-info.nvme-support",
	"instance-storage-info.total-size-in-gb",
	"instance-storage-supported",
	"instance-type",
	"memory-info.size-in-mib",
	"network-info.bandwidth-weightings",
	"network-info.efa-info.maximum-efa-interfaces",
	"network-info.efa-supported",
	"network-info.ena-support",
	"network-info.encryption-in-transit-supported",
	"network-info.flexible-ena-queues-support",
	"network-info.ipv4-addresses-per-interface",
	"network-info.ipv6-addresses-per-interface",
	"network-info.ipv6-supported",
	"network-info.maximum-network-cards",
	"network-info.maximum-network-interfaces",
	"network-info.network-performance",
	"nitro-enclaves-support",
	"nitro-tpm-info.supported-versions",
	"nitro-tpm-support",
	"processor-info.supported-architecture",
	"processor-info.supported-features",
	"processor-info.sustained-clock-speed-in-ghz",
	"reboot-migration-support",
	"supported-boot-mode",
	"supported-root-device-type",
	"supported-usage-class",
	"supported-virtualization-type",
	"vcpu-info.default-cores",
	"vcpu-info.default-threads-per-core",
	"vcpu-info.default-vcpus",
	"vcpu-info.valid-cores",
	"vcpu-info.valid-threads-per-core",
	NULL
};

bool type_filter_check(const json_t *filters, struct error *err)
{
	return filter_check(filters, filter_names, err);
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

bool type_filter_pass(const json_t *filters, const struct instance_type *type)
{
	char vcpus[16], cores[16], threads[16], memory[24];
	char disks[16], disk[16], total[24];
	const char *nvme = type->nitro ? "required" : "unsupported";
	const char *store = type->store_nvme ? "required" : "unsupported";
	const struct filter_value values[] = {
		{ "auto-recovery-supported", "false" },
		{ "bare-metal", "false" },
		{ "burstable-performance-supported", truth(type->burstable) },
		{ "current-generation", truth(!type->previous) },
		{ "dedicated-hosts-supported", "false" },
		{ "ebs-info.ebs-optimized-support",
		  type->nitro ? "default" : "unsupported" },
		{ "ebs-info.encryption-support", "supported" },
		{ "ebs-info.nvme-support", nvme },
		{ "free-tier-eligible", "true" },
		{ "hibernation-supported", "false" },
		{ "hypervisor", type_hypervisor(type) },
		{ "instance-storage-info.disk.count", disks },
		{ "instance-storage-info.disk.size-in-gb", disk },
		{ "instance-storage-info.disk.type",
		  !type->stores	  ? NULL :
		  type->store_hdd ? "hdd" :
				    "ssd" },
		{ "instance-storage-info.encryption-support",
		  type->stores ? store : NULL },
		{ "instance-storage-info.nvme-support",
		  type->stores ? store : NULL },
		{ "instance-storage-info.total-size-in-gb", total },
		{ "instance-storage-supported", truth(type->stores > 0) },
		{ "instance-type", type->name },
		{ "memory-info.size-in-mib", memory },
		{ "processor-info.supported-architecture", "x86_64" },
		{ "supported-boot-mode", "legacy-bios" },
		{ "supported-boot-mode", type->nitro ? "uefi" : NULL },
		{ "supported-root-device-type", "ebs" },
		{ "supported-root-device-type",
		  type->root_store ? "instance-store" : NULL },
		{ "supported-usage-class", "on-demand" },
		{ "supported-virtualization-type", "hvm" },
		{ "vcpu-info.default-cores", cores },
		{ "vcpu-info.default-threads-per-core", threads },
		{ "vcpu-info.default-vcpus", vcpus },
	};

	snprintf(vcpus, sizeof(vcpus), "%u", type->vcpus);
	snprintf(cores, sizeof(cores), "%u", type->vcpus / type->threads);
	snprintf(threads, sizeof(threads), "%u", type->threads);
	snprintf(disks, sizeof(disks), "%.0u", type->stores);
	snprintf(disk, sizeof(disk), "%.0u", type->store_gib);
	snprintf(total, sizeof(total), "%.0" PRIu64,
		 (uint64_t)type->stores * type->store_gib);
	snprintf(memory, sizeof(memory), "%" PRIu64, type->memory_mib);
	return filter_pass(filters, values, sizeof(values) / sizeof(values[0]));
}
