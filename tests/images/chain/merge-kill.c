/* merge-kill.c - who dies in a merge leaves every layer showing what it showed
 *
 * P <- D <- C <- L on a disk of 128 MiB, D doomed, C frozen. A child pushes or
 * pulls and is killed, with the tools that it started, at random moments
 * (MERGE_KILLS of each, 8 unless told) and at each system call of its own that
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
#include "images/chain/merge.h"

#define DISK (128 * MIB)

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

/* Writes in the way of guests: some large stretches, many small ones. */
static void fill(unsigned layer, uint64_t disk, unsigned large, unsigned small)
{
	const char *argv[512] = { "qemu-io", "-f", "qcow2" };
	uint32_t noise = 77 + layer;
	size_t at = 3;

	for (unsigned i = 0; i < large + small; i++) {
		uint64_t size = i < large ? 4 * MIB : 4096;
		uint64_t offset;
		char how[16];

		noise = noise * 1664525 + 1013904223;
		offset = (noise >> 8) % (unsigned)((disk - size) / 4096);
		argv[at++] = "-c";
		snprintf(how, sizeof(how), "-P %u", 1 + i % 250);
		argv[at++] = keep(format_text("write -q %s %llu %llu",
					      i % 7 == 6 ? "-z" : how,
					      (unsigned long long)offset * 4096,
					      (unsigned long long)size));
	}
	argv[at++] = path_of(layer);
	run_argv(argv);
}

static void prepare(void)
{
	for (unsigned i = 0; i < LAYERS; i++) {
		uint64_t size = i < CHILD ? DISK - MIB : DISK;

		layer_name_new(LAYER_QCOW2, names[i]);
		layers[i] = (struct layer_ref){ names[i], LAYER_QCOW2 };
		good(layer_create(chain, names[i], i ? layers + i - 1 : NULL,
				  size, &err));
		fill(i, size, i == LEAF ? 1 : 12 - 3 * i,
		     i == PARENT ? 0 : 120);
		good(layer_freeze(chain, names[i], &err));
		shows[i] = in_dir(keep(format_text("shows-%u", i)));
		saved[i] = in_dir(keep(format_text("saved-%u", i)));
		run("qemu-img", "convert", "-f", "qcow2", "-O", "raw",
		    path_of(i), shows[i]);
		run("cp", "--sparse=always", "-p", path_of(i), saved[i]);
	}
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

/* Whether two images show the same. */
static bool same(const char *layer, const char *raw)
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

static bool right(void)
{
	return same(path_of(CHILD), shows[CHILD]) &&
	       same(path_of(LEAF), shows[LEAF]);
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
	struct stat st;
	bool whole;

	good(layer_parent(chain, names[CHILD], parent, &err));
	figures->killed += strcmp(parent, names[DOOMED]) == 0;
	figures->wrong += !right();
	look_at(CHILD, figures);
	look_at(DOOMED, figures);
	if (layer_exists(chain, names[DOOMED]))
		figures->between += !same(path_of(DOOMED), shows[DOOMED]) &&
				    !same(path_of(DOOMED), shows[CHILD]);
	figures->drafts += census(chain).drafts;
	good(merge(verb, &err));
	if (strcmp(verb, "pull") == 0)
		good(layer_remove(chain, names[DOOMED], &err));
	check(stat(path_of(CHILD), &st) == 0);
	whole = right() && census(chain).files == LAYERS - 1 &&
		(st.st_mode & 07777) == 0400;
	run("qemu-img", "check", "-q", "-f", "qcow2", path_of(CHILD));
	good(layer_parent(chain, names[CHILD], parent, &err));
	figures->again += whole && strcmp(parent, names[PARENT]) == 0;
}

static void report(const char *verb, const char *how, unsigned rounds,
		   const struct figures *f)
{
	printf("%s, %s: %u rounds, %u killed before the rename, %u wrong, "
	       "%u files leaking, %u corrupt, %u doomed neither old nor new, "
	       "%u drafts, %u right after a redo\n",
	       verb, how, rounds, f->killed, f->wrong, f->leaks, f->corrupt,
	       f->between, f->drafts, f->again);
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
			names[PARENT], names[DOOMED], names[CHILD], NULL
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

	for (unsigned i = PARENT; i <= CHILD; i++)
		layers[i] = (struct layer_ref){ argv[2 + i], LAYER_QCOW2 };
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

int main(int argc, char **argv)
{
	static const char *const calls[] = { "fchmod", "renameat", "fsync" };
	static const char *const verbs[] = { "push", "pull" };
	const char *kills = getenv("MERGE_KILLS");
	char self[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

	good(chain_open(in_dir("layers"), &chain, &err));
	if (argc == 5)
		work(argv);
	check(size > 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	self[size] = 0;
	prepare();
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		at_random(verbs[i], kills ? (unsigned)atoi(kills) : 8);
		for (size_t k = 0;
		     may_trace() && k < sizeof(calls) / sizeof(*calls); k++)
			at_every(self, verbs[i], calls[k]);
	}
	chain_close(chain);
	return 0;
}
