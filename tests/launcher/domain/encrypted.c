/* encrypted.c - machines on encrypted disks
 *
 * The disks are LUKS inside of qcow2, one of them over a plain one. Nobody but
 * QEMU keeps what opens them: not libvirt, not a file, not an argument.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "launcher/domain/proc.h"
#include "tests/launcher/domain/disks.h"

#define KEY_A "5b0c1e6f0d3a49d3b4e3a1d07a1f4c8e9d6f2a7b3c5e1d0f8a9b7c6d5e4f3a2b"
#define KEY_B "a1f4c8e9d6f2a7b3c5e1d0f8a9b7c6d5e4f3a2b05b0c1e6f0d3a49d3b4e3a1d0"
#define SIZE "64M"
#define ROUNDS 6

static const char *store;
static struct hypervisor *hypervisor;
static struct testee testee;

static bool holds(const char *path, const char *text)
{
	const char *const argv[] = { "grep", "-rqaF", "--", text, path, NULL };
	struct error ignored = { FAULT_NONE };

	return process_run(&(struct process){ .argv = argv }, NULL, &ignored);
}

/* Nobody has the keys whom a file or a list of processes tells of. */
static void check_hidden(void)
{
	auto_free char *args =
		format_text("/proc/%d/cmdline", (int)proc_find(testee.uuid));
	auto_free char *environment =
		format_text("/proc/%d/environ", (int)proc_find(testee.uuid));

	assert(holds(args, testee.uuid));
	assert(!holds(args, KEY_A) && !holds(args, KEY_B));
	assert(!holds(environment, KEY_A) && !holds(environment, KEY_B));
	assert(!holds(store, KEY_A) && !holds(store, KEY_B));
}

static void pivot(const char *path, const char *key)
{
	const struct machine_pivot to = { "vol-a", path, opens(key) };
	struct error err = { FAULT_NONE };
	bool thawed = false;

	must(machine_pivot(hypervisor, testee.uuid, &to, 1, false, &thawed,
			   &err),
	     &err);
	assert(thawed);
}

/* What the guest writes arrives below the overlays, and in clear nowhere. */
static void check_pivot(void)
{
	auto_free char *a1 = luks_make(store, "a1", "a0", KEY_A);
	auto_free char *a2 = luks_make(store, "a2", "a1", KEY_A);

	disk_io(store, testee.uuid, 0, "write -P 0x51 1M 64k");
	pivot(a1, KEY_A);
	disk_io(store, testee.uuid, 0, "write -P 0x52 2M 64k");
	pivot(a2, KEY_A);
	chain_is(hypervisor, testee.uuid, "vol-a", "a2 a1 a0 p0");
	disk_io(store, testee.uuid, 0, "read -P 0x50 0 64k");
	disk_io(store, testee.uuid, 0, "read -P 0x51 1M 64k");
	disk_io(store, testee.uuid, 0, "read -P 0x52 2M 64k");
	assert(!holds(store, "QQQQQQQQQQQQQQQQ"));
	assert(!holds(store, "RRRRRRRRRRRRRRRR"));
}

static void check_shorten(void)
{
	auto_free char *a0 = format_text("%s/a0.qcow2", store);
	auto_free char *a2 = format_text("%s/a2.qcow2", store);
	auto_free char *info = NULL;

	shorten(hypervisor, testee.uuid, "vol-a", a0);
	chain_is(hypervisor, testee.uuid, "vol-a", "a2 a0 p0");
	disk_io(store, testee.uuid, 0, "read -P 0x52 2M 64k");
	assert(!holds(store, "RRRRRRRRRRRRRRRR"));
	/* a file that moves elsewhere with its neighbours still finds them */
	info = run("qemu-img", "info", "-U", "--output=json", a2, NULL);
	assert(strstr(info, "\"backing-filename\": \"a0.qcow2\""));
}

static void check_attach(void)
{
	auto_free char *b0 = luks_make(store, "b0", NULL, KEY_B);
	const struct machine_file file = { b0, "qcow2", opens(KEY_B) };
	const struct machine_file wrong = { b0, "qcow2", opens(KEY_A) };
	const struct machine_disk disk = { NULL, "vol-b", &file, 1 };
	const struct machine_disk closed = { NULL, "vol-b", &wrong, 1 };
	struct error err = { FAULT_NONE };

	assert(!machine_attach(hypervisor, testee.uuid, &closed, &err));
	error_clear(&err);
	must(machine_attach(hypervisor, testee.uuid, &disk, &err), &err);
	chain_is(hypervisor, testee.uuid, "vol-b", "b0");
	disk_io(store, testee.uuid, 1, "write -P 0x53 0 64k");
	must(machine_resize(hypervisor, testee.uuid, "vol-b", 96 << 20, &err),
	     &err);
	disk_io(store, testee.uuid, 1, "write -P 0x53 95M 64k");
	assert(!holds(b0, "SSSSSSSSSSSSSSSS"));
}

/* The node that a disk's guest writes to. */
static char *node_of(unsigned disk)
{
	auto_free char *device = format_text("virtio-disk%u/", disk);
	json_t *reply =
		tell(store, testee.uuid, "{\"execute\":\"query-block\"}");
	char *node = NULL;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(reply, "return"), i, one) {
		const char *qdev =
			json_string_value(json_object_get(one, "qdev"));

		if (qdev && strstr(qdev, device))
			node = strdup(json_string_value(json_object_get(
				json_object_get(one, "inserted"),
				"node-name")));
	}
	json_decref(reply);
	assert(node);
	return node;
}

static void tell_it(const char *command, const char *arguments)
{
	auto_free char *text = format_text(
		"{\"execute\":\"%s\",\"arguments\":{%s}}", command, arguments);

	json_decref(tell(store, testee.uuid, text));
}

#define NODE "libvirt-90-format"

/* QEMU has moved on, libvirt does not know: it is told of the key, too, by the
 * name by which it takes it away from QEMU with the file. */
static void check_heal(void)
{
	auto_free char *b1 = luks_make(store, "b1", "b0", KEY_B);
	auto_free char *b2 = luks_make(store, "b2", "b1", KEY_B);
	auto_free char *head = node_of(1);
	auto_free char *file = format_text("\"driver\":\"file\",\"node-name\":"
					   "\"libvirt-90-storage\","
					   "\"filename\":\"%s\"",
					   b1);
	auto_free char *step =
		format_text("\"node\":\"%s\",\"overlay\":\"" NODE "\"", head);
	const struct machine_pivot to = { "vol-b", b2, opens(KEY_B) };
	struct error err = { FAULT_NONE };
	bool thawed;

	assert(chmod(b1, 0666) == 0);
	tell_it("object-add", "\"qom-type\":\"secret\",\"id\":\"" NODE
			      "-encryption-secret0\",\"data\":\"" KEY_B "\"");
	tell_it("blockdev-add", file);
	tell_it("blockdev-add",
		"\"driver\":\"qcow2\",\"node-name\":\"" NODE "\",\"file\":"
		"\"libvirt-90-storage\",\"backing\":null,\"encrypt\":{"
		"\"format\":\"luks\",\"key-secret\":\"" NODE
		"-encryption-secret0\"}");
	tell_it("blockdev-snapshot", step);
	/* the key of a file that was never opened: the next one's name */
	tell_it("object-add",
		"\"qom-type\":\"secret\",\"id\":\"libvirt-91-format"
		"-encryption-secret0\",\"data\":\"" KEY_A "\"");
	must(machine_pivot(hypervisor, testee.uuid, &to, 1, false, &thawed,
			   &err),
	     &err);
	chain_is(hypervisor, testee.uuid, "vol-b", "b2 b1 b0");
	disk_io(store, testee.uuid, 1, "read -P 0x53 0 64k");
	assert(holds(store, NODE "-encryption-secret0"));
}

/* Whoever is killed while the disk moves on, and whenever: the next one finds
 * where it is and goes on. */
static void check_kill(unsigned round, char **head)
{
	auto_free char *name = format_text("k%u", round);
	auto_free char *next = format_text("n%u", round);
	auto_free char *path = luks_make(store, name, *head, KEY_A);
	auto_free char *now = NULL;
	char *last;
	pid_t pid = fork();

	if (pid == 0) {
		pivot(path, KEY_A);
		_exit(0);
	}
	usleep(60000 + round * 25000);
	kill_child(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	now = chain_of(hypervisor, testee.uuid, "vol-a");
	now[strcspn(now, " ")] = 0;
	last = luks_make(store, next, now, KEY_A);
	pivot(last, KEY_A);
	free(last);
	free(*head);
	*head = take(next);
	disk_io(store, testee.uuid, 0, "read -P 0x51 1M 64k");
}

static void start(const struct machine_disk *disk)
{
	struct error err = { FAULT_NONE };
	pid_t pid;

	testee_make(&testee, store);
	testee.machine.disks = disk;
	testee.machine.disk_count = 1;
	must(machine_start(hypervisor, &testee.machine, &pid, &err), &err);
}

static void check_wrong_key(const struct machine_disk *disk)
{
	struct machine_file chain[2] = { disk->chain[0], disk->chain[1] };
	struct machine_disk closed = *disk;
	struct error err = { FAULT_NONE };
	pid_t pid;

	chain[0].secret = opens(KEY_B);
	closed.chain = chain;
	testee_make(&testee, store);
	testee.machine.disks = &closed;
	testee.machine.disk_count = 1;
	assert(!machine_start(hypervisor, &testee.machine, &pid, &err));
	assert(!strstr(err.text, KEY_A) && !strstr(err.text, KEY_B));
	assert(state_of(hypervisor, testee.uuid) == MACHINE_ABSENT);
}

static void check_all(void)
{
	auto_free char *p0 = layer_make(store, "p0", NULL, SIZE);
	auto_free char *a0 = luks_make(store, "a0", "p0", KEY_A);
	const struct machine_file chain[] = { { a0, "qcow2", opens(KEY_A) },
					      { p0, "qcow2" } };
	const struct machine_disk disk = { "vda", "vol-a", chain, 2 };
	struct error err = { FAULT_NONE };
	char *head = strdup("a2");

	free(run("qemu-io", "-f", "qcow2", "-c", "write -P 0x50 0 64k", p0,
		 NULL));
	check_wrong_key(&disk);
	start(&disk);
	check_pivot();
	check_shorten();
	check_attach();
	check_heal();
	check_hidden();
	for (unsigned i = 0; i < ROUNDS; i++)
		check_kill(i, &head);
	check_hidden();
	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	free(head);
}

int main(void)
{
	store = store_make("e");
	hypervisor = embed_open(store);
	check_all();
	hypervisor_close(hypervisor);
	return 0;
}
