/* wire.h - what this room's calls and the process tell each other
 *
 * One packet each way on a socket of packets, as it lies in memory: both ends
 * are of one build, and a process that an older one started says that it is.
 */
#ifndef QAMI_NET_WIRE_H
#define QAMI_NET_WIRE_H

#include "launcher/net/net.h"

/* Changes whenever something below does. */
#define WIRE_VERSION 0x716e0002

#define WIRE_FORWARDS 256
#define WIRE_RULES 1024

#define WIRE_CONTROL "net.sock"
#define WIRE_METADATA "metadata.sock"

enum wire_verb { WIRE_START, WIRE_CHANGE, WIRE_END };

struct wire_policy {
	uint32_t upstream; /* the host's own resolver, host byte order */
	struct net_place endpoint;
	uint32_t forward_count;
	uint32_t rule_count;
	struct net_forward forwards[WIRE_FORWARDS];
	struct net_rule rules[WIRE_RULES];
};

/* What a process learns once. Addresses are in host byte order. */
struct wire_guest {
	uint8_t mac[6];
	uint32_t address;
	uint32_t prefix;
	char hostname[64];
	char domain[64];
	uid_t qemu_user;
	uid_t starter;
};

struct wire_request {
	uint32_t version;
	uint32_t verb;
	struct wire_policy policy; /* not for WIRE_END */
	struct wire_guest guest;   /* for WIRE_START */
};

struct wire_reply {
	uint32_t version;
	int32_t pid;
	char failure[256]; /* a sentence, or "" */
	uint16_t ports[WIRE_FORWARDS];
};

/* The descriptors that a process is born with. */
enum wire_descriptor {
	WIRE_STANDARD,	 /* leads nowhere */
	WIRE_CALLER = 3, /* the request and its reply go here */
	WIRE_LISTENER,	 /* for the machine */
	WIRE_CHANGES,	 /* listens on the control socket */
	WIRE_LIFELINE,	 /* kept open, if there is one */
	WIRE_DESCRIPTORS
};

/* Fills in a policy and the resolver that the host uses now;
 * FAULT_RESOURCE_LIMIT when there is more than fits. */
bool wire_policy(const struct net_policy *policy, struct wire_policy *ret_wire,
		 struct error *err) must_check;

/* The first IPv4 address of a resolver in a text like resolv.conf(5)'s; that
 * of this host, 127.0.0.1, when there is none. */
uint32_t wire_resolver(const char *text);

/* The address of a socket in a directory; FAULT_INVALID_PARAMETER when the
 * path is too long. */
struct sockaddr_un;
bool wire_address(const char *directory, const char *name,
		  struct sockaddr_un *ret_address, struct error *err)
	must_check;

/* Who a process that root started becomes: see process/sandbox.c. */
uid_t wire_user(uint32_t address);

#endif
