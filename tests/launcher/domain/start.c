/* start.c - who starts a machine waits for what still has its disk, and is told
 * the reason when there is one
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/launcher/domain/disks.h"

#define HELD_USEC 1500000

static char *store;
static struct hypervisor *hypervisor;
static char *path;

/* A tool that has the disk open for writing, and ends by itself: its process.
 * When this returns it has the disk. */
static pid_t hold(void)
{
	int lines[2], said[2];
	char line[64];
	pid_t pid;

	assert(pipe(lines) == 0 && pipe(said) == 0);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0) {
		assert(dup2(lines[0], 0) == 0 && dup2(said[1], 1) == 1);
		close(lines[1]);
		execlp("qemu-io", "qemu-io", "-f", "qcow2", path, NULL);
		_exit(1);
	}
	close(lines[0]);
	close(said[1]);
	/* it answers when the disk is open */
	assert(write(lines[1], "length\n", 7) == 7);
	assert(read(said[0], line, sizeof(line)) > 0);
	close(said[0]);
	if (fork() == 0) {
		usleep(HELD_USEC);
		_exit(0); /* the last who could write to it */
	}
	close(lines[1]);
	return pid;
}

static void check_held(struct testee *testee)
{
	struct error err = { FAULT_NONE };
	usec_t begin = clock_monotonic();
	pid_t pid, holder = hold();

	must(machine_start(hypervisor, &testee->machine, &pid, &err), &err);
	/* it was there so long at least; that it lets go of the disk and ends
	 * are two things */
	assert(clock_monotonic() - begin >= HELD_USEC);
	assert(waitpid(holder, NULL, 0) == holder);
	must(machine_destroy(hypervisor, testee->uuid, &err), &err);
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

static void check_reason(struct testee *testee)
{
	auto_free char *dir = strndup(path, strrchr(path, '/') - path);
	struct error err = { FAULT_NONE };
	pid_t pid;

	/* under root it is QEMU that may not come in, else libvirt */
	assert(chmod(dir, geteuid() == 0 ? 0700 : 0) == 0);
	assert(!machine_start(hypervisor, &testee->machine, &pid, &err));
	assert(chmod(dir, 0711) == 0);
	fprintf(stderr, "%s\n", err.text);
	assert(strstr(err.text, "ermission denied"));
	assert(strncmp(err.text, "cannot start the machine: ", 26) == 0);
}

int main(void)
{
	/* its path alone is longer than what a sentence has room for */
	static const char deep[] =
		"a-directory-whose-name-is-as-long-as-names-of-directories-are-"
		"in-the-stores-of-those-who-like-to-say-in-them-all-that-there-"
		"is-to-say-about-what-is-in-there-and-where-it-came-from-and-"
		"who-made-it";
	struct machine_file file = { NULL, "qcow2" };
	struct machine_disk disk = { "vda", "vol-a", &file, 1, false };
	struct error err = { FAULT_NONE };
	auto_free char *dir = NULL;
	struct testee testee;

	store = store_make("d");
	hypervisor = embed_open(store);
	testee_make(&testee, store);
	dir = format_text("%s/%s", store, deep);
	must(dir_make(dir, 0711, &err), &err);
	file.path = path = layer_make(dir, "a", NULL, "1M");
	testee.machine.disks = &disk;
	testee.machine.disk_count = 1;
	check_held(&testee);
	check_reason(&testee);
	hypervisor_close(hypervisor);
	free(path);
	free(store);
	return 0;
}
