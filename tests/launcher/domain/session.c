/* session.c - machines under the user's own daemon, which libvirt starts */
#include <sys/wait.h>

#include "launcher/domain/secret.h"
#include "tests/launcher/domain/disks.h"
#include "tests/launcher/domain/session.h"

static bool is_it(void *data, const char *id, const char *uuid)
{
	const struct testee *testee = data;

	assert(strcmp(id, testee->id) == 0);
	assert(strcmp(uuid, testee->uuid) == 0);
	return false;
}

static void check_life(struct hypervisor *hypervisor, const char *store)
{
	struct error err = { FAULT_NONE };
	auto_free char *pty = NULL;
	struct testee testee;
	pid_t pid;

	testee_make(&testee, store);
	for (unsigned again = 0; again < 2; again++) {
		must(machine_start(hypervisor, &testee.machine, &pid, &err),
		     &err);
		assert(machine_alive(pid, testee.uuid));
		assert(state_of(hypervisor, testee.uuid) == MACHINE_RUNNING);
		must(machine_each(hypervisor, store, is_it, &testee, &err),
		     &err);
		await_text(testee.log, "SeaBIOS", 60);
		must(machine_press_power(hypervisor, testee.uuid, &err), &err);
		must(machine_destroy(hypervisor, testee.uuid, &err), &err);
		assert(!machine_alive(pid, testee.uuid));
		assert(state_of(hypervisor, testee.uuid) == MACHINE_ABSENT);
		/* its end was ours, not the guest's */
		assert(!machine_shut_down("qemu:///session", testee.id));
	}
	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	must(machine_press_power(hypervisor, testee.uuid, &err), &err);
	assert(!machine_console(hypervisor, testee.uuid, &pty, &err));
}

static void attach(struct hypervisor *hypervisor, const char *uuid,
		   const char *path)
{
	struct machine_file file = { path, "qcow2" };
	const struct machine_disk disk = { NULL, "vol-b", &file, 1 };
	struct error err = { FAULT_NONE };
	bool gone = true;

	must(machine_attach(hypervisor, uuid, &disk, &err), &err);
	chain_is(hypervisor, uuid, "vol-b", "b0");
	/* no guest is there to let go of it */
	must(machine_detach(hypervisor, uuid, "vol-b", 50, &gone, &err), &err);
	assert(!gone);
}

/* Each change once: the rest is the same as under the embedded driver. */
static void check_disks(struct hypervisor *hypervisor, const char *store)
{
	static const struct machine_throttle limits = { .iops = 100 };
	auto_free char *a0 = layer_make(store, "a0", NULL, "64M");
	auto_free char *a1 = layer_make(store, "a1", "a0", NULL);
	auto_free char *a2 = layer_make(store, "a2", "a1", NULL);
	auto_free char *b0 = layer_make(store, "b0", NULL, "64M");
	struct machine_file file = { a0, "qcow2" };
	const struct machine_disk disk = { "vda", "vol-a", &file, 1 };
	const struct machine_pivot pivots[] = { { "vol-a", a1 },
						{ "vol-a", a2 } };
	struct error err = { FAULT_NONE };
	struct testee testee;
	bool thawed = false;
	pid_t pid;

	testee_make(&testee, store);
	chain_is(hypervisor, testee.uuid, "vol-a", "");
	assert(!machine_resize(hypervisor, testee.uuid, "vol-a", 1, &err));
	assert(err.fault == FAULT_INSTANCE_STATE);
	error_clear(&err);
	testee.machine.disks = &disk;
	testee.machine.disk_count = 1;
	must(machine_start(hypervisor, &testee.machine, &pid, &err), &err);
	for (unsigned i = 0; i < 2; i++)
		must(machine_pivot(hypervisor, testee.uuid, &pivots[i], 1, true,
				   &thawed, &err),
		     &err);
	assert(thawed);
	chain_is(hypervisor, testee.uuid, "vol-a", "a2 a1 a0");
	attach(hypervisor, testee.uuid, b0);
	must(machine_throttle(hypervisor, testee.uuid, "vol-b", &limits, &err),
	     &err);
	must(machine_resize(hypervisor, testee.uuid, "vol-a", 96 << 20, &err),
	     &err);
	shorten(hypervisor, testee.uuid, "vol-a", a0);
	chain_is(hypervisor, testee.uuid, "vol-a", "a2 a0");
	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
}

#define KEY "5b0c1e6f0d3a49d3b4e3a1d07a1f4c8e9d6f2a7b3c5e1d0f8a9b7c6d5e4f3a2b"
#define URI "qemu:///session"

static void pivot(struct hypervisor *hypervisor, const char *uuid,
		  const char *serial, const char *file)
{
	const struct machine_pivot to = { serial, file, opens(KEY) };
	struct error err = { FAULT_NONE };
	bool thawed;

	must(machine_pivot(hypervisor, uuid, &to, 1, false, &thawed, &err),
	     &err);
}

static void check_forgotten(void)
{
	virConnectPtr connection = virConnectOpen(URI);

	assert(connection && virConnectNumOfSecrets(connection) == 0);
	virConnectClose(connection);
}

/* A call that is killed leaves what it lent. */
static void leave_secret(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct secrets secrets = SECRETS_INIT;
		struct error err = { FAULT_NONE };
		virConnectPtr connection;

		secrets_add(&secrets, opens(KEY));
		connection = virConnectOpen(URI);
		must(secrets_lend(connection, &secrets, &err), &err);
		assert(virConnectNumOfSecrets(connection) == 1);
		_exit(0);
	}
	assert(waitpid(pid, NULL, 0) == pid);
}

static void restart_daemon(struct hypervisor **hypervisor)
{
	struct error err = { FAULT_NONE };
	pid_t pid = daemon_pid("libvirtd");

	hypervisor_close(*hypervisor);
	assert(pid && kill(pid, SIGKILL) == 0);
	/* its socket is there a moment longer */
	while (kill(pid, 0) == 0)
		usleep(10000);
	must(hypervisor_open(URI, WAIT_MS, hypervisor, &err), &err);
}

/* The daemon has a disk's key for the time of a call; one that forgot what it
 * knew needs nothing of it for what runs, and is told anew for what comes. */
static void check_encrypted(struct hypervisor **hypervisor, const char *store)
{
	auto_free char *e0 = luks_make(store, "e0", NULL, KEY);
	auto_free char *e1 = luks_make(store, "e1", "e0", KEY);
	auto_free char *e2 = luks_make(store, "e2", "e1", KEY);
	const struct machine_file file = { e0, "qcow2", opens(KEY) };
	const struct machine_disk disk = { "vda", "vol-e", &file, 1 };
	struct error err = { FAULT_NONE };
	struct testee testee;
	pid_t pid;

	testee_make(&testee, store);
	testee.machine.disks = &disk;
	testee.machine.disk_count = 1;
	must(machine_start(*hypervisor, &testee.machine, &pid, &err), &err);
	check_forgotten();
	pivot(*hypervisor, testee.uuid, "vol-e", e1);
	check_forgotten();
	leave_secret();
	restart_daemon(hypervisor);
	chain_is(*hypervisor, testee.uuid, "vol-e", "e1 e0");
	leave_secret();
	pivot(*hypervisor, testee.uuid, "vol-e", e2);
	check_forgotten();
	chain_is(*hypervisor, testee.uuid, "vol-e", "e2 e1 e0");
	shorten(*hypervisor, testee.uuid, "vol-e", e0);
	chain_is(*hypervisor, testee.uuid, "vol-e", "e2 e0");
	must(machine_destroy(*hypervisor, testee.uuid, &err), &err);
}

int main(void)
{
	struct hypervisor *hypervisor;
	struct error err = { FAULT_NONE };
	auto_free char *uri = NULL;
	auto_free char *store = NULL;

	become_user();
	store = store_make("s");
	must(hypervisor_choose(NULL, store, &uri, &err), &err);
	assert(strcmp(uri, "qemu:///session") == 0);
	must(hypervisor_open(uri, WAIT_MS, &hypervisor, &err), &err);
	check_life(hypervisor, store);
	check_disks(hypervisor, store);
	check_encrypted(&hypervisor, store);
	hypervisor_close(hypervisor);
	return 0;
}
