/* interface.c - network interfaces in a reply
 *
 * DescribeInstances and DescribeNetworkInterfaces show the same things in two
 * orders, the SDK's.
 */
#include "launcher/action/noun/interface.h"

#include <stdio.h>
#include <string.h>

#include "images/registry/group.h"
#include "launcher/action/noun/tags.h"

#define NAME_ROOM 64

static void host_name(const struct interface *interface, char name[NAME_ROOM])
{
	snprintf(name, NAME_ROOM, "%s.ec2.internal", interface->instance);
}

bool reply_groups(struct db *db, const char *instance, const char *sdk,
		  const char *wire, struct node *into, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct node *list = node_list(into, sdk, wire);
	const struct security_group *groups;
	size_t count = 0;

	if (!arena)
		return fail_memory(err);
	if (instance &&
	    !instance_groups(db, instance, arena, &groups, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct node *item = node_item(list);

		node_str(item, "GroupName", "groupName", groups[i].name);
		node_str(item, "GroupId", "groupId", groups[i].id);
	}
	return true;
}

/* An attachment's id has the digits of its interface's. */
static void reply_attachment(const struct interface *interface, bool whole,
			     struct node *into)
{
	struct node *node = node_struct(into, "Attachment", "attachment");
	char id[NAME_ROOM];

	snprintf(id, sizeof(id), "eni-attach-%s",
		 interface->id + strlen("eni-"));
	node_time(node, "AttachTime", "attachTime", interface->attached);
	node_str(node, "AttachmentId", "attachmentId", id);
	node_bool(node, "DeleteOnTermination", "deleteOnTermination", true);
	node_int(node, "DeviceIndex", "deviceIndex", 0);
	if (!whole)
		node_str(node, "Status", "status", "attached");
	node_int(node, "NetworkCardIndex", "networkCardIndex", 0);
	if (!whole)
		return;
	node_str(node, "InstanceId", "instanceId", interface->instance);
	node_str(node, "InstanceOwnerId", "instanceOwnerId", interface->owner);
	node_str(node, "Status", "status", "attached");
}

static void reply_address(const struct interface *interface, struct node *into)
{
	struct node *list =
		node_list(into, "PrivateIpAddresses", "privateIpAddressesSet");
	struct node *item = node_item(list);
	char name[NAME_ROOM];

	host_name(interface, name);
	node_bool(item, "Primary", "primary", true);
	node_str(item, "PrivateDnsName", "privateDnsName", name);
	node_str(item, "PrivateIpAddress", "privateIpAddress",
		 interface->address);
}

/* From the MAC to the addresses both say the same. */
static void reply_card(const struct interface *interface, struct node *into)
{
	char name[NAME_ROOM];

	host_name(interface, name);
	node_list(into, "Ipv6Addresses", "ipv6AddressesSet");
	node_str(into, "MacAddress", "macAddress", interface->mac);
	node_str(into, "NetworkInterfaceId", "networkInterfaceId",
		 interface->id);
	node_str(into, "OwnerId", "ownerId", interface->owner);
	node_str(into, "PrivateDnsName", "privateDnsName", name);
	node_str(into, "PrivateIpAddress", "privateIpAddress",
		 interface->address);
	reply_address(interface, into);
}

bool reply_interface(struct db *db, const struct interface *interface,
		     struct node *into, struct error *err)
{
	reply_attachment(interface, true, into);
	node_str(into, "AvailabilityZone", "availabilityZone", interface->zone);
	node_str(into, "Description", "description", interface->description);
	if (!reply_groups(db, interface->instance, "Groups", "groupSet", into,
			  err))
		return false;
	node_str(into, "InterfaceType", "interfaceType", "interface");
	reply_card(interface, into);
	node_bool(into, "RequesterManaged", "requesterManaged", false);
	node_bool(into, "SourceDestCheck", "sourceDestCheck",
		  interface->source_dest_check);
	node_str(into, "Status", "status", "in-use");
	node_str(into, "SubnetId", "subnetId", interface->subnet);
	if (!reply_tag_set(db, interface->id, into, err))
		return false;
	node_str(into, "VpcId", "vpcId", interface->vpc);
	return true;
}

bool reply_instance_interfaces(struct db *db, const struct interface *interface,
			       struct node *into, struct error *err)
{
	struct node *list =
		node_list(into, "NetworkInterfaces", "networkInterfaceSet");
	struct node *item;

	if (!interface)
		return true;
	item = node_item(list);
	reply_attachment(interface, false, item);
	node_str(item, "Description", "description", interface->description);
	if (!reply_groups(db, interface->instance, "Groups", "groupSet", item,
			  err))
		return false;
	reply_card(interface, item);
	node_bool(item, "SourceDestCheck", "sourceDestCheck",
		  interface->source_dest_check);
	node_str(item, "Status", "status", "in-use");
	node_str(item, "SubnetId", "subnetId", interface->subnet);
	node_str(item, "VpcId", "vpcId", interface->vpc);
	node_str(item, "InterfaceType", "interfaceType", "interface");
	return true;
}
