/* start.c - starting an instance's process
 *
 * It is born with the sockets that it listens on, so that whoever fails to get
 * one fails here, with a sentence. Two forks make it nobody's child: it lives
 * as long as its machine.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "launcher/net/wire.h"

#define PROGRAM "qami-net"
#define PATIENCE_SECONDS 20

/* Beside the executable, or in its neighbour lib/qami; NULL with err. */
char *net_program(struct error *err)
{
	char self[4096];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	auto_free char *path = NULL;

	if (size > 0) {
		self[size] = 0;
		*strrchr(self, '/') = 0;
		path = format_text("%s/" PROGRAM, self);
	}
	if (path && access(path, X_OK) != 0) {
		free(path);
		path = format_text("%s/../lib/qami/" PROGRAM, self);
	}
	if (path && access(path, X_OK) == 0)
		return take(path);
	fail(err, FAULT_HOST, "the program %s is not installed beside qami",
	     PROGRAM);
	return NULL;
}

/* A socket for the machine, on any port. Anybody on this host may come to it:
 * its queue is long, so that strangers do not keep the machine out. */
static bool listen_machine(int *ret_fd, uint16_t *ret_port, struct error *err)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(at);
	auto_close int fd =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		return fail_errno(err, "cannot listen on 127.0.0.1");
	*ret_port = ntohs(at.sin_port);
	*ret_fd = take_fd(fd);
	return true;
}

/* A socket in a directory that `owner` alone may connect to, and root: a socket
 * takes its mode along when it gets a name. */
static bool listen_path(const char *directory, const char *name, int type,
			uid_t owner, int *ret_fd, struct error *err)
{
	struct sockaddr_un address;
	auto_close int fd =
		socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (!wire_address(directory, name, &address, err))
		return false;
	unlink(address.sun_path);
	if (fd < 0 || fchmod(fd, 0600) != 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    (owner != geteuid() &&
	     lchown(address.sun_path, owner, (gid_t)-1) != 0) ||
	    listen(fd, SOMAXCONN) != 0)
		return fail_errno(err, "cannot listen on %s", address.sun_path);
	*ret_fd = take_fd(fd);
	return true;
}

static bool parse_address(const char *text, uint32_t *ret_address,
			  struct error *err)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s is not an IPv4 address", text);
	*ret_address = ntohl(address.s_addr);
	return true;
}

bool net_listen_metadata(const char *directory, const char *address,
			 int *ret_fd, struct error *err)
{
	uint32_t guest = 0;

	return parse_address(address, &guest, err) &&
	       listen_path(directory, WIRE_METADATA, SOCK_STREAM,
			   geteuid() == 0 ? wire_user(guest) : geteuid(),
			   ret_fd, err);
}

static bool describe(const struct net *net, struct wire_guest *ret_guest,
		     struct error *err)
{
	uint8_t *mac = ret_guest->mac;

	if (sscanf(net->mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1],
		   &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s is not a MAC address", net->mac);
	if (net->prefix < 8 || net->prefix > 28 ||
	    strlen(net->hostname) >= sizeof(ret_guest->hostname) ||
	    strlen(net->domain) >= sizeof(ret_guest->domain))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a network of /%u for %s.%s is not to be had",
			    net->prefix, net->hostname, net->domain);
	strcpy(ret_guest->hostname, net->hostname);
	strcpy(ret_guest->domain, net->domain);
	ret_guest->prefix = net->prefix;
	ret_guest->qemu_user = net->qemu_user;
	ret_guest->starter = geteuid();
	return parse_address(net->address, &ret_guest->address, err);
}

/* In the child. Its descriptors come to lie where the process wants them; the
 * first step lifts them off those places. */
static void become(const char *path, const char *directory, const int *fds)
{
	static char *nothing[] = { NULL };
	const char *argv[] = { PROGRAM, directory, NULL };
	int high[WIRE_DESCRIPTORS];
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setsid();
	if (fork() != 0)
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < WIRE_DESCRIPTORS; i++)
		high[i] = fcntl(i < WIRE_CALLER ? null : fds[i], F_DUPFD,
				WIRE_DESCRIPTORS);
	for (int i = 0; i < WIRE_DESCRIPTORS; i++)
		if (high[i] < 0)
			close(i);
		else
			dup2(high[i], i);
	syscall(SYS_close_range, (unsigned)WIRE_DESCRIPTORS, ~0U, 0U);
	execve(path, (char *const *)(uintptr_t)argv, nothing);
	_exit(127);
}

/* Starts the program; *ret_fd leads to it. */
static bool spawn(const char *directory, const int *fds, int *ret_fd,
		  struct error *err)
{
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	auto_free char *path = net_program(err);
	int pair[2], all[WIRE_DESCRIPTORS];
	pid_t pid;

	if (!path)
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return fail_errno(err, "cannot start %s", PROGRAM);
	memcpy(all, fds, sizeof(all));
	all[WIRE_CALLER] = pair[1];
	pid = fork();
	if (pid == 0)
		become(path, directory, all);
	close(pair[1]);
	if (pid < 0 || setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience,
				  sizeof(patience)) != 0) {
		close(pair[0]);
		return fail_errno(err, "cannot start %s", PROGRAM);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	*ret_fd = pair[0];
	return true;
}

bool net_begin(const struct net *net, uint16_t *ret_port,
	       struct net_starting *ret_starting, struct error *err)
{
	auto_free struct wire_request *request = calloc(1, sizeof(*request));
	auto_close int caller = -1, listener = -1, control = -1;
	int fds[WIRE_DESCRIPTORS];
	uint16_t port = 0;

	if (!request)
		return fail_memory(err);
	request->version = WIRE_VERSION;
	request->verb = WIRE_START;
	if (!describe(net, &request->guest, err) ||
	    !wire_policy(&net->policy, &request->policy, err) ||
	    !listen_machine(&listener, &port, err) ||
	    !listen_path(net->directory, WIRE_CONTROL, SOCK_SEQPACKET,
			 geteuid(), &control, err))
		return false;
	fds[WIRE_LISTENER] = listener;
	fds[WIRE_CHANGES] = control;
	fds[WIRE_LIFELINE] = net->lifeline;
	if (!spawn(net->directory, fds, &caller, err))
		return false;
	/* one that has ended already is told of by net_finish() */
	(void)!send(caller, request, sizeof(*request), MSG_NOSIGNAL);
	*ret_port = port;
	ret_starting->fd = take_fd(caller);
	ret_starting->forward_count = net->policy.forward_count;
	return true;
}

bool net_finish(struct net_starting *starting, uint16_t *ret_ports,
		pid_t *ret_pid, struct error *err)
{
	auto_close int fd = take_fd(starting->fd);
	struct wire_reply reply;

	if (recv(fd, &reply, sizeof(reply), 0) != sizeof(reply))
		return fail(err, FAULT_HOST,
			    "%s does not start: is libslirp installed?",
			    PROGRAM);
	if (*reply.failure)
		return fail(err, FAULT_HOST, "the instance's network: %.*s",
			    (int)sizeof(reply.failure), reply.failure);
	*ret_pid = reply.pid;
	if (starting->forward_count)
		memcpy(ret_ports, reply.ports,
		       starting->forward_count * sizeof(*ret_ports));
	return true;
}

bool net_start(const struct net *net, uint16_t *ret_port, uint16_t *ret_ports,
	       pid_t *ret_pid, struct error *err)
{
	struct net_starting starting;
	uint16_t port = 0;

	if (!net_begin(net, &port, &starting, err) ||
	    !net_finish(&starting, ret_ports, ret_pid, err))
		return false;
	*ret_port = port;
	return true;
}
