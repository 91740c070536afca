/* instance.c - instances and reservations in a reply */
#include "launcher/action/noun/instance.h"

#include <stdio.h>
#include <string.h>

#include "images/registry/volume.h"
#include "images/type.h"
#include "launcher/action/noun/interface.h"
#include "launcher/action/noun/tags.h"
#include "launcher/action/why.h"

int instance_state_code(const char *state)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = {
		{ "pending", 0 },	 { "running", 16 },
		{ "shutting-down", 32 }, { "terminated", 48 },
		{ "stopping", 64 },	 { "stopped", 80 },
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].name, state) == 0)
			return codes[i].code;
	return 80;
}

void reply_state(struct node *into, const char *sdk, const char *wire,
		 const char *state)
{
	struct node *node = node_struct(into, sdk, wire);

	node_int(node, "Code", "code", instance_state_code(state));
	node_str(node, "Name", "name", state);
}

bool reply_instance_mapping(struct db *db, const char *instance,
			    struct node *into, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct attachment *all;
	struct node *list;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!attachment_of(db, instance, NULL, arena, &all, &count, err))
		return false;
	list = node_list(into, "BlockDeviceMappings", "blockDeviceMapping");
	for (size_t i = 0; i < count; i++) {
		struct node *item = node_item(list);
		struct node *ebs;

		node_str(item, "DeviceName", "deviceName", all[i].device);
		ebs = node_struct(item, "Ebs", "ebs");
		node_time(ebs, "AttachTime", "attachTime", all[i].attached);
		node_bool(ebs, "DeleteOnTermination", "deleteOnTermination",
			  all[i].delete_on_termination);
		node_str(ebs, "Status", "status", all[i].state);
		node_str(ebs, "VolumeId", "volumeId", all[i].volume);
	}
	return true;
}

/* The host name that the guest has, too: the resource name of EC2. */
static void reply_names(const struct instance *instance, struct node *into)
{
	bool gone = strcmp(instance->state, "terminated") == 0;
	char name[64];

	snprintf(name, sizeof(name), "%s.ec2.internal", instance->id);
	node_str(into, "PrivateDnsName", "privateDnsName", gone ? "" : name);
	if (!gone)
		node_str(into, "PrivateIpAddress", "privateIpAddress",
			 instance->address);
	node_list(into, "ProductCodes", "productCodes");
	node_str(into, "PublicDnsName", "dnsName", "");
}

static const char *able(bool value)
{
	return value ? "enabled" : "disabled";
}

void reply_metadata_options(const struct instance *instance, struct node *into)
{
	bool answers = instance->http_endpoint &&
		       instance_has_service(instance);

	node_str(into, "State", "state", "applied");
	node_str(into, "HttpTokens", "httpTokens", instance->http_tokens);
	node_int(into, "HttpPutResponseHopLimit", "httpPutResponseHopLimit",
		 instance->hop_limit);
	node_str(into, "HttpEndpoint", "httpEndpoint", able(answers));
	node_str(into, "HttpProtocolIpv6", "httpProtocolIpv6", able(false));
	node_str(into, "InstanceMetadataTags", "instanceMetadataTags",
		 able(instance->metadata_tags));
}

/* What clients read unconditionally, although it says little here. */
static void reply_hardware(const struct instance *instance, struct node *into)
{
	const struct instance_type *type = instance_type_find(instance->type);
	struct node *node;

	if (type) {
		node = node_struct(into, "CpuOptions", "cpuOptions");
		node_int(node, "CoreCount", "coreCount",
			 type->vcpus / type->threads);
		node_int(node, "ThreadsPerCore", "threadsPerCore",
			 type->threads);
	}
	node = node_struct(into, "CapacityReservationSpecification",
			   "capacityReservationSpecification");
	node_str(node, "CapacityReservationPreference",
		 "capacityReservationPreference", "open");
	node = node_struct(into, "HibernationOptions", "hibernationOptions");
	node_bool(node, "Configured", "configured", false);
	reply_metadata_options(instance, node_struct(into, "MetadataOptions",
						     "metadataOptions"));
	node = node_struct(into, "EnclaveOptions", "enclaveOptions");
	node_bool(node, "Enabled", "enabled", false);
}

/* The rest of what EC2 says of every instance. */
static void reply_usage(const struct instance *instance, struct node *into)
{
	struct node *node;

	node_str(into, "BootMode", "bootMode", instance->boot_mode);
	node_str(into, "PlatformDetails", "platformDetails", "Linux/UNIX");
	node_str(into, "UsageOperation", "usageOperation", "RunInstances");
	node_time(into, "UsageOperationUpdateTime", "usageOperationUpdateTime",
		  instance->launched);
	node = node_struct(into, "PrivateDnsNameOptions",
			   "privateDnsNameOptions");
	node_str(node, "HostnameType", "hostnameType", "resource-name");
	node_bool(node, "EnableResourceNameDnsARecord",
		  "enableResourceNameDnsARecord", false);
	node_bool(node, "EnableResourceNameDnsAAAARecord",
		  "enableResourceNameDnsAAAARecord", false);
	node = node_struct(into, "MaintenanceOptions", "maintenanceOptions");
	node_str(node, "AutoRecovery", "autoRecovery", "default");
	node_str(into, "CurrentInstanceBootMode", "currentInstanceBootMode",
		 instance->boot_mode);
	node = node_struct(into, "NetworkPerformanceOptions",
			   "networkPerformanceOptions");
	node_str(node, "BandwidthWeighting", "bandwidthWeighting", "default");
	node = node_struct(into, "Operator", "operator");
	node_bool(node, "Managed", "managed", false);
}

void reply_monitoring(struct node *into, bool monitoring)
{
	struct node *node = node_struct(into, "Monitoring", "monitoring");

	node_str(node, "State", "state", able(monitoring));
}

static void reply_reason(const struct instance *instance, struct node *into)
{
	struct node *node;

	if (!instance->reason_code)
		return;
	node = node_struct(into, "StateReason", "stateReason");
	node_str(node, "Code", "code", instance->reason_code);
	node_why(node, "Message", "message", instance->reason_message);
}

/* *ret_found is false for one that has none, or none any more. */
static bool find_interface(struct db *db, const struct instance *instance,
			   struct arena *arena, struct interface *ret_interface,
			   bool *ret_found, struct error *err)
{
	*ret_found = instance->interface &&
		     strcmp(instance->state, "terminated") != 0;
	return !*ret_found || interface_get(db, instance->interface, arena,
					    ret_interface, ret_found, err);
}

bool reply_instance(struct db *db, const struct instance *instance,
		    struct node *into, struct error *err)
{
	bool gone = strcmp(instance->state, "terminated") == 0;
	auto_of(arena) arena = arena_new();
	struct interface interface;
	struct node *node;
	bool connected;

	if (!arena)
		return fail_memory(err);
	if (!find_interface(db, instance, arena, &interface, &connected, err))
		return false;
	node_int(into, "AmiLaunchIndex", "amiLaunchIndex",
		 instance->launch_index);
	node_str(into, "ImageId", "imageId", instance->image);
	node_str(into, "InstanceId", "instanceId", instance->id);
	node_str(into, "InstanceType", "instanceType", instance->type);
	node_str(into, "KernelId", "kernelId", instance->kernel);
	node_str(into, "KeyName", "keyName", instance->key_name);
	node_time(into, "LaunchTime", "launchTime", instance->launched);
	reply_monitoring(into, instance->monitoring);
	node = node_struct(into, "Placement", "placement");
	node_str(node, "AvailabilityZone", "availabilityZone", instance->zone);
	node_str(node, "GroupName", "groupName", "");
	node_str(node, "Tenancy", "tenancy", "default");
	reply_names(instance, into);
	node_str(into, "RamdiskId", "ramdiskId", instance->ramdisk);
	reply_state(into, "State", "instanceState", instance->state);
	node_str(into, "StateTransitionReason", "reason", instance->reason);
	if (connected) {
		node_str(into, "SubnetId", "subnetId", interface.subnet);
		node_str(into, "VpcId", "vpcId", interface.vpc);
	}
	node_str(into, "Architecture", "architecture", instance->architecture);
	if (!reply_instance_mapping(db, instance->id, into, err))
		return false;
	node_str(into, "ClientToken", "clientToken",
		 instance->client_token ? instance->client_token : "");
	node_bool(into, "EbsOptimized", "ebsOptimized",
		  instance->ebs_optimized);
	node_bool(into, "EnaSupport", "enaSupport", true);
	node_str(into, "Hypervisor", "hypervisor", "kvm");
	if (!reply_instance_interfaces(db, connected ? &interface : NULL, into,
				       err))
		return false;
	node_str(into, "RootDeviceName", "rootDeviceName",
		 instance->root_device_name);
	node_str(into, "RootDeviceType", "rootDeviceType",
		 instance->root_device_type);
	if (!reply_groups(db, gone ? NULL : instance->id, "SecurityGroups",
			  "groupSet", into, err))
		return false;
	node_bool(into, "SourceDestCheck", "sourceDestCheck",
		  instance->source_dest_check);
	reply_reason(instance, into);
	if (!reply_tags(db, instance->id, false, into, err))
		return false;
	node_str(into, "VirtualizationType", "virtualizationType", "hvm");
	reply_hardware(instance, into);
	reply_usage(instance, into);
	return true;
}

struct node *reply_reservation(const struct instance *first, struct node *into)
{
	struct node *list;

	node_list(into, "Groups", "groupSet");
	list = node_list(into, "Instances", "instancesSet");
	node_str(into, "OwnerId", "ownerId", first->owner);
	node_str(into, "ReservationId", "reservationId", first->reservation);
	return list;
}
