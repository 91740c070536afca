/* threads.c - many threads of one process run actions at once
 *
 * Each has a store of its own on one directory, as a server's workers have. An
 * account's threads see each other's volumes and snapshots and work on one that
 * they share; what each makes is its own, and is there at the end, once. What
 * is left behind as a job is run by processes that are this program, too.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdarg.h>

#include "images/base/file.h"
#include "images/fsck.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/cli/cli.h"
#include "launcher/domain/domain.h"
#include "launcher/instance/job.h"
#include "tests/images/chain/testing.h"

#define THREADS 16
#define ACCOUNTS 4
#define ROUNDS 3

static char *path;
static char shared[ACCOUNTS][ID_SIZE];
static char together[ACCOUNTS][ROUNDS][ID_SIZE];
static pthread_mutex_t agreeing = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;

struct worker {
	unsigned number;
	unsigned account;
	struct store *store;
	json_t *args;
	struct reply reply;
	struct error err;
};

/* Runs an action on a store of its own account; a code of an error is allowed.
 * What it answered is there until the next one. */
static bool act(struct worker *worker, const char *allowed, const char *name,
		const char *format, ...)
{
	struct call call = { .store = worker->store, .now = clock_now() };
	struct args args;
	va_list values;
	bool done;

	snprintf(call.account, sizeof(call.account), "%012u",
		 worker->account + 1);
	va_start(values, format);
	args.root = json_vpack_ex(NULL, 0, format, values);
	va_end(values);
	check(args.root && action_find(name));
	reply_done(&worker->reply);
	worker->err = (struct error){ 0 };
	done = reply_init(&worker->reply, &worker->err) &&
	       action_run(action_find(name), &call, &args, &worker->reply,
			  &worker->err);
	/* as a server does between two requests */
	journal_let_go(worker->store->journal);
	args_done(&args);
	if (!done &&
	    (!allowed || strcmp(fault_code(worker->err.fault), allowed) != 0))
		lost(__FILE__, __LINE__, name, &worker->err);
	return done;
}

/* A member of the answer. */
static const struct node *member(const struct worker *worker, const char *name)
{
	const struct node *node = worker->reply.root->children.first;

	while (node && strcmp(node->sdk, name) != 0)
		node = node->next;
	check(node);
	return node;
}

static size_t size(const struct node *list)
{
	size_t count = 0;

	for (const struct node *item = list->children.first; item;
	     item = item->next)
		count++;
	return count;
}

static void id_of(const struct worker *worker, const char *name,
		  char ret_id[ID_SIZE])
{
	snprintf(ret_id, ID_SIZE, "%s", member(worker, name)->text);
}

/* All are told of the same volume. */
static void agree(const struct worker *worker, unsigned round)
{
	char *one = together[worker->account][round];
	char id[ID_SIZE];

	id_of(worker, "VolumeId", id);
	pthread_mutex_lock(&agreeing);
	if (!*one)
		strcpy(one, id);
	check(strcmp(one, id) == 0);
	pthread_mutex_unlock(&agreeing);
}

/* A volume, a snapshot of it, a volume from that, tags and permissions; half of
 * it is gone again afterwards. */
static void round_of(struct worker *worker, unsigned round)
{
	char volume[ID_SIZE], again[ID_SIZE], snapshot[ID_SIZE], child[ID_SIZE];
	char token[40], name[40];

	snprintf(name, sizeof(name), "%u-%u", worker->number, round);
	strcpy(token, name);
	for (int i = 0; i < 2; i++) {
		act(worker, NULL, "CreateVolume", "{s:s, s:i, s:s}",
		    "AvailabilityZone", "us-east-1a", "Size", 1, "ClientToken",
		    token);
		id_of(worker, "VolumeId", i ? again : volume);
	}
	check(strcmp(volume, again) == 0);
	act(worker, NULL, "CreateSnapshot", "{s:s, s:s}", "VolumeId", volume,
	    "Description", token);
	id_of(worker, "SnapshotId", snapshot);
	act(worker, NULL, "CreateTags", "{s:[s,s], s:[{s:s, s:s}]}",
	    "Resources", volume, snapshot, "Tags", "Key", "round", "Value",
	    token);
	act(worker, NULL, "ModifySnapshotAttribute", "{s:s, s:s, s:s, s:[s]}",
	    "SnapshotId", snapshot, "Attribute", "createVolumePermission",
	    "OperationType", "add", "UserIds", "000000000009");
	act(worker, NULL, "CreateVolume", "{s:s, s:s}", "AvailabilityZone",
	    "us-east-1a", "SnapshotId", snapshot);
	id_of(worker, "VolumeId", child);
	/* asked for by all threads of the account at once */
	snprintf(token, sizeof(token), "together-%u", round);
	act(worker, NULL, "CreateVolume", "{s:s, s:i, s:s}", "AvailabilityZone",
	    "us-east-1a", "Size", 2, "ClientToken", token);
	agree(worker, round);
	/* the one that all threads of the account freeze and tag at once */
	act(worker, NULL, "CreateTags", "{s:[s], s:[{s:s, s:s}]}", "Resources",
	    shared[worker->account], "Tags", "Key", "last", "Value", token);
	act(worker, NULL, "CreateSnapshot", "{s:s}", "VolumeId",
	    shared[worker->account]);
	id_of(worker, "SnapshotId", again);
	act(worker, NULL, "DeleteSnapshot", "{s:s}", "SnapshotId", again);
	act(worker, NULL, "DescribeVolumes", "{s:[s,s]}", "VolumeIds", volume,
	    child);
	check(size(member(worker, "Volumes")) == 2);
	act(worker, NULL, "DescribeSnapshots", "{s:[{s:s, s:[s]}]}", "Filters",
	    "Name", "tag:round", "Values", name);
	check(size(member(worker, "Snapshots")) == 1);
	act(worker, NULL, "DescribeTags", "{}");
	act(worker, NULL, "DescribeInstances", "{}");
	act(worker, NULL, "DescribeImages", "{}");
	act(worker, NULL, "DeleteSnapshot", "{s:s}", "SnapshotId", snapshot);
	act(worker, "InvalidSnapshot.NotFound", "DescribeSnapshots", "{s:[s]}",
	    "SnapshotIds", snapshot);
	act(worker, NULL, "DeleteVolume", "{s:s}", "VolumeId", child);
}

static void worker_open(struct worker *worker)
{
	struct error err = { 0 };
	struct call call = { 0 };
	char account[ACCOUNT_SIZE];

	good(store_open(path, NULL, &worker->store, &err));
	call.store = worker->store;
	snprintf(account, sizeof(account), "%012u", worker->account + 1);
	good(call_account(&call, account, &err));
}

static void worker_close(struct worker *worker)
{
	reply_done(&worker->reply);
	store_close(worker->store);
}

static void *work(void *data)
{
	struct worker *worker = data;

	worker_open(worker);
	pthread_barrier_wait(&start);
	for (unsigned round = 0; round < ROUNDS; round++)
		round_of(worker, round);
	worker_close(worker);
	return NULL;
}

/* Until nothing that was left behind is left to do. */
static void await_jobs(struct worker *worker)
{
	struct error err = { 0 };
	struct call call = { .store = worker->store,
			     .account = "000000000001",
			     .action = "Test" };
	const char *lock = keep(store_path(worker->store, "run/slow.lock"));
	bool left = true;
	usec_t due;

	while (left) {
		auto_close int fd = -1;

		good(job_spawn(&call, &err));
		usleep(50000);
		fd = file_lock(lock, true);
		check(fd >= 0);
		good(op_jobs_left(worker->store->db, true, &left, &due, &err));
	}
}

static void report(void *data, const struct finding *finding)
{
	fprintf(stderr, "%s: %s\n", finding->subject, finding->text);
	(void)data;
}

/* Whether somebody is at work, or has left a lock behind. */
static bool is_owned(const char *run)
{
	DIR *dir = opendir(run);
	struct dirent *entry;
	bool found = false;

	check(dir);
	while ((entry = readdir(dir)))
		found = found || strncmp(entry->d_name, "run-", 4) == 0;
	closedir(dir);
	return found;
}

/* Rows and files are what the rounds leave, nobody owns anything, and the
 * store agrees with itself. */
static void look(struct worker *worker)
{
	struct error err = { 0 };
	struct call call = { .store = worker->store, .now = clock_now() };
	struct fsck fsck = { .found = report };
	const char *run = keep(store_path(worker->store, "run"));
	usec_t end = clock_monotonic() + 60 * USEC_PER_SEC;

	act(worker, NULL, "DescribeVolumes", "{}");
	check(size(member(worker, "Volumes")) ==
	      THREADS / ACCOUNTS * ROUNDS + ROUNDS + 1);
	act(worker, NULL, "DescribeSnapshots", "{s:[s]}", "OwnerIds", "self");
	check(size(member(worker, "Snapshots")) == 0);
	snprintf(call.account, sizeof(call.account), "%012u",
		 worker->account + 1);
	good(fsck_run(&call, &fsck, &err));
	check(fsck.faults == 0);
	/* who ran the jobs may be about to leave */
	while (is_owned(run)) {
		check(clock_monotonic() < end);
		usleep(20000);
	}
}

int main(int argc, char **argv)
{
	struct worker workers[THREADS], *one;
	pthread_t threads[THREADS];

	hypervisor_driver(argc, argv);
	if (argc > 1)
		return cli_main(argc, argv);
	path = in_dir("store");
	check(pthread_barrier_init(&start, NULL, THREADS) == 0);
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		one = &(struct worker){ .account = i };
		worker_open(one);
		act(one, NULL, "CreateVolume", "{s:s, s:i}", "AvailabilityZone",
		    "us-east-1a", "Size", 1);
		id_of(one, "VolumeId", shared[i]);
		worker_close(one);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .number = i,
					      .account = i % ACCOUNTS };
		check(pthread_create(&threads[i], NULL, work, &workers[i]) ==
		      0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0);
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		one = &(struct worker){ .account = i };
		worker_open(one);
		await_jobs(one);
		look(one);
		worker_close(one);
	}
	return 0;
}
