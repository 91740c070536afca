/* main.c - qami-net: the other end of one machine's network card
 *
 * Its directory is the only argument, and that is for people who look at a
 * list of processes; what it is to do comes on a socket (launcher/net/wire.h).
 * It asks the kernel what it must know, gives everything up, says that it is
 * there, and then carries frames until its machine ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/clock.h"
#include "launcher/net/process/host.h"
#include "launcher/net/process/sandbox.h"
#include "launcher/net/process/stack.h"
#include "launcher/net/process/stream.h"

/* How long one waits for a machine, and for a caller's request. */
#define MACHINE_USEC (60 * USEC_PER_SEC)
#define REQUEST_USEC (5 * USEC_PER_SEC)

#define NOBODY 65534

/* What libslirp is answered in the guest's name. It must not be while it sends:
 * a reset frees the connection that it is about to go on with. */
#define ANSWERS_MOST 32

struct answers {
	uint8_t frames[ANSWERS_MOST][FRAME_ANSWER];
	size_t sizes[ANSWERS_MOST];
	size_t count;
};

struct process {
	struct subnet subnet;
	struct stream stream;
	struct stack stack;
	struct host host;
	struct polls polls;
	struct answers answers;
	int listener; /* -1: the machine has come */
	int caller;   /* who is about to ask for a change, -1: nobody */
	int spare;    /* a caller's place, kept free of the guest's sockets */
	usec_t machine_until, caller_until;
	struct wire_request request;
};

static void from_guest(void *data, uint8_t *frame, size_t size)
{
	struct process *process = data;
	uint8_t answer[FRAME_ANSWER];
	size_t answer_size;

	switch (frame_from_guest(&process->subnet, frame, size, answer,
				 &answer_size)) {
	case FRAME_PASS:
		stack_input(&process->stack, frame, size);
		break;
	case FRAME_ANSWER_IT:
		stream_add(&process->stream, answer, answer_size);
		break;
	case FRAME_DROP:
		break;
	}
}

static void to_guest(void *data, uint8_t *frame, size_t size)
{
	struct process *process = data;
	struct answers *answers = &process->answers;
	uint8_t answer[FRAME_ANSWER];
	size_t answer_size;

	switch (frame_to_guest(&process->subnet, frame, size, answer,
			       &answer_size)) {
	case FRAME_PASS:
		stream_add(&process->stream, frame, size);
		break;
	case FRAME_ANSWER_IT:
		if (answers->count == ANSWERS_MOST)
			break; /* it will send that again */
		memcpy(answers->frames[answers->count], answer, answer_size);
		answers->sizes[answers->count++] = answer_size;
		break;
	case FRAME_DROP:
		break;
	}
}

/* Gives libslirp its answers; what it says to them is not answered now. */
static void give_answers(struct process *process)
{
	struct answers *answers = &process->answers;
	size_t count = answers->count;

	for (size_t i = 0; i < count; i++)
		stack_input(&process->stack, answers->frames[i],
			    answers->sizes[i]);
	answers->count = 0;
}

/* Lets a policy be true. What it takes away is gone even if what it gives
 * cannot be had. */
static bool apply(struct process *process, const struct wire_policy *policy,
		  uint16_t *ret_ports, struct error *err)
{
	struct wire_policy *now = &process->subnet.policy;
	bool done;

	if (policy->forward_count > WIRE_FORWARDS ||
	    policy->rule_count > WIRE_RULES)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "there are too many rules");
	for (uint32_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].prefix > 32)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "there is no range of /%u",
				    policy->rules[i].prefix);
	*now = *policy;
	done = stack_forward(&process->stack, policy->forwards,
			     policy->forward_count, ret_ports, err);
	now->forward_count = (uint32_t)process->stack.forward_count;
	memcpy(now->forwards, process->stack.forwards, sizeof(now->forwards));
	return done;
}

static void reply(int fd, struct wire_reply *answer, const struct error *err)
{
	answer->version = WIRE_VERSION;
	answer->pid = getpid();
	if (err->fault)
		snprintf(answer->failure, sizeof(answer->failure), "%s",
			 err->text);
	/* who does not wait for it does not get it */
	(void)!send(fd, answer, sizeof(*answer), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void dismiss(struct process *process)
{
	close(process->caller);
	process->caller = -1;
	process->spare = fcntl(WIRE_STANDARD, F_DUPFD, WIRE_DESCRIPTORS);
}

static void answer_caller(struct process *process)
{
	struct wire_request *request = &process->request;
	struct wire_reply answer = { 0 };
	struct error err = { FAULT_NONE };
	ssize_t got =
		recv(process->caller, request, sizeof(*request), MSG_DONTWAIT);

	if (got == sizeof(*request) && request->version == WIRE_VERSION &&
	    request->verb == WIRE_END)
		_exit(0);
	if (got != sizeof(*request) || request->version != WIRE_VERSION ||
	    request->verb != WIRE_CHANGE)
		fail(&err, FAULT_UNAVAILABLE,
		     "the network's process is of another version of qami");
	else if (!apply(process, &request->policy, answer.ports, &err))
		answer.pid = 0;
	reply(process->caller, &answer, &err);
	dismiss(process);
}

/* The file system lets nobody connect but our own user and root. In a user
 * namespace root is nobody, too. */
static void meet_caller(struct process *process)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	close(process->spare);
	process->caller = accept(WIRE_CHANGES, NULL, NULL);
	process->caller_until = clock_monotonic() + REQUEST_USEC;
	if (getsockopt(process->caller, SOL_SOCKET, SO_PEERCRED, &peer,
		       &size) != 0 ||
	    (peer.uid != process->subnet.guest.starter && peer.uid != 0 &&
	     peer.uid != NOBODY))
		dismiss(process);
}

/* The port is everybody's on this host: a stranger is sent away. */
static void meet_machine(struct process *process)
{
	struct error ignored = { FAULT_NONE };
	auto_close int fd =
		accept4(process->listener, NULL, NULL, SOCK_NONBLOCK);
	int yes = 1;
	uid_t user;

	if (fd < 0 || !host_peer(&process->host, fd, &user, &ignored) ||
	    user != process->subnet.guest.qemu_user)
		return;
	/* a frame that waits for others would be late; it is none the worse */
	(void)!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	process->stream.fd = take_fd(fd);
	close(process->listener);
	close(process->host.sockets);
	process->listener = -1;
}

static void learn_addresses(struct process *process)
{
	struct error err = { FAULT_NONE };

	/* not knowing what is forbidden, nothing can be allowed */
	if (!host_changed(&process->host, &err))
		_exit(1);
	process->subnet.own = process->host.addresses;
	process->subnet.own_count = process->host.count;
}

/* Milliseconds until the next thing that we wait for ourselves. */
static uint32_t patience(const struct process *process)
{
	usec_t now = clock_monotonic();
	usec_t left = USEC_PER_SEC * 3600;

	if (process->listener >= 0)
		left = process->machine_until - now;
	if (process->caller >= 0 && process->caller_until - now < left)
		left = process->caller_until - now;
	return left < 0 ? 0 : (uint32_t)((left + 999) / 1000);
}

static bool expired(usec_t until)
{
	return clock_monotonic() >= until;
}

/* Our own descriptors, at fixed places before libslirp's. */
enum { MACHINE, CALLERS, CALLER, ADDRESSES, OURS };

static void fill(struct process *process)
{
	struct polls *polls = &process->polls;
	const struct stream *stream = &process->stream;
	short wanted = POLLIN;

	if (stream_waits(stream))
		wanted |= POLLOUT;
	polls->count = 0;
	polls_add(polls,
		  process->listener >= 0 ? process->listener : stream->fd,
		  wanted);
	polls_add(polls, process->caller < 0 ? WIRE_CHANGES : -1, POLLIN);
	polls_add(polls, process->caller, POLLIN);
	polls_add(polls, process->host.events, POLLIN);
}

static void serve_ours(struct process *process)
{
	const struct pollfd *fds = process->polls.fds;

	if (fds[ADDRESSES].revents)
		learn_addresses(process);
	if (fds[CALLER].revents)
		answer_caller(process);
	else if (process->caller >= 0 && expired(process->caller_until))
		dismiss(process);
	if (fds[CALLERS].revents)
		meet_caller(process);
}

/* False when the machine is gone, or never came. */
static bool serve_machine(struct process *process)
{
	if (process->listener >= 0) {
		if (process->polls.fds[MACHINE].revents)
			meet_machine(process);
		return process->listener < 0 ||
		       !expired(process->machine_until);
	}
	if (process->polls.fds[MACHINE].revents &
		    (POLLIN | POLLERR | POLLHUP) &&
	    !stream_read(&process->stream, from_guest, process))
		return false;
	return stream_flush(&process->stream);
}

static void carry(struct process *process)
{
	bool failed = false;

	do {
		uint32_t timeout;

		give_answers(process);
		fill(process);
		timeout = patience(process);
		process->stack.paused = stream_full(&process->stream);
		stack_fill(&process->stack, &timeout);
		failed = poll(process->polls.fds, process->polls.count,
			      (int)timeout) < 0;
		if (!failed)
			serve_ours(process);
		stack_done(&process->stack, failed);
	} while (failed || serve_machine(process));
}

/* Everything that needs a right or a file. */
static bool begin(struct process *process, const char *directory,
		  uint16_t *ret_ports, struct error *err)
{
	const struct wire_request *request = &process->request;

	if (chdir(directory) != 0)
		return fail_errno(err, "%s", directory);
	subnet_init(&process->subnet, &request->guest);
	process->stack = (struct stack){
		.subnet = &process->subnet,
		.polls = &process->polls,
		.send = to_guest,
		.data = process,
	};
	if (!host_open(&process->host, err) ||
	    !stack_open(&process->stack, err) ||
	    !sandbox_enter(&request->guest, err))
		return false;
	process->subnet.own = process->host.addresses;
	process->subnet.own_count = process->host.count;
	process->spare = fcntl(WIRE_STANDARD, F_DUPFD, WIRE_DESCRIPTORS);
	process->machine_until = clock_monotonic() + MACHINE_USEC;
	return apply(process, &request->policy, ret_ports, err);
}

int main(int argc, char **argv)
{
	static struct process process = {
		.stream.fd = -1,
		.listener = WIRE_LISTENER,
		.caller = -1,
		.spare = -1,
	};
	struct wire_reply answer = { 0 };
	struct error err = { FAULT_NONE };
	bool begun;

	/* libslirp writes to whoever has gone; a caller may ignore anything */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	if (argc != 2 ||
	    recv(WIRE_CALLER, &process.request, sizeof(process.request), 0) !=
		    sizeof(process.request)) {
		fprintf(stderr, "qami-net is started by qami\n");
		return 1;
	}
	begun = begin(&process, argv[1], answer.ports, &err);
	reply(WIRE_CALLER, &answer, &err);
	close(WIRE_CALLER);
	if (begun)
		carry(&process);
	_exit(begun ? 0 : 1);
}
