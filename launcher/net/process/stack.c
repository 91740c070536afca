/* stack.c - driving libslirp
 *
 * A connection to the metadata service is the only one that libslirp makes
 * waiting. A service whose queue is full would stop everything: a timer's
 * signal ends the wait after a second, and the guest finds it refused.
 */
#include "launcher/net/process/stack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/clock.h"
#include "launcher/net/process/packet.h"

#define METADATA_WAIT_USEC 1000000

/* With so many descriptors in use (of sandbox.c's), nobody is let in by a
 * forward: the rest is for what the guest begins. Nor does libslirp's accept()
 * fail then, which would leave poll() without an end. */
#define LET_IN_UNTIL 960

/* Ports to try when one is gone as soon as it was found free. */
#define TRIES 16

int polls_add(struct polls *polls, int fd, short events)
{
	if (polls->count == polls->room) {
		size_t room = polls->room ? polls->room * 2 : 64;
		struct pollfd *more = realloc(polls->fds, room * sizeof(*more));

		if (!more)
			return -1;
		polls->fds = more;
		polls->room = room;
	}
	polls->fds[polls->count] = (struct pollfd){ fd, events, 0 };
	return (int)polls->count++;
}

static ssize_t send_packet(const void *frame, size_t size, void *data)
{
	struct stack *stack = data;

	stack->send(stack->data, (uint8_t *)(uintptr_t)frame, size);
	return (ssize_t)size;
}

static int64_t clock_get_ns(void *data)
{
	(void)data;
	return clock_monotonic() * 1000;
}

static void guest_error(const char *message, void *data)
{
	(void)message;
	(void)data;
}

/* All descriptors are asked for before each poll(). */
static void descriptor_changed(int fd, void *data)
{
	(void)fd;
	(void)data;
}

static void notify(void *data)
{
	(void)data;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_get_ns,
	.register_poll_fd = descriptor_changed,
	.unregister_poll_fd = descriptor_changed,
	.notify = notify,
};

static void wake(int number)
{
	(void)number;
}

bool stack_open(struct stack *stack, struct error *err)
{
	const struct subnet *subnet = stack->subnet;
	struct in_addr metadata = { htonl(subnet->metadata) };
	struct sigaction action = { .sa_handler = wake }; /* no SA_RESTART */
	uint8_t frame[FRAME_ANSWER];
	SlirpConfig config = {
		.version = 4,
		.in_enabled = true,
		.vnetwork.s_addr = htonl(subnet->network),
		.vnetmask.s_addr = htonl(subnet->mask),
		.vhost.s_addr = htonl(subnet->gateway),
		.vnameserver.s_addr = htonl(subnet->resolver),
		.vdhcp_start.s_addr = htonl(subnet->guest.address),
		.if_mtu = FRAME_MTU,
		.if_mru = FRAME_MTU,
		.disable_host_loopback = true,
		.disable_dns = true,
		.disable_dhcp = true,
	};

	stack->slirp = slirp_new(&config, &callbacks, stack);
	if (!stack->slirp ||
	    slirp_add_unix(stack->slirp, WIRE_METADATA, &metadata,
			   METADATA_PORT) != 0 ||
	    sigaction(SIGALRM, &action, NULL) != 0)
		return fail(err, FAULT_HOST, "libslirp does not start");
	slirp_input(stack->slirp, frame, (int)frame_announce(subnet, frame));
	return true;
}

static void set_timer(suseconds_t usec)
{
	struct itimerval timer = {
		.it_value = { usec / 1000000, usec % 1000000 },
	};

	setitimer(ITIMER_REAL, &timer, NULL);
}

void stack_input(struct stack *stack, const uint8_t *frame, size_t size)
{
	bool metadata = get32(frame + FRAME_HEADER + IPV4_DESTINATION) ==
			stack->subnet->metadata;

	if (metadata)
		set_timer(METADATA_WAIT_USEC);
	slirp_input(stack->slirp, frame, (int)size);
	if (metadata)
		set_timer(0);
}

/* libslirp's names for poll()'s events. */
static const struct {
	int slirp;
	short poll;
} names[] = {
	{ SLIRP_POLL_IN, POLLIN },   { SLIRP_POLL_OUT, POLLOUT },
	{ SLIRP_POLL_PRI, POLLPRI }, { SLIRP_POLL_ERR, POLLERR },
	{ SLIRP_POLL_HUP, POLLHUP },
};
#define NAMES (sizeof(names) / sizeof(*names))

/* The kernel gives the lowest descriptor that is free. */
static bool is_crowded(void)
{
	auto_close int fd = fcntl(WIRE_STANDARD, F_DUPFD, 0);

	return fd < 0 || fd >= LET_IN_UNTIL;
}

static bool is_listener(int fd)
{
	int is = 0;
	socklen_t size = sizeof(is);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is, &size) == 0 && is;
}

static int add_poll(int fd, int events, void *data)
{
	struct stack *stack = data;
	short wanted = 0;

	for (size_t i = 0; i < NAMES; i++)
		if (events & names[i].slirp)
			wanted |= names[i].poll;
	if (stack->paused)
		wanted &= POLLOUT;
	if (stack->crowded && wanted & POLLIN && is_listener(fd))
		wanted = 0;
	/* a place of its own all the same: a descriptor of -1 has no events */
	return polls_add(stack->polls, wanted ? fd : -1, wanted);
}

static int get_events(int place, void *data)
{
	const struct stack *stack = data;
	const struct pollfd *fd = place < 0 ? NULL : &stack->polls->fds[place];
	short happened = fd ? fd->revents : 0;
	int events = 0;

	/* that the other end has gone is told unasked. libslirp would read
	 * again then, for ever, and not come to write what it asked for: by
	 * that it learns it as well */
	if (happened & POLLHUP && !(fd->events & POLLIN))
		happened = (happened & ~POLLHUP) | (fd->events & POLLOUT);
	for (size_t i = 0; i < NAMES; i++)
		if (happened & names[i].poll)
			events |= names[i].slirp;
	return events;
}

void stack_fill(struct stack *stack, uint32_t *timeout)
{
	stack->crowded = is_crowded();
	slirp_pollfds_fill(stack->slirp, timeout, add_poll, stack);
}

void stack_done(struct stack *stack, bool failed)
{
	slirp_pollfds_poll(stack->slirp, failed, get_events, stack);
}

/* The wanted port, or any other; libslirp does not tell which it took. */
static bool add_forward(struct stack *stack, const struct net_forward *wanted,
			uint16_t *ret_port, struct error *err)
{
	struct in_addr loopback = { htonl(INADDR_LOOPBACK) };
	struct in_addr guest = { htonl(stack->subnet->guest.address) };
	uint16_t port = wanted->host_port ? wanted->host_port : net_free_port();

	for (int i = 0; port && i < TRIES; i++, port = net_free_port()) {
		if (slirp_add_hostfwd(stack->slirp, 0, loopback, port, guest,
				      wanted->guest_port) != 0)
			continue;
		*ret_port = port;
		return true;
	}
	return fail(err, FAULT_HOST,
		    "no port of 127.0.0.1 is to be had for the guest's %u",
		    (unsigned)wanted->guest_port);
}

static const struct net_forward *find(const struct net_forward *forwards,
				      size_t count, uint16_t guest_port)
{
	for (size_t i = 0; i < count; i++)
		if (forwards[i].guest_port == guest_port)
			return &forwards[i];
	return NULL;
}

static void remove_others(struct stack *stack, const struct net_forward *wanted,
			  size_t count)
{
	struct in_addr loopback = { htonl(INADDR_LOOPBACK) };
	size_t kept = 0;

	for (size_t i = 0; i < stack->forward_count; i++) {
		struct net_forward forward = stack->forwards[i];

		if (find(wanted, count, forward.guest_port))
			stack->forwards[kept++] = forward;
		else
			slirp_remove_hostfwd(stack->slirp, 0, loopback,
					     forward.host_port);
	}
	stack->forward_count = kept;
}

bool stack_forward(struct stack *stack, const struct net_forward *wanted,
		   size_t count, uint16_t *ret_ports, struct error *err)
{
	remove_others(stack, wanted, count);
	for (size_t i = 0; i < count; i++) {
		const struct net_forward *found = find(stack->forwards,
						       stack->forward_count,
						       wanted[i].guest_port);

		if (found) {
			ret_ports[i] = found->host_port;
			continue;
		}
		if (!add_forward(stack, &wanted[i], &ret_ports[i], err))
			return false;
		stack->forwards[stack->forward_count++] =
			(struct net_forward){ wanted[i].guest_port,
					      ret_ports[i] };
	}
	return true;
}
