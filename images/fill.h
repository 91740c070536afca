/* fill.h - volumes that can be used before their bytes are here
 *
 * The layer of a snapshot that was brought back from the archive, or comes from
 * a bucket or another region, exists at once, empty and "filling"
 * (images/chain/filling.h), and volumes may stand on it: one process for each
 * such layer fetches the blocks that somebody reads, and all others at a
 * measured pace, so that each is fetched once however many volumes want it.
 * That process alone writes the layer and serves it to QEMU and to the tools,
 * over a socket, until all is there; those that began to read it so may go on.
 * When it is killed the job of the filling starts it again, and readers wait
 * for that, a guest's with all of its machine (domain.h: it is starved, until
 * reconcile.h lets it go on); what it had noted as being there is compared with
 * the source once more before the layer is called whole.
 *
 * What the archive has is the store's own, and the snapshot is completed all
 * the while. Any other source is somebody else's: until the last byte is here
 * and durable the snapshot is "pending", also one of a volume that stands on
 * it, and so is an image of such snapshots. When the source is found to be gone
 * for good, or altered, these fail; whoever stands on the layer has an I/O
 * error where something is missing. The filling ends with the last who stands
 * on it.
 *
 * A copy-on-read of each guest's QEMU would need no process, but one copy of
 * each block for each volume, and none would be filled while no guest runs.
 */
#ifndef QAMI_IMAGES_FILL_H
#define QAMI_IMAGES_FILL_H

#include "images/registry/filling.h"
#include "images/registry/image.h"
#include "images/store.h"

/* MiB/s that are fetched in the background where no volume asked for a rate;
 * QAMI_FILL_RATE says another one, of which there may be less than one. */
#define FILL_RATE_DEFAULT 50

/* Bytes a second at the rate that volumes have asked for (MiB/s; 0: none). */
int64_t fill_speed(int64_t rate);

/* The rows of a layer that is to be filled, and the job that sees to it, within
 * the transaction that inserts the layer's own row: frozen, a bottom. Its file
 * (filling_create()) comes before. Of the row, what names layer and source. */
bool fill_begin(struct call *call, const struct filling *filling,
		struct error *err) must_check;

/* Makes sure that the process which fills a layer listens; for
 * chain_set_filler(), `data` is the store. */
bool fill_wake(void *data, const char *layer, struct error *err) must_check;

/* Starts that process, if a path is a socket of one: for who was reading from
 * there, also when all of it was here already. Waits for nothing. */
bool fill_revive(struct call *call, const char *path, struct error *err)
	must_check;

/* One round of the job: starts the process if it is gone, and ends when the
 * filling has; that of a layer which nobody names any more, with its files. */
bool fill_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err) must_check;

/* What the process does; returns when nobody needs it any more, and at once
 * when there is another one, or no such layer. One that is full is shown for
 * some seconds to who was reading it, and as long as he stays. */
bool fill_run(struct call *call, const char *layer, struct error *err)
	must_check;

/* How a volume's initialization goes: *ret_fills is false when all of it is
 * here. In the arena. */
bool fill_look(struct call *call, const char *layer, struct arena *arena,
	       struct filling *ret_filling, bool *ret_fills, struct error *err)
	must_check;

/* How much of it is there, in percent: 99 at most, until all is. How many
 * seconds the rest takes at a rate, MiB/s; 0: nobody asked for one. */
int64_t fill_percent(const struct filling *filling);
int64_t fill_seconds(const struct filling *filling, int64_t rate);

/* What a snapshot that shows a layer is: "completed"; "pending" (and it
 * "fills") when that stands on what is still elsewhere, where this is not the
 * store's to keep; "error" when that has gone for good, with *ret_why in the
 * arena. */
bool fill_shows(struct call *call, const char *layer, struct arena *arena,
		const char **ret_state, const char **ret_why, struct error *err)
	must_check;

/* Within the transaction in which a pending image went: so do those of its
 * snapshots that were made for it, are the caller's, still fill, are not locked
 * and have no other image; and the task that was to make it is over. What
 * stands on them keeps what it needs. */
bool fill_withdraw(struct call *call, const char *image,
		   const struct mapping *mappings, size_t count,
		   struct error *err) must_check;

/* FAULT_UNAVAILABLE while a layer, or what it stands on, is being filled:
 * for what reads all of a chain and can wait. `what` begins the sentence. */
bool fill_check(struct call *call, const char *layer, const char *what,
		struct error *err) must_check;

#endif
