/* layers.h - layers that nobody stands on any more go: row before file */
#ifndef QAMI_IMAGES_LAYERS_H
#define QAMI_IMAGES_LAYERS_H

#include "images/store.h"

/* Dooms a layer, and those below it, as far as nothing stands on them. Within
 * the caller's transaction. */
bool layers_release(struct call *call, const char *name, struct error *err)
	must_check;

/* Dooms the files of deregistered kernels and ramdisks that no instance
 * boots. Within the caller's transaction. */
bool layers_release_kernels(struct call *call, struct error *err) must_check;

/* The same without leaving a job behind; *ret_hidden, unless NULL, says
 * whether the last one that was kept is only there for what stands on it. */
bool layers_doom(struct call *call, const char *name, bool *ret_hidden,
		 struct error *err) must_check;

/* Leaves a job behind that looks after all layers: digest lists, merging away
 * what nobody needs, shortening chains (images/tend.h). To be called within
 * the transaction in which a layer was frozen or lost a user; one waiting job
 * is enough for any number of calls. layers_release() does it by itself. */
bool layers_tend(struct call *call, struct error *err) must_check;

/* Removes the files of doomed layers, then their rows; after the transaction
 * that doomed them. Any process may do it for any other, at any time. A file
 * that somebody still has open stays for the next time. */
bool layers_reap(struct call *call, struct error *err) must_check;

/* The same, waiting a moment for who has one open: for a job at its end, after
 * which nobody may come for a long time. */
bool layers_reap_last(struct call *call, struct error *err) must_check;

/* How many layers the chain of one has. */
bool layers_depth(struct call *call, const char *name, size_t *ret_depth,
		  struct error *err) must_check;

/* The layers of a chain as the chain room knows them, top first; in the arena.
 * Pin them (images/turn.h) from before this until their files are open. */
struct layer_ref;
bool layers_chain(struct call *call, const char *name, struct arena *arena,
		  const struct layer_ref **ret_layers, size_t *ret_count,
		  struct error *err) must_check;

/* The parts of a chain as a machine needs them: absolute paths, formats and
 * what opens them, top first; in the arena. Faults: those of
 * encrypt_may_open(). */
struct machine_file;
struct machine_secret;
struct disk_secret;
bool layers_files(struct call *call, const char *name, struct arena *arena,
		  const struct machine_file **ret_files, size_t *ret_count,
		  struct error *err) must_check;

/* What opens a layer, as a machine is given it: under a name of its own, in the
 * arena; NULL when memory ran out. `opens` is borrowed. */
const struct machine_secret *layers_secret(const struct disk_secret *opens,
					   struct arena *arena);

#endif
