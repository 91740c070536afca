/* kept.c - connections to daemons that stay open, and what is heard on them
 *
 * A few to each, because a daemon works on five requests of one connection at
 * a time. The first one hears of machines. libvirt's event loop runs on a
 * thread of its own; a connection that broke is replaced by who needs it next.
 */
#include "launcher/domain/kept.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/log.h"
#include "launcher/domain/ops.h"

#define CONNECTIONS 4 /* to one URI */

/* A daemon that says nothing for so long is taken for dead. */
#define ALIVE_SECONDS 5
#define ALIVE_TIMES 6

struct kept {
	struct kept *next;
	char *uri;
	bool hears;	/* the first to its URI */
	unsigned users; /* guarded by `keeping` */
	pthread_mutex_t mutex;
	virConnectPtr connection; /* guarded by the mutex; NULL: none yet */
	int events[2];
};

static struct {
	pthread_mutex_t mutex;
	struct kept *all;
	bool on;
	void (*happened)(void *data);
	void *data;
	pthread_t thread;
	atomic_bool end;
} keeping = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void tell(void)
{
	keeping.happened(keeping.data);
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain,
			int event, int detail, void *data)
{
	(void)connection, (void)domain, (void)event, (void)detail, (void)data;
	tell();
	return 0;
}

static void on_io_error(virConnectPtr connection, virDomainPtr domain,
			const char *path, const char *alias, int action,
			void *data)
{
	(void)connection, (void)domain, (void)path, (void)alias, (void)action;
	(void)data;
	tell();
}

static void on_close(virConnectPtr connection, int reason, void *data)
{
	(void)connection, (void)data;
	if (reason != VIR_CONNECT_CLOSE_REASON_CLIENT)
		tell();
}

static void hear(struct kept *kept)
{
	virConnectPtr connection = kept->connection;

	kept->events[0] = virConnectDomainEventRegisterAny(
		connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
		VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), NULL, NULL);
	kept->events[1] = virConnectDomainEventRegisterAny(
		connection, NULL, VIR_DOMAIN_EVENT_ID_IO_ERROR,
		VIR_DOMAIN_EVENT_CALLBACK(on_io_error), NULL, NULL);
	if (kept->events[0] < 0 || kept->events[1] < 0 ||
	    virConnectRegisterCloseCallback(connection, on_close, NULL, NULL))
		log_info("%s tells nothing of its machines: %s", kept->uri,
			 virGetLastErrorMessage());
}

/* Gives up what is there; those who use it still have it. */
static void drop(struct kept *kept)
{
	if (!kept->connection)
		return;
	for (int i = 0; kept->hears && i < 2; i++)
		if (kept->events[i] >= 0)
			virConnectDomainEventDeregisterAny(kept->connection,
							   kept->events[i]);
	if (kept->hears)
		virConnectUnregisterCloseCallback(kept->connection, on_close);
	virConnectClose(kept->connection);
	kept->connection = NULL;
}

/* The one that is least used, or another one while all are and there may be
 * more; one more uses it. */
static struct kept *choose(const char *uri)
{
	struct kept *found = NULL, **end = &keeping.all;
	unsigned count = 0;

	for (; *end; end = &(*end)->next) {
		if (strcmp((*end)->uri, uri) != 0)
			continue;
		count++;
		if (!found || (*end)->users < found->users)
			found = *end;
	}
	if (!found || (found->users && count < CONNECTIONS)) {
		struct kept *kept = calloc(1, sizeof(*kept));

		if (kept)
			kept->uri = strdup(uri);
		if (kept && kept->uri) {
			pthread_mutex_init(&kept->mutex, NULL);
			kept->hears = !found;
			*end = found = kept;
		} else {
			free(kept);
		}
	}
	if (found)
		found->users++;
	return found;
}

static virConnectPtr open_new(struct kept *kept)
{
	virConnectPtr connection = virConnectOpen(kept->uri);

	/* a machine may be gone that nobody has told us of */
	if (connection && kept->hears)
		tell();
	if (connection &&
	    virConnectSetKeepAlive(connection, ALIVE_SECONDS, ALIVE_TIMES) < 0)
		log_debug("%s: %s", kept->uri, virGetLastErrorMessage());
	return connection;
}

bool kept_take(const char *uri, struct kept **ret_kept,
	       virConnectPtr *ret_connection, struct error *err)
{
	struct kept *kept;

	pthread_mutex_lock(&keeping.mutex);
	kept = keeping.on ? choose(uri) : NULL;
	pthread_mutex_unlock(&keeping.mutex);
	*ret_kept = kept;
	if (!kept)
		return true;
	pthread_mutex_lock(&kept->mutex);
	if (kept->connection && virConnectIsAlive(kept->connection) != 1)
		drop(kept);
	if (!kept->connection && (kept->connection = open_new(kept)) &&
	    kept->hears)
		hear(kept);
	*ret_connection = kept->connection;
	if (kept->connection)
		virConnectRef(kept->connection);
	else
		fail_libvirt(err, uri);
	pthread_mutex_unlock(&kept->mutex);
	if (*ret_connection)
		return true;
	kept_release(kept, NULL);
	return false;
}

void kept_release(struct kept *kept, virConnectPtr connection)
{
	if (connection)
		virConnectClose(connection);
	pthread_mutex_lock(&keeping.mutex);
	kept->users--;
	pthread_mutex_unlock(&keeping.mutex);
}

static void *loop_main(void *data)
{
	while (!atomic_load(&keeping.end))
		if (virEventRunDefaultImpl() != 0)
			usleep(100000);
	return data;
}

bool domain_hypervisor_keep(void (*happened)(void *data), void *data,
			    struct error *err)
{
	if (!libvirt_prepare(err))
		return false;
	if (virEventRegisterDefaultImpl() != 0)
		return fail_libvirt(err, "no event loop");
	keeping.happened = happened;
	keeping.data = data;
	atomic_store(&keeping.end, false);
	errno = pthread_create(&keeping.thread, NULL, loop_main, NULL);
	if (errno)
		return fail_errno(err, "cannot start a thread");
	pthread_mutex_lock(&keeping.mutex);
	keeping.on = true;
	pthread_mutex_unlock(&keeping.mutex);
	return true;
}

static void wake_loop(int timer, void *data)
{
	(void)data;
	virEventRemoveTimeout(timer);
}

void domain_hypervisor_unkeep(void)
{
	struct kept *kept;

	pthread_mutex_lock(&keeping.mutex);
	kept = keeping.all;
	keeping.all = NULL;
	keeping.on = false;
	pthread_mutex_unlock(&keeping.mutex);
	while (kept) {
		struct kept *next = kept->next;

		drop(kept);
		pthread_mutex_destroy(&kept->mutex);
		free(kept->uri);
		free(kept);
		kept = next;
	}
	atomic_store(&keeping.end, true);
	virEventAddTimeout(0, wake_loop, NULL, NULL);
	pthread_join(keeping.thread, NULL);
}
