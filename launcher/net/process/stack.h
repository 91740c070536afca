/* stack.h - libslirp: the guest's other end of TCP, UDP and pings
 *
 * Of libslirp's services none is used but these: it gets no ARP, no DHCP, no
 * names and no IPv6 to see (frame.h), and frames only that passed there.
 */
#ifndef QAMI_NET_PROCESS_STACK_H
#define QAMI_NET_PROCESS_STACK_H

#include <poll.h>

#include "launcher/net/process/frame.h"

/* What one waits for: a vector for poll(). */
struct polls {
	struct pollfd *fds; /* owned */
	size_t count, room;
};

/* Adds a descriptor; its place, or -1 without memory. */
int polls_add(struct polls *polls, int fd, short events);

struct stack {
	struct Slirp *slirp;
	const struct subnet *subnet; /* borrowed */
	struct polls *polls;	     /* borrowed */
	void (*send)(void *data, uint8_t *frame, size_t size);
	void *data;   /* for send() */
	bool paused;  /* nothing more for the guest now */
	bool crowded; /* nobody else is let in by a forward now */
	struct net_forward forwards[WIRE_FORWARDS];
	size_t forward_count;
};

/* Begins. Fields from `subnet` to `data` are filled in. */
bool stack_open(struct stack *stack, struct error *err) must_check;

/* A frame that has passed. */
void stack_input(struct stack *stack, const uint8_t *frame, size_t size);

/* Before and after poll(): *timeout (milliseconds) may become less; `failed`
 * tells what poll() did. */
void stack_fill(struct stack *stack, uint32_t *timeout);
void stack_done(struct stack *stack, bool failed);

/* Lets those forwards be there and no other; ports of the host in ret_ports.
 * After a failure those that are not wanted are gone all the same. */
bool stack_forward(struct stack *stack, const struct net_forward *wanted,
		   size_t count, uint16_t *ret_ports, struct error *err)
	must_check;

#endif
