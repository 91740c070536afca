/* embedded.c - machines under the embedded driver, through their lives
 *
 * As whoever runs the test: root's QEMU runs as another user, anybody else's
 * as himself.
 */
#include "tests/launcher/domain/testing.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void start(struct hypervisor *hypervisor, struct testee *testee)
{
	struct error err = { FAULT_NONE };
	pid_t pid = 0;

	must(machine_start(hypervisor, &testee->machine, &pid, &err), &err);
	assert(pid > 0 && machine_alive(pid, testee->uuid));
	assert(machine_alive(0, testee->uuid));
	assert(state_of(hypervisor, testee->uuid) == MACHINE_RUNNING);
}

static void destroy(struct hypervisor *hypervisor, const char *uuid)
{
	struct error err = { FAULT_NONE };

	must(machine_destroy(hypervisor, uuid, &err), &err);
	assert(!machine_alive(0, uuid));
	assert(state_of(hypervisor, uuid) == MACHINE_ABSENT);
}

/* What machine_each() found. */
struct found {
	unsigned count;
	const char *id;
	const char *uuid;
};

static bool count(void *data, const char *id, const char *uuid)
{
	struct found *found = data;

	found->count++;
	if (found->id)
		assert(strcmp(id, found->id) == 0 &&
		       strcmp(uuid, found->uuid) == 0);
	return true;
}

static unsigned count_machines(struct hypervisor *hypervisor, const char *store,
			       const struct testee *only)
{
	struct found found = { 0, only ? only->id : NULL,
			       only ? only->uuid : NULL };
	struct error err = { FAULT_NONE };

	must(machine_each(hypervisor, store, count, &found, &err), &err);
	return found.count;
}

static void check_life(const char *store)
{
	struct hypervisor *hypervisor = embed_open(store);
	struct error err = { FAULT_NONE };
	auto_free char *pty = NULL;
	struct testee testee;
	struct stat st;
	pid_t pid;

	testee_make(&testee, store);
	assert(state_of(hypervisor, testee.uuid) == MACHINE_ABSENT);
	must(machine_press_power(hypervisor, testee.uuid, &err), &err);
	destroy(hypervisor, testee.uuid);

	start(hypervisor, &testee);
	assert(!machine_start(hypervisor, &testee.machine, &pid, &err));
	assert(err.fault == FAULT_INSTANCE_STATE);
	error_clear(&err);
	assert(count_machines(hypervisor, store, &testee) == 1);
	assert(count_machines(hypervisor, "/elsewhere", NULL) == 0);
	must(machine_console(hypervisor, testee.uuid, &pty, &err), &err);
	assert(stat(pty, &st) == 0 && S_ISCHR(st.st_mode));
	/* the firmware's own words, in a file that stays its owner's */
	await_text(testee.log, "SeaBIOS", 60);
	assert(stat(testee.log, &st) == 0 && st.st_uid == geteuid() &&
	       (st.st_mode & 0777) == 0600);
	must(machine_press_power(hypervisor, testee.uuid, &err), &err);
	destroy(hypervisor, testee.uuid);
	assert(count_machines(hypervisor, store, NULL) == 0);
	assert(!machine_console(hypervisor, testee.uuid, &pty, &err));

	/* the same machine again, at once */
	start(hypervisor, &testee);
	destroy(hypervisor, testee.uuid);
	hypervisor_close(hypervisor);
}

/* A machine that cannot start says why and leaves nothing. */
static void check_refusal(const char *store)
{
	static const struct machine_file none[] = { { "/nowhere.raw", "raw" } };
	static const struct machine_disk disk = { "vda", NULL, none, 1, false };
	struct hypervisor *hypervisor = embed_open(store);
	struct error err = { FAULT_NONE };
	struct testee testee;
	pid_t pid;

	testee_make(&testee, store);
	testee.machine.disks = &disk;
	testee.machine.disk_count = 1;
	assert(!machine_start(hypervisor, &testee.machine, &pid, &err));
	assert(strstr(err.text, "/nowhere.raw"));
	assert(state_of(hypervisor, testee.uuid) == MACHINE_ABSENT);
	hypervisor_close(hypervisor);
}

/* libvirt cannot open its embedded driver more than twenty times in a process,
 * nor a second one in it. */
static void check_reopening(const char *store, const char *other)
{
	for (unsigned i = 0; i < 24; i++) {
		struct hypervisor *one = embed_open(store);
		struct hypervisor *two = embed_open(other);
		struct testee testee;

		testee_make(&testee, i % 2 ? store : other);
		start(i % 2 ? one : two, &testee);
		destroy(i % 2 ? one : two, testee.uuid);
		hypervisor_close(one);
		hypervisor_close(two);
	}
}

#define CROWD 6

static void check_crowd(const char *store)
{
	struct hypervisor *hypervisor = embed_open(store);
	struct testee crowd[CROWD];
	pid_t pids[CROWD];

	for (unsigned i = 0; i < CROWD; i++) {
		testee_make(&crowd[i], store);
		pids[i] = fork();
		if (pids[i] == 0) {
			start(hypervisor, &crowd[i]);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < CROWD; i++) {
		int status;

		assert(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
	}
	assert(count_machines(hypervisor, store, NULL) == CROWD);
	for (unsigned i = 0; i < CROWD; i++)
		destroy(hypervisor, crowd[i].uuid);
	hypervisor_close(hypervisor);
}

/* Kills every child that the process has now: the one that drives libvirt. */
static void kill_children(pid_t pid)
{
	char path[64];
	auto_buf text = BUF_INIT;
	struct error err = { FAULT_NONE };
	const char *c;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
		 (int)pid);
	if (!file_read(path, 4096, &text, &err))
		return;
	for (c = buf_text(&text); *c; c += strspn(c, " ")) {
		kill((pid_t)atoi(c), SIGKILL);
		c += strcspn(c, " ");
	}
}

/* Whoever is killed in the middle of a launch, and whenever: nothing is left
 * that a destroy would not find, and the machine can be started again. */
static void check_kill(const char *store, bool both, unsigned delay)
{
	struct hypervisor *hypervisor = embed_open(store);
	struct testee testee;
	enum machine_state state;
	pid_t pid;

	testee_make(&testee, store);
	pid = fork();
	if (pid == 0) {
		start(hypervisor, &testee);
		pause();
	}
	usleep(delay);
	if (both)
		kill_children(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	state = state_of(hypervisor, testee.uuid);
	assert(state == MACHINE_ABSENT || state == MACHINE_RUNNING ||
	       state == MACHINE_CRASHED);
	if (state != MACHINE_ABSENT)
		assert(machine_alive(0, testee.uuid));
	destroy(hypervisor, testee.uuid);
	start(hypervisor, &testee);
	destroy(hypervisor, testee.uuid);
	hypervisor_close(hypervisor);
}

int main(void)
{
	/* longer than libvirt's sockets allow */
	auto_free char *store = store_make("a");
	auto_free char *far =
		store_make("a-store-whose-path-is-much-longer/than-the-"
			   "address-of-a-unix-socket-may-be/so-that-another-"
			   "way-to-it-has-to-be-found");

	check_life(store);
	check_refusal(store);
	check_crowd(store);
	for (unsigned i = 0; i < 12; i++)
		check_kill(store, i % 2, i * 20000);
	check_reopening(store, far);
	return 0;
}
