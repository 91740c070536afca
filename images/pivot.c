/* pivot.c - what freezing volumes asks of a running machine
 *
 * Layers are known by their names, which are drawn at random: QEMU may call
 * the store's path as it likes.
 */
#include "images/freeze-private.h"

#include <string.h>

#include "images/base/log.h"
#include "images/layers.h"
#include "images/volume.h"
#include "launcher/domain/domain.h"

/* How long we wait for our turn at the machine. */
#define MACHINE_WAIT_MS 120000

/* Whether its QEMU lives; all processes are looked at only where the one that
 * the row knows is another one. */
static bool lives(const struct instance *instance)
{
	return (instance->pid > 0 &&
		machine_alive((pid_t)instance->pid, instance->uuid)) ||
	       machine_alive(0, instance->uuid);
}

/* The instance's row; *ret_there is false when no machine of it can be left. */
static bool find_machine(struct call *call, const char *id, struct arena *arena,
			 struct instance *ret_instance, bool *ret_there,
			 struct error *err)
{
	if (!instance_get(call->store->db, id, arena, ret_instance, ret_there,
			  err))
		return false;
	if (!*ret_there)
		return true;
	*ret_there = strcmp(ret_instance->boot_id, boot_id()) == 0 &&
		     (strncmp(ret_instance->uri, "qemu:///", 8) != 0 ||
		      lives(ret_instance));
	return true;
}

bool pivot_needed(struct call *call, const char *instance, bool *ret_needed,
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance row;

	if (!arena)
		return fail_memory(err);
	if (!find_machine(call, instance, arena, &row, ret_needed, err))
		return false;
	if (*ret_needed && row.stale)
		return fail(err, FAULT_INCORRECT_STATE,
			    "libvirt has lost track of the disks of %s: stop "
			    "and start it before taking snapshots of them",
			    instance);
	return true;
}

bool pivot_expect(struct call *call, const char *instance, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance row;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, instance, arena, &row, &found, err))
		return false;
	if (found && strcmp(row.state, "running") == 0)
		domain_prefetch(row.uri);
	return true;
}

/* What opens the new layer of a volume; *ret_secret is NULL for a plain one. */
static bool open_layer(const struct work *work, const struct moving *one,
		       struct arena *arena,
		       const struct machine_secret **ret_secret,
		       struct error *err)
{
	struct disk_secret *opens = arena_secret(arena, sizeof(*opens));

	*ret_secret = NULL;
	if (!opens)
		return fail_memory(err);
	if (!one->disk_key)
		return true;
	if (!disk_key_open(work->call, one->disk_key, DISK_KEY_STORE, opens,
			   err))
		return false;
	*ret_secret = layers_secret(opens, arena);
	return *ret_secret || fail_memory(err);
}

/* What the machine is told, for each volume. */
static const struct machine_pivot *describe(const struct work *work,
					    struct arena *arena,
					    struct error *err)
{
	struct machine_pivot *all =
		arena_alloc(arena, work->count * sizeof(*all));

	if (!all)
		return fail_memory(err), NULL;
	for (size_t i = 0; i < work->count; i++) {
		auto_free char *path =
			layer_path(work->call->store->chain, work->all[i].new);
		char serial[VOLUME_SERIAL_SIZE];

		volume_serial(work->all[i].volume, serial);
		all[i].serial = arena_str(arena, serial);
		all[i].file = path ? arena_str(arena, path) : NULL;
		if (!all[i].serial || !all[i].file)
			return fail_memory(err), NULL;
		if (!open_layer(work, &work->all[i], arena, &all[i].secret,
				err))
			return NULL;
	}
	return all;
}

bool pivot_fire(struct work *work, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct machine_pivot *pivots;
	struct hypervisor *hypervisor;
	struct instance instance;
	bool ok, thawed = true;

	if (!arena)
		return fail_memory(err);
	pivots = describe(work, arena, err);
	if (!pivots)
		return false;
	if (!authorised_instance(work->call, work->instance, arena, &instance,
				 err))
		return false;
	if (!hypervisor_open(instance.uri, MACHINE_WAIT_MS, &hypervisor, err))
		return false;
	ok = machine_pivot(hypervisor, instance.uuid, pivots, work->count, true,
			   &thawed, err);
	hypervisor_close(hypervisor);
	if (ok && !thawed)
		pivot_thaw(work);
	return ok;
}

/* How often a guest's agent is asked to thaw, and for how long: by then the
 * guest has other troubles. */
#define THAW_AGAIN (15 * USEC_PER_SEC)
#define THAW_GIVE_UP (3600 * USEC_PER_SEC)

void pivot_thaw(const struct work *work)
{
	struct call *call = work->call;
	auto_free char *payload =
		format_text("{\"instance\":\"%s\"}", work->instance);
	struct op op = {
		.kind = "thaw",
		.account = call->account,
		.action = call->action,
		.request = "",
		.payload = payload,
		.due = clock_wall(),
	};
	struct error err = { 0 };
	auto_tx tx = TX_INIT;

	if (payload && (!tx_begin(&tx, call->store->db, &err) ||
			!op_queue(call->store->journal, &op, &err) ||
			!tx_commit(&tx, &err)))
		log_warning("%s may stay frozen: %s", work->instance, err.text);
}

/* Asks once; *ret_thawed also where there is no machine any more. */
static bool thaw(struct call *call, const char *id, bool *ret_thawed,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct hypervisor *hypervisor;
	struct instance instance;
	bool there, ok;

	if (!arena)
		return fail_memory(err);
	if (!find_machine(call, id, arena, &instance, &there, err))
		return false;
	*ret_thawed = !there;
	if (!there)
		return true;
	if (!hypervisor_open(instance.uri, MACHINE_WAIT_MS, &hypervisor, err))
		return false;
	ok = machine_thaw(hypervisor, instance.uuid, ret_thawed, err);
	hypervisor_close(hypervisor);
	return ok;
}

bool freeze_thaw_job(struct call *call, const struct op *op, usec_t *ret_due,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "instance", arena) : NULL;
	bool thawed = false;

	if (!id)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!thaw(call, id, &thawed, err)) {
		log_warning("%s may stay frozen: %s", id, err->text);
		error_clear(err);
	}
	if (thawed || clock_wall() - op->created > THAW_GIVE_UP)
		return op_step(call->store->journal, op->id,
			       thawed ? "done" : "aborted", 0, NULL, NULL, err);
	*ret_due = clock_wall() + THAW_AGAIN;
	return true;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether QEMU writes the volume's new layer. */
static bool has_moved(const struct moving *one,
		      const struct machine_head *heads, size_t count)
{
	char serial[VOLUME_SERIAL_SIZE];

	volume_serial(one->volume, serial);
	for (size_t i = 0; i < count; i++)
		if (strcmp(heads[i].serial, serial) == 0)
			return heads[i].file_count &&
			       strcmp(file_name(heads[i].files[0]), one->new) ==
				       0;
	return false;
}

bool pivot_look(struct work *work, enum heads *ret_heads, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct machine_head *heads = NULL;
	size_t count = 0, moved = 0;
	struct hypervisor *hypervisor;
	struct instance instance;
	bool there, ok;

	if (!arena)
		return fail_memory(err);
	if (!find_machine(work->call, work->instance, arena, &instance, &there,
			  err))
		return false;
	if (there) {
		if (!hypervisor_open(instance.uri, MACHINE_WAIT_MS, &hypervisor,
				     err))
			return false;
		ok = machine_heads(hypervisor, instance.uuid, arena, &heads,
				   &count, err);
		hypervisor_close(hypervisor);
		if (!ok)
			return false;
	}
	for (size_t i = 0; i < work->count; i++) {
		work->all[i].stays = !has_moved(&work->all[i], heads, count);
		moved += !work->all[i].stays;
	}
	if (!count) {
		for (size_t i = 0; i < work->count; i++)
			work->all[i].stays = false;
		*ret_heads = HEADS_GONE;
	} else {
		*ret_heads = moved == work->count ? HEADS_NEW :
			     moved		  ? HEADS_MIXED :
						    HEADS_OLD;
	}
	return true;
}
