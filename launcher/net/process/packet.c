/* packet.c - reading and rewriting packets
 *
 * A rewritten packet's checksums are corrected by the difference (RFC 1624),
 * so that one which was wrong stays wrong: its receiver shall find out.
 */
#include "launcher/net/process/packet.h"

#include <string.h>

#define MORE_FRAGMENTS 0x2000
#define FRAGMENT_PLACE 0x1fff
#define LIFE 64

uint32_t checksum_add(uint32_t sum, const uint8_t *data, size_t size)
{
	for (; size > 1; data += 2, size -= 2)
		sum += get16(data);
	if (size)
		sum += (uint32_t)*data << 8;
	return sum;
}

uint16_t checksum_done(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Whether what a packet carries begins with a whole header of its protocol. */
static bool parse_load(struct packet *packet)
{
	uint8_t *load = packet->load;

	switch (packet->protocol) {
	case IPPROTO_TCP:
		if (packet->size < TCP_HEADER ||
		    load[TCP_OFFSET] >> 4 < TCP_HEADER / 4 ||
		    (load[TCP_OFFSET] >> 4) * 4U > packet->size)
			return false;
		break;
	case IPPROTO_UDP:
		if (packet->size < UDP_HEADER ||
		    (packet->fragment == FRAGMENT_NONE &&
		     get16(load + UDP_SIZE) != packet->size))
			return false;
		break;
	case IPPROTO_ICMP:
		if (packet->size < ICMP_HEADER)
			return false;
		packet->to = load[0];
		packet->from = load[1];
		return true;
	default:
		return false;
	}
	packet->from = get16(load);
	packet->to = get16(load + 2);
	return true;
}

bool packet_parse(uint8_t *frame, size_t size, struct packet *ret_packet)
{
	uint8_t *ip = frame + FRAME_HEADER;
	uint32_t place;
	size_t total;

	if (size < FRAME_HEADER + IPV4_HEADER ||
	    get16(frame + 12) != KIND_IPV4 || ip[0] != 0x45)
		return false;
	total = get16(ip + IPV4_TOTAL);
	if (total < IPV4_HEADER || total > size - FRAME_HEADER)
		return false;
	place = get16(ip + IPV4_FRAGMENT);
	*ret_packet = (struct packet){
		.ip = ip,
		.load = ip + IPV4_HEADER,
		.size = total - IPV4_HEADER,
		.protocol = ip[IPV4_PROTOCOL],
		.fragment = place & FRAGMENT_PLACE ? FRAGMENT_OTHER :
			    place & MORE_FRAGMENTS ? FRAGMENT_FIRST :
						     FRAGMENT_NONE,
		.source = get32(ip + IPV4_SOURCE),
		.destination = get32(ip + IPV4_DESTINATION),
	};
	return ret_packet->fragment == FRAGMENT_OTHER || parse_load(ret_packet);
}

/* Corrects a checksum for 16 bits that change. */
static void correct(uint8_t *checksum, uint32_t old, uint32_t new)
{
	put16(checksum, checksum_done((~get16(checksum) & 0xffff) +
				      (~old & 0xffff) + new));
}

/* Writes an address or a port over another: `size` bytes, even. */
static void rewrite(struct packet *packet, uint8_t *at, const uint8_t *value,
		    size_t size, bool address)
{
	uint8_t *sum = packet->protocol == IPPROTO_TCP ?
			       packet->load + TCP_CHECKSUM :
			       packet->load + UDP_CHECKSUM;
	/* UDP's may be left out, and is then 0 */
	bool summed = packet->protocol == IPPROTO_TCP || get16(sum) != 0;

	for (size_t i = 0; i < size; i += 2) {
		uint32_t old = get16(at + i), new = get16(value + i);

		if (address)
			correct(packet->ip + IPV4_CHECKSUM, old, new);
		if (summed)
			correct(sum, old, new);
	}
	if (summed && packet->protocol == IPPROTO_UDP && get16(sum) == 0)
		put16(sum, 0xffff);
	memcpy(at, value, size);
}

static void move(struct packet *packet, int at, int port_at, uint32_t address,
		 uint32_t port)
{
	uint8_t value[4];

	put32(value, address);
	rewrite(packet, packet->ip + at, value, 4, true);
	put16(value, port);
	rewrite(packet, packet->load + port_at, value, 2, false);
}

void packet_from(struct packet *packet, uint32_t address, uint32_t port)
{
	move(packet, IPV4_SOURCE, 0, address, port);
}

void packet_to(struct packet *packet, uint32_t address, uint32_t port)
{
	move(packet, IPV4_DESTINATION, 2, address, port);
}

void packet_begin(uint8_t *frame, const uint8_t *to, const uint8_t *from,
		  int protocol, uint32_t source, uint32_t destination,
		  size_t size)
{
	uint8_t *ip = frame + FRAME_HEADER;

	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	put16(frame + 12, KIND_IPV4);
	memset(ip, 0, IPV4_HEADER);
	ip[0] = 0x45;
	put16(ip + IPV4_TOTAL, (uint32_t)(IPV4_HEADER + size));
	ip[IPV4_LIFE] = LIFE;
	ip[IPV4_PROTOCOL] = (uint8_t)protocol;
	put32(ip + IPV4_SOURCE, source);
	put32(ip + IPV4_DESTINATION, destination);
	put16(ip + IPV4_CHECKSUM,
	      checksum_done(checksum_add(0, ip, IPV4_HEADER)));
}

uint16_t packet_checksum(const uint8_t *ip, const uint8_t *load, size_t size)
{
	uint32_t sum = checksum_add(0, ip + IPV4_SOURCE, 8);

	sum += ip[IPV4_PROTOCOL] + (uint32_t)size;
	return checksum_done(checksum_add(sum, load, size));
}
