/* kill.c - whoever dies in the middle leaves drafts, never half a layer
 *
 * A child works on a layer and is killed: at random moments, and, where strace
 * is there to do it, at each system call that changes anything. Afterwards the
 * layer is whole or not there, and what else is there begins with "new-". If
 * such a call only fails, nothing at all is left.
 */
#include "tests/images/chain/testing.h"

#include <limits.h>

#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/id.h"
#include "tests/sweep.h"

static struct error err;
static struct chain *chain;
static char *store, *raw, *qcow2;

/* What the child does: one call upon a layer of that name. */
static void work(const char *verb, const char *name)
{
	bool import = strcmp(verb, "import") == 0;
	struct disk_header header;
	struct error work_err = { 0 };
	bool is_raw = strstr(name, ".raw") != NULL;
	int fd = -1;

	if (!chain_open(store, &chain, &work_err))
		_exit(1);
	if (import) {
		fd = open(is_raw ? raw : qcow2, O_RDONLY | O_CLOEXEC);
		if (!disk_header_read(fd, NULL, GIB, &header, &work_err))
			_exit(2);
		if (!layer_import(chain, name, fd, &header, NULL, NULL,
				  &work_err))
			_exit(3);
	} else if (strcmp(verb, "move") == 0) {
		char *path = in_dir("moving.raw");

		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (!layer_move_in(chain, name, path, fd, &work_err))
			_exit(4);
	} else if (!layer_create(chain, name, NULL, GIB, &work_err)) {
		_exit(5);
	}
	_exit(0);
}

/* qemu-img dies with its parent, but not before it: wait until the layer can
 * be removed. */
static void remove_soon(const char *name)
{
	usec_t end = clock_monotonic() + 120 * USEC_PER_SEC;

	while (!layer_remove(chain, name, &err)) {
		check(err.fault == FAULT_VOLUME_IN_USE);
		check(clock_monotonic() < end);
		error_clear(&err);
		usleep(1000);
	}
}

/* Looks at what is left and takes it away. Whether the layer was there. */
static bool inspect(const char *verb, const char *name)
{
	struct census left = census(chain);
	bool there = layer_exists(chain, name);
	char *moving = in_dir("moving.raw");
	struct stat st;

	check(left.files == left.drafts + (there ? 1 : 0));
	check(left.drafts <= 2);
	if (there && strcmp(verb, "create") == 0)
		run("qemu-img", "check", "-q", "-f", "qcow2",
		    keep(layer_path(chain, name)));
	else if (there && strstr(name, ".raw"))
		run("cmp", keep(layer_path(chain, name)), raw);
	else if (there)
		run("qemu-img", "compare", "-q", "-f", "qcow2", "-F", "qcow2",
		    keep(layer_path(chain, name)), qcow2);
	if (strcmp(verb, "move") == 0 && !there) {
		run("cmp", moving, raw);
		check(stat(moving, &st) == 0 && (st.st_mode & 07777) == 0640);
	} else if (strcmp(verb, "move") == 0) {
		good(layer_move_finish(chain, name, &err));
		run("cmp", keep(layer_path(chain, name)), raw);
		check(stat(keep(layer_path(chain, name)), &st) == 0);
		check((st.st_mode & 07777) == 0400);
	}
	remove_soon(name);
	check(census(chain).files == 0);
	return there;
}

static void prepare(const char *verb, char name[LAYER_NAME_SIZE], bool as_raw)
{
	layer_name_new(as_raw ? LAYER_RAW : LAYER_QCOW2, name);
	if (strcmp(verb, "move") == 0)
		run("install", "-m", "640", raw, in_dir("moving.raw"));
}

/* Kills the work after a random part of the time that it takes whole. */
static void at_random(const char *verb, bool as_raw, unsigned rounds)
{
	usec_t whole = 0;
	unsigned cut = 0;

	for (unsigned i = 0; i <= rounds; i++) {
		char name[LAYER_NAME_SIZE];
		usec_t begin;
		uint32_t random;
		pid_t child;
		int status;

		prepare(verb, name, as_raw);
		random_bytes(&random, sizeof(random));
		begin = clock_monotonic();
		child = fork();
		if (child == 0)
			work(verb, name);
		check(child > 0);
		if (i > 0) {
			usleep((useconds_t)(random % (unsigned)whole));
			kill(child, SIGKILL);
		}
		check(waitpid(child, &status, 0) == child);
		if (i == 0) {
			check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			whole = clock_monotonic() - begin + 1;
		}
		cut += !inspect(verb, name);
	}
	printf("%s %s: %u of %u killed before it was there\n", verb,
	       as_raw ? "raw" : "qcow2", cut, rounds);
}

/* Whether strace did what it was told. */
static bool injected(const char *trace)
{
	auto_buf text = BUF_INIT;

	good(file_read(trace, 64 * MIB, &text, &err));
	return strstr(buf_text(&text), "INJECTED") ||
	       strstr(buf_text(&text), "+++ killed by SIGKILL");
}

/* Does something to the n-th call of `call`, for every n or for fewer the later
 * they are; `self` is this program. Killed, it may leave drafts; failing, it
 * leaves nothing. */
static void at_every(const char *self, const char *verb, bool as_raw,
		     const char *call, const char *what)
{
	char *trace = in_dir("trace");

	for (unsigned n = 1; n < 2000; n += sampled(1 + n / 2, 1)) {
		char name[LAYER_NAME_SIZE];
		char *inject =
			format_text("inject=%s:%s:when=%u", call, what, n);
		const char *const argv[] = { "strace", "-qq", "-f",   "-o",
					     trace,    "-e",  inject, self,
					     verb,     name,  NULL };
		struct process process = { .argv = argv };
		bool there, done, hit;

		prepare(verb, name, as_raw);
		done = process_run(&process, NULL, &err);
		error_clear(&err);
		hit = injected(trace);
		if (strstr(what, "error="))
			check(census(chain).drafts == 0);
		there = inspect(verb, name);
		if (strstr(what, "error="))
			check(there == done);
		check(there || !done);
		free(inject);
		if (!hit) {
			check(done);
			return;
		}
	}
	check(!"an end");
}

static bool may_trace(void)
{
	const char *const argv[] = { "strace", "-o", "/dev/null", "true",
				     NULL };
	struct process process = { .argv = argv };
	bool may = process_run(&process, NULL, &err);

	error_clear(&err);
	return may;
}

static void sweep(const char *self)
{
	static const char *const calls[] = { "pwrite64", "ftruncate",
					     "fsync",	 "renameat2",
					     "fchmod",	 "unlinkat" };
	static const char *const whats[] = { "signal=KILL", "error=EIO",
					     "error=ENOSPC" };

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (size_t k = 0; k < sizeof(whats) / sizeof(*whats); k++) {
			/* what cannot be removed is left behind: no surprise */
			if (k && strcmp(calls[i], "unlinkat") == 0)
				continue;
			/* a full disk fails no other way than a broken one */
			if (k == 2 && i > 0 && !sampled(0, 1))
				continue;
			at_every(self, "create", false, calls[i], whats[k]);
			at_every(self, "move", true, calls[i], whats[k]);
			at_every(self, "import", true, calls[i], whats[k]);
		}
	at_every(self, "import", false, "fsync", "signal=KILL");
	at_every(self, "import", false, "renameat2", "signal=KILL");
	at_every(self, "import", false, "ftruncate", "signal=KILL");
	at_every(self, "import", false, "fsync", "error=EIO");
	at_every(self, "import", true, "pread64", "error=EIO");
	at_every(self, "import", true, "openat", "error=EMFILE");
}

int main(int argc, char **argv)
{
	char self[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

	store = in_dir("store");
	raw = in_dir("image.raw");
	qcow2 = in_dir("image.qcow2");
	if (argc == 3)
		work(argv[1], argv[2]);
	check(size > 0);
	self[size] = 0;
	make_disk(raw, 24 * MIB);
	run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw,
	    qcow2);
	good(chain_open(store, &chain, &err));
	at_random("create", false, sampled(8, 40));
	at_random("import", true, sampled(8, 40));
	at_random("import", false, sampled(12, 60));
	at_random("move", true, sampled(8, 40));
	if (may_trace())
		sweep(self);
	else
		printf("without the sweep: strace is not there or may not\n");
	chain_close(chain);
	return 0;
}
