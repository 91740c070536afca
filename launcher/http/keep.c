/* keep.c - the store is looked after while the server runs
 *
 * Recovery before the first request is run by the caller's thread, all that
 * follows by one thread that lives as long as the server, for children end with
 * the thread that started them. Nothing of what it does is needed by a request:
 * a server whose housekeeping fails goes on, and says why.
 */
#include "launcher/http/keep.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "images/base/log.h"
#include "images/fastrestore.h"
#include "images/lifecycle.h"
#include "images/store.h"
#include "launcher/domain/domain.h"
#include "launcher/instance/network.h"
#include "launcher/instance/recover.h"
#include "launcher/instance/watch.h"

/* How often what others left behind is looked for, unless we are told. */
#define RECOVER_EACH (5 * USEC_PER_SEC)

struct keep {
	struct store *store;
	struct watch *watch;
	pthread_t thread;
	bool started;
	int wake; /* an eventfd */
	atomic_bool soon;
	atomic_bool news; /* of a daemon's machines */
	atomic_bool end;
	usec_t recovered; /* when it was last done … */
	usec_t shown;	  /* … and what the store's clock showed then */
};

static void keep_free(struct keep *keep)
{
	watch_close(keep->watch);
	store_close(keep->store);
	if (keep->wake >= 0)
		close(keep->wake);
	free(keep);
}

/* Whether it is time to look for what became due: by either clock, for that of
 * the store may run faster, and be set. */
static bool is_time(struct keep *keep, usec_t now)
{
	usec_t shown = clock_now();

	if (!atomic_exchange(&keep->soon, false) && keep->recovered &&
	    now < keep->recovered + RECOVER_EACH && shown >= keep->shown &&
	    shown < keep->shown + RECOVER_EACH)
		return false;
	keep->recovered = now;
	keep->shown = shown;
	return true;
}

/* Recovers what has no owner, and looks at the machines; as nobody's call, of
 * the account that is there when none is named. */
static bool look(struct keep *keep, struct error *err)
{
	struct call call = { .store = keep->store,
			     .action = "serve",
			     .now = clock_now() };
	struct error unrun = { FAULT_NONE };

	if (!call_account(&call, NULL, err))
		return false;
	if (is_time(keep, clock_monotonic())) {
		/* a policy that cannot be run keeps nothing else waiting */
		if (!lifecycle_look(&call, &unrun))
			log_warning("policies: %s", unrun.text);
		if (!recover_all(&call, err))
			return false;
	}
	return watch_look(keep->watch, &call,
			  atomic_exchange(&keep->news, false), err);
}

/* What it took over and could not finish is somebody's again, too. */
static bool look_once(struct keep *keep, struct error *err)
{
	bool ok = look(keep, err);

	journal_let_go(keep->store->journal);
	return ok;
}

static void wake(struct keep *keep)
{
	if (eventfd_write(keep->wake, 1) != 0)
		log_debug("housekeeping is awake already");
}

/* By a thread of libvirt's. */
static void on_news(void *data)
{
	struct keep *keep = data;

	atomic_store(&keep->news, true);
	wake(keep);
}

/* Guests that may reach the endpoint learn where it is now. */
static void tell_guests(struct keep *keep)
{
	struct call call = { .store = keep->store,
			     .action = "serve",
			     .now = clock_now() };
	struct error err = { FAULT_NONE };

	if (!call_account(&call, NULL, &err) ||
	    !network_refresh_endpoint(&call, &err))
		log_warning("housekeeping: %s", err.text);
}

/* What is to be read without waiting is in memory again. */
static void warm(struct keep *keep)
{
	struct call call = { .store = keep->store,
			     .action = "serve",
			     .now = clock_now() };
	struct error err = { FAULT_NONE };
	uint64_t bytes;

	if (!fast_warm(&call, &bytes, &err))
		log_warning("housekeeping: %s", err.text);
	else if (bytes)
		log_info("%llu bytes of fast restores are read",
			 (unsigned long long)bytes);
}

static void *keep_main(void *data)
{
	struct keep *keep = data;
	struct error unkept = { FAULT_NONE };
	eventfd_t told;

	/* not needed before, and it takes a moment to load */
	if (!hypervisor_keep(on_news, keep, &unkept))
		log_info("%s", unkept.text);
	tell_guests(keep);
	warm(keep);
	while (!atomic_load(&keep->end)) {
		struct error err = { FAULT_NONE };

		watch_wait(keep->watch, keep->wake);
		if (eventfd_read(keep->wake, &told) != 0 && errno != EAGAIN)
			log_warning("housekeeping: cannot be woken");
		if (!atomic_load(&keep->end) && !look_once(keep, &err))
			log_warning("housekeeping: %s", err.text);
	}
	return NULL;
}

/* Signals are for the server's main thread. */
static bool start_thread(struct keep *keep, struct error *err)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	errno = pthread_create(&keep->thread, NULL, keep_main, keep);
	keep->started = errno == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return keep->started || fail_errno(err, "cannot start a thread");
}

bool keep_start(const char *store, const char *region, struct keep **ret_keep,
		struct error *err)
{
	auto_of(keep) keep = calloc(1, sizeof(*keep));

	if (!keep)
		return fail_memory(err);
	keep->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (keep->wake < 0)
		return fail_errno(err, "no eventfd");
	if (!store_open(store, region, &keep->store, err) ||
	    !watch_open(&keep->watch, err) || !look_once(keep, err) ||
	    !start_thread(keep, err))
		return false;
	*ret_keep = take(keep);
	return true;
}

void keep_soon(struct keep *keep)
{
	atomic_store(&keep->soon, true);
	wake(keep);
}

void keep_stop(struct keep *keep)
{
	if (!keep)
		return;
	atomic_store(&keep->end, true);
	if (keep->started) {
		wake(keep);
		pthread_join(keep->thread, NULL);
		hypervisor_unkeep();
	}
	keep_free(keep);
}
