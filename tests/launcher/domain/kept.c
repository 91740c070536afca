/* kept.c - connections to a daemon that stay open, and what is heard on them */
#include "tests/launcher/domain/session.h"

#include <pthread.h>
#include <stdatomic.h>

#include "launcher/domain/connect.h"

#define URI "qemu:///session"
#define THREADS 6

static atomic_uint news;

static void on_news(void *data)
{
	atomic_fetch_add((atomic_uint *)data, 1);
}

/* Waits until there was more news than that. */
static void await_news(unsigned before)
{
	usec_t end = clock_monotonic() + 20 * USEC_PER_SEC;

	while (atomic_load(&news) <= before) {
		assert(clock_monotonic() < end);
		usleep(10000);
	}
}

static struct hypervisor *daemon_open(void)
{
	struct hypervisor *hypervisor;
	struct error err = { FAULT_NONE };

	must(hypervisor_open(URI, WAIT_MS, &hypervisor, &err), &err);
	return hypervisor;
}

/* The same connection, one after the other; another one, beside each other;
 * and a first one again when there are enough. */
static void check_sharing(void)
{
	struct hypervisor *many[9], *one = daemon_open();
	void *first = one->connection, *second;

	hypervisor_close(one);
	for (int i = 0; i < 9; i++)
		many[i] = daemon_open();
	second = many[1]->connection;
	assert(many[0]->connection == first && second != first);
	for (int i = 0; i < 9; i++) {
		assert(many[i]->connection == many[i % 4]->connection);
		assert(i < 1 || i > 3 || many[i]->connection != first);
	}
	for (int i = 0; i < 9; i++)
		hypervisor_close(many[i]);
	one = daemon_open();
	assert(one->connection == first);
	hypervisor_close(one);
}

/* A machine's life, in one of many threads. */
static void *live(void *data)
{
	struct testee *testee = data;
	struct hypervisor *hypervisor = daemon_open();
	struct error err = { FAULT_NONE };
	pid_t pid;

	must(machine_start(hypervisor, &testee->machine, &pid, &err), &err);
	assert(state_of(hypervisor, testee->uuid) == MACHINE_RUNNING);
	hypervisor_close(hypervisor);
	hypervisor = daemon_open();
	must(machine_press_power(hypervisor, testee->uuid, &err), &err);
	must(machine_destroy(hypervisor, testee->uuid, &err), &err);
	assert(state_of(hypervisor, testee->uuid) == MACHINE_ABSENT);
	hypervisor_close(hypervisor);
	return NULL;
}

static void check_threads(const char *store)
{
	struct testee testees_of[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		testee_make(&testees_of[i], store);
	for (int i = 0; i < THREADS; i++)
		assert(pthread_create(&threads[i], NULL, live,
				      &testees_of[i]) == 0);
	for (int i = 0; i < THREADS; i++)
		assert(pthread_join(threads[i], NULL) == 0);
}

/* A daemon that ended is noticed, and its successor is connected to; and so is
 * a machine's end that nobody asked for. */
static void check_news(const char *store)
{
	struct hypervisor *hypervisor = daemon_open();
	struct error err = { FAULT_NONE };
	struct testee testee;
	usec_t end;
	unsigned before;
	pid_t pid, daemon = daemon_pid("libvirtd");

	testee_make(&testee, store);
	before = atomic_load(&news);
	must(machine_start(hypervisor, &testee.machine, &pid, &err), &err);
	await_news(before);
	hypervisor_close(hypervisor);

	before = atomic_load(&news);
	assert(daemon && kill(daemon, SIGKILL) == 0);
	await_news(before);
	before = atomic_load(&news);
	hypervisor = daemon_open();
	await_news(before);
	/* that may have been a late word of the machine's start */
	end = clock_monotonic() + 20 * USEC_PER_SEC;
	while (daemon_pid("libvirtd") == daemon) {
		assert(clock_monotonic() < end);
		hypervisor_close(hypervisor);
		usleep(10000);
		hypervisor = daemon_open();
	}
	assert(state_of(hypervisor, testee.uuid) == MACHINE_RUNNING);

	before = atomic_load(&news);
	assert(kill(pid, SIGKILL) == 0);
	await_news(before);
	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	hypervisor_close(hypervisor);
}

int main(void)
{
	struct error err = { FAULT_NONE };
	auto_free char *store = NULL;

	become_user();
	store = store_make("s");
	must(hypervisor_keep(on_news, &news, &err), &err);
	check_sharing();
	check_threads(store);
	check_news(store);
	hypervisor_unkeep();
	/* one of its own, as ever */
	hypervisor_close(daemon_open());
	return 0;
}
