/* frame.h - what may pass between the guest and the world, frame by frame
 *
 * Pure: no descriptor, no clock. What the guest sends is hostile; what is not
 * understood does not pass. All that is remembered has a fixed size: whom the
 * guest sent datagrams to, because nobody else may answer, and one bit a port.
 *
 * Three of the addresses that a guest talks to are carried to others: the
 * metadata service's (169.254.169.254:80) to one within the subnet, where
 * libslirp can have a socket answer, the resolver's (.2:53) to the host's own
 * resolver, and the gateway's port NET_ENDPOINT_PORT to the host's endpoint,
 * where the policy has one.
 */
#ifndef QAMI_NET_PROCESS_FRAME_H
#define QAMI_NET_PROCESS_FRAME_H

#include "launcher/net/wire.h"

#define FRAME_HEADER 14	  /* Ethernet's */
#define FRAME_MTU 1500	  /* of the network, as the guest is told */
#define FRAME_ANSWER 1024 /* room for an answer of our own */

#define METADATA_PORT 80
#define RESOLVER_PORT 53

/* Whom the guest has sent datagrams to; the oldest of a row are forgotten. */
#define FLOW_ROWS 512
#define FLOW_ROW 8
struct flow {
	uint32_t address;
	uint16_t port, guest_port;
};

/* The subnet as one guest sees it. Addresses are in host byte order. */
struct subnet {
	struct wire_guest guest;
	uint32_t network, mask;
	uint32_t gateway, resolver; /* the subnet's first two */
	uint32_t metadata; /* the third: where libslirp has the service */
	uint8_t gateway_mac[6];
	struct wire_policy policy;
	const uint32_t *own; /* borrowed: the addresses that the host has */
	size_t own_count;
	/* whether what came last from a port went to the resolver's address:
	 * a bit a port, for UDP and for TCP */
	uint8_t asked[2][65536 / 8];
	struct flow flows[FLOW_ROWS][FLOW_ROW];
	uint8_t flow_next[FLOW_ROWS];
};

enum verdict {
	FRAME_DROP,
	FRAME_PASS,	 /* the frame was changed where needed */
	FRAME_ANSWER_IT, /* with the frame in ret_answer */
};

/* Fills in a subnet. */
void subnet_init(struct subnet *subnet, const struct wire_guest *guest);

/* Judges a frame of the guest's; it may be changed in place, but does not
 * change its size. `ret_answer` has room for FRAME_ANSWER bytes. */
enum verdict frame_from_guest(struct subnet *subnet, uint8_t *frame,
			      size_t size, uint8_t *ret_answer,
			      size_t *ret_size);

/* Judges one for the guest. FRAME_ANSWER_IT: what is sent to libslirp in the
 * guest's place is in ret_answer, and the frame does not pass. */
enum verdict frame_to_guest(struct subnet *subnet, uint8_t *frame, size_t size,
			    uint8_t *ret_answer, size_t *ret_size);

/* A gratuitous ARP request of the guest's, which libslirp learns its MAC from;
 * returns its size. */
size_t frame_announce(const struct subnet *subnet, uint8_t *ret_frame);

/* The sum of `size` bytes for an Internet checksum, added to `sum`; and what
 * goes into a packet for it. */
uint32_t checksum_add(uint32_t sum, const uint8_t *data, size_t size);
uint16_t checksum_done(uint32_t sum);

/* Big-endian numbers in packets. */
static inline uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

static inline void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

#endif
