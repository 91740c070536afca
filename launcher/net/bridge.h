/* bridge.h - the host's firewall around a bridge of machines
 *
 * A table of nftables' own, of the bridge's name. Beside what libvirt's filters
 * do for each machine, it
 *   - carries 169.254.169.254:80, as the machines see it, to the metadata
 *     service on the gateway; nobody else's, and not to anything else;
 *   - keeps machines from what the host offers, but DHCP, names and that;
 *   - keeps them from having the host pass on to each other what the filters
 *     keep them from sending directly;
 *   - keeps the host's own people from what no group lets them in to.
 */
#ifndef QAMI_NET_BRIDGE_H
#define QAMI_NET_BRIDGE_H

#include "images/base/buf.h"
#include "launcher/net/net.h"

/* All borrowed; texts without anything that means something to nftables. */
struct net_bridge {
	const char *name; /* of interface and table */
	const char *mac;  /* of the interface */
	const char *gateway;
	uint16_t metadata_port; /* of the gateway */
};

/* Makes the table, or sets it right; who is on the bridge stays so. The
 * interface need not be there. FAULT_HOST where nftables cannot. */
bool net_bridge_open(const struct net_bridge *bridge, struct error *err)
	must_check;

/* Lets the host begin to talk to a machine as its ingress rules say: those that
 * cover 127.0.0.1 or the gateway. Replaces what was said before. */
bool net_bridge_admit(const struct net_bridge *bridge, const char *id,
		      const char *address, const struct net_rule *rules,
		      size_t count, struct error *err) must_check;

/* Takes that back, whatever of it there is. */
void net_bridge_expel(const struct net_bridge *bridge, const char *id,
		      const char *address);

/* Ends a machine's lease of its address, as its guest would: dnsmasq gives it
 * to no other machine before. Whether that was heard nobody says. */
bool net_bridge_release(const struct net_bridge *bridge, const char *mac,
			const char *address, struct error *err) must_check;

/* Removes the table. Idempotent. */
bool net_bridge_close(const struct net_bridge *bridge, struct error *err)
	must_check;

/* The commands behind the first two: pure functions, appending to ret_text. */
void net_bridge_table(const struct net_bridge *bridge, struct buf *ret_text);
void net_bridge_rules(const struct net_bridge *bridge, const char *id,
		      const char *address, const struct net_rule *rules,
		      size_t count, struct buf *ret_text);

/* Whether nftables can be used; *ret_found is a sentence, the caller's. And
 * whether something on this host's own networks is at 169.254.169.254: its
 * interface then, the caller's; else NULL. */
bool net_bridge_usable(char **ret_found);
char *net_metadata_route(void);

#endif
