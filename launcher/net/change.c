/* change.c - telling a running process something */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "launcher/net/wire.h"

#define PATIENCE_SECONDS 10

/* The control socket; -1 with errno when nobody is there. */
static int reach(const struct sockaddr_un *address)
{
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) != 0 ||
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)) !=
		    0)
		return -1;
	return take_fd(fd);
}

/* By errno: nobody listens at its socket any more, or it hung up; or somebody
 * is there who is too busy, or has stopped. */
static bool fail_reach(struct error *err)
{
	bool gone = errno == ENOENT || errno == ECONNREFUSED ||
		    errno == ECONNRESET || errno == EPIPE;

	return fail(err, gone ? FAULT_UNAVAILABLE : FAULT_HOST,
		    gone ? "the network's process is gone: %s" :
			   "the network's process does not answer: %s",
		    strerror(errno));
}

bool net_change(const char *directory, const struct net_policy *policy,
		uint16_t *ret_ports, struct error *err)
{
	auto_free struct wire_request *request = calloc(1, sizeof(*request));
	auto_close int fd = -1;
	struct sockaddr_un address;
	struct wire_reply reply;
	ssize_t got;

	if (!request)
		return fail_memory(err);
	request->version = WIRE_VERSION;
	request->verb = WIRE_CHANGE;
	if (!wire_policy(policy, &request->policy, err) ||
	    !wire_address(directory, WIRE_CONTROL, &address, err))
		return false;
	fd = reach(&address);
	if (fd < 0 || send(fd, request, sizeof(*request), MSG_NOSIGNAL) !=
			      sizeof(*request))
		return fail_reach(err);
	got = recv(fd, &reply, sizeof(reply), 0);
	if (got == 0)
		errno = ECONNRESET;
	if (got != sizeof(reply))
		return fail_reach(err);
	if (*reply.failure)
		return fail(err, FAULT_HOST, "%.*s", (int)sizeof(reply.failure),
			    reply.failure);
	if (policy->forward_count)
		memcpy(ret_ports, reply.ports,
		       policy->forward_count * sizeof(*ret_ports));
	return true;
}

void net_end(const char *directory)
{
	auto_free struct wire_request *request = calloc(1, sizeof(*request));
	struct error ignored = { FAULT_NONE };
	struct sockaddr_un address;
	auto_close int fd = -1;
	char none;

	if (!request ||
	    !wire_address(directory, WIRE_CONTROL, &address, &ignored))
		return;
	fd = reach(&address);
	request->version = WIRE_VERSION;
	request->verb = WIRE_END;
	/* its end of the socket closes when it has ended */
	if (fd >= 0 && send(fd, request, sizeof(*request), MSG_NOSIGNAL) ==
			       sizeof(*request))
		(void)!recv(fd, &none, 1, 0);
	unlink(address.sun_path);
}
