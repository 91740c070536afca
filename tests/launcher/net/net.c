/* net.c - the network's process, seen by a guest that net.py plays
 *
 * Without arguments the test itself: net.py, which is told how to call this
 * program. Else what the room does, for one call:
 *
 *   start DIRECTORY USER WHAT…   prints the machine's port, the process, and
 *                                the forwards' ports
 *   change DIRECTORY WHAT…       prints the forwards' ports
 *   end DIRECTORY
 *   listen DIRECTORY PROGRAM…    runs a program with metadata.sock as its
 *                                standard input
 *
 * WHAT is a forward, GUEST[:HOST], a rule, PROTOCOL/FROM-TO/ADDRESS/PREFIX, or
 * @PORT, the endpoint's of 127.0.0.1.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/net/net.h"

#define ADDRESS "172.31.5.77"
#define MOST 64

static struct net_forward forwards[MOST];
static struct net_rule rules[MOST];

static struct net_policy parse(char **what)
{
	struct net_policy policy = {
		.forwards = forwards,
		.egress = rules,
		.endpoint.address = INADDR_LOOPBACK,
	};

	for (; *what; what++) {
		struct net_rule *rule = &rules[policy.egress_count];
		struct net_forward *forward = &forwards[policy.forward_count];
		struct in_addr address;
		char range[32];

		if (sscanf(*what, "@%hu", &policy.endpoint.port) == 1)
			continue;
		if (sscanf(*what, "%d/%d-%d/%31[^/]/%u", &rule->protocol,
			   &rule->from, &rule->to, range, &rule->prefix) == 5) {
			assert(inet_pton(AF_INET, range, &address) == 1);
			rule->address = ntohl(address.s_addr);
			policy.egress_count++;
		} else {
			forward->host_port = 0;
			assert(sscanf(*what, "%hu:%hu", &forward->guest_port,
				      &forward->host_port) >= 1);
			policy.forward_count++;
		}
	}
	return policy;
}

static int fail_loudly(const struct error *err)
{
	fprintf(stderr, "(%s) %s\n", fault_code(err->fault), err->text);
	return 1;
}

static int start(char **args)
{
	struct net net = {
		.directory = args[0],
		.mac = "02:00:ac:1f:05:4d",
		.address = ADDRESS,
		.prefix = 20,
		.hostname = "i-0123456789abcdef0",
		.domain = "ec2.internal",
		.lifeline = -1,
		.qemu_user = (uid_t)atoi(args[1]),
		.policy = parse(args + 2),
	};
	struct error err = { FAULT_NONE };
	uint16_t port, ports[MOST];
	pid_t pid;

	if (getenv("LIFELINE"))
		net.lifeline = atoi(getenv("LIFELINE"));
	if (!net_start(&net, &port, ports, &pid, &err))
		return fail_loudly(&err);
	printf("%u %d", port, (int)pid);
	for (size_t i = 0; i < net.policy.forward_count; i++)
		printf(" %u", ports[i]);
	printf("\n");
	return 0;
}

static int change(char **args)
{
	struct net_policy policy = parse(args + 1);
	struct error err = { FAULT_NONE };
	uint16_t ports[MOST];

	if (!net_change(args[0], &policy, ports, &err))
		return fail_loudly(&err);
	for (size_t i = 0; i < policy.forward_count; i++)
		printf("%u ", ports[i]);
	printf("\n");
	return 0;
}

/* The socket becomes the standard input of what is run. */
static int serve(char **args)
{
	struct error err = { FAULT_NONE };
	int fd;

	if (!net_listen_metadata(args[0], ADDRESS, &fd, &err))
		return fail_loudly(&err);
	dup2(fd, 0);
	execvp(args[1], args + 1);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 1) {
		execlp("python3", "python3", "tests/launcher/net/net.py",
		       argv[0], (char *)NULL);
		return 1;
	}
	assert(argc >= 3);
	if (strcmp(argv[1], "start") == 0)
		return start(argv + 2);
	if (strcmp(argv[1], "change") == 0)
		return change(argv + 2);
	if (strcmp(argv[1], "listen") == 0)
		return serve(argv + 2);
	assert(strcmp(argv[1], "end") == 0);
	net_end(argv[2]);
	return 0;
}
