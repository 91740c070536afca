/* hotplug.c - a guest sees disks come, grow and go */
#include "tests/launcher/domain/disks.h"

#define BOOT_SECONDS 240
#define SECONDS 60

static char *base_image(const char *store)
{
	auto_free char *built = run("tests/guest/build", "tiny", NULL);
	char *path = format_text("%s/tiny.raw", store);

	built[strcspn(built, "\n")] = 0;
	free(run("cp", "--reflink=auto", "--no-preserve=mode", built, path,
		 NULL));
	return path;
}

static void check_disk(struct hypervisor *hypervisor,
		       const struct testee *testee, const char *path)
{
	struct machine_file file = { path, "qcow2" };
	const struct machine_disk disk = { NULL, "vol-data", &file, 1 };
	struct error err = { FAULT_NONE };
	bool gone = false;

	must(machine_attach(hypervisor, testee->uuid, &disk, &err), &err);
	await_text(testee->log, "disk vdb 67108864 vol-data", SECONDS);
	must(machine_resize(hypervisor, testee->uuid, "vol-data", 96 << 20,
			    &err),
	     &err);
	await_text(testee->log, "disk vdb 100663296 vol-data", SECONDS);
	must(machine_detach(hypervisor, testee->uuid, "vol-data",
			    SECONDS * 1000, &gone, &err),
	     &err);
	assert(gone);
	await_text(testee->log, "disk vdb removed", SECONDS);
	chain_is(hypervisor, testee->uuid, "vol-data", "");
	/* one that is not there is gone */
	gone = false;
	must(machine_detach(hypervisor, testee->uuid, "vol-data", 0, &gone,
			    &err),
	     &err);
	assert(gone);
	/* nobody has the file open any more */
	free(run("qemu-io", "-f", "qcow2", "-c", "write 0 64k", path, NULL));
}

/* Disks until there is no place left; each that fits works. */
static void check_ports(struct hypervisor *hypervisor,
			const struct testee *testee, const char *store)
{
	struct error err = { FAULT_NONE };
	unsigned count = 0;

	for (;; count++) {
		char name[16], serial[16];
		auto_free char *path = NULL;
		struct machine_file file = { NULL, "qcow2" };
		const struct machine_disk disk = { NULL, serial, &file, 1 };

		snprintf(name, sizeof(name), "data%u", count);
		snprintf(serial, sizeof(serial), "vol-%u", count);
		file.path = path = layer_make(store, name, NULL, "1M");
		if (!machine_attach(hypervisor, testee->uuid, &disk, &err))
			break;
		await_text(testee->log, serial, SECONDS);
	}
	assert(err.fault == FAULT_RESOURCE_LIMIT);
	assert(count >= 8);
}

int main(void)
{
	auto_free char *store = store_make("h");
	struct hypervisor *hypervisor = embed_open(store);
	auto_free char *base = base_image(store);
	auto_free char *data = layer_make(store, "data", NULL, "64M");
	const struct machine_file file = { base, "raw" };
	const struct machine_disk root = { "vda", "vol-root", &file, 1 };
	struct error err = { FAULT_NONE };
	struct testee testee;
	pid_t pid;

	testee_make(&testee, store);
	testee.machine.memory_mib = 256;
	testee.machine.disks = &root;
	testee.machine.disk_count = 1;
	must(machine_start(hypervisor, &testee.machine, &pid, &err), &err);
	await_text(testee.log, "qami-guest: ready", BOOT_SECONDS);
	check_disk(hypervisor, &testee, data);
	check_ports(hypervisor, &testee, store);
	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	hypervisor_close(hypervisor);
	return 0;
}
