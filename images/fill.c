/* fill.c - starting the processes that fill layers, and what they mean to
 * others
 *
 * Whoever finds none listening starts one; which of several stays is decided by
 * a lock. So neither a server nor a runner of jobs has to be there for a volume
 * to be read, but while a filling lasts there is a job, whose runner notices
 * when the process was killed.
 */
#include "images/fill.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/process.h"
#include "images/chain/filling.h"
#include "images/fill-private.h"
#include "images/layers.h"
#include "images/registry/layer.h"

#define KIND "fill"
#define MIB ((int64_t)1 << 20)
#define LOOK_AGAIN (2 * USEC_PER_SEC)

/* The verb that becomes the process: launcher/cli/verb/fill-layer.c. */
#define FILLER "fill-layer"

#define WAKE_USEC (30 * USEC_PER_SEC)
#define SPAWN_USEC USEC_PER_SEC
#define LOOK_USEC 5000

char *fill_lock(const struct store *store, const char *layer)
{
	return store_path(store, "fill/%s.lock", layer);
}

bool fill_begin(struct call *call, const struct filling *filling,
		struct error *err)
{
	auto_free char *payload =
		format_text("{\"layer\":\"%s\"}", filling->layer);
	struct filling row = *filling;
	struct op op = {
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.request = "",
		.payload = payload,
		.due = clock_wall(),
	};

	if (!payload)
		return fail_memory(err);
	row.state = "filling";
	row.started = call->now;
	return filling_insert(call->store->db, &row, err) &&
	       op_queue(call->store->journal, &op, err);
}

/* Starts the process unless it is there, which *ret_there says. */
static bool spawn(const struct store *store, const char *layer, bool *ret_there,
		  struct error *err)
{
	const char *const argv[] = { "qami", "--store", store->path,
				     FILLER, "--layer", layer,
				     NULL };
	auto_free char *path = fill_lock(store, layer);
	int lock = path ? file_lock(path, false) : -1;
	pid_t pid;

	if (!path)
		return fail_memory(err);
	*ret_there = lock < 0 && errno == EAGAIN;
	if (lock < 0)
		return *ret_there || fail_errno(err, "cannot lock %s", path);
	close(lock);
	return process_detach("/proc/self/exe", argv, NULL, 0, &pid, err);
}

/* Whether somebody listens there. */
static bool listens(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return false;
	strcpy(address.sun_path, path);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

/* Why nobody listens, as far as the process has told. */
static bool fail_asleep(const struct store *store, const char *layer,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct filling filling = { .message = NULL };
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!filling_get(store->db, layer, arena, &filling, &found, err))
		return false;
	return fail(err, FAULT_UNAVAILABLE,
		    "%s is still being filled, and nobody fills it%s%s", layer,
		    found && filling.message ? ": " : "",
		    found && filling.message ? filling.message : "");
}

bool fill_wake(void *data, const char *layer, struct error *err)
{
	const struct store *store = data;
	auto_free char *path = filling_socket(store->chain, layer, err);
	usec_t end = clock_monotonic() + WAKE_USEC, again = 0;
	bool there;

	if (!path)
		return false;
	while (!listens(path)) {
		usec_t now = clock_monotonic();

		if (now > end)
			return fail_asleep(store, layer, err);
		if (now >= again && !spawn(store, layer, &there, err))
			return false;
		if (now >= again)
			again = now + SPAWN_USEC;
		usleep(LOOK_USEC);
	}
	return true;
}

bool fill_revive(struct call *call, const char *path, struct error *err)
{
	char layer[LAYER_NAME_SIZE];
	bool there;

	return !filling_of_socket(call->store->chain, path, layer) ||
	       spawn(call->store, layer, &there, err);
}

/* Removes what a process that was killed has left beside a layer that is gone;
 * *ret_busy: it is still there, and does so itself. */
static bool clear_up(const struct store *store, const char *layer,
		     bool *ret_busy, struct error *err)
{
	auto_free char *socket = filling_socket(store->chain, layer, err);
	auto_free char *path = fill_lock(store, layer);
	auto_close int lock = path ? file_lock(path, false) : -1;

	*ret_busy = false;
	if (!socket)
		return false;
	if (!path)
		return fail_memory(err);
	if (lock < 0) {
		*ret_busy = errno == EAGAIN;
		/* there is no such directory before the first filling */
		return *ret_busy || errno == ENOENT ||
		       fail_errno(err, "cannot lock %s", path);
	}
	if (!filling_forget(store->chain, layer, err) ||
	    !file_remove(socket, err) || !file_remove(path, err))
		return false;
	filling_settle(store->chain);
	return true;
}

/* Removes a layer that is doomed, with its row. Who doomed it could not while
 * the process, or what that read it with, was still about to end: nobody else
 * comes back for it. */
static bool reap(struct call *call, const char *layer, bool *ret_left,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *names;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!layers_reap(call, err) ||
	    !layer_doomed(call->store->db, arena, &names, &count, err))
		return false;
	*ret_left = false;
	for (size_t i = 0; i < count; i++)
		*ret_left = *ret_left || strcmp(names[i], layer) == 0;
	return true;
}

/* Starts the process of a layer that is filled, if it is gone. One that ended
 * because its source is away is started again after a while, by who does not
 * wait for it. */
static bool go_on(struct call *call, const struct op *op,
		  const struct filling *filling, usec_t *ret_due,
		  struct error *err)
{
	int64_t away = 0;
	bool there;

	if (!spawn(call->store, filling->layer, &there, err))
		return false;
	if (!there && strcmp(filling->state, "impaired") == 0)
		away = op->step + 1;
	*ret_due = clock_wall() + fill_pause((unsigned)away);
	return away == op->step || op_step(call->store->journal, op->id,
					   "intent", away, NULL, NULL, err);
}

bool fill_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *layer = arena ? op_text(op, "layer", arena) : NULL;
	struct filling filling;
	bool found, busy;

	if (!layer)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!filling_get(call->store->db, layer, arena, &filling, &found, err))
		return false;
	*ret_due = 0;
	if (!found && (!clear_up(call->store, layer, &busy, err) ||
		       (!busy && !reap(call, layer, &busy, err))))
		return false;
	if (!found && !busy)
		return op_step(call->store->journal, op->id, "done", 1, NULL,
			       NULL, err);
	*ret_due = clock_wall() + LOOK_AGAIN;
	return !found || go_on(call, op, &filling, ret_due, err);
}

bool fill_look(struct call *call, const char *layer, struct arena *arena,
	       struct filling *ret_filling, bool *ret_fills, struct error *err)
{
	return filling_below(call->store->db, layer, arena, ret_filling,
			     ret_fills, err);
}

bool fill_shows(struct call *call, const char *layer, struct arena *arena,
		const char **ret_state, const char **ret_why, struct error *err)
{
	struct filling filling;
	bool fills;

	*ret_why = NULL;
	if (!fill_look(call, layer, arena, &filling, &fills, err))
		return false;
	fills = fills && !fill_kind_ours(filling.kind);
	*ret_state = !fills				  ? "completed" :
		     strcmp(filling.state, "failed") == 0 ? "error" :
							    "pending";
	if (fills)
		*ret_why = filling.message;
	return true;
}

int64_t fill_speed(int64_t rate)
{
	const char *own = getenv("QAMI_FILL_RATE");
	double wished = rate || !own ? 0 : strtod(own, NULL) * MIB;

	if (wished >= 1 && wished <= INT32_MAX * (double)MIB)
		return (int64_t)wished;
	return (rate ? rate : FILL_RATE_DEFAULT) * MIB;
}

int64_t fill_percent(const struct filling *filling)
{
	int64_t percent =
		filling->blocks ? filling->filled * 100 / filling->blocks : 0;

	return percent > 99 ? 99 : percent;
}

int64_t fill_seconds(const struct filling *filling, int64_t rate)
{
	int64_t left = (filling->blocks - filling->filled) * BLOCK_SIZE;

	return left / fill_speed(rate) + 1;
}

bool fill_check(struct call *call, const char *layer, const char *what,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct filling filling;
	bool fills;

	if (!arena)
		return fail_memory(err);
	if (!fill_look(call, layer, arena, &filling, &fills, err))
		return false;
	return !fills || fail(err, FAULT_UNAVAILABLE,
			      "%s: its blocks are still being fetched", what);
}
