/* type.c - pages and filters over the table of instance types */
#include "launcher/action/type.h"

#include <inttypes.h>
#include <stdio.h>

#include "launcher/action/filter.h"

#define PAGE_LEAST 5
#define PAGE_MOST 1000

const char *type_hypervisor(const struct instance_type *type)
{
	return type->nitro ? "nitro" : "xen";
}

bool type_page(const struct args *args, const struct instance_type **ret_first,
	       int64_t *ret_room, struct error *err)
{
	const char *token = args_str(args, "NextToken", NULL);
	int64_t room = args_int(args, "MaxResults", -1);
	const struct instance_type *first = instance_types;

	if (args_has(args, "MaxResults") &&
	    (room < PAGE_LEAST || room > PAGE_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value ( %" PRId64 " ) for parameter maxResults is "
			    "invalid. Expecting a value between %d and %d.",
			    room, PAGE_LEAST, PAGE_MOST);
	if (token)
		first = instance_type_find(token);
	if (!first)
		return fail(err, FAULT_INVALID_NEXT_TOKEN,
			    "The token '%.100s' is invalid", token);
	*ret_first = first;
	*ret_room = room;
	return true;
}

static const char *const filter_names[] = {
	"bare-metal",
	"burstable-performance-supported",
	"current-generation",
	"free-tier-eligible",
	"hypervisor",
	"instance-storage-info.nvme-support",
	"instance-storage-supported",
	"instance-type",
	"memory-info.size-in-mib",
	"processor-info.supported-architecture",
	"supported-root-device-type",
	"supported-usage-class",
	"supported-virtualization-type",
	"vcpu-info.default-cores",
	"vcpu-info.default-threads-per-core",
	"vcpu-info.default-vcpus",
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
	const struct filter_value values[] = {
		{ "bare-metal", "false" },
		{ "burstable-performance-supported", truth(type->burstable) },
		{ "current-generation", truth(!type->previous) },
		{ "free-tier-eligible", "true" },
		{ "hypervisor", type_hypervisor(type) },
		{ "instance-storage-info.nvme-support",
		  !type->stores	   ? NULL :
		  type->store_nvme ? "required" :
				     "unsupported" },
		{ "instance-storage-supported", truth(type->stores > 0) },
		{ "instance-type", type->name },
		{ "memory-info.size-in-mib", memory },
		{ "processor-info.supported-architecture", "x86_64" },
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
	snprintf(memory, sizeof(memory), "%" PRIu64, type->memory_mib);
	return filter_pass(filters, values, sizeof(values) / sizeof(values[0]));
}
