/* split.c - libvirt killed in the middle of moving a machine's disks on
 *
 * What a driver leaves that is killed between QEMU's step and its own note is
 * made by hand, through QEMU's monitor; then drivers are killed for real, at
 * many moments, and what QEMU says afterwards is all old or all new.
 */
#include "tests/launcher/domain/disks.h"

#include <sys/stat.h>
#include <sys/wait.h>

#define SIZE "64M"
#define KILLS 16

static char *store;
static struct hypervisor *hypervisor;
static struct testee testee;
static char *bottom[2];

/* Lends a file to the account that QEMU runs as, as libvirt would. */
static void lend(const char *path)
{
	auto_free char *uri = NULL;
	struct error err = { FAULT_NONE };
	uid_t uid;
	gid_t gid;

	must(hypervisor_choose("embed", store, &uri, &err), &err);
	must(hypervisor_qemu_user(uri, &uid, &gid, &err), &err);
	if (geteuid() == 0)
		assert(chown(path, uid, gid) == 0);
}

/* Lets QEMU open a layer, on nothing. */
static void add_nodes(unsigned number, const char *path)
{
	auto_free char *file = format_text(
		"{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":"
		"\"file\",\"node-name\":\"libvirt-%u-storage\",\"filename\":"
		"\"%s\"}}",
		number, path);
	auto_free char *format = format_text(
		"{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":"
		"\"qcow2\",\"node-name\":\"libvirt-%u-format\",\"file\":"
		"\"libvirt-%u-storage\",\"backing\":null}}",
		number, number);

	lend(path);
	json_decref(tell(store, testee.uuid, file));
	json_decref(tell(store, testee.uuid, format));
}

static void step_on(unsigned from, unsigned to)
{
	auto_free char *step = format_text(
		"{\"execute\":\"blockdev-snapshot\",\"arguments\":{\"node\":"
		"\"libvirt-%u-format\",\"overlay\":\"libvirt-%u-format\"}}",
		from, to);

	json_decref(tell(store, testee.uuid, step));
}

static char *layer(char disk, unsigned number)
{
	auto_free char *base = format_text("%c%u", disk, number - 1);
	auto_free char *name = format_text("%c%u", disk, number);
	auto_free char *old = format_text("%s/%s.qcow2", store, name);

	/* QEMU may have it open, for somebody who was killed */
	unlink(old);
	return layer_make(store, name, base, NULL);
}

static bool pivot_to(const char *a, const char *b, struct error *err)
{
	const struct machine_pivot pivots[] = { { "vol-a", a },
						{ "vol-b", b } };
	bool thawed;

	return machine_pivot(hypervisor, testee.uuid, pivots, 2, false, &thawed,
			     err);
}

/* Moves both disks on to fresh layers of that number. */
static bool pivot(unsigned number, struct error *err)
{
	auto_free char *a = layer('a', number);
	auto_free char *b = layer('b', number);

	return pivot_to(a, b, err);
}

static void launch(void)
{
	static struct machine_file files[2];
	static struct machine_disk disks[2];
	struct error err = { FAULT_NONE };
	pid_t pid;

	bottom[0] = layer_make(store, "a0", NULL, SIZE);
	bottom[1] = layer_make(store, "b0", NULL, SIZE);
	files[0] = (struct machine_file){ bottom[0], "qcow2" };
	files[1] = (struct machine_file){ bottom[1], "qcow2" };
	disks[0] = (struct machine_disk){ "vda", "vol-a", &files[0], 1 };
	disks[1] = (struct machine_disk){ "vdb", "vol-b", &files[1], 1 };
	testee_make(&testee, store);
	testee.machine.disks = disks;
	testee.machine.disk_count = 2;
	must(machine_start(hypervisor, &testee.machine, &pid, &err), &err);
}

/* The number of the newest layer that a disk is on. */
static unsigned head_of(const char *serial)
{
	auto_free char *chain = chain_of(hypervisor, testee.uuid, serial);

	assert(*chain);
	return (unsigned)atoi(chain + 1);
}

/* QEMU has moved on, libvirt does not know: the next call heals that. */
static void check_heal(void)
{
	auto_free char *a1 = layer_make(store, "a1", "a0", NULL);
	auto_free char *b1 = layer_make(store, "b1", "b0", NULL);
	struct error err = { FAULT_NONE };

	/* libvirt's names for the heads: as the machine began */
	add_nodes(7, a1);
	add_nodes(8, b1);
	step_on(2, 7);
	step_on(1, 8);
	chain_is(hypervisor, testee.uuid, "vol-a", "a1 a0");
	chain_is(hypervisor, testee.uuid, "vol-b", "b1 b0");
	disk_io(store, testee.uuid, 0, "write -P 0x11 0 64k");
	must(pivot(2, &err), &err);
	chain_is(hypervisor, testee.uuid, "vol-a", "a2 a1 a0");
	chain_is(hypervisor, testee.uuid, "vol-b", "b2 b1 b0");
	file_holds(a1, "read -P 0x11 0 64k");
	shorten(hypervisor, testee.uuid, "vol-a", a1);
}

/* The number in the name of a disk's topmost node. */
static unsigned head_node(const char *disk)
{
	json_t *stats =
		tell(store, testee.uuid, "{\"execute\":\"query-blockstats\"}");
	unsigned node = 0;
	size_t i;
	json_t *device;

	json_array_foreach(json_object_get(stats, "return"), i, device) {
		const char *name =
			json_string_value(json_object_get(device, "qdev"));

		if (name && strstr(name, disk))
			assert(sscanf(json_string_value(json_object_get(
					      device, "node-name")),
				      "libvirt-%u-", &node) == 1);
	}
	json_decref(stats);
	return node;
}

/* QEMU has taken a layer out, and put the job away; libvirt does not know. */
static void check_shrunk(void)
{
	auto_free char *stream = format_text(
		"{\"execute\":\"block-stream\",\"arguments\":{\"job-id\":"
		"\"taking\",\"device\":\"libvirt-%u-format\",\"base-node\":"
		"\"libvirt-2-format\"}}",
		head_node("virtio-disk0"));
	static const struct machine_throttle plain = { .iops = 300 };
	struct error err = { FAULT_NONE };
	size_t left = 1;

	chain_is(hypervisor, testee.uuid, "vol-a", "a2 a1 a0");
	json_decref(tell(store, testee.uuid, stream));
	while (left) {
		json_t *jobs = tell(store, testee.uuid,
				    "{\"execute\":\"query-jobs\"}");

		left = json_array_size(json_object_get(jobs, "return"));
		json_decref(jobs);
	}
	chain_is(hypervisor, testee.uuid, "vol-a", "a2 a0");
	must(machine_throttle(hypervisor, testee.uuid, "vol-a", &plain, &err),
	     &err);
}

/* Layers that were opened, but not stepped on. */
static void check_strays(void)
{
	auto_free char *stray = layer_make(store, "stray", "a2", NULL);
	struct error err = { FAULT_NONE };

	add_nodes(11, stray);
	must(pivot(3, &err), &err);
	assert(head_of("vol-a") == 3 && head_of("vol-b") == 3);
	/* nobody has it open any more */
	free(run("qemu-io", "-f", "qcow2", "-c", "write 0 64k", stray, NULL));
}

/* What cannot be healed is reported, and nothing done. */
static void check_refusal(void)
{
	auto_free char *x = layer_make(store, "x", "b3", NULL);
	auto_free char *y = layer_make(store, "y", "x", NULL);
	unsigned node = head_node("virtio-disk1");
	struct error err = { FAULT_NONE };
	auto_free char *chain = NULL;

	add_nodes(900, x);
	add_nodes(901, y);
	step_on(node, 900);
	step_on(900, 901);
	chain = chain_of(hypervisor, testee.uuid, "vol-b");
	assert(strncmp(chain, "y x b3 ", 7) == 0);
	assert(!pivot(4, &err));
	assert(err.fault == FAULT_INCORRECT_STATE);
	chain_is(hypervisor, testee.uuid, "vol-b", chain);
	assert(head_of("vol-a") == 3);
}

/* Whether libvirt's note names that layer as vol-a's head. */
static bool is_noted(unsigned number)
{
	auto_free char *root = format_text("%s/embed", store);
	auto_free char *home = home_path(root, testee.uuid);
	auto_free char *path = home_status_path(home);
	auto_free char *name = format_text("%s/a%u.qcow2'", store, number);
	auto_buf text = BUF_INIT;
	struct error err = { FAULT_NONE };

	must(file_read(path, 1 << 24, &text, &err), &err);
	return strstr(buf_text(&text), name);
}

/* Kills the driver of a pivot after so many microseconds: whenever that is,
 * both disks are on the old layers, or both on the new. */
static void check_kill(usec_t delay, unsigned *ret_old, unsigned *ret_split)
{
	unsigned before = head_of("vol-a"), after;
	auto_free char *a = layer('a', before + 1);
	auto_free char *b = layer('b', before + 1);
	struct error err = { FAULT_NONE };
	pid_t pid = fork();

	if (pid == 0)
		_exit(pivot_to(a, b, &err) ? 0 : 1);
	usleep((useconds_t)delay);
	kill_child(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	after = head_of("vol-a");
	assert(after == before || after == before + 1);
	assert(head_of("vol-b") == after);
	if (after == before)
		++*ret_old;
	else if (!is_noted(after))
		++*ret_split;
}

/* How long a pivot takes now, which works whatever was left. */
static usec_t time_pivot(void)
{
	unsigned number = head_of("vol-a") + 1;
	auto_free char *a = layer('a', number);
	auto_free char *b = layer('b', number);
	struct error err = { FAULT_NONE };
	usec_t begin = clock_monotonic(), took;

	must(pivot_to(a, b, &err), &err);
	took = clock_monotonic() - begin;
	assert(head_of("vol-a") == number && head_of("vol-b") == number);
	return took;
}

static void check_kills(void)
{
	unsigned old = 0, split = 0;
	usec_t took = time_pivot();

	for (unsigned i = 0; i < KILLS; i++) {
		/* from its beginning to well beyond its end */
		check_kill(took * (usec_t)i * 5 / KILLS / 3, &old, &split);
		took = time_pivot();
	}
	fprintf(stderr, "%d kills: %u on the old layers, %u split and healed\n",
		KILLS, old, split);
	assert(old && old < KILLS);
}

static void destroy(void)
{
	struct error err = { FAULT_NONE };

	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	free(bottom[0]);
	free(bottom[1]);
	hypervisor_close(hypervisor);
}

int main(void)
{
	store = store_make("s");
	hypervisor = embed_open(store);
	launch();
	check_heal();
	check_shrunk();
	check_strays();
	check_refusal();
	destroy();
	free(run("rm", "-rf", store, NULL));
	free(store);
	store = store_make("k");
	hypervisor = embed_open(store);
	launch();
	check_kills();
	destroy();
	free(store);
	return 0;
}
