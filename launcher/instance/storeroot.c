/* storeroot.c - an instance-store root, held still to be read
 *
 * A root has one of two file names, in turn, so that there is never a stray
 * one whose name nobody knows.
 */
#include "launcher/instance/storeroot.h"

#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/cache.h"
#include "images/chain/source.h"
#include "images/registry/instance.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/machine.h"

#define FIRST "-root.qcow2"
#define SECOND "-root.1.qcow2"

/* What QEMU does with the root. */
enum head {
	HEAD_GONE, /* there is no machine to ask */
	HEAD_FILE, /* it writes the row's file */
	HEAD_BELOW, /* it has not moved on from the file below */
	HEAD_OTHER, /* it writes a file that no row knows */
};

/* An instance and its root. */
struct root {
	struct call *call;
	struct arena *arena;
	struct instance instance;
	struct scratch disk;
	const char *serial;
	bool there; /* such an instance runs */
};

char *storeroot_other(const char *file)
{
	const char *end = strstr(file, FIRST);

	if (end)
		return format_text("%.*s" SECOND, (int)(end - file), file);
	end = strstr(file, SECOND);
	return end ? format_text("%.*s" FIRST, (int)(end - file), file) : NULL;
}

static bool find(struct root *root, const char *id, struct error *err)
{
	struct db *db = root->call->store->db;
	const struct scratch *all;
	size_t count;

	root->there = false;
	if (!instance_get(db, id, root->arena, &root->instance, &root->there,
			  err) ||
	    !scratch_of(db, id, root->arena, &all, &count, err))
		return false;
	if (!root->there || strcmp(root->instance.state, "running") != 0) {
		root->there = false;
		return true;
	}
	root->there = false;
	for (size_t i = 0; i < count && !root->there; i++) {
		root->disk = all[i];
		root->there = all[i].cache != NULL;
	}
	root->serial = machine_scratch_serial(root->arena, id,
					      root->disk.virtual_name);
	return root->serial || fail_memory(err);
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Asks QEMU which file it writes. */
static bool look(const struct root *root, struct hypervisor *hypervisor,
		 enum head *ret_head, struct error *err)
{
	const struct machine_head *heads;
	const char *name = NULL;
	size_t count;

	if (!machine_heads(hypervisor, root->instance.uuid, root->arena, &heads,
			   &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(heads[i].serial, root->serial) == 0 &&
		    heads[i].file_count)
			name = file_name(heads[i].files[0]);
	if (!name)
		*ret_head = HEAD_GONE;
	else if (strcmp(name, root->disk.file) == 0)
		*ret_head = HEAD_FILE;
	else if (root->disk.below && strcmp(name, root->disk.below) == 0)
		*ret_head = HEAD_BELOW;
	else
		*ret_head = HEAD_OTHER;
	return true;
}

static bool move_row(struct root *root, const char *file, const char *below,
		     struct error *err)
{
	if (!scratch_move(root->call->store->db, root->instance.id,
			  root->disk.device, file, below, err))
		return false;
	root->disk.file = file;
	root->disk.below = below;
	return true;
}

static bool remove_file(const struct root *root, const char *file,
			struct error *err)
{
	auto_free char *path =
		store_path(root->call->store, "scratch/%s", file);

	return path ? file_remove(path, err) : fail_memory(err);
}

/* The new file, then the row that names it. */
static bool put_over(struct root *root, struct error *err)
{
	auto_free char *other = storeroot_other(root->disk.file);
	const char *file = other ? arena_str(root->arena, other) : NULL;
	auto_free char *path =
		file ? store_path(root->call->store, "scratch/%s", file) : NULL;

	if (!path)
		return fail_memory(err);
	/* somebody who died may have begun it */
	return file_remove(path, err) &&
	       scratch_create_over(path, root->disk.file, LAYER_QCOW2, true,
				   err) &&
	       move_row(root, file, root->disk.file, err);
}

static bool fail_gone(const struct root *root, struct error *err)
{
	return fail(err, FAULT_INSTANCE_STATE,
		    "The machine of the instance '%s' is not there",
		    root->instance.id);
}

/* Moves QEMU on to the row's file. */
static bool pivot(struct root *root, struct hypervisor *hypervisor,
		  struct error *err)
{
	auto_free char *path =
		store_path(root->call->store, "scratch/%s", root->disk.file);
	const struct machine_pivot to = { root->serial, path };
	enum head head;
	bool quiesced;

	if (!path)
		return fail_memory(err);
	if (!look(root, hypervisor, &head, err))
		return false;
	if (head == HEAD_BELOW &&
	    (!machine_pivot(hypervisor, root->instance.uuid, &to, 1, true,
			    &quiesced, err) ||
	     !look(root, hypervisor, &head, err)))
		return false;
	return head == HEAD_FILE || fail_gone(root, err);
}

bool storeroot_open(struct call *call, const char *instance,
		    struct source **ret_source, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct root root = { .call = call, .arena = arena };
	auto_turn turn = TURN_INIT;
	auto_free char *below = NULL;
	struct hypervisor *hypervisor;
	struct disk *disk = NULL;
	bool ok, settled;

	if (!arena)
		return fail_memory(err);
	/* an earlier one may have been cut short */
	if (!storeroot_settle(call, instance, &settled, err) ||
	    !attach_turns(call, &instance, 1, TURN_WAIT_MS, &turn, err) ||
	    !find(&root, instance, err))
		return false;
	if (!root.there)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is not running", instance);
	if (root.disk.below)
		return fail(err, FAULT_UNAVAILABLE,
			    "The root of the instance '%s' is still being put "
			    "together",
			    instance);
	if (!put_over(&root, err) ||
	    !hypervisor_open(root.instance.uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = pivot(&root, hypervisor, err);
	hypervisor_close(hypervisor);
	if (!ok)
		return false;
	below = format_text("../scratch/%s", root.disk.below);
	if (!below)
		return fail_memory(err);
	return disk_open_beside(call->store->chain, below, &disk, err) &&
	       source_open_disk(disk, ret_source, err);
}

/* Whoever wants to work on the instance goes first. */
struct wanting {
	const struct turn *turn;
	const char *instance;
};

static bool is_wanted(void *data)
{
	const struct wanting *wanting = data;

	return turn_wanted(wanting->turn, wanting->instance);
}

/* Copies up what the old file holds, or goes back to it when QEMU has never
 * left it. */
static bool join(struct root *root, struct hypervisor *hypervisor,
		 const struct turn *turn, bool *ret_done, struct error *err)
{
	struct wanting wanting = { turn, root->instance.id };
	const struct machine_patience patience = { is_wanted, &wanting };
	auto_free char *base = cache_path(root->call->store, root->disk.cache);
	const char *file = root->disk.file, *below = root->disk.below;
	enum head head;

	if (!base)
		return fail_memory(err);
	if (!look(root, hypervisor, &head, err))
		return false;
	*ret_done = head == HEAD_BELOW;
	if (head == HEAD_BELOW)
		return move_row(root, below, NULL, err) &&
		       remove_file(root, file, err);
	/* who starts it anew describes all three */
	if (head == HEAD_GONE)
		return true;
	if (head == HEAD_OTHER)
		return fail(err, FAULT_INTERNAL,
			    "the machine of %s writes to a file of no row",
			    root->instance.id);
	return machine_shorten(hypervisor, root->instance.uuid, root->serial,
			       base, &patience, ret_done, err) &&
	       (!*ret_done || (move_row(root, file, NULL, err) &&
			       remove_file(root, below, err)));
}

bool storeroot_settle(struct call *call, const char *instance,
		      bool *ret_settled, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct root root = { .call = call, .arena = arena };
	auto_free char *other = NULL;
	auto_turn turn = TURN_INIT;
	struct hypervisor *hypervisor;
	bool ok;

	if (!arena)
		return fail_memory(err);
	if (!attach_turns(call, &instance, 1, TURN_WAIT_MS, &turn, err) ||
	    !find(&root, instance, err))
		return false;
	*ret_settled = true;
	if (!root.there)
		return true;
	if (!root.disk.below) {
		/* one that was made and never named in a row */
		other = storeroot_other(root.disk.file);
		return other ? remove_file(&root, other, err) :
			       fail_memory(err);
	}
	if (!hypervisor_open(root.instance.uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = join(&root, hypervisor, &turn, ret_settled, err);
	hypervisor_close(hypervisor);
	return ok;
}
