/* net.h - an instance's user-mode network: a process of its own
 *
 * qami-net is a small program on libslirp. It is the other end of the machine's
 * network card: it gives the guest its address, answers names, carries what
 * the guest sends to the outside with the rights of an ordinary process, and
 * hands connections to ports of 127.0.0.1 on to the guest. 169.254.169.254:80
 * is the socket "metadata.sock" in the instance's directory, so that who asks
 * there is told apart by the socket and by nothing that a guest can forge.
 *
 * Nothing of this host is reached from the guest but what the host itself has
 * begun, its resolver, and one place of TCP, where a policy has it: the
 * gateway's port NET_ENDPOINT_PORT leads there.
 *
 * It ends with its machine, not with the process that started it.
 */
#ifndef QAMI_NET_NET_H
#define QAMI_NET_NET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "images/base/error.h"

/* A TCP port of the guest that a port of 127.0.0.1 leads to. */
struct net_forward {
	uint16_t guest_port;
	uint16_t host_port; /* wanted; 0: any. Another one when it is taken */
};

/* What the guest may begin to talk to. Answers to what came in by a forward,
 * DHCP, the resolver and the metadata service need no rule. */
struct net_rule {
	int protocol;	  /* IP's number; -1: all */
	int from, to;	  /* ports; of ICMP type and code; -1: all */
	uint32_t address; /* of the range, host byte order */
	unsigned prefix;  /* its length, 0 to 32 */
};

#define NET_ENDPOINT_PORT 8773

/* A listening place of TCP of this host. Address in host byte order; a port of
 * 0: none. */
struct net_place {
	uint32_t address;
	uint16_t port;
};

/* What may change while the machine runs. */
struct net_policy {
	const struct net_forward *forwards;
	size_t forward_count;
	const struct net_rule *egress;
	size_t egress_count;
	struct net_place endpoint;
};

/* All borrowed. Addresses are dotted quads. */
struct net {
	const char *directory; /* absolute; for the sockets, with room for their
				* names in an address (net_directory_most) */
	const char *mac;
	const char *address;  /* the guest's */
	unsigned prefix;      /* of its subnet, in whose first addresses are the
			       * gateway (.1) and the resolver (.2) */
	const char *hostname; /* by DHCP, without its domain */
	const char *domain;
	struct net_policy policy;
	int lifeline; /* a descriptor that the process keeps open to its end, so
		       * that who has the other end knows; -1: none */
	uid_t qemu_user; /* whose connection is taken for the machine's */
};

/* A port of 127.0.0.1 at which nobody listens just now; 0 when the kernel has
 * none. */
uint16_t net_free_port(void);

/* What a directory's path may measure. */
size_t net_directory_most(void);

/* A listening socket for the metadata service in a directory, `metadata.sock`:
 * the process of the instance with that address may connect to it, and nobody
 * else but root and the caller. One of before is replaced. For use before
 * net_start(), and again when the service is started anew. */
bool net_listen_metadata(const char *directory, const char *address,
			 int *ret_fd, struct error *err) must_check;

/* Starts the process. It waits for the machine on a port of 127.0.0.1, takes
 * one connection, of QEMU's user only, and closes the port; without one it ends
 * after a minute. `ret_ports` gets policy.forward_count ports of the host.
 * FAULT_HOST, with a sentence, where libslirp or the program is missing. */
bool net_start(const struct net *net, uint16_t *ret_port, uint16_t *ret_ports,
	       pid_t *ret_pid, struct error *err) must_check;

/* The same in two halves. After the first one the machine may be started: its
 * connection waits for the process, which takes some milliseconds to be ready.
 * The second says what became of it, and must be called. */
struct net_starting {
	int fd;
	size_t forward_count;
};
bool net_begin(const struct net *net, uint16_t *ret_port,
	       struct net_starting *ret_starting, struct error *err) must_check;
bool net_finish(struct net_starting *starting, uint16_t *ret_ports,
		pid_t *ret_pid, struct error *err) must_check;

/* Gives a running process another policy, whole, and the resolver that the host
 * uses now. Forwards that are no longer named are closed; a connection through
 * one is reset by its next packet, in whichever direction, which does not
 * arrive. What the guest has begun to talk to by TCP it goes on talking to.
 * FAULT_UNAVAILABLE when there is no process; FAULT_HOST when it does not
 * answer for ten seconds, and when a forward is not to be had: then all that
 * was taken away is gone nevertheless. */
bool net_change(const char *directory, const struct net_policy *policy,
		uint16_t *ret_ports, struct error *err) must_check;

/* The path of the program that each such network is, to be freed. NULL with
 * FAULT_HOST where it is missing. */
char *net_program(struct error *err) must_check;

/* Ends a process that no machine came to; one that is gone is no error. */
void net_end(const char *directory);

#endif
