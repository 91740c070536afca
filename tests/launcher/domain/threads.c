/* threads.c - machines of a process that has threads
 *
 * A fork beside a thread may inherit a lock that nobody ever unlocks; so the
 * driver's process becomes this program again, and main() passes it on.
 */
#include "tests/launcher/domain/testing.h"

#include <dlfcn.h>
#include <pthread.h>
#include <pwd.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

static atomic_bool enough;

static void on_news(void *data)
{
	(void)data;
}

/* Holds the loader's, the time zone's and the accounts' locks, most of the
 * time. */
static void *make_noise(void *data)
{
	while (!atomic_load(&enough)) {
		struct passwd entry, *found;
		time_t now = time(NULL);
		char room[4096];
		struct tm tm;
		void *library = dlopen("libz.so.1", RTLD_NOW);

		if (library)
			dlclose(library);
		localtime_r(&now, &tm);
		getpwnam_r("nobody", &entry, room, sizeof(room), &found);
	}
	return data;
}

int main(int argc, char **argv)
{
	struct hypervisor *hypervisor;
	struct error err = { FAULT_NONE };
	auto_free char *store = NULL;
	pthread_t thread;

	hypervisor_driver(argc, argv);
	assert(setenv("QAMI_CONNECT", "embed", 1) == 0);
	store = store_make("t");
	hypervisor = embed_open(store);
	assert(pthread_create(&thread, NULL, make_noise, NULL) == 0);
	for (unsigned i = 0; i < 8; i++) {
		struct testee testee;
		pid_t pid;

		/* the second half by processes that are started in advance */
		if (i == 4)
			must(hypervisor_keep(on_news, NULL, &err), &err);
		testee_make(&testee, store);
		must(machine_start(hypervisor, &testee.machine, &pid, &err),
		     &err);
		assert(state_of(hypervisor, testee.uuid) == MACHINE_RUNNING);
		must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	}
	atomic_store(&enough, true);
	pthread_join(thread, NULL);
	hypervisor_close(hypervisor);
	hypervisor_unkeep();
	assert(waitpid(-1, NULL, WNOHANG) == -1); /* none is left over */
	return 0;
}
