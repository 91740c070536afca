/* bridgexml.c - a bridge in libvirt's words
 *
 * A filter's rules are of two kinds that libvirt gives to two firewalls: those
 * of frames (mac, arp, ip) know no connections, and pass or drop what the
 * bridge sees; those of the protocols in IP come after them and do. Both end
 * in "drop". What the host itself sends is seen by the first kind only
 * (launcher/net/bridge.h has the rest).
 */
#include "launcher/domain/bridgexml.h"

#include <string.h>

#include "images/base/log.h"

/* A lease is over before an instance is forgotten and its address given to
 * another: dnsmasq gives nobody what somebody else has a lease for. */
#define LEASE_MINUTES 30

static bool check_text(const char *text, struct error *err)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-";

	return (*text && text[strspn(text, plain)] == 0) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "%s cannot be a name or address on a bridge", text);
}

static bool check(const struct bridge *bridge, const struct bridge_port *port,
		  struct error *err)
{
	return check_text(port->id, err) && check_text(port->mac, err) &&
	       check_text(port->address, err) &&
	       (!bridge ||
		(check_text(port->uuid, err) && check_text(bridge->name, err) &&
		 check_text(bridge->mac, err) &&
		 check_text(bridge->gateway, err) &&
		 check_text(bridge->domain, err)));
}

static bool finish(const struct buf *xml, struct error *err)
{
	return !xml->broken || fail_memory(err);
}

static void write_host(const struct bridge_port *port, struct buf *xml)
{
	buf_printf(xml,
		   "<host mac='%s' name='%s' ip='%s'>"
		   "<lease expiry='%d' unit='minutes'/></host>\n",
		   port->mac, port->id, port->address, LEASE_MINUTES);
}

static void write_name(const struct bridge *bridge,
		       const struct bridge_port *port, struct buf *xml)
{
	buf_printf(xml, "<host ip='%s'><hostname>%s.%s</hostname></host>\n",
		   port->address, port->id, bridge->domain);
}

bool bridgexml_host(const struct bridge_port *port, struct buf *ret_xml,
		    struct error *err)
{
	if (!check(NULL, port, err))
		return false;
	write_host(port, ret_xml);
	return finish(ret_xml, err);
}

bool bridgexml_name(const struct bridge *bridge, const struct bridge_port *port,
		    struct buf *ret_xml, struct error *err)
{
	if (!check(bridge, port, err))
		return false;
	write_name(bridge, port, ret_xml);
	return finish(ret_xml, err);
}

/* Ports of the bridge forward at once: nothing that could make a loop is ever
 * on it, and a guest asks for its address seconds before a spanning tree would
 * be found. */
bool bridgexml_network(const struct bridge *bridge,
		       const struct bridge_port *port, struct buf *ret_xml,
		       struct error *err)
{
	if (!check(bridge, port, err))
		return false;
	buf_printf(ret_xml,
		   "<network>\n"
		   "<name>%s</name>\n"
		   "<forward mode='nat'/>\n"
		   "<bridge name='%s' stp='off' delay='0'/>\n"
		   "<mac address='%s'/>\n"
		   "<domain name='%s' localOnly='yes'/>\n"
		   "<dns>\n",
		   bridge->name, bridge->name, bridge->mac, bridge->domain);
	write_name(bridge, port, ret_xml);
	buf_printf(ret_xml,
		   "</dns>\n"
		   "<ip address='%s' prefix='%u'>\n"
		   "<dhcp>\n",
		   bridge->gateway, bridge->prefix);
	write_host(port, ret_xml);
	buf_str(ret_xml, "</dhcp>\n"
			 "</ip>\n"
			 "</network>\n");
	return finish(ret_xml, err);
}

/* What a guest may put on the wire. A server of DHCP it is not. */
static void write_frames(const struct bridge_port *port, struct buf *xml)
{
	buf_printf(xml,
		   "<rule action='drop' direction='out' priority='-900'>"
		   "<mac match='no' srcmacaddr='%s'/></rule>\n"
		   "<rule action='drop' direction='out' priority='-890'>"
		   "<arp match='no' arpsrcmacaddr='%s'/></rule>\n"
		   "<rule action='drop' direction='out' priority='-890'>"
		   "<arp match='no' arpsrcipaddr='%s'/></rule>\n"
		   "<rule action='accept' direction='inout' priority='-880'>"
		   "<arp/></rule>\n"
		   "<rule action='accept' direction='out' priority='-870'>"
		   "<ip srcipaddr='0.0.0.0' dstipaddr='255.255.255.255' "
		   "protocol='udp' srcportstart='68' dstportstart='67'/>"
		   "</rule>\n"
		   "<rule action='drop' direction='out' priority='-860'>"
		   "<ip match='no' srcipaddr='%s'/></rule>\n"
		   "<rule action='drop' direction='out' priority='-850'>"
		   "<ip protocol='udp' srcportstart='67'/></rule>\n"
		   "<rule action='accept' direction='inout' priority='-840'>"
		   "<ip/></rule>\n"
		   "<rule action='drop' direction='inout' priority='-830'>"
		   "<mac/></rule>\n",
		   port->mac, port->mac, port->address, port->address);
}

/* Answers, and what a guest needs whatever its groups say. The metadata
 * service's own address is the gateway's by then. */
static void write_always(const struct bridge *bridge, struct buf *xml)
{
	static const struct {
		const char *protocol;
		const char *address;
		uint16_t port;
	} services[] = {
		{ "udp", "255.255.255.255", 67 },
		{ "udp", NULL, 67 },
		{ "udp", NULL, 53 },
		{ "tcp", NULL, 53 },
		{ "tcp", NULL, 0 },
	};
	static const char *const directions[] = { "in", "out" };

	for (size_t i = 0; i < 2; i++)
		buf_printf(xml,
			   "<rule action='accept' direction='%s' "
			   "priority='100'><all state='ESTABLISHED,RELATED'/>"
			   "</rule>\n",
			   directions[i]);
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		const char *address = services[i].address;
		unsigned port = services[i].port;

		buf_printf(xml,
			   "<rule action='accept' direction='out' "
			   "priority='200'><%s dstipaddr='%s' "
			   "dstportstart='%u' state='NEW'/></rule>\n",
			   services[i].protocol,
			   address ? address : bridge->gateway,
			   port ? port : bridge->metadata_port);
	}
}

enum detail { DETAIL_NONE, DETAIL_PORTS, DETAIL_TYPE };

static const struct protocol {
	int number;
	enum detail detail;
	const char *name; /* libvirt's */
} protocols[] = {
	{ -1, DETAIL_NONE, "all" },	 { 1, DETAIL_TYPE, "icmp" },
	{ 2, DETAIL_NONE, "igmp" },	 { 6, DETAIL_PORTS, "tcp" },
	{ 17, DETAIL_PORTS, "udp" },	 { 50, DETAIL_NONE, "esp" },
	{ 51, DETAIL_NONE, "ah" },	 { 132, DETAIL_PORTS, "sctp" },
	{ 136, DETAIL_NONE, "udplite" },
};

static const struct protocol *find_protocol(int number)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (protocols[i].number == number)
			return &protocols[i];
	return NULL;
}

static void write_detail(const struct bridge_rule *rule, enum detail detail,
			 struct buf *xml)
{
	if (detail == DETAIL_NONE || rule->from < 0)
		return;
	buf_printf(xml, " %s='%d'",
		   detail == DETAIL_PORTS ? "dstportstart" : "type",
		   rule->from);
	if (rule->to >= 0)
		buf_printf(xml, " %s='%d'",
			   detail == DETAIL_PORTS ? "dstportend" : "code",
			   rule->to);
}

static void write_rule(const struct bridge_rule *rule, struct buf *xml)
{
	const struct protocol *protocol = find_protocol(rule->protocol);
	const char *side = rule->egress ? "dst" : "src";
	uint32_t address = rule->address;

	if (!protocol) {
		log_info("no filter knows the protocol %d", rule->protocol);
		return;
	}
	buf_printf(xml,
		   "<rule action='accept' direction='%s' priority='300'><%s",
		   rule->egress ? "out" : "in", protocol->name);
	if (rule->prefix > 0)
		buf_printf(xml, " %sipaddr='%u.%u.%u.%u' %sipmask='%u'", side,
			   address >> 24, address >> 16 & 255,
			   address >> 8 & 255, address & 255, side,
			   rule->prefix);
	write_detail(rule, protocol->detail, xml);
	buf_str(xml, " state='NEW'/></rule>\n");
}

bool bridgexml_filter(const struct bridge *bridge,
		      const struct bridge_port *port, struct buf *ret_xml,
		      struct error *err)
{
	if (!check(bridge, port, err))
		return false;
	buf_printf(ret_xml,
		   "<filter name='%s-%s' chain='root'>\n"
		   "<uuid>%s</uuid>\n",
		   bridge->name, port->id, port->uuid);
	write_frames(port, ret_xml);
	write_always(bridge, ret_xml);
	for (size_t i = 0; i < port->rule_count; i++)
		write_rule(&port->rules[i], ret_xml);
	buf_str(ret_xml, "<rule action='drop' direction='inout' priority='900'>"
			 "<all/></rule>\n"
			 "</filter>\n");
	return finish(ret_xml, err);
}
