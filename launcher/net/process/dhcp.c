/* dhcp.c - a DHCP server for one client (RFC 2131, RFC 2132)
 *
 * libslirp has one, but it gives sixteen addresses away to whom the guest says
 * that it is.
 */
#include "launcher/net/process/dhcp.h"

#include <string.h>

#define SERVER_PORT 67
#define CLIENT_PORT 68
#define LEASE_SECONDS 3600 /* as EC2's; it is renewed for as long as we live \
			    */

/* Where things are in a message. */
enum {
	OP = 0,
	TYPE = 1,
	LENGTH = 2,
	TRANSACTION = 4,
	FLAGS = 10,
	CLIENT = 12,
	YOURS = 16,
	HARDWARE = 28,
	COOKIE = 236,
	OPTIONS = 240,
};

enum message {
	DISCOVER = 1,
	OFFER = 2,
	REQUEST = 3,
	ACK = 5,
	NAK = 6,
	INFORM = 8,
};

enum option {
	PAD = 0,
	MASK = 1,
	ROUTER = 3,
	RESOLVER = 6,
	HOSTNAME = 12,
	DOMAIN = 15,
	MTU = 26,
	REQUESTED = 50,
	LEASE = 51,
	MESSAGE = 53,
	SERVER = 54,
	END = 255,
};

static const uint8_t cookie[] = { 99, 130, 83, 99 };

/* An option's value of exactly `size` bytes; NULL without. */
static const uint8_t *find(const uint8_t *at, const uint8_t *end, int option,
			   size_t size)
{
	while (at < end && *at != END) {
		if (*at == PAD) {
			at++;
			continue;
		}
		if (end - at < 2 || end - at - 2 < at[1])
			return NULL;
		if (*at == option && at[1] == size)
			return at + 2;
		at += 2 + at[1];
	}
	return NULL;
}

static uint8_t *add(uint8_t *at, int option, const void *value, size_t size)
{
	*at++ = (uint8_t)option;
	*at++ = (uint8_t)size;
	memcpy(at, value, size);
	return at + size;
}

static uint8_t *add32(uint8_t *at, int option, uint32_t value)
{
	uint8_t bytes[4];

	put32(bytes, value);
	return add(at, option, bytes, sizeof(bytes));
}

/* What the guest is told besides its address. */
static uint8_t *configure(const struct subnet *subnet, uint8_t *at)
{
	const struct wire_guest *guest = &subnet->guest;
	uint8_t mtu[2];

	put16(mtu, FRAME_MTU);
	at = add32(at, MASK, subnet->mask);
	at = add32(at, ROUTER, subnet->gateway);
	at = add32(at, RESOLVER, subnet->resolver);
	at = add(at, MTU, mtu, sizeof(mtu));
	if (*guest->hostname)
		at = add(at, HOSTNAME, guest->hostname,
			 strlen(guest->hostname));
	if (*guest->domain)
		at = add(at, DOMAIN, guest->domain, strlen(guest->domain));
	return at;
}

/* What a message is answered with; 0: not at all. */
static int judge(const struct subnet *subnet, const uint8_t *message,
		 const uint8_t *end)
{
	const uint8_t *kind = find(message + OPTIONS, end, MESSAGE, 1);
	const uint8_t *wanted = find(message + OPTIONS, end, REQUESTED, 4);

	if (!kind)
		return 0;
	if (*kind == DISCOVER)
		return OFFER;
	if (*kind == INFORM)
		return ACK;
	if (*kind != REQUEST)
		return 0;
	if (!wanted) /* it renews what it has */
		wanted = message + CLIENT;
	return get32(wanted) == subnet->guest.address ? ACK : NAK;
}

/* Writes the message; returns its end. */
static uint8_t *compose(const struct subnet *subnet, const uint8_t *message,
			int kind, bool inform, uint8_t *ret_reply)
{
	uint8_t *at = ret_reply + OPTIONS;
	uint8_t byte = (uint8_t)kind;

	memset(ret_reply, 0, OPTIONS);
	ret_reply[OP] = 2;
	ret_reply[TYPE] = 1;
	ret_reply[LENGTH] = 6;
	memcpy(ret_reply + TRANSACTION, message + TRANSACTION, 4);
	memcpy(ret_reply + FLAGS, message + FLAGS, 2);
	if (inform)
		memcpy(ret_reply + CLIENT, message + CLIENT, 4);
	else if (kind != NAK)
		put32(ret_reply + YOURS, subnet->guest.address);
	memcpy(ret_reply + HARDWARE, subnet->guest.mac, 6);
	memcpy(ret_reply + COOKIE, cookie, sizeof(cookie));
	at = add(at, MESSAGE, &byte, 1);
	at = add32(at, SERVER, subnet->gateway);
	if (kind != NAK && !inform)
		at = add32(at, LEASE, LEASE_SECONDS);
	if (kind != NAK)
		at = configure(subnet, at);
	*at++ = END;
	return at;
}

enum verdict dhcp_answer(const struct subnet *subnet,
			 const struct packet *packet, uint8_t *ret_answer,
			 size_t *ret_size)
{
	static const uint8_t everyone[] = { 255, 255, 255, 255, 255, 255 };
	const uint8_t *message = packet->load + UDP_HEADER;
	const uint8_t *end = packet->load + packet->size;
	uint8_t *ip = ret_answer + FRAME_HEADER;
	uint8_t *udp = ip + IPV4_HEADER;
	uint8_t *reply = udp + UDP_HEADER;
	const uint8_t *kind_asked;
	size_t size;
	int kind;

	if (end - message < OPTIONS || message[OP] != 1 || message[TYPE] != 1 ||
	    message[LENGTH] != 6 ||
	    memcmp(message + HARDWARE, subnet->guest.mac, 6) != 0 ||
	    memcmp(message + COOKIE, cookie, sizeof(cookie)) != 0)
		return FRAME_DROP;
	kind = judge(subnet, message, end);
	if (!kind)
		return FRAME_DROP;
	kind_asked = find(message + OPTIONS, end, MESSAGE, 1);
	size = (size_t)(compose(subnet, message, kind, *kind_asked == INFORM,
				reply) -
			udp);
	/* who has no address yet must be able to hear it */
	packet_begin(ret_answer, everyone, subnet->gateway_mac, IPPROTO_UDP,
		     subnet->gateway, INADDR_BROADCAST, size);
	put16(udp, SERVER_PORT);
	put16(udp + 2, CLIENT_PORT);
	put16(udp + UDP_SIZE, (uint32_t)size);
	put16(udp + UDP_CHECKSUM, 0);
	put16(udp + UDP_CHECKSUM, packet_checksum(ip, udp, size));
	*ret_size = FRAME_HEADER + IPV4_HEADER + size;
	return FRAME_ANSWER_IT;
}
