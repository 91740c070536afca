/* guest.c - real guests: they boot, say so, and power off while nobody looks */
#include "tests/launcher/domain/testing.h"

#include <sys/stat.h>

#define BOOT_SECONDS 240
#define OFF_SECONDS 60

/* An overlay of a test image in the store; both are named to the machine. */
struct disk {
	char *top;
	char *base;
	struct machine_file chain[2];
	struct machine_disk disk;
};

static void disk_done(struct disk *disk)
{
	free(disk->top);
	free(disk->base);
}

static void disk_make(const char *store, const char *image, struct disk *disk)
{
	const char *const build[] = { "tests/guest/build", image, NULL };
	auto_buf path = BUF_INIT;
	struct error err = { FAULT_NONE };

	must(process_run(&(struct process){ .argv = build }, &path, &err),
	     &err);
	path.data[strcspn(path.data, "\n")] = 0;
	disk->base = format_text("%s/%s.raw", store, image);
	disk->top = format_text("%s/%s.qcow2", store, image);
	{
		const char *const copy[] = {
			"cp",	   "--reflink=auto", "--no-preserve=mode",
			path.data, disk->base,	     NULL
		};
		const char *const create[] = { "qemu-img", "create", "-q",
					       "-f",	   "qcow2",  "-F",
					       "raw",	   "-b",     disk->base,
					       disk->top,  NULL };

		must(process_run(&(struct process){ .argv = copy }, NULL, &err),
		     &err);
		must(process_run(&(struct process){ .argv = create }, NULL,
				 &err),
		     &err);
	}
	disk->chain[0] = (struct machine_file){ disk->top, "qcow2" };
	disk->chain[1] = (struct machine_file){ disk->base, "raw" };
	disk->disk = (struct machine_disk){ "vda", "vol0123456789abcdef0",
					    disk->chain, 2, false };
}

static void check_boot(const char *store, const char *image,
		       enum firmware firmware)
{
	struct hypervisor *hypervisor = embed_open(store);
	auto_free char *nvram = format_text("%s/nvram.fd", store);
	struct error err = { FAULT_NONE };
	struct testee testee;
	struct disk disk;
	struct stat st;
	pid_t pid;

	disk_make(store, image, &disk);
	testee_make(&testee, store);
	testee.machine.memory_mib = 256;
	testee.machine.disks = &disk.disk;
	testee.machine.disk_count = 1;
	testee.machine.firmware = firmware;
	testee.machine.nvram = nvram;
	must(machine_start(hypervisor, &testee.machine, &pid, &err), &err);
	await_text(testee.log, "qami-guest: ready", BOOT_SECONDS);
	assert(state_of(hypervisor, testee.uuid) == MACHINE_RUNNING);
	if (firmware == FIRMWARE_UEFI)
		assert(stat(nvram, &st) == 0 && st.st_size > 0);
	must(machine_press_power(hypervisor, testee.uuid, &err), &err);
	await_state(hypervisor, testee.uuid, MACHINE_OFF, OFF_SECONDS);
	/* it stays so, and pressing again is no error */
	must(machine_press_power(hypervisor, testee.uuid, &err), &err);
	assert(state_of(hypervisor, testee.uuid) == MACHINE_OFF);
	assert(machine_alive(pid, testee.uuid));
	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	assert(state_of(hypervisor, testee.uuid) == MACHINE_ABSENT);
	disk_done(&disk);
	hypervisor_close(hypervisor);
}

int main(void)
{
	auto_free char *store = store_make("g");

	check_boot(store, "tiny", FIRMWARE_BIOS);
	if (access("/usr/share/OVMF/OVMF_CODE_4M.fd", R_OK) == 0)
		check_boot(store, "uefi", FIRMWARE_UEFI);
	return 0;
}
