/* layers.c - the life's end of layers, and their chains as files */
#include "images/layers.h"

#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/chain/digests.h"
#include "images/chain/filling.h"
#include "images/encrypt.h"
#include "images/fill.h"
#include "images/registry/image.h"
#include "images/registry/layer.h"
#include "launcher/domain/domain.h"

/* How long a file that somebody looks at is waited for. */
#define REAP_TRIES 3
#define REAP_WAIT_US 50000

bool layers_doom(struct call *call, const char *name, bool *ret_hidden,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct layer layer;
	bool doomed = true, hidden = false;

	if (!arena)
		return fail_memory(err);
	while (name && doomed) {
		if (!layer_get(call->store->db, name, arena, &layer, err) ||
		    !layer_release(call->store->db, name, &doomed, err))
			return false;
		if (!doomed &&
		    !layer_hidden(call->store->db, name, &hidden, err))
			return false;
		name = layer.parent;
	}
	if (ret_hidden)
		*ret_hidden = hidden;
	return true;
}

bool layers_release(struct call *call, const char *name, struct error *err)
{
	bool hidden;

	return layers_doom(call, name, &hidden, err) &&
	       (!hidden || layers_tend(call, err));
}

bool layers_tend(struct call *call, struct error *err)
{
	struct op op = {
		.kind = "tend",
		.account = call->account,
		.action = call->action,
		.request = "",
		.payload = "{}",
		.due = clock_wall(),
		.slow = true,
	};
	bool waits;

	if (!op_waits(call->store->db, op.kind, &waits, err))
		return false;
	return waits || op_queue(call->store->journal, &op, err);
}

bool layers_release_kernels(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *layer;

	if (!arena)
		return fail_memory(err);
	for (;;) {
		if (!image_drop_kernel(call->store->db, arena, &layer, err))
			return false;
		if (!layer)
			return true;
		if (!layers_release(call, layer, err))
			return false;
	}
}

/* Removes what it can of the layers that are doomed now. */
static bool reap_round(struct call *call, const char *const *names,
		       size_t count, size_t *ret_gone, struct error *err)
{
	*ret_gone = 0;
	for (size_t i = 0; i < count; i++) {
		if (!layer_remove(call->store->chain, names[i], err)) {
			if (err->fault != FAULT_VOLUME_IN_USE)
				return false;
			error_clear(err);
			continue;
		}
		if (!digests_remove(call->store->chain, names[i], err) ||
		    !layer_delete(call->store->db, names[i], err))
			return false;
		++*ret_gone;
	}
	return true;
}

/* Two that remove at once would take each other's look at a file for use. */
static int reap_lock(struct call *call)
{
	auto_free char *path = store_path(call->store, "run/reap.lock");

	return path ? file_lock(path, true) : -1;
}

bool layers_reap(struct call *call, struct error *err)
{
	auto_close int lock = -1;

	for (;;) {
		auto_of(arena) arena = arena_new();
		const char *const *names;
		size_t count, gone;

		if (!arena)
			return fail_memory(err);
		if (!layer_doomed(call->store->db, arena, &names, &count, err))
			return false;
		if (count && lock < 0) {
			lock = reap_lock(call);
			if (lock < 0)
				return fail_errno(err, "cannot lock what is to "
						       "be removed");
			continue; /* another one may have done it meanwhile */
		}
		if (!reap_round(call, names, count, &gone, err))
			return false;
		if (!gone) /* their parents come in the next round */
			return true;
	}
}

bool layers_reap_last(struct call *call, struct error *err)
{
	for (int try = 0;; try++) {
		auto_of(arena) arena = arena_new();
		const char *const *names;
		size_t count;

		if (!arena)
			return fail_memory(err);
		if (!layers_reap(call, err) ||
		    !layer_doomed(call->store->db, arena, &names, &count, err))
			return false;
		if (!count || try == REAP_TRIES)
			return true;
		usleep(REAP_WAIT_US);
	}
}

bool layers_depth(struct call *call, const char *name, size_t *ret_depth,
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct layer *layers;

	if (!arena)
		return fail_memory(err);
	return layer_chain(call->store->db, name, arena, &layers, ret_depth,
			   err);
}

bool layers_chain(struct call *call, const char *name, struct arena *arena,
		  const struct layer_ref **ret_layers, size_t *ret_count,
		  struct error *err)
{
	const struct layer *layers;
	struct layer_ref *refs;

	if (!layer_chain(call->store->db, name, arena, &layers, ret_count, err))
		return false;
	refs = arena_alloc(arena, (*ret_count + 1) * sizeof(*refs));
	if (!refs)
		return fail_memory(err);
	for (size_t i = 0; i < *ret_count; i++) {
		refs[i].name = layers[i].name;
		refs[i].format = layers[i].format[0] == 'r' ? LAYER_RAW :
							      LAYER_QCOW2;
	}
	*ret_layers = refs;
	return true;
}

/* The file that has the same disk key, of those above; NULL for none. */
static const struct machine_secret *find_secret(
	const struct layer *layers, const struct machine_file *files,
	size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (files[i].secret &&
		    strcmp(layers[i].disk_key, layers[count].disk_key) == 0)
			return files[i].secret;
	return NULL;
}

const struct machine_secret *layers_secret(const struct disk_secret *opens,
					   struct arena *arena)
{
	struct machine_secret *secret = arena_alloc(arena, sizeof(*secret));
	char *uuid = arena_alloc(arena, UUID_SIZE);

	if (!secret || !uuid)
		return NULL;
	uuid_new(uuid);
	*secret = (struct machine_secret){ uuid, opens->text };
	return secret;
}

/* What a machine is told of a layer: its file, or where it is shown while that
 * is being filled. */
static bool name_file(struct call *call, const struct layer *layer,
		      struct arena *arena, struct machine_file *ret_file,
		      struct error *err)
{
	struct chain *chain = call->store->chain;
	bool fills = layer_fills(chain, layer->name);
	auto_free char *path = fills ? filling_socket(chain, layer->name, err) :
				       layer_path(chain, layer->name);

	if (!path)
		return fills ? false : fail_memory(err);
	*ret_file = (struct machine_file){
		.path = arena_str(arena, path),
		.format = fills ? "raw" : layer->format,
		.export = fills ? layer->name : NULL,
	};
	if (!ret_file->path)
		return fail_memory(err);
	return !fills || fill_wake(call->store, layer->name, err);
}

/* Gives each encrypted file of a chain what opens it. */
static bool add_secrets(struct call *call, const struct layer *layers,
			struct machine_file *files, size_t count,
			struct arena *arena, struct error *err)
{
	struct disk_secret *opens = arena_secret(arena, count * sizeof(*opens));

	if (!opens)
		return fail_memory(err);
	if (!encrypt_may_open(call, layers[0].name, err) ||
	    !chain_secrets(call, layers, count, DISK_KEY_STORE, opens, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!layers[i].disk_key || files[i].export)
			continue;
		files[i].secret = find_secret(layers, files, i);
		if (!files[i].secret)
			files[i].secret = layers_secret(&opens[i], arena);
		if (!files[i].secret)
			return fail_memory(err);
	}
	return true;
}

bool layers_files(struct call *call, const char *name, struct arena *arena,
		  const struct machine_file **ret_files, size_t *ret_count,
		  struct error *err)
{
	const struct layer *layers;
	struct machine_file *files;
	size_t count;

	if (!layer_chain(call->store->db, name, arena, &layers, &count, err))
		return false;
	files = arena_alloc(arena, count * sizeof(*files));
	if (!files)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (!name_file(call, &layers[i], arena, &files[i], err))
			return false;
		/* who fills it shows what is below as well */
		if (files[i].export)
			count = i + 1;
	}
	*ret_files = files;
	*ret_count = count;
	return add_secrets(call, layers, files, count, arena, err);
}
