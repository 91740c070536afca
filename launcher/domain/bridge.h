/* bridge.h - a network of libvirt's own that machines are on
 *
 * The system daemon's only. A network is transient as its machines are: it is
 * made for the first and taken down behind the last, outlives libvirtd, and
 * leaves nothing to be untrue after a reboot. DHCP gives each machine the
 * address that was reserved for it before it starts, and nobody another one.
 *
 * A machine's filter is defined first and removed last, so that the filters
 * tell who is on a bridge, whatever was killed in between. It lets a guest
 * send from its own MAC and address only, nothing but IPv4 and ARP, and lets
 * through what the rules say, statefully; DHCP, names and metadata always.
 */
#ifndef QAMI_DOMAIN_BRIDGE_H
#define QAMI_DOMAIN_BRIDGE_H

#include "launcher/domain/domain.h"

/* The one URI that has them. */
#define BRIDGE_URI "qemu:///system"

/* All borrowed. What lies between a host's network and the machines. */
struct bridge {
	const char *name; /* of network and interface: 15 characters at most */
	const char *mac;  /* of the interface */
	const char *gateway; /* its address */
	unsigned prefix;
	const char *domain; /* of the machines' names, which are their ids */
	uint16_t metadata_port; /* of the gateway */
};

/* Whom a machine may be begun to talk to by, or (egress) may begin to. */
struct bridge_rule {
	bool egress;
	int protocol; /* IP's number; -1: all. libvirt knows ICMP, IGMP, TCP,
		       * UDP, ESP, AH, SCTP and UDP-Lite; what it does not
		       * know passes only where all does */
	int from, to; /* ports; of ICMP type and code; -1: all */
	uint32_t address; /* of the range, host byte order */
	unsigned prefix;  /* its length, 0 to 32 */
};

struct bridge_port {
	const char *id;	  /* of the instance */
	const char *uuid; /* its machine's; the filter has the same */
	const char *mac;
	const char *address;
	const struct bridge_rule *rules;
	size_t rule_count;
};

/* What struct machine's net_filter is to be: caller frees; NULL when memory
 * ran out. */
char *bridge_filter_name(const struct bridge *bridge, const char *id);

/* Makes the network if there is none, and the machine's reservation, name and
 * filter. Idempotent. FAULT_HOST where libvirt cannot, FAULT_UNAVAILABLE when
 * the addresses are another network's of this host. Undone by bridge_leave(),
 * also after a failure. */
bool bridge_join(struct hypervisor *hypervisor, const struct bridge *bridge,
		 const struct bridge_port *port, struct error *err) must_check;

/* Gives a machine other rules, at once; one that is not on the bridge has
 * none. */
bool bridge_change(struct hypervisor *hypervisor, const struct bridge *bridge,
		   const struct bridge_port *port, struct error *err)
	must_check;

/* Takes back what bridge_join() made but the network; the machine has ended.
 * Idempotent. */
bool bridge_leave(struct hypervisor *hypervisor, const struct bridge *bridge,
		  const char *id, struct error *err) must_check;

/* Calls `found` for the id of everyone on the bridge, until it returns
 * false. */
bool bridge_each(struct hypervisor *hypervisor, const struct bridge *bridge,
		 bool (*found)(void *data, const char *id), void *data,
		 struct error *err) must_check;

/* Takes the network down; nobody is on it any more. Idempotent. */
bool bridge_remove(struct hypervisor *hypervisor, const struct bridge *bridge,
		   struct error *err) must_check;

#endif
