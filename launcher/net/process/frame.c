/* frame.c - the judge
 *
 * What passes is written down; everything else does not. The guest's fragments
 * never pass: a rule for ports cannot be held against what has none.
 *
 * A forward that was taken away ends the connections through it with the next
 * packet, in whichever direction that goes: it does not arrive, and libslirp
 * gets a reset in the guest's name. The guest learns of it when it next sends.
 */
#include "launcher/net/process/frame.h"

#include <string.h>

#include "launcher/net/process/dhcp.h"
#include "launcher/net/process/packet.h"

#define METADATA 0xa9fea9feU /* 169.254.169.254 */
#define DHCP_SERVER 67
#define DHCP_CLIENT 68
#define ECHO 8

/* Where things are in an ARP packet, behind Ethernet's header. */
enum {
	ARP_KINDS = 0,
	ARP_OPERATION = 6,
	ARP_FROM_MAC = 8,
	ARP_FROM = 14,
	ARP_TO_MAC = 18,
	ARP_TO = 24,
	ARP_SIZE = 28,
};

/* Ethernet and IPv4, addresses of 6 and 4 bytes. */
static const uint8_t arp_kinds[] = { 0, 1, 8, 0, 6, 4 };

void subnet_init(struct subnet *subnet, const struct wire_guest *guest)
{
	memset(subnet, 0, sizeof(*subnet));
	subnet->guest = *guest;
	subnet->mask = ~0U << (32 - guest->prefix);
	subnet->network = guest->address & subnet->mask;
	subnet->gateway = subnet->network + 1;
	subnet->resolver = subnet->network + 2;
	subnet->metadata = subnet->network + 3;
	subnet->gateway_mac[0] = 0x52; /* as libslirp makes its own */
	subnet->gateway_mac[1] = 0x55;
	put32(subnet->gateway_mac + 2, subnet->gateway);
}

static size_t write_arp(uint8_t *frame, const uint8_t *to, int operation,
			const uint8_t *from_mac, uint32_t from,
			const uint8_t *to_mac, uint32_t target)
{
	uint8_t *arp = frame + FRAME_HEADER;

	memcpy(frame, to, 6);
	memcpy(frame + 6, from_mac, 6);
	put16(frame + 12, KIND_ARP);
	memcpy(arp + ARP_KINDS, arp_kinds, sizeof(arp_kinds));
	put16(arp + ARP_OPERATION, (uint32_t)operation);
	memcpy(arp + ARP_FROM_MAC, from_mac, 6);
	put32(arp + ARP_FROM, from);
	memcpy(arp + ARP_TO_MAC, to_mac, 6);
	put32(arp + ARP_TO, target);
	return FRAME_HEADER + ARP_SIZE;
}

size_t frame_announce(const struct subnet *subnet, uint8_t *ret_frame)
{
	const struct wire_guest *guest = &subnet->guest;

	return write_arp(ret_frame, subnet->gateway_mac, 1, guest->mac,
			 guest->address, guest->mac, guest->address);
}

/* The gateway has the resolver's address, too, and that of the metadata
 * service: there are guests that take link-local addresses for neighbours. */
static enum verdict answer_arp(const struct subnet *subnet,
			       const uint8_t *frame, size_t size,
			       uint8_t *ret_answer, size_t *ret_size)
{
	const uint8_t *arp = frame + FRAME_HEADER;
	const uint8_t *mac = subnet->guest.mac;
	uint32_t from, target;

	if (size < FRAME_HEADER + ARP_SIZE ||
	    memcmp(arp, arp_kinds, sizeof(arp_kinds)) != 0 ||
	    get16(arp + ARP_OPERATION) != 1 ||
	    memcmp(arp + ARP_FROM_MAC, mac, 6) != 0)
		return FRAME_DROP;
	from = get32(arp + ARP_FROM);
	target = get32(arp + ARP_TO);
	if ((from != 0 && from != subnet->guest.address) ||
	    (target != subnet->gateway && target != subnet->resolver &&
	     target != METADATA))
		return FRAME_DROP;
	*ret_size = write_arp(ret_answer, mac, 2, subnet->gateway_mac, target,
			      mac, from);
	return FRAME_ANSWER_IT;
}

static bool in(uint32_t address, uint32_t range, unsigned prefix)
{
	return !prefix || (address ^ range) >> (32 - prefix) == 0;
}

/* Whether an address is the world's: neither this host nor a part of its own
 * link, nor one that is nobody's. */
static bool outside(const struct subnet *subnet, uint32_t address)
{
	if (in(address, subnet->network, subnet->guest.prefix) ||
	    in(address, 0, 8) || in(address, 0x7f000000, 8) ||
	    in(address, 0xa9fe0000, 16) || in(address, 0xe0000000, 3))
		return false;
	for (size_t i = 0; i < subnet->own_count; i++)
		if (subnet->own[i] == address)
			return false;
	return true;
}

static bool covers(const struct net_rule *rule, const struct packet *packet)
{
	if (!in(packet->destination, rule->address, rule->prefix))
		return false;
	if (rule->protocol < 0)
		return true;
	if (rule->protocol != packet->protocol)
		return false;
	if (packet->protocol == IPPROTO_ICMP)
		return rule->from < 0 ||
		       (rule->from == (int)packet->to &&
			(rule->to < 0 || rule->to == (int)packet->from));
	return rule->from < 0 ||
	       ((int)packet->to >= rule->from && (int)packet->to <= rule->to);
}

/* What goes outside. What belongs to a connection of TCP needs no rule: without
 * its first packet libslirp makes none. */
static bool allowed(const struct subnet *subnet, const struct packet *packet)
{
	if (!outside(subnet, packet->destination) ||
	    (packet->protocol == IPPROTO_ICMP && packet->to != ECHO))
		return false;
	if (packet->protocol == IPPROTO_TCP &&
	    !(packet->load[TCP_FLAGS] & TCP_SYN))
		return true;
	for (size_t i = 0; i < subnet->policy.rule_count; i++)
		if (covers(&subnet->policy.rules[i], packet))
			return true;
	return false;
}

static bool forwarded(const struct subnet *subnet, uint32_t port)
{
	for (size_t i = 0; i < subnet->policy.forward_count; i++)
		if (subnet->policy.forwards[i].guest_port == port)
			return true;
	return false;
}

/* A reset in the guest's name for a connection to one of its ports. */
static size_t write_reset(const struct subnet *subnet, uint32_t guest_port,
			  uint32_t port, uint32_t sequence, uint8_t *ret_frame)
{
	uint8_t *ip = ret_frame + FRAME_HEADER;
	uint8_t *tcp = ip + IPV4_HEADER;

	packet_begin(ret_frame, subnet->gateway_mac, subnet->guest.mac,
		     IPPROTO_TCP, subnet->guest.address, subnet->gateway,
		     TCP_HEADER);
	memset(tcp, 0, TCP_HEADER);
	put16(tcp, guest_port);
	put16(tcp + 2, port);
	put32(tcp + TCP_SEQUENCE, sequence);
	tcp[TCP_OFFSET] = TCP_HEADER / 4 << 4;
	tcp[TCP_FLAGS] = TCP_RST;
	put16(tcp + TCP_CHECKSUM, packet_checksum(ip, tcp, TCP_HEADER));
	return FRAME_HEADER + IPV4_HEADER + TCP_HEADER;
}

/* Whether a packet is for the endpoint, and there is one. What goes back
 * through a forward whose far end has that port is not. */
static bool for_endpoint(const struct subnet *subnet,
			 const struct packet *packet)
{
	return subnet->policy.endpoint.port &&
	       packet->protocol == IPPROTO_TCP &&
	       packet->to == NET_ENDPOINT_PORT &&
	       !forwarded(subnet, packet->from);
}

/* To the gateway: pings, answers to what came in by a forward, and what the
 * endpoint is asked. */
static enum verdict to_gateway(const struct subnet *subnet,
			       struct packet *packet, uint8_t *frame)
{
	const struct net_place *endpoint = &subnet->policy.endpoint;

	if (for_endpoint(subnet, packet)) {
		packet_to(packet, endpoint->address, endpoint->port);
		return FRAME_PASS;
	}
	if (packet->protocol == IPPROTO_ICMP)
		return packet->to == ECHO ? FRAME_PASS : FRAME_DROP;
	if (packet->protocol != IPPROTO_TCP ||
	    (packet->load[TCP_FLAGS] & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return FRAME_DROP;
	if (!forwarded(subnet, packet->from))
		write_reset(subnet, packet->from, packet->to,
			    get32(packet->load + TCP_SEQUENCE), frame);
	return FRAME_PASS;
}

static void note(struct subnet *subnet, const struct packet *packet, bool asked)
{
	uint8_t *bits = subnet->asked[packet->protocol == IPPROTO_TCP];
	uint8_t bit = (uint8_t)(1 << packet->from % 8);

	if (asked)
		bits[packet->from / 8] |= bit;
	else
		bits[packet->from / 8] &= (uint8_t)~bit;
}

static enum verdict to_resolver(struct subnet *subnet, struct packet *packet)
{
	if (packet->protocol == IPPROTO_ICMP)
		return packet->to == ECHO ? FRAME_PASS : FRAME_DROP;
	if (packet->to != RESOLVER_PORT)
		return FRAME_DROP;
	note(subnet, packet, true);
	packet_to(packet, subnet->policy.upstream, RESOLVER_PORT);
	return FRAME_PASS;
}

static enum verdict to_metadata(struct subnet *subnet, struct packet *packet)
{
	if (packet->protocol != IPPROTO_TCP || packet->to != METADATA_PORT)
		return FRAME_DROP;
	packet_to(packet, subnet->metadata, METADATA_PORT);
	return FRAME_PASS;
}

static uint32_t flow_row(const struct flow *flow)
{
	uint32_t mixed = flow->address ^
			 ((uint32_t)flow->port << 16 | flow->guest_port);

	return mixed * 0x9e3779b1U >> 23; /* 9 bits: FLOW_ROWS */
}

static bool flow_known(const struct subnet *subnet, const struct flow *flow)
{
	const struct flow *row = subnet->flows[flow_row(flow)];

	for (size_t i = 0; i < FLOW_ROW; i++)
		if (row[i].address == flow->address &&
		    row[i].port == flow->port &&
		    row[i].guest_port == flow->guest_port)
			return true;
	return false;
}

static void flow_note(struct subnet *subnet, const struct flow *flow)
{
	uint32_t row = flow_row(flow);

	if (flow_known(subnet, flow))
		return;
	subnet->flows[row][subnet->flow_next[row]] = *flow;
	subnet->flow_next[row] = (subnet->flow_next[row] + 1) % FLOW_ROW;
}

static enum verdict to_outside(struct subnet *subnet, struct packet *packet)
{
	if (!allowed(subnet, packet))
		return FRAME_DROP;
	if (packet->protocol != IPPROTO_ICMP && packet->to == RESOLVER_PORT)
		note(subnet, packet, false);
	if (packet->protocol == IPPROTO_UDP)
		flow_note(subnet, &(struct flow){ packet->destination,
						  (uint16_t)packet->to,
						  (uint16_t)packet->from });
	return FRAME_PASS;
}

enum verdict frame_from_guest(struct subnet *subnet, uint8_t *frame,
			      size_t size, uint8_t *ret_answer,
			      size_t *ret_size)
{
	struct packet packet;

	if (size < FRAME_HEADER || memcmp(frame + 6, subnet->guest.mac, 6) != 0)
		return FRAME_DROP;
	if (get16(frame + 12) == KIND_ARP)
		return answer_arp(subnet, frame, size, ret_answer, ret_size);
	if (!packet_parse(frame, size, &packet) || packet.fragment)
		return FRAME_DROP;
	if (packet.protocol == IPPROTO_UDP && packet.from == DHCP_CLIENT &&
	    packet.to == DHCP_SERVER &&
	    (packet.source == 0 || packet.source == subnet->guest.address))
		return dhcp_answer(subnet, &packet, ret_answer, ret_size);
	if (packet.source != subnet->guest.address)
		return FRAME_DROP;
	if (packet.destination == METADATA)
		return to_metadata(subnet, &packet);
	if (packet.destination == subnet->resolver)
		return to_resolver(subnet, &packet);
	if (packet.destination == subnet->gateway)
		return to_gateway(subnet, &packet, frame);
	return to_outside(subnet, &packet);
}

/* Whether a packet comes from where the resolver's address leads, in answer to
 * a question to that address. */
static bool resolved(const struct subnet *subnet, const struct packet *packet)
{
	const uint8_t *bits = subnet->asked[packet->protocol == IPPROTO_TCP];

	return packet->protocol != IPPROTO_ICMP &&
	       packet->source == subnet->policy.upstream &&
	       packet->from == RESOLVER_PORT &&
	       bits[packet->to / 8] & 1 << packet->to % 8;
}

/* libslirp has connections there only by what the guest sent to_gateway(). */
static bool from_endpoint(const struct subnet *subnet,
			  const struct packet *packet)
{
	const struct net_place *endpoint = &subnet->policy.endpoint;

	return endpoint->port && packet->protocol == IPPROTO_TCP &&
	       packet->source == endpoint->address &&
	       packet->from == endpoint->port;
}

/* From the world. A datagram that is cut into pieces is judged by its first. */
static enum verdict from_outside(const struct subnet *subnet,
				 const struct packet *packet)
{
	if (!outside(subnet, packet->source))
		return FRAME_DROP;
	if (packet->protocol == IPPROTO_UDP &&
	    packet->fragment != FRAGMENT_OTHER &&
	    !flow_known(subnet,
			&(struct flow){ packet->source, (uint16_t)packet->from,
					(uint16_t)packet->to }))
		return FRAME_DROP;
	return FRAME_PASS;
}

enum verdict frame_to_guest(struct subnet *subnet, uint8_t *frame, size_t size,
			    uint8_t *ret_answer, size_t *ret_size)
{
	struct packet packet;

	if (!packet_parse(frame, size, &packet) ||
	    packet.destination != subnet->guest.address)
		return FRAME_DROP;
	if (packet.fragment)
		return from_outside(subnet, &packet);
	if (packet.source == subnet->metadata) {
		if (packet.protocol != IPPROTO_TCP)
			return FRAME_DROP;
		packet_from(&packet, METADATA, METADATA_PORT);
		return FRAME_PASS;
	}
	if (from_endpoint(subnet, &packet)) {
		packet_from(&packet, subnet->gateway, NET_ENDPOINT_PORT);
		return FRAME_PASS;
	}
	if (resolved(subnet, &packet)) {
		packet_from(&packet, subnet->resolver, RESOLVER_PORT);
		return FRAME_PASS;
	}
	/* a reset is not answered by another, or there would be no end */
	if (packet.source == subnet->gateway &&
	    packet.protocol == IPPROTO_TCP && !forwarded(subnet, packet.to) &&
	    !(packet.load[TCP_FLAGS] & TCP_RST)) {
		*ret_size = write_reset(subnet, packet.to, packet.from,
					get32(packet.load + TCP_ACKNOWLEDGED),
					ret_answer);
		return FRAME_ANSWER_IT;
	}
	if (packet.source == subnet->gateway ||
	    packet.source == subnet->resolver)
		return packet.protocol == IPPROTO_UDP ? FRAME_DROP : FRAME_PASS;
	return from_outside(subnet, &packet);
}
