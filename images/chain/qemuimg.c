/* qemuimg.c - the argv that runs
 *
 * Files are handed over as descriptors (/proc/self/fd/N) with the driver of
 * every node spelt out, so that neither a name nor a probe can make qemu-img
 * open anything else.
 */
#include "images/chain/qemuimg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/process.h"
#include "images/chain/qemu.h"

#define MIB (1ULL << 20)

/* Bounds that no honest image comes near: twice the slowest decompression
 * seen, and the metadata of the smallest clusters. */
#define MEMORY_MOST (1024 * MIB)
#define CPU_LEAST 60
#define PUSH_EVERY (20 * 1000) /* between two nudges of the disk */
#define CPU_BYTES_PER_SECOND (8 * MIB)

/* A conversion that runs. */
struct job {
	struct child child;
	int target;
	uint64_t total;
	progress_fn progress; /* or NULL */
	void *data;
};

/* Passes on the last percentage of what `convert -p` printed. */
static void tell(const struct job *job, const char *text)
{
	const char *open = strrchr(text, '(');
	unsigned long percent = open ? strtoul(open + 1, NULL, 10) : 101;

	if (job->progress && percent <= 100)
		job->progress(job->data, job->total / 100 * percent,
			      job->total);
}

/* Follows the child until it is done with stdout or the deadline has passed.
 * Meanwhile the disk is kept at work: a flush afterwards, as long as it takes,
 * would otherwise double the time. */
static void follow(struct job *job, usec_t end)
{
	struct pollfd ready = { .fd = job->child.out, .events = POLLIN };
	usec_t pushed = clock_monotonic();

	for (usec_t now; (now = clock_monotonic()) < end;) {
		char text[256];
		ssize_t got;

		if (now - pushed >= PUSH_EVERY) {
			if (job->target >= 0)
				sync_file_range(job->target, 0, 0,
						SYNC_FILE_RANGE_WRITE);
			pushed = now;
		}
		if (poll(&ready, 1, PUSH_EVERY / 1000) <= 0)
			continue;
		got = read(job->child.out, text, sizeof(text) - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return;
		text[got] = 0;
		tell(job, text);
	}
	job->child.wall_seconds = 1;
}

/* Says whose fault a failed conversion is. */
static void blame(struct error *err)
{
	char text[sizeof(err->text)];

	if (err->fault != FAULT_INTERNAL)
		return;
	if (!process_found("qemu-img")) {
		error_clear(err);
		fail(err, FAULT_HOST, "qemu-img is not installed");
		return;
	}
	memcpy(text, err->text, sizeof(text));
	error_clear(err);
	fail(err, FAULT_IMPORT_FORMAT, "the image cannot be converted: %s",
	     text);
}

/* What is read and what is written, by their descriptors. */
#define NODE_SIZE 160
static void say_nodes(const char *driver, int source, int target, bool encrypt,
		      char from[NODE_SIZE], char to[NODE_SIZE])
{
	/* whatever it stands on would be opened by the name that it says */
	snprintf(from, NODE_SIZE,
		 "driver=%s,backing=,%sfile.driver=file,"
		 "file.filename=/proc/self/fd/%d",
		 driver,
		 strcmp(driver, "vpc") == 0 ? "force_size_calc=current_size," :
					      "",
		 source);
	snprintf(
		to, NODE_SIZE,
		"driver=qcow2,%sfile.driver=file,file.filename=/proc/self/fd/%d",
		encrypt ? "encrypt.key-secret=key0," : "", target);
}

bool qemuimg_convert(int source, int target, const struct disk_header *header,
		     const struct layer_secret *secret, progress_fn progress,
		     void *data, struct error *err)
{
	static const char *const environment[] = { "LC_ALL=C",
						   "MALLOC_ARENA_MAX=2", NULL };
	auto_keys keys = KEYS_INIT;
	auto_tool tool = TOOL_INIT;
	int keep[3] = { source, target };
	const uint64_t size = header->virtual_size;
	char from[NODE_SIZE], to[NODE_SIZE];
	/* in order, not -W: the layer comes out as contiguous as its disk */
	const char *const argv[] = { "qemu-img",
				     "convert",
				     "-p",
				     "-n",
				     "-t",
				     "unsafe",
				     "--target-is-zero",
				     "--image-opts",
				     "--target-image-opts",
				     from,
				     to,
				     NULL };
	struct process process = {
		.memory_bytes = MEMORY_MOST,
		.cpu_seconds = CPU_LEAST + size / CPU_BYTES_PER_SECOND,
		.file_bytes = size + size / 32 + 64 * MIB,
		.wall_seconds = (unsigned)(10 * CPU_LEAST +
					   size / (CPU_BYTES_PER_SECOND / 2)),
		.untrusted = true,
		.environment = environment,
	};
	struct job job = {
		.target = target,
		.total = size,
		.progress = progress,
		.data = data,
	};
	size_t number = 0;

	if (secret && !keys_add(&keys, secret, &number, err))
		return false;
	say_nodes(header->driver, source, target, secret, from, to);
	if (!tool_new(argv, 2, &keys, &tool, err))
		return false;
	if (secret)
		keep[2] = keys.fds[number];
	process.argv = tool.process.argv;
	process.secretive = tool.process.secretive;
	process.keep = keep;
	process.keep_count = 2 + keys.count;
	if (!process_start(&process, &job.child, err))
		return false;
	follow(&job, clock_monotonic() + process.wall_seconds * USEC_PER_SEC);
	if (process_finish(&job.child, NULL, err))
		return true;
	blame(err);
	return false;
}

bool qemuimg_export(const char *node, const char *path, const char *format,
		    uint64_t size, progress_fn progress, void *data,
		    struct error *err)
{
	static const char *const environment[] = { "LC_ALL=C", NULL };
	const char *options =
		strcmp(format, "vmdk") == 0 ? "subformat=streamOptimized" :
		strcmp(format, "vpc") == 0 ? "subformat=dynamic,force_size=on" :
					     NULL;
	const char *const argv[] = { "qemu-img",
				     "convert",
				     "-p",
				     "-O",
				     format,
				     node,
				     path,
				     options ? "-o" : NULL,
				     options,
				     NULL };
	const struct process process = {
		.argv = argv,
		.wall_seconds = (unsigned)(10 * CPU_LEAST +
					   size / (CPU_BYTES_PER_SECOND / 2)),
		.environment = environment,
	};
	struct job job = {
		.target = -1,
		.total = size,
		.progress = progress,
		.data = data,
	};

	if (!process_start(&process, &job.child, err))
		return false;
	follow(&job, clock_monotonic() + process.wall_seconds * USEC_PER_SEC);
	return process_finish(&job.child, NULL, err);
}
