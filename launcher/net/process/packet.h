/* packet.h - an IPv4 packet taken apart */
#ifndef QAMI_NET_PROCESS_PACKET_H
#define QAMI_NET_PROCESS_PACKET_H

#include <netinet/in.h>

#include "launcher/net/process/frame.h"

/* Where things are in it. */
enum {
	IPV4_TOTAL = 2,
	IPV4_FRAGMENT = 6,
	IPV4_LIFE = 8,
	IPV4_PROTOCOL = 9,
	IPV4_CHECKSUM = 10,
	IPV4_SOURCE = 12,
	IPV4_DESTINATION = 16,
	IPV4_HEADER = 20,

	TCP_SEQUENCE = 4,
	TCP_ACKNOWLEDGED = 8,
	TCP_OFFSET = 12,
	TCP_FLAGS = 13,
	TCP_CHECKSUM = 16,
	TCP_HEADER = 20,

	UDP_SIZE = 4,
	UDP_CHECKSUM = 6,
	UDP_HEADER = 8,

	ICMP_HEADER = 8,
};

enum {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
};

#define KIND_ARP 0x0806
#define KIND_IPV4 0x0800

/* Borrowed from the frame. Of a fragment but the first, ports are 0. */
enum fragment { FRAGMENT_NONE, FRAGMENT_FIRST, FRAGMENT_OTHER };
struct packet {
	uint8_t *ip;   /* its header, without options */
	uint8_t *load; /* what it carries … */
	size_t size; /* … in bytes: a whole TCP, UDP or ICMP header at least */
	int protocol;
	enum fragment fragment;
	uint32_t source, destination;
	uint32_t from,
		to; /* ports; of ICMP type and code, in `to` and `from` */
};

/* Takes a frame apart; false for what is not a simple packet of TCP, UDP or
 * ICMP: with options, or cut short. */
bool packet_parse(uint8_t *frame, size_t size, struct packet *ret_packet);

/* Gives it another source or destination, checksums kept right. */
void packet_from(struct packet *packet, uint32_t address, uint32_t port);
void packet_to(struct packet *packet, uint32_t address, uint32_t port);

/* Writes an Ethernet and an IP header; the latter's checksum, too. */
void packet_begin(uint8_t *frame, const uint8_t *to, const uint8_t *from,
		  int protocol, uint32_t source, uint32_t destination,
		  size_t size);

/* The checksum of what an IP packet carries, its own field being 0. */
uint16_t packet_checksum(const uint8_t *ip, const uint8_t *load, size_t size);

#endif
