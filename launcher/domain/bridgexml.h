/* bridgexml.h - a bridge in libvirt's words (private to this room)
 *
 * Pure functions, appending to ret_xml. FAULT_INVALID_PARAMETER for a text that
 * is more than letters, digits, '.', ':' and '-', so that none is markup.
 */
#ifndef QAMI_DOMAIN_BRIDGEXML_H
#define QAMI_DOMAIN_BRIDGEXML_H

#include "launcher/domain/bridge.h"

/* The network, with its first machine. */
bool bridgexml_network(const struct bridge *bridge,
		       const struct bridge_port *port, struct buf *ret_xml,
		       struct error *err) must_check;

/* A machine's entry in the network's DHCP, and in its DNS. */
bool bridgexml_host(const struct bridge_port *port, struct buf *ret_xml,
		    struct error *err) must_check;
bool bridgexml_name(const struct bridge *bridge, const struct bridge_port *port,
		    struct buf *ret_xml, struct error *err) must_check;

/* A machine's filter. */
bool bridgexml_filter(const struct bridge *bridge,
		      const struct bridge_port *port, struct buf *ret_xml,
		      struct error *err) must_check;

#endif
