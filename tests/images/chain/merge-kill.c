/* merge-kill.c - who dies in a merge leaves every layer showing what it showed
 *
 * P <- D <- C <- L on a disk of 48 MiB, D doomed, C frozen; all plain, all but
 * P encrypted, or D by another key than C. A child pushes or
 * pulls and is killed, with the tools that it started, at random moments
 * (MERGE_KILLS of each, 2 unless told) and at each system call of its own that
 * matters. Right then C and L are compared byte for byte with what they showed;
 * then the merge is done again, and they are compared again. The last line
 * of each kind has the figures.
 */
#include "tests/images/chain/testing.h"

#include <limits.h>
#include <sys/prctl.h>

#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/id.h"
#include "images/chain/blocks.h"
#include "images/chain/merge.h"
#include "tests/images/chain/crypt.h"

#define DISK (48 * MIB)

enum { PARENT, DOOMED, CHILD, LEAF, LAYERS };

static struct error err;
static struct chain *chain;
static char names[LAYERS][LAYER_NAME_SIZE];
static struct layer_ref layers[LAYERS];
static char *shows[LAYERS]; /* raw, what the layer is to show */
static char *saved[LAYERS]; /* the layer's file as it was */

static char *path_of(unsigned layer)
{
	return keep(layer_path(chain, names[layer]));
}

/* What happened to the killed ones. */
struct figures {
	unsigned killed;  /* before the merge was over */
	unsigned wrong;	  /* of these, the child or leaf showed other bytes */
	unsigned leaks;	  /* `check` said of a file that it leaks … */
	unsigned corrupt; /* … or worse */
	unsigned between; /* the doomed layer was neither old nor new */
	unsigned drafts;  /* a draft stayed */
	unsigned again;	  /* the redo came out right */
};

/* The keys of the layers, '-' for none: what is asked for by name. */
static const char *keys = "----";

static bool tell_key(void *data, const char *layer, struct layer_secret *secret,
		     struct error *unused)
{
	(void)data;
	(void)unused;
	for (unsigned i = 0; i < LAYERS; i++)
		if (keys[i] != '-' && strcmp(names[i], layer) == 0)
			secret_make(keys[i], secret);
	return true;
}

/* Writes in the way of guests: some large stretches, many small ones; and into
 * a file what the layer is to show. */
static void fill(unsigned layer, uint64_t size, unsigned large, unsigned small)
{
	static uint8_t data[4 * MIB];
	uint32_t noise = 77 + layer;
	struct disk *disk;
	int fd = open(shows[layer], O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	check(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	good(disk_open_write(chain, layers + layer, &disk, &err));
	for (unsigned i = 0; i < large + small; i++) {
		size_t length = i < large ? sizeof(data) : 4096;
		uint64_t at;

		noise = noise * 1664525 + 1013904223;
		at = (noise >> 8) % (unsigned)((size - length) / 4096) * 4096;
		memset(data, i % 7 == 6 ? 0 : 1 + (int)(i % 250), length);
		good(disk_write(disk, data, length, at, &err));
		check(pwrite(fd, data, length, (off_t)at) == (ssize_t)length);
	}
	disk_close(disk);
	check(close(fd) == 0);
}

/* Less where it is encrypted, for then it is the comparing that takes long. */
static void prepare(void)
{
	unsigned share = keys[CHILD] == '-' ? 1 : 2;

	for (unsigned i = 0; i < LAYERS; i++) {
		uint64_t size = i < CHILD ? DISK - MIB : DISK;

		layer_name_new(LAYER_QCOW2, names[i]);
		layers[i] = (struct layer_ref){ names[i], LAYER_QCOW2 };
		shows[i] = in_dir(keep(format_text("shows-%s-%u", keys, i)));
		saved[i] = in_dir(keep(format_text("saved-%s-%u", keys, i)));
		if (i)
			run("cp", "--sparse=always", shows[i - 1], shows[i]);
		good(layer_create(chain, names[i], i ? layers + i - 1 : NULL,
				  size, &err));
		fill(i, size, i == LEAF ? 1 : (6 - i) / share,
		     i == PARENT ? 0 : 120);
		good(layer_freeze(chain, names[i], &err));
		run("cp", "--sparse=always", "-p", "--remove-destination",
		    path_of(i), saved[i]);
	}
}

static void forget(void)
{
	for (unsigned i = LAYERS; i > 0; i--)
		good(layer_remove(chain, names[i - 1], &err));
	check(census(chain).files == 0);
}

static void restore(void)
{
	run("cp", "--sparse=always", "-p", "--remove-destination",
	    saved[DOOMED], path_of(DOOMED));
	run("cp", "--sparse=always", "-p", "--remove-destination", saved[CHILD],
	    path_of(CHILD));
	check(census(chain).files == LAYERS);
}

static bool merge(const char *verb, struct error *merge_err)
{
	return strcmp(verb, "push") == 0 ?
		       merge_push(chain, layers + CHILD, layers + DOOMED,
				  merge_err) :
		       merge_pull(chain, layers + CHILD, layers + PARENT, NULL,
				  merge_err);
}

/* Whether two images show the same, as qemu-img sees it. */
static bool same_plain(const char *layer, const char *raw)
{
	int code = 0;
	const char *const argv[] = { "qemu-img", "compare", "-q",  "-f",
				     "qcow2",	 "-F",	    "raw", layer,
				     raw,	 NULL };
	struct process process = { .argv = argv,
				   .answers = 1 << 1,
				   .ret_exit = &code };

	good(process_run(&process, NULL, &err));
	return code == 0;
}

/* Whether a stretch of a disk reads as a file does. */
static bool same_bytes(struct disk *disk, int fd, uint64_t at, size_t size)
{
	static uint8_t got[4 * MIB], wanted[4 * MIB];
	ssize_t there = pread(fd, wanted, size, (off_t)at);

	check(there >= 0);
	memset(wanted + there, 0, size - (size_t)there);
	good(disk_read(disk, got, size, at, &err));
	return memcmp(got, wanted, size) == 0;
}

/* Whether a layer shows what a file holds. */
static bool same(unsigned layer, const char *raw)
{
	bool equal = true;
	struct disk *disk;
	int fd;

	if (keys[CHILD] == '-')
		return same_plain(path_of(layer), raw);
	good(disk_open(chain, layers + layer, &disk, &err));
	fd = reading(raw);
	for (uint64_t at = 0; equal && at < disk_size(disk); at += 4 * MIB) {
		uint64_t rest = disk_size(disk) - at;

		equal = same_bytes(disk, fd, at,
				   rest < 4 * MIB ? rest : 4 * MIB);
	}
	close(fd);
	disk_close(disk);
	return equal;
}

static bool right(void)
{
	return same(CHILD, shows[CHILD]) && same(LEAF, shows[LEAF]);
}

static void look_at(unsigned layer, struct figures *figures)
{
	enum layer_health health;

	if (!layer_exists(chain, names[layer]))
		return;
	good(layer_check(chain, layers + layer, &health, &err));
	figures->leaks += health == LAYER_LEAKS;
	figures->corrupt += health == LAYER_CORRUPT;
}

/* What a killed merge left; then the merge again, to its end. */
static void inspect(const char *verb, struct figures *figures)
{
	char parent[LAYER_NAME_SIZE];
	enum layer_health health;
	struct stat st;
	bool whole;

	good(layer_parent(chain, names[CHILD], parent, &err));
	figures->killed += strcmp(parent, names[DOOMED]) == 0;
	figures->wrong += !right();
	look_at(CHILD, figures);
	look_at(DOOMED, figures);
	if (layer_exists(chain, names[DOOMED]))
		figures->between += !same(DOOMED, shows[DOOMED]) &&
				    !same(DOOMED, shows[CHILD]);
	figures->drafts += census(chain).drafts;
	good(merge(verb, &err));
	if (strcmp(verb, "pull") == 0)
		good(layer_remove(chain, names[DOOMED], &err));
	check(stat(path_of(CHILD), &st) == 0);
	whole = right() && census(chain).files == LAYERS - 1 &&
		(st.st_mode & 07777) == 0400;
	good(layer_check(chain, layers + CHILD, &health, &err));
	check(health == LAYER_SOUND);
	good(layer_parent(chain, names[CHILD], parent, &err));
	figures->again += whole && strcmp(parent, names[PARENT]) == 0;
}

static void report(const char *verb, const char *how, unsigned rounds,
		   const struct figures *f)
{
	printf("%s %s, %s: %u rounds, %u killed before the rename, %u wrong, "
	       "%u files leaking, %u corrupt, %u doomed neither old nor new, "
	       "%u drafts, %u right after a redo\n",
	       keys, verb, how, rounds, f->killed, f->wrong, f->leaks,
	       f->corrupt, f->between, f->drafts, f->again);
	fflush(stdout);
	check(f->wrong == 0 && f->corrupt == 0 && f->again == rounds);
}

/* Waits for the child and for the tools that outlive it for a moment. */
static void reap(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
	check(errno == ECHILD);
}

static void at_random(const char *verb, unsigned rounds)
{
	struct figures figures = { 0 };
	usec_t whole = 0;

	for (unsigned i = 0; i <= rounds; i++) {
		uint32_t random;
		usec_t begin;
		pid_t child;

		restore();
		random_bytes(&random, sizeof(random));
		begin = clock_monotonic();
		child = fork();
		if (child == 0) {
			struct error merge_err = { 0 };

			_exit(merge(verb, &merge_err) ? 0 : 1);
		}
		check(child > 0);
		if (i > 0) {
			/* flushes, the longest part, come last */
			usleep((useconds_t)(random %
					    (unsigned)(whole >> i % 5)));
			kill(child, SIGKILL);
			reap();
			inspect(verb, &figures);
			continue;
		}
		reap();
		whole = clock_monotonic() - begin + 16;
		check(right());
		if (strcmp(verb, "pull") != 0)
			check(!layer_exists(chain, names[DOOMED]));
	}
	report(verb, "at random", rounds, &figures);
	if (rounds > 7)
		check(figures.killed > rounds / 4);
}

/* Kills at the n-th call of our own, for every n. */
static void at_every(const char *self, const char *verb, const char *call)
{
	char *trace = in_dir("trace");
	struct figures figures = { 0 };
	unsigned n;

	for (n = 1; n < 100; n++) {
		char *inject = keep(
			format_text("inject=%s:signal=KILL:when=%u", call, n));
		const char *const argv[] = {
			"strace",      "-qq",	      "-o",	    trace,
			"-e",	       inject,	      self,	    verb,
			names[PARENT], names[DOOMED], names[CHILD], keys,
			NULL
		};
		struct process process = { .argv = argv };

		restore();
		if (process_run(&process, NULL, &err))
			break;
		error_clear(&err);
		reap();
		inspect(verb, &figures);
	}
	report(verb, call, n - 1, &figures);
}

/* One merge, in a process of its own that strace started. */
static void work(char **argv)
{
	struct error merge_err = { 0 };

	for (unsigned i = PARENT; i <= CHILD; i++) {
		snprintf(names[i], sizeof(names[i]), "%s", argv[2 + i]);
		layers[i] = (struct layer_ref){ names[i], LAYER_QCOW2 };
	}
	keys = argv[2 + LEAF];
	_exit(merge(argv[1], &merge_err) ? 0 : 1);
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

/* Kills of one kind of merge, in chains of these keys. */
static void killing(const char *self, const char *verb, const char *of,
		    unsigned rounds, bool every)
{
	static const char *const calls[] = { "fchmod", "renameat", "fsync" };

	keys = of;
	prepare();
	at_random(verb, rounds);
	for (size_t i = 0;
	     every && may_trace() && i < sizeof(calls) / sizeof(*calls); i++)
		at_every(self, verb, calls[i]);
	restore();
	forget();
}

int main(int argc, char **argv)
{
	const char *kills = getenv("MERGE_KILLS");
	unsigned rounds = kills ? (unsigned)atoi(kills) : 2;
	char self[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

	good(chain_open(in_dir("layers"), &chain, &err));
	chain_set_secrets(chain, tell_key, NULL);
	if (argc == 6)
		work(argv);
	check(size > 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	self[size] = 0;
	killing(self, "push", "----", rounds, true);
	killing(self, "pull", "----", rounds, true);
	killing(self, "push", "-aaa", rounds / 2, false);
	killing(self, "pull", "-abb", rounds / 2, true);
	chain_close(chain);
	return 0;
}
