/* disks.c - changing the disks of a running machine, no guest needed */
#include "tests/launcher/domain/disks.h"

#include <sys/wait.h>

#define SIZE "64M"
#define LONG "1G" /* to be unpacked: takes longer than anybody waits */

static char *store;
static struct hypervisor *hypervisor;
static struct testee testee;

/* Moves vol-a on from `base`, and vol-b if there is a second name. */
static void pivot_on(const char *a, const char *base, const char *b,
		     const char *other_base)
{
	auto_free char *first = layer_make(store, a, base, NULL);
	auto_free char *second = b ? layer_make(store, b, other_base, NULL) :
				     NULL;
	const struct machine_pivot pivots[] = { { "vol-a", first },
						{ "vol-b", second } };
	struct error err = { FAULT_NONE };
	bool thawed = false;

	must(machine_pivot(hypervisor, testee.uuid, pivots, b ? 2 : 1, true,
			   &thawed, &err),
	     &err);
	/* no guest, no agent */
	assert(thawed);
}

static void check_pivot(void)
{
	auto_free char *a0 = format_text("%s/a0.qcow2", store);
	auto_free char *a1 = format_text("%s/a1.qcow2", store);

	chain_is(hypervisor, testee.uuid, "vol-a", "a0");
	chain_is(hypervisor, testee.uuid, "vol-b", "b0 r0");
	disk_io(store, testee.uuid, 0, "write -P 0x11 0 64k");
	pivot_on("a1", "a0", NULL, NULL);
	chain_is(hypervisor, testee.uuid, "vol-a", "a1 a0");
	chain_is(hypervisor, testee.uuid, "vol-b", "b0 r0");
	disk_io(store, testee.uuid, 0, "write -P 0x22 0 64k");
	file_holds(a0, "read -P 0x11 0 64k");
	file_holds(a1, "read -P 0x22 0 64k");
}

static void check_throttle(void)
{
	static const struct machine_throttle burst = { 100,	3000,	 1800,
						       1 << 20, 4 << 20, 10,
						       16384 };
	static const struct machine_throttle plain = { .iops = 300 };
	static const struct machine_throttle none = { 0 };
	struct error err = { FAULT_NONE };

	must(machine_throttle(hypervisor, testee.uuid, "vol-a", &burst, &err),
	     &err);
	must(machine_throttle(hypervisor, testee.uuid, "vol-a", &plain, &err),
	     &err);
	must(machine_throttle(hypervisor, testee.uuid, "vol-a", &none, &err),
	     &err);
	assert(!machine_throttle(hypervisor, testee.uuid, "vol-x", &none,
				 &err));
	assert(err.fault == FAULT_INCORRECT_STATE);
}

static void check_resize(void)
{
	auto_free char *a1 = format_text("%s/a1.qcow2", store);
	struct error err = { FAULT_NONE };
	auto_free char *info = NULL;

	must(machine_resize(hypervisor, testee.uuid, "vol-a", 96 << 20, &err),
	     &err);
	must(machine_resize(hypervisor, testee.uuid, "vol-a", 96 << 20, &err),
	     &err);
	info = run("qemu-img", "info", "-U", "--output=json", a1, NULL);
	assert(strstr(info, "\"virtual-size\": 100663296"));
	assert(!machine_resize(hypervisor, testee.uuid, "vol-a", 64 << 20,
			       &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	disk_io(store, testee.uuid, 0, "write -P 0x33 90M 64k");
}

static void check_attach(void)
{
	auto_free char *path = layer_make(store, "c0", NULL, SIZE);
	struct machine_file file = { path, "qcow2" };
	struct machine_disk disk = { "vda", "vol-c", &file, 1, false, { 50 } };
	struct error err = { FAULT_NONE };
	bool gone = true;

	must(machine_attach(hypervisor, testee.uuid, &disk, &err), &err);
	must(machine_attach(hypervisor, testee.uuid, &disk, &err), &err);
	chain_is(hypervisor, testee.uuid, "vol-c", "c0");
	disk_io(store, testee.uuid, 3, "write -P 0x44 0 64k");
	file_holds(path, "read -P 0x44 0 64k");
	/* nobody there to let go of it */
	must(machine_detach(hypervisor, testee.uuid, "vol-c", 100, &gone, &err),
	     &err);
	assert(!gone);
	must(machine_detach(hypervisor, testee.uuid, "vol-c", 0, &gone, &err),
	     &err);
	assert(!gone);
	/* a reset ends the wait */
	json_decref(tell(store, testee.uuid, "{\"execute\":\"system_reset\"}"));
	must(machine_detach(hypervisor, testee.uuid, "vol-c", 10000, &gone,
			    &err),
	     &err);
	assert(gone);
	chain_is(hypervisor, testee.uuid, "vol-c", "");
	free(run("qemu-io", "-f", "qcow2", "-c", "write -P 0x55 0 64k", path,
		 NULL));
	must(machine_attach(hypervisor, testee.uuid, &disk, &err), &err);
	chain_is(hypervisor, testee.uuid, "vol-c", "c0");
}

static void check_shorten(void)
{
	auto_free char *a0 = format_text("%s/a0.qcow2", store);
	auto_free char *a3 = format_text("%s/a3.qcow2", store);
	struct error err = { FAULT_NONE };
	auto_free char *info = NULL;
	bool done;

	chain_is(hypervisor, testee.uuid, "vol-a", "a3 a2 a1 a0");
	shorten(hypervisor, testee.uuid, "vol-a", a0);
	chain_is(hypervisor, testee.uuid, "vol-a", "a3 a0");
	shorten(hypervisor, testee.uuid, "vol-a", a0);
	info = run("qemu-img", "info", "-U", "--output=json", a3, NULL);
	assert(strstr(info, "\"backing-filename\": \"a0.qcow2\""));
	file_holds(a3, "read -P 0x22 0 64k");
	assert(!machine_shorten(hypervisor, testee.uuid, "vol-a", "/x", NULL,
				&done, &err));
	assert(err.fault == FAULT_INCORRECT_STATE);
}

/* A raw base, as imported disks are. */
static void check_shorten_raw(void)
{
	auto_free char *r0 = format_text("%s/r0.raw", store);
	auto_free char *b2 = format_text("%s/b2.qcow2", store);
	auto_free char *info = NULL;

	chain_is(hypervisor, testee.uuid, "vol-b", "b2 b1 b0 r0");
	shorten(hypervisor, testee.uuid, "vol-b", r0);
	chain_is(hypervisor, testee.uuid, "vol-b", "b2 r0");
	info = run("qemu-img", "info", "-U", "--output=json", b2, NULL);
	assert(strstr(info, "\"backing-filename\": \"r0.raw\""));
	assert(strstr(info, "\"backing-filename-format\": \"raw\""));
}

/* An overlay over a raw file; the paths of both, callers free. */
static void raw_make(struct machine_file files[2])
{
	char *raw = format_text("%s/r0.raw", store);
	char *overlay = format_text("%s/b0.qcow2", store);

	free(run("qemu-img", "create", "-q", "-f", "raw", raw, SIZE, NULL));
	free(run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b",
		 "r0.raw", overlay, NULL));
	files[0] = (struct machine_file){ overlay, "qcow2" };
	files[1] = (struct machine_file){ raw, "raw" };
}

/* Whoever is killed while layers are taken out, and whenever: another call ends
 * what was begun, and then the head holds what the guest wrote, by itself. */
static void check_shorten_kill(unsigned round)
{
	auto_free char *below = format_text("b%u", round * 2 + 2);
	auto_free char *middle = format_text("b%u", round * 2 + 3);
	auto_free char *head = format_text("b%u", round * 2 + 4);
	auto_free char *base = format_text("%s/r0.raw", store);
	auto_free char *chain = format_text("%s r0", head);
	auto_free char *unused = format_text("a%u", round * 2 + 4);
	auto_free char *unused_base = format_text("a%u", round * 2 + 3);
	auto_free char *also = format_text("a%u", round * 2 + 5);
	auto_free char *path = format_text("%s/%s.qcow2", store, head);
	auto_free char *write =
		format_text("write -P %u %uM 8M", round + 1, round * 8);
	auto_free char *read =
		format_text("read -P %u %uM 8M", round + 1, round * 8);
	struct error err = { FAULT_NONE };
	bool done;
	pid_t pid;

	pivot_on(unused, unused_base, middle, below);
	disk_io(store, testee.uuid, 1, write);
	pivot_on(also, unused, head, middle);
	pid = fork();
	if (pid == 0)
		_exit(machine_shorten(hypervisor, testee.uuid, "vol-b", base,
				      NULL, &done, &err));
	usleep(round * 25000);
	kill_child(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	shorten(hypervisor, testee.uuid, "vol-b", base);
	chain_is(hypervisor, testee.uuid, "vol-b", chain);
	file_holds(path, read);
}

static bool at_once(void *data)
{
	++*(unsigned *)data;
	return true;
}

/* A copy that takes long is ended as soon as somebody wants the disk: what lies
 * under it is what lay there, it shows the same, and may be moved on and
 * shortened afterwards. */
static void check_shorten_gives_way(void)
{
	auto_free char *d0 = layer_make(store, "d0", NULL, LONG);
	auto_free char *d1 = NULL;
	auto_free char *d2 = NULL;
	auto_free char *d3 = NULL;
	struct machine_file chain[3];
	const struct machine_disk disk = { NULL, "vol-d", chain, 3, false };
	unsigned asked = 0;
	struct machine_patience none = { at_once, &asked };
	struct error err = { FAULT_NONE };
	struct machine_pivot pivot;
	bool done = true;

	d1 = layer_make(store, "d1", "d0", NULL);
	free(run("qemu-io", "-t", "writeback", "-f", "qcow2", "-c",
		 "write -c -P 0x44 0 " LONG, d1, NULL));
	d2 = layer_make(store, "d2", "d1", NULL);
	chain[0] = (struct machine_file){ d2, "qcow2" };
	chain[1] = (struct machine_file){ d1, "qcow2" };
	chain[2] = (struct machine_file){ d0, "qcow2" };
	must(machine_attach(hypervisor, testee.uuid, &disk, &err), &err);
	must(machine_shorten(hypervisor, testee.uuid, "vol-d", d0, &none, &done,
			     &err),
	     &err);
	assert(!done && asked);
	chain_is(hypervisor, testee.uuid, "vol-d", "d2 d1 d0");
	file_holds(d2, "read -P 0x44 1023M 64k");
	d3 = layer_make(store, "d3", "d2", NULL);
	pivot = (struct machine_pivot){ "vol-d", d3 };
	must(machine_pivot(hypervisor, testee.uuid, &pivot, 1, false, &done,
			   &err),
	     &err);
	shorten(hypervisor, testee.uuid, "vol-d", d1);
	chain_is(hypervisor, testee.uuid, "vol-d", "d3 d1 d0");
	file_holds(d3, "read -P 0x44 1023M 64k");
}

int main(void)
{
	struct machine_file files[4];
	struct machine_disk disks[3];
	struct error err = { FAULT_NONE };
	pid_t pid;

	store = store_make("d");
	hypervisor = embed_open(store);
	testee_make(&testee, store);
	files[0] = (struct machine_file){ layer_make(store, "a0", NULL, SIZE),
					  "qcow2" };
	raw_make(files + 1);
	files[3] = (struct machine_file){ layer_make(store, "seed", NULL, "1M"),
					  "qcow2" };
	disks[0] = (struct machine_disk){ "vda", "vol-a", &files[0], 1, false };
	disks[1] = (struct machine_disk){ "vdb", "vol-b", &files[1], 2, false };
	disks[2] = (struct machine_disk){ "vdc", NULL, &files[3], 1, true };
	testee.machine.disks = disks;
	testee.machine.disk_count = 3;
	must(machine_start(hypervisor, &testee.machine, &pid, &err), &err);
	check_pivot();
	check_throttle();
	check_resize();
	check_attach();
	pivot_on("a2", "a1", "b1", "b0");
	pivot_on("a3", "a2", "b2", "b1");
	check_shorten();
	check_shorten_raw();
	for (unsigned i = 0; i < 8; i++)
		check_shorten_kill(i);
	check_shorten_gives_way();
	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	hypervisor_close(hypervisor);
	for (unsigned i = 0; i < 4; i++)
		free((char *)(uintptr_t)files[i].path);
	free(store);
	return 0;
}
