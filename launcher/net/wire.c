/* wire.c - filling in what a process is told
 *
 * The host's resolver is looked up here, by the caller: the process itself can
 * open nothing. So a resolver that the host changes to is learnt with the next
 * change of rules.
 */
#include "launcher/net/wire.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "images/base/auto.h"
#include "images/base/file.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define RESOLV_CONF_MOST 65536

/* Beyond the users that are given out on a host, and those of its containers,
 * which end at 0x6fffffff; positive, for who takes them for signed. */
#define FIRST_USER 0x71000000U

uint16_t net_free_port(void)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(at);
	auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		return 0;
	return ntohs(at.sin_port);
}

uint32_t wire_resolver(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		char address[INET_ADDRSTRLEN];
		struct in_addr found;

		line += *line == '\n';
		if (sscanf(line, "nameserver %15s", address) == 1 &&
		    inet_pton(AF_INET, address, &found) == 1)
			return ntohl(found.s_addr);
	}
	return INADDR_LOOPBACK;
}

bool wire_policy(const struct net_policy *policy, struct wire_policy *ret_wire,
		 struct error *err)
{
	struct error ignored = { FAULT_NONE };
	auto_buf text = BUF_INIT;

	if (policy->forward_count > WIRE_FORWARDS ||
	    policy->egress_count > WIRE_RULES)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "an instance's network has at most %d forwarded "
			    "ports and %d rules",
			    WIRE_FORWARDS, WIRE_RULES);
	/* a host without the file resolves by itself */
	if (!file_read(RESOLV_CONF, RESOLV_CONF_MOST, &text, &ignored))
		buf_done(&text);
	ret_wire->upstream = wire_resolver(buf_text(&text));
	ret_wire->endpoint = policy->endpoint;
	ret_wire->forward_count = (uint32_t)policy->forward_count;
	ret_wire->rule_count = (uint32_t)policy->egress_count;
	if (policy->forward_count)
		memcpy(ret_wire->forwards, policy->forwards,
		       policy->forward_count * sizeof(*policy->forwards));
	if (policy->egress_count)
		memcpy(ret_wire->rules, policy->egress,
		       policy->egress_count * sizeof(*policy->egress));
	return true;
}

bool wire_address(const char *directory, const char *name,
		  struct sockaddr_un *ret_address, struct error *err)
{
	int size;

	ret_address->sun_family = AF_UNIX;
	size = snprintf(ret_address->sun_path, sizeof(ret_address->sun_path),
			"%s/%s", directory, name);
	if (size >= (int)sizeof(ret_address->sun_path))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s is too long a path for a socket", directory);
	return true;
}

size_t net_directory_most(void)
{
	return sizeof(((struct sockaddr_un *)NULL)->sun_path) -
	       sizeof("/" WIRE_METADATA);
}

uid_t wire_user(uint32_t address)
{
	return FIRST_USER + (address & 0xffffff);
}
