/* rebundle.c - a snapshot, a disk made of it, and both gone again
 *
 *   TX    intent: the snapshot's id, the directory's name
 *   host  the root volume is frozen; libguestfs copies what it held
 *   host  the disk loses its name, the directory and the snapshot go
 *   TX    done
 *
 * From then on the disk is an open file that nobody else can find: whoever
 * uses it may take any time, and may die.
 */
#include "launcher/instance/rebundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/fstab.h"
#include "images/authorise.h"
#include "images/base/file.h"
#include "images/base/process.h"
#include "images/freeze.h"
#include "images/fill.h"
#include "images/layers.h"
#include "images/snapshot.h"
#include "images/turn.h"
#include "launcher/domain/domain.h"

#define KIND "rebundle"
#define SIZE_DEFAULT ((uint64_t)10 << 30)

struct work {
	struct call *call;
	const struct rebundle *request;
	struct arena *arena;
	struct root_filter filter;
	uint64_t size;
	const char *volume;
	char snapshot[ID_SIZE];
	char name[ID_SIZE]; /* of the directory */
	struct turn pin;
};

/* The instance's root volume. */
static bool find_volume(struct work *work, struct error *err)
{
	struct call *call = work->call;
	const struct attachment *all;
	struct instance instance;
	size_t count;

	if (!authorise_instance(call, RIGHT_OWN, work->request->instance,
				work->arena, &instance, err))
		return false;
	if (strcmp(instance.state, "running") != 0 &&
	    strcmp(instance.state, "stopped") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "Instance '%s' is not 'running' or 'stopped'.",
			    instance.id);
	if (!attachment_of(call->store->db, instance.id, NULL, work->arena,
			   &all, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].device, instance.root_device_name) == 0 &&
		    strcmp(all[i].state, "attached") == 0)
			work->volume = all[i].volume;
	return work->volume ||
	       fail(err, FAULT_UNSUPPORTED,
		    "Instance '%s' has no root volume: what is on an instance "
		    "store is bundled from inside",
		    instance.id);
}

static bool begin(struct work *work, struct op *ret_op, struct error *err)
{
	struct call *call = work->call;
	const char *answer;
	auto_tx tx = TX_INIT;

	id_new("snap", work->snapshot);
	id_new("rebundle", work->name);
	*ret_op = (struct op){
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = arena_format(
			work->arena,
			"{\"snapshot\":\"%s\",\"directory\":\"%s\"}",
			work->snapshot, work->name),
	};
	if (!ret_op->payload)
		return fail_memory(err);
	return tx_begin(&tx, call->store->db, err) &&
	       op_begin(call->store->journal, ret_op, work->arena, &answer,
			err) &&
	       tx_commit(&tx, err);
}

static bool freeze(struct work *work, struct error *err)
{
	const struct shot shot = {
		.volume = work->volume,
		.snapshot = work->snapshot,
		.description = arena_format(work->arena,
					    "for a bundle of %s",
					    work->request->instance),
	};

	if (!shot.description)
		return fail_memory(err);
	return freeze_volumes(work->call, &shot, 1, NULL, NULL, err);
}

static bool keeps(void *data, const char *path, bool directory)
{
	const struct work *work = data;

	return filter_keeps(&work->filter, path, directory);
}

static bool lay_out(void *data, struct source *old, uint64_t root,
		    uint64_t boot, int fd, unsigned *ret_partition,
		    struct error *err)
{
	const struct work *work = data;
	const struct layout layout = {
		.kind = work->request->table,
		.root = root,
		.boot = boot,
		.size = work->size,
	};
	struct layout_root made;

	if (!layout_make(old, &layout, fd, &made, err))
		return false;
	*ret_partition = made.number;
	return made.loader || made.kind == LAYOUT_NONE ||
	       fail(err, FAULT_UNSUPPORTED,
		    "a boot loader cannot move to another kind of partition "
		    "table; leave it as it is, or take 'none'");
}

static void make_fstab(void *data, const char *old, const char *uuid,
		       const char *type, struct buf *ret_text)
{
	const struct rebundle *request = ((const struct work *)data)->request;

	if (request->fstab)
		buf_str(ret_text, request->fstab);
	else if (request->generate_fstab)
		fstab_generate(old, uuid, type, ret_text);
}

static void opened(void *data)
{
	struct work *work = data;

	turn_done(&work->pin);
}

/* Copies what the snapshot holds onto a new disk in the directory. */
static bool copy(struct work *work, const char *directory, const char *disk,
		 struct error *err)
{
	struct call *call = work->call;
	const struct machine_file *files;
	struct snapshot snapshot;
	size_t count;
	bool found, ok;
	struct disk_clone clone = {
		.to = disk,
		.place = arena_format(work->arena, "%s/tmp", directory),
		.size = work->size,
		.lay_out = lay_out,
		.keeps = keeps,
		.fstab = make_fstab,
		.opened = opened,
		.data = work,
	};

	if (!clone.place)
		return fail_memory(err);
	if (!dir_make(clone.place, 0711, err) ||
	    !scratch_create(disk, work->size, err) ||
	    !turn_pin(call, &work->pin, err))
		return false;
	ok = snapshot_get(call->store->db, work->snapshot, work->arena,
			  &snapshot, &found, err) &&
	     (found ||
	      fail(err, FAULT_INCORRECT_STATE,
		   "the snapshot %s of this was deleted", work->snapshot)) &&
	     fill_check(call, snapshot.layer, work->snapshot, err) &&
	     layers_files(call, snapshot.layer, work->arena, &files, &count,
			  err);
	if (ok) {
		clone.from = &files[0];
		ok = disk_clone(&clone, err);
	}
	turn_done(&work->pin);
	return ok;
}

/* Removes the directory with all that is in it. */
static bool remove_directory(struct call *call, const char *name,
			     struct error *err)
{
	auto_free char *path = store_path(call->store, "scratch/%s", name);
	const char *const argv[] = { "rm", "-rf", "--", path, NULL };

	return path ? process_run(&(struct process){ .argv = argv }, NULL,
				  err) :
		      fail_memory(err);
}

/* Removes all that was made, and is done. */
static bool finish(struct call *call, const char *op, const char *snapshot,
		   const char *directory, const char *state, struct error *err)
{
	if (!remove_directory(call, directory, err))
		return false;
	if (!snapshot_erase_own(call, snapshot, err)) {
		if (err->fault != FAULT_SNAPSHOT_NOT_FOUND &&
		    err->fault != FAULT_OPERATION_NOT_PERMITTED)
			return false;
		error_clear(err); /* it was deleted meanwhile, or locked */
	}
	return op_step(call->store->journal, op, state, 1, NULL, NULL, err);
}

/* Makes the disk, of which only *ret_fd is left. */
static bool make(struct work *work, int *ret_fd, struct error *err)
{
	struct call *call = work->call;
	auto_free char *directory =
		store_path(call->store, "scratch/%s", work->name);
	auto_free char *disk =
		store_path(call->store, "scratch/%s/disk.raw", work->name);
	auto_close int fd = -1;

	if (!directory || !disk)
		return fail_memory(err);
	if (call->stage)
		call->stage(call->watch_data, "freezing the root volume");
	if (!freeze(work, err))
		return false;
	if (call->stage)
		call->stage(call->watch_data, "copying its files");
	if (!copy(work, directory, disk, err))
		return false;
	fd = open(disk, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail_errno(err, "cannot open %s", disk);
	*ret_fd = take_fd(fd);
	return true;
}

bool rebundle(struct call *call, const struct rebundle *request,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error end = { FAULT_NONE };
	struct work work = {
		.call = call,
		.request = request,
		.arena = arena,
		.size = request->size ? request->size : SIZE_DEFAULT,
		.pin = TURN_INIT,
	};
	auto_close int fd = -1;
	struct op op;
	bool ok;

	if (!arena)
		return fail_memory(err);
	if (!find_volume(&work, err) ||
	    !filter_make(&request->filter, arena, &work.filter, err) ||
	    !call_dry_run(call, err) || !begin(&work, &op, err))
		return false;
	ok = make(&work, &fd, err);
	/* what cannot be removed now is, by the next call */
	if (!finish(call, op.id, work.snapshot, work.name,
		    ok ? "done" : "aborted", ok ? err : &end))
		return false;
	return ok && request->use(request->use_data, fd, err);
}

bool rebundle_recover(struct call *call, const struct op *op, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *snapshot = arena ? op_text(op, "snapshot", arena) : NULL;
	const char *directory = arena ? op_text(op, "directory", arena) : NULL;
	bool open;

	if (!snapshot || !directory)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	/* a snapshot that is still to be completed would stay behind */
	if (!op_kind_names(call->store->db, "snapshot", snapshot, &open, err))
		return false;
	if (open)
		return fail(err, FAULT_UNAVAILABLE,
			    "the snapshot %s is not recovered yet", snapshot);
	return finish(call, op->id, snapshot, directory, "aborted", err);
}
