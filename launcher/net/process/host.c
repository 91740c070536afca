/* host.c - addresses by rtnetlink, users by sock_diag */
#include "launcher/net/process/host.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images/base/auto.h"

/* A dump's answers come in parts of at most so many bytes. */
#define PART 32768

/* Asks again when the addresses changed while they were told. */
#define TRIES 8

static int open_netlink(int protocol, unsigned groups, int flags)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = groups,
	};
	auto_close int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, protocol);

	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	return take_fd(fd);
}

static bool ask(int fd, const void *question, size_t size, struct error *err)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	return sendto(fd, question, size, 0, (struct sockaddr *)&kernel,
		      sizeof(kernel)) == (ssize_t)size ||
	       fail_errno(err, "cannot ask the kernel");
}

static bool add(struct host *host, uint32_t address, struct error *err)
{
	if (host->count == host->room) {
		size_t room = host->room ? host->room * 2 : 64;
		uint32_t *more = realloc(host->addresses, room * sizeof(*more));

		if (!more)
			return fail_memory(err);
		host->addresses = more;
		host->room = room;
	}
	host->addresses[host->count++] = address;
	return true;
}

/* Takes the addresses out of one message about one. */
static bool take_message(struct host *host, const struct nlmsghdr *message,
			 struct error *err)
{
	const struct ifaddrmsg *about = NLMSG_DATA(message);
	const struct rtattr *part = IFA_RTA(about);
	size_t left = message->nlmsg_len - NLMSG_LENGTH(sizeof(*about));

	for (; RTA_OK(part, left); part = RTA_NEXT(part, left)) {
		uint32_t address;

		if (part->rta_type != IFA_LOCAL &&
		    part->rta_type != IFA_BROADCAST &&
		    part->rta_type != IFA_ADDRESS)
			continue;
		/* of a point-to-point link this is the other end's */
		if (part->rta_type == IFA_ADDRESS && about->ifa_prefixlen == 32)
			continue;
		memcpy(&address, RTA_DATA(part), sizeof(address));
		if (!add(host, ntohl(address), err))
			return false;
	}
	return true;
}

/* Reads one part of a dump. *ret_more: others follow; *ret_again: it is to be
 * begun anew. */
static bool take_part(struct host *host, bool *ret_more, bool *ret_again,
		      struct error *err)
{
	static char part[PART] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t got = recv(host->questions, part, sizeof(part), 0);
	size_t left = got > 0 ? (size_t)got : 0;

	if (got < 0)
		return fail_errno(err, "cannot read the host's addresses");
	for (const struct nlmsghdr *message = (struct nlmsghdr *)part;
	     NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			*ret_again = true;
		if (message->nlmsg_type == NLMSG_DONE) {
			*ret_more = false;
			return true;
		}
		if (message->nlmsg_type != RTM_NEWADDR)
			return fail(err, FAULT_HOST,
				    "the kernel does not tell its addresses");
		if (!take_message(host, message, err))
			return false;
	}
	return true;
}

static bool read_addresses(struct host *host, struct error *err)
{
	struct {
		struct nlmsghdr header;
		struct ifaddrmsg about;
	} question = {
		.header.nlmsg_len = sizeof(question),
		.header.nlmsg_type = RTM_GETADDR,
		.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.about.ifa_family = AF_INET,
	};
	bool again = true;

	for (int i = 0; again && i < TRIES; i++) {
		bool more = true;

		again = false;
		host->count = 0;
		if (!ask(host->questions, &question, sizeof(question), err))
			return false;
		while (more)
			if (!take_part(host, &more, &again, err))
				return false;
	}
	return !again || fail(err, FAULT_HOST,
			      "the host's addresses change all the time");
}

bool host_open(struct host *host, struct error *err)
{
	*host = (struct host){
		.events = open_netlink(NETLINK_ROUTE, RTMGRP_IPV4_IFADDR,
				       SOCK_NONBLOCK),
		.questions = open_netlink(NETLINK_ROUTE, 0, 0),
		.sockets = open_netlink(NETLINK_SOCK_DIAG, 0, 0),
	};
	if (host->events < 0 || host->questions < 0 || host->sockets < 0)
		return fail_errno(err, "cannot ask the kernel");
	return read_addresses(host, err);
}

bool host_changed(struct host *host, struct error *err)
{
	char event[4096];

	/* lost events (ENOBUFS) are events, too */
	while (recv(host->events, event, sizeof(event), 0) >= 0 ||
	       errno == ENOBUFS)
		;
	return read_addresses(host, err);
}

bool host_peer(struct host *host, int fd, uid_t *ret_user, struct error *err)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 about;
	} question = {
		.header.nlmsg_len = sizeof(question),
		.header.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.header.nlmsg_flags = NLM_F_REQUEST,
		.about.sdiag_family = AF_INET,
		.about.sdiag_protocol = IPPROTO_TCP,
		.about.idiag_states = ~0U,
		.about.id.idiag_cookie = { INET_DIAG_NOCOOKIE,
					   INET_DIAG_NOCOOKIE },
	};
	struct {
		struct nlmsghdr header;
		struct inet_diag_msg about;
		char rest[1024];
	} answer;
	struct sockaddr_in here = { 0 }, there = { 0 };
	socklen_t size = sizeof(here);

	if (getsockname(fd, (struct sockaddr *)&here, &size) != 0 ||
	    getpeername(fd, (struct sockaddr *)&there, &size) != 0)
		return fail_errno(err, "a connection is gone");
	question.about.id.idiag_sport = there.sin_port;
	question.about.id.idiag_src[0] = there.sin_addr.s_addr;
	question.about.id.idiag_dport = here.sin_port;
	question.about.id.idiag_dst[0] = here.sin_addr.s_addr;
	if (!ask(host->sockets, &question, sizeof(question), err))
		return false;
	if (recv(host->sockets, &answer, sizeof(answer), 0) <
		    (ssize_t)NLMSG_LENGTH(sizeof(answer.about)) ||
	    answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return fail(err, FAULT_HOST,
			    "the kernel does not know whose a connection is");
	/* one that its owner has left is root's, as the kernel has it */
	if (!answer.about.idiag_inode)
		return fail(err, FAULT_HOST, "a connection is nobody's");
	*ret_user = answer.about.idiag_uid;
	return true;
}
