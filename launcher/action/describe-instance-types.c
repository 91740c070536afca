/* describe-instance-types.c - what machines there are to choose from */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "images/call.h"
#include "images/type.h"
#include "launcher/action/action.h"
#include "launcher/action/filter.h"
#include "launcher/action/type.h"

#define PAGE_MOST 100 /* of these, EC2 shows fewer at a time */

static void reply_store(struct node *item, const struct instance_type *type)
{
	struct node *info, *disks, *disk;

	node_bool(item, "InstanceStorageSupported", "instanceStorageSupported",
		  type->stores > 0);
	if (!type->stores)
		return;
	info = node_struct(item, "InstanceStorageInfo", "instanceStorageInfo");
	node_int(info, "TotalSizeInGB", "totalSizeInGB",
		 (int64_t)type->stores * type->store_gib);
	disks = node_list(info, "Disks", "disks");
	disk = node_item(disks);
	node_int(disk, "SizeInGB", "sizeInGB", type->store_gib);
	node_int(disk, "Count", "count", type->stores);
	node_str(disk, "Type", "type", type->store_hdd ? "hdd" : "ssd");
	node_str(info, "NvmeSupport", "nvmeSupport",
		 type->store_nvme ? "required" : "unsupported");
	node_str(info, "EncryptionSupport", "encryptionSupport",
		 type->store_nvme ? "required" : "unsupported");
}

static void reply_processor(struct node *item, const struct instance_type *type)
{
	struct node *info = node_struct(item, "ProcessorInfo", "processorInfo");
	struct node *list = node_list(info, "SupportedArchitectures",
				      "supportedArchitectures");

	node_item_str(list, "x86_64");
	info = node_struct(item, "VCpuInfo", "vCpuInfo");
	node_int(info, "DefaultVCpus", "defaultVCpus", type->vcpus);
	node_int(info, "DefaultCores", "defaultCores",
		 type->vcpus / type->threads);
	node_int(info, "DefaultThreadsPerCore", "defaultThreadsPerCore",
		 type->threads);
	info = node_struct(item, "MemoryInfo", "memoryInfo");
	node_int(info, "SizeInMiB", "sizeInMiB", (int64_t)type->memory_mib);
}

static void reply_type(struct node *list, const struct instance_type *type)
{
	struct node *item = node_item(list);
	struct node *inner;

	node_str(item, "InstanceType", "instanceType", type->name);
	node_bool(item, "CurrentGeneration", "currentGeneration",
		  !type->previous);
	node_bool(item, "FreeTierEligible", "freeTierEligible", true);
	inner = node_list(item, "SupportedUsageClasses",
			  "supportedUsageClasses");
	node_item_str(inner, "on-demand");
	inner = node_list(item, "SupportedRootDeviceTypes",
			  "supportedRootDeviceTypes");
	node_item_str(inner, "ebs");
	if (type->root_store)
		node_item_str(inner, "instance-store");
	inner = node_list(item, "SupportedVirtualizationTypes",
			  "supportedVirtualizationTypes");
	node_item_str(inner, "hvm");
	node_bool(item, "BareMetal", "bareMetal", false);
	node_str(item, "Hypervisor", "hypervisor", type_hypervisor(type));
	reply_processor(item, type);
	reply_store(item, type);
	inner = node_struct(item, "EbsInfo", "ebsInfo");
	node_str(inner, "EbsOptimizedSupport", "ebsOptimizedSupport",
		 type->nitro ? "default" : "unsupported");
	node_str(inner, "EncryptionSupport", "encryptionSupport", "supported");
	node_str(inner, "NvmeSupport", "nvmeSupport",
		 type->nitro ? "required" : "unsupported");
	node_bool(item, "HibernationSupported", "hibernationSupported", false);
	node_bool(item, "BurstablePerformanceSupported",
		  "burstablePerformanceSupported", type->burstable);
	node_bool(item, "DedicatedHostsSupported", "dedicatedHostsSupported",
		  false);
	node_bool(item, "AutoRecoverySupported", "autoRecoverySupported",
		  false);
	inner = node_list(item, "SupportedBootModes", "supportedBootModes");
	node_item_str(inner, "legacy-bios");
	if (type->nitro)
		node_item_str(inner, "uefi");
}

/* All that are named must exist. */
static bool check_names(const json_t *names, struct error *err)
{
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name)
		if (!instance_type_find(json_string_value(name)))
			return fail(err, FAULT_INVALID_INSTANCE_TYPE,
				    "The following supplied instance types do "
				    "not exist: [%.100s]",
				    json_string_value(name));
	return true;
}

static bool passes(const void *data, const struct instance_type *type)
{
	const struct args *args = data;

	return filter_listed(args_get(args, "InstanceTypes"), type->name) &&
	       type_filter_pass(args_get(args, "Filters"), type);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct instance_type *type;
	struct page page;
	struct node *list;
	size_t at = 0;

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, NULL, arena, &page, err) ||
	    !check_names(args_get(args, "InstanceTypes"), err) ||
	    !type_filter_check(args_get(args, "Filters"), err))
		return false;
	if (page.most > PAGE_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value ( %" PRId64 " ) for parameter maxResults is "
			    "invalid. Expecting a value of at most %d.",
			    page.most, PAGE_MOST);
	list = node_list(reply->root, "InstanceTypes", "instanceTypeSet");
	while ((type = type_next(&page, passes, args, &at)))
		reply_type(list, type);
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_instance_types = {
	.name = "DescribeInstanceTypes",
	.brief = "list instance types: processors, memory, disks",
	.about = "The figures are AWS's. Types of the families c3, d2, i2, m1, "
		 "m3 and r3 can boot images with an instance store root.",
	.params = (const struct param[]) {
		{ "InstanceTypes", PARAM_STRING, PARAM_LIST, NULL,
		  "only these", "InstanceType" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_INSTANCE_TYPE, FAULT_INVALID_PARAMETER,
		FAULT_INVALID_NEXT_TOKEN, FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami describe-instance-types --filters "
		   "Name=supported-root-device-type,Values=instance-store "
		   "--query 'InstanceTypes[].InstanceType'",
	.storeless = true,
	.run = run,
};
