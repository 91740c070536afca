/* watch.c - following the machines of a store, as a process that stays can */
#include "launcher/instance/watch.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "images/base/id.h"
#include "images/base/log.h"
#include "launcher/domain/domain.h"
#include "launcher/instance/reconcile.h"

/* Between two looks, unless something happens; and how much longer than the
 * look itself it is at least, so that asking stays a small part of the work. */
#define EACH_USEC USEC_PER_SEC
#define EACH_TIMES 10

/* How often a daemon is looked for that cannot be reached. */
#define HEAR_EACH (5 * USEC_PER_SEC)

/* A process is known by its number and machine: the number alone may be
 * another's by now. */
struct watched {
	pid_t pid;
	char uuid[UUID_SIZE];
	bool seen; /* in the look that is under way */
};

struct watch {
	struct watched *all;
	struct pollfd *fds; /* one more: of who wakes us */
	size_t count;
	size_t room;
	usec_t next; /* when to look again */

	/* A daemon whose machines are running: there shall be a connection on
	 * which it tells of them. When that was last seen to. */
	char *daemon;
	usec_t heard;
};

bool watch_open(struct watch **ret_watch, struct error *err)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return fail_memory(err);
	*ret_watch = watch;
	return true;
}

void watch_close(struct watch *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; i < watch->count; i++)
		close(watch->fds[i].fd);
	free(watch->daemon);
	free(watch->all);
	free(watch->fds);
	free(watch);
}

static bool grow(struct watch *watch)
{
	size_t room = watch->room ? 2 * watch->room : 16;
	struct watched *all =
		reallocarray(watch->all, room, sizeof(*watch->all));
	struct pollfd *fds;

	if (!all)
		return false;
	watch->all = all;
	fds = reallocarray(watch->fds, room + 1, sizeof(*fds));
	if (!fds)
		return false;
	watch->fds = fds;
	watch->room = room;
	return true;
}

/* Sees to it that a daemon tells of its machines. Where connections are kept,
 * one that is opened once is heard until it breaks. */
static void hear(struct watch *watch, const char *uri)
{
	usec_t now = clock_monotonic();
	struct hypervisor *hypervisor;
	struct error err = { FAULT_NONE };

	if (strncmp(uri, "qemu:///embed", 13) == 0)
		return;
	if (watch->daemon && strcmp(watch->daemon, uri) == 0 &&
	    now < watch->heard + HEAR_EACH)
		return;
	free(watch->daemon);
	watch->daemon = strdup(uri);
	watch->heard = now;
	if (hypervisor_open(uri, 0, &hypervisor, &err))
		hypervisor_close(hypervisor);
	else
		log_info("%s", err.text);
}

/* Notes a process. One that cannot be noted is found by asking alone. */
static void note(void *data, const char *uri, const char *uuid, pid_t pid)
{
	struct watch *watch = data;
	int fd;

	hear(watch, uri);
	for (size_t i = 0; i < watch->count; i++)
		if (watch->all[i].pid == pid &&
		    strcmp(watch->all[i].uuid, uuid) == 0) {
			watch->all[i].seen = true;
			return;
		}
	if (pid <= 0 || strlen(uuid) >= UUID_SIZE ||
	    (watch->count == watch->room && !grow(watch)))
		return;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* looked at with the descriptor in hand: it is that machine's */
	if (fd >= 0 && !machine_alive(pid, uuid)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		return;
	watch->all[watch->count] = (struct watched){ .pid = pid, .seen = true };
	strcpy(watch->all[watch->count].uuid, uuid);
	watch->fds[watch->count] = (struct pollfd){ fd, POLLIN, 0 };
	watch->count++;
}

/* Forgets a process; the last one takes its place. */
static void forget(struct watch *watch, size_t i)
{
	close(watch->fds[i].fd);
	watch->count--;
	watch->all[i] = watch->all[watch->count];
	watch->fds[i] = watch->fds[watch->count];
}

bool watch_look(struct watch *watch, struct call *call, bool news,
		struct error *err)
{
	usec_t begin = clock_monotonic(), pause;
	bool ok;

	for (size_t i = 0; i < watch->count; i++)
		watch->all[i].seen = false;
	ok = reconcile_everybody(call, news, note, watch, err);
	for (size_t i = watch->count; ok && i-- > 0;)
		if (!watch->all[i].seen)
			forget(watch, i);
	pause = (clock_monotonic() - begin) * EACH_TIMES;
	watch->next =
		clock_monotonic() + (pause > EACH_USEC ? pause : EACH_USEC);
	return ok;
}

void watch_wait(struct watch *watch, int fd)
{
	usec_t left = watch->next - clock_monotonic();

	if (!watch->room && !grow(watch))
		return;
	watch->fds[watch->count] = (struct pollfd){ fd, POLLIN, 0 };
	if (poll(watch->fds, watch->count + 1,
		 left > 0 ? (int)(left / 1000) + 1 : 0) <= 0)
		return;
	/* what has ended is looked at once more, then asked about */
	for (size_t i = watch->count; i-- > 0;)
		if (watch->fds[i].revents)
			forget(watch, i);
}
