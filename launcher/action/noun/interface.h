/* interface.h - network interfaces and security groups of instances in a reply
 */
#ifndef QAMI_ACTION_NOUN_INTERFACE_H
#define QAMI_ACTION_NOUN_INTERFACE_H

#include "images/registry/instance.h"
#include "images/registry/interface.h"
#include "launcher/action/reply.h"

/* As DescribeNetworkInterfaces lists one. */
bool reply_interface(struct db *db, const struct interface *interface,
		     struct node *into, struct error *err) must_check;

/* The NetworkInterfaces of an instance, whose `interface` (NULL: it has none)
 * is in the second argument. */
bool reply_instance_interfaces(struct db *db, const struct interface *interface,
			       struct node *into, struct error *err) must_check;

/* The groups of an instance (NULL: none any more), under these names. */
bool reply_groups(struct db *db, const char *instance, const char *sdk,
		  const char *wire, struct node *into, struct error *err)
	must_check;

#endif
