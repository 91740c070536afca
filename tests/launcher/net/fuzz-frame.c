/* fuzz-frame.c - what a hostile guest sends, and libslirp answers with
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -std=gnu11 -D_GNU_SOURCE \
 *     -I. tests/launcher/net/fuzz-frame.c launcher/net/process/frame.c \
 *     launcher/net/process/packet.c launcher/net/process/dhcp.c \
 *     -o fuzz-frame
 *
 * The input's first byte says which way the frame goes, and whether its head
 * is made a plausible one. Frames are copied to a block of just their size, so
 * that a byte too far is seen.
 */
#include <stdlib.h>
#include <string.h>

#include "launcher/net/process/packet.h"

#define ADDRESS 0xac1f054d
#define OUTWARD 1
#define MENDED 2
#define ARP 4

static void setup(struct subnet *subnet)
{
	static const uint32_t own[] = { 0xc6336401, 0x0a000001 };
	static const struct wire_guest guest = {
		.mac = { 2, 0, 0xac, 0x1f, 5, 0x4d },
		.address = ADDRESS,
		.prefix = 20,
		.hostname = "i-0123456789abcdef0",
		.domain = "ec2.internal",
	};

	subnet_init(subnet, &guest);
	subnet->own = own;
	subnet->own_count = 2;
	subnet->policy.upstream = 0x7f000035;
	subnet->policy.endpoint = (struct net_place){ 0x7f000001, 9000 };
	subnet->policy.forward_count = 1;
	subnet->policy.forwards[0].guest_port = 22;
	subnet->policy.rule_count = 1;
	subnet->policy.rules[0] =
		(struct net_rule){ IPPROTO_UDP, 1, 30000, 0xc6336400, 24 };
}

/* Who sends, and that it is IPv4 or ARP, is right: what comes behind counts. */
static void mend(uint8_t how, uint8_t *frame, size_t size)
{
	static const uint8_t mac[] = { 2, 0, 0xac, 0x1f, 5, 0x4d };

	if (size < FRAME_HEADER + IPV4_HEADER)
		return;
	memcpy(frame + 6, mac, sizeof(mac));
	put16(frame + 12, how & ARP ? KIND_ARP : KIND_IPV4);
	if (how & ARP)
		return;
	frame[FRAME_HEADER] = 0x45;
	put16(frame + FRAME_HEADER + IPV4_TOTAL,
	      (uint32_t)(size - FRAME_HEADER));
	put32(frame + FRAME_HEADER +
		      (how & OUTWARD ? IPV4_SOURCE : IPV4_DESTINATION),
	      ADDRESS);
}

/* What passes outward is the guest's own, and goes where it may. */
static void check(const struct subnet *subnet, uint8_t *frame, size_t size)
{
	struct packet packet;

	if (!packet_parse(frame, size, &packet) || packet.fragment ||
	    packet.source != ADDRESS)
		abort();
	for (size_t i = 0; i < subnet->own_count; i++)
		if (packet.destination == subnet->own[i])
			abort();
	if (packet.destination >> 24 == 127 &&
	    packet.destination != subnet->policy.upstream)
		abort();
	if (packet.protocol == IPPROTO_UDP && packet.to != RESOLVER_PORT &&
	    packet.destination >> 8 != 0xc63364)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct subnet subnet;
	uint8_t answer[FRAME_ANSWER];
	uint8_t *frame;
	size_t answer_size = 0;
	enum verdict verdict;

	if (size < 2)
		return 0;
	setup(&subnet);
	frame = malloc(size - 1);
	if (!frame)
		return 0;
	memcpy(frame, data + 1, size - 1);
	if (data[0] & MENDED)
		mend(data[0], frame, size - 1);
	if (data[0] & OUTWARD)
		verdict = frame_from_guest(&subnet, frame, size - 1, answer,
					   &answer_size);
	else
		verdict = frame_to_guest(&subnet, frame, size - 1, answer,
					 &answer_size);
	if (verdict == FRAME_ANSWER_IT &&
	    (answer_size < FRAME_HEADER || answer_size > sizeof(answer)))
		abort();
	if (verdict == FRAME_PASS && data[0] & OUTWARD)
		check(&subnet, frame, size - 1);
	free(frame);
	return 0;
}
