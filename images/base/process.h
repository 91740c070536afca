/* process.h - running another program: argv only, never a shell
 *
 * The child is in its own process group, dies with the thread that started it
 * (PR_SET_PDEATHSIG), has no descriptors but those named, and its stderr ends
 * up in the error text. Start children from a thread that outlives them.
 */
#ifndef QAMI_BASE_PROCESS_H
#define QAMI_BASE_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "images/base/buf.h"
#include "images/base/error.h"

/* What to run. Zero in any limit means none. */
struct process {
	const char *const *argv; /* NULL-terminated; argv[0] sought on PATH */
	int stdin_fd;		 /* borrowed; 0 or negative: /dev/null */
	int listen_fd;		 /* a listening socket to hand over as systemd
				  * does (LISTEN_FDS), alone; 0: none */
	const int *keep;	 /* descriptors kept under their numbers … */
	size_t keep_count;	 /* … and how many there are */
	uint64_t memory_bytes;	 /* RLIMIT_AS */
	uint64_t cpu_seconds;	 /* RLIMIT_CPU */
	uint64_t file_bytes;	 /* RLIMIT_FSIZE */
	unsigned wall_seconds;	 /* killed after that long */
	bool secretive;		 /* leaves no core: it is told keys */
	bool untrusted;		 /* in / with no network where the kernel lets
				  * us, and nothing inherited from the
				  * environment but PATH */
	const char *const *environment; /* "NAME=value" to add, or NULL */
	unsigned answers; /* bit N: ending with exit code N is no failure … */
	int *ret_exit;	  /* … and which one it was goes here, or NULL */
};

/* A child that was started and not yet waited for. */
struct child {
	pid_t pid;
	int out;
	int err;
	const char *name;
	unsigned wall_seconds;
	unsigned answers;
	int *ret_exit;
};

/* Runs the program to its end. What it printed on stdout is appended to
 * ret_out unless that is NULL (then it goes to /dev/null). False with
 * FAULT_INTERNAL, the program's name and the last line of its stderr, if it
 * could not be started, failed or was killed; FAULT_VOLUME_CAPACITY if it
 * says that the disk or the quota is full. */
bool process_run(const struct process *process, struct buf *ret_out,
		 struct error *err) must_check;

/* The two halves of process_run(). A started child must be finished; argv[0]
 * must stay valid until then. */
bool process_start(const struct process *process, struct child *ret_child,
		   struct error *err) must_check;
bool process_finish(struct child *child, struct buf *ret_out, struct error *err)
	must_check;

/* Starts a program (sought on PATH) that outlives its caller: in a session of
 * its own, init's child, in /, with /dev/null for its standard files and
 * nothing of the caller's but `fds`, which become descriptors 3, 4, … and are
 * counted in LISTEN_FDS. Returns when it runs (FAULT_INTERNAL: it cannot be
 * run). */
bool process_detach(const char *program, const char *const *argv,
		    const int *fds, size_t count, pid_t *ret_pid,
		    struct error *err) must_check;

/* Whether a program of that name is on PATH. */
bool process_found(const char *name);

#endif
