/* spare.c - one message over a socket pair: a task and its descriptors */
#include "launcher/domain/spare.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES 3

#define STARTING (-1)

static struct {
	atomic_int pid; /* 0: none, or used up; or STARTING */
	atomic_int socket;
} spare;

/* Room for the descriptors, aligned as the kernel wants it. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int) * FILES)];
};

/* Nothing of the caller's but standard error, for a pipe that stays open keeps
 * its reader waiting. */
static void let_go(int socket)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, 0);
	dup2(null, 1);
	dup2(socket, 3);
	syscall(SYS_close_range, 4U, ~0U, 0U);
}

/* In the child: waits for its task, as what it is or as a fresh program. */
__attribute__((noreturn)) static void child_main(int socket,
						 void (*wait)(int socket))
{
	const char *const argv[] = { DRIVER_NAME, NULL };

	setsid();
	let_go(socket);
	if (wait)
		wait(3);
	else
		execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
	_exit(0);
}

void spare_start(void (*wait)(int socket))
{
	int none = 0;
	int ends[2];
	pid_t pid;

	if (!atomic_compare_exchange_strong(&spare.pid, &none, STARTING))
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		spare.pid = 0;
		return;
	}
	pid = fork();
	if (pid == 0)
		child_main(ends[1], wait);
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	else
		spare.socket = ends[0];
	spare.pid = pid < 0 ? 0 : pid;
}

/* Takes it, so that nobody else does; 0 if there is none. */
static pid_t spare_take(int *ret_socket)
{
	int pid = spare.pid;

	*ret_socket = spare.socket;
	return pid > 0 && atomic_compare_exchange_strong(&spare.pid, &pid, 0) ?
		       pid :
		       0;
}

void spare_end(void)
{
	int socket;
	pid_t pid = spare_take(&socket);

	if (!pid)
		return;
	close(socket);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

pid_t spare_send(const char *home, enum driver_task task,
		 const struct driver_files *files)
{
	const int fds[FILES] = { files->text, files->answer, files->turn };
	struct driver_order order = { .task = task };
	struct iovec part = { &order, sizeof(order) };
	union control control = { .room = { 0 } };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int socket;
	pid_t pid = spare_take(&socket);
	bool sent;

	if (!pid)
		return 0;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	sent = (size_t)snprintf(order.home, sizeof(order.home), "%s", home) <
		       sizeof(order.home) &&
	       sendmsg(socket, &message, MSG_NOSIGNAL) ==
		       (ssize_t)sizeof(order);
	close(socket);
	if (sent)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

bool spare_receive(int socket, struct driver_order *ret_order,
		   struct driver_files *ret_files)
{
	struct iovec part = { ret_order, sizeof(*ret_order) };
	union control control;
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fds[FILES];

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) !=
		    (ssize_t)sizeof(*ret_order) ||
	    message.msg_controllen < CMSG_LEN(sizeof(fds)) ||
	    control.header.cmsg_type != SCM_RIGHTS)
		return false;
	memcpy(fds, CMSG_DATA(&control.header), sizeof(fds));
	*ret_files = (struct driver_files){ fds[0], fds[1], fds[2] };
	return true;
}
