/* interface-private.h - the filters of an interface, which an instance has, too
 */
#ifndef QAMI_REGISTRY_INTERFACE_PRIVATE_H
#define QAMI_REGISTRY_INTERFACE_PRIVATE_H

#include "images/registry/query-private.h"

/* NULL for an instance `t` that has none, or none any more. */
#define OF_INTERFACE(expression)                                            \
	"iif(t.interface IS NULL OR t.state = 'terminated', NULL, " expression \
	")"
#define OF_VPC(column) \
	OF_INTERFACE("(SELECT " column " FROM vpc AS v WHERE v.owner = t.owner)")
#define OF_GROUP                                                       \
	OF_INTERFACE("t.id")                                           \
	" IN (SELECT m.instance FROM instance_group AS m JOIN "        \
	"security_group AS g ON g.id = m.grp WHERE "

#define INTERFACE_COLUMNS(prefix)                                              \
	{ prefix "addresses.association.allocation-id", "NULL" },		\
	{ prefix "addresses.association.association-id", "NULL" },		\
	{ prefix "addresses.association.carrier-ip", "NULL" },			\
	{ prefix "addresses.association.customer-owned-ip", "NULL" },		\
	{ prefix "addresses.association.public-dns-name", "NULL" },		\
	{ prefix "addresses.private-dns-name",					\
	  OF_INTERFACE("t.id || '.ec2.internal'") },				\
	{ prefix "association.carrier-ip", "NULL" },				\
	{ prefix "association.customer-owned-ip", "NULL" },			\
	{ prefix "attachment.network-card-index", OF_INTERFACE("'0'") },	\
	{ prefix "deny-all-igw-traffic", OF_INTERFACE("'false'") },		\
	{ prefix "ipv4-prefixes.ipv4-prefix", "NULL" },			\
	{ prefix "ipv6-address", "NULL" },					\
	{ prefix "ipv6-addresses.is-primary-ipv6", "NULL" },			\
	{ prefix "ipv6-native", OF_INTERFACE("'false'") },			\
	{ prefix "ipv6-prefixes.ipv6-prefix", "NULL" },			\
	{ prefix "operator.managed", OF_INTERFACE("'false'") },		\
	{ prefix "operator.principal", "NULL" },				\
	{ prefix "outpost-arn", "NULL" },					\
	{ prefix "public-dns-name", "NULL" },					\
	{ prefix "addresses.association.ip-owner-id", "NULL" },                \
	{ prefix "addresses.association.owner-id", "NULL" },                   \
	{ prefix "addresses.association.public-ip", "NULL" },                  \
	{ prefix "addresses.primary", OF_INTERFACE("'true'") },                \
	{ prefix "addresses.private-ip-address", OF_INTERFACE("t.address") },  \
	{ prefix "association.allocation-id", "NULL" },                        \
	{ prefix "association.association-id", "NULL" },                       \
	{ prefix "association.ip-owner-id", "NULL" },                          \
	{ prefix "association.public-dns-name", "NULL" },                      \
	{ prefix "association.public-ip", "NULL" },                            \
	{ prefix "attachment.attach-time",                                     \
	  OF_INTERFACE(SQL_TIME("t.launched")) },                              \
	{ prefix "attachment.attachment-id",                                   \
	  OF_INTERFACE("replace(t.interface, 'eni-', 'eni-attach-')") },       \
	{ prefix "attachment.delete-on-termination",                           \
	  OF_INTERFACE("'true'") },                                            \
	{ prefix "attachment.device-index", OF_INTERFACE("'0'") },             \
	{ prefix "attachment.instance-id", OF_INTERFACE("t.id") },             \
	{ prefix "attachment.instance-owner-id", OF_INTERFACE("t.owner") },    \
	{ prefix "attachment.nat-gateway-id", "NULL" },                        \
	{ prefix "attachment.status", OF_INTERFACE("'attached'") },            \
	{ prefix "availability-zone", OF_INTERFACE("t.zone") },                \
	{ prefix "description", OF_INTERFACE("t.interface_description") },     \
	{ prefix "group-id", "g.id", OF_GROUP },                               \
	{ prefix "group-name", "g.name", OF_GROUP },                           \
	{ prefix "interface-type", OF_INTERFACE("'interface'") },              \
	{ prefix "ipv6-addresses.ipv6-address", "NULL" },                      \
	{ prefix "mac-address", OF_INTERFACE("t.mac") },                       \
	{ prefix "network-interface-id", OF_INTERFACE("t.interface") },        \
	{ prefix "owner-id", OF_INTERFACE("t.owner") },                        \
	{ prefix "private-dns-name",                                           \
	  OF_INTERFACE("t.id || '.ec2.internal'") },                           \
	{ prefix "private-ip-address", OF_INTERFACE("t.address") },            \
	{ prefix "requester-id", "NULL" },                                     \
	{ prefix "requester-managed", OF_INTERFACE("'false'") },               \
	{ prefix "source-dest-check",                                          \
	  OF_INTERFACE(SQL_BOOL("t.source_dest_check")) },                     \
	{ prefix "status", OF_INTERFACE("'in-use'") },                         \
	{ prefix "subnet-id", OF_VPC("v.subnet") },                            \
	{ prefix "vpc-id", OF_VPC("v.id") }

#endif
