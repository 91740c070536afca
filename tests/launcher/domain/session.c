/* session.c - machines under the user's own daemon, which libvirt starts */
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
	hypervisor_close(hypervisor);
	return 0;
}
