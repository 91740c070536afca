/* fastrestore.h - snapshots that are kept flattened and warm
 *
 * EnableFastSnapshotRestores has a job make one layer of all that a snapshot
 * shows, on which volumes then stand alone: they have no chain to look
 * through, and what they read first is in memory. It is enabled when that layer
 * is there and 60 minutes a TiB are over on the store's clock. A volume from
 * the snapshot uses a credit of its account's (images/credit.h); where there is
 * none it is made as any other.
 *
 * Each account that may use a snapshot enables it for itself, and has its own
 * bucket; the layer is one. It goes with the last of them, and with the
 * snapshot; volumes on it keep it as they keep any layer.
 */
#ifndef QAMI_IMAGES_FASTRESTORE_H
#define QAMI_IMAGES_FASTRESTORE_H

#include "images/registry/fastrestore.h"
#include "images/registry/snapshot.h"
#include "images/store.h"

#define FAST_SIZE_MOST 16384 /* GiB */

/* Of a Region, for an account; QAMI_FSR_SNAPSHOTS says otherwise. */
#define FAST_SNAPSHOTS_MOST 5

/* Enables it for the caller, or says how it stands where it is enabled already.
 * FAULT_SNAPSHOT_NOT_FOUND, FAULT_INCORRECT_STATE for a snapshot that is not
 * complete, FAULT_UNSUPPORTED for one of more than 16 TiB, FAULT_INVALID_ZONE,
 * FAULT_RESOURCE_LIMIT. Texts are in the arena. */
bool fast_enable(struct call *call, const char *snapshot, const char *zone,
		 struct arena *arena, struct fast_restore *ret_restore,
		 struct error *err) must_check;

/* Disables it; FAULT_INCORRECT_STATE where it is not enabled. */
bool fast_disable(struct call *call, const char *snapshot, const char *zone,
		  struct arena *arena, struct fast_restore *ret_restore,
		  struct error *err) must_check;

/* What time alone has changed: whose time is over is enabled, who may no longer
 * use the snapshot loses it, what was disabled an hour ago is forgotten. Writes
 * only where something is to change; before anybody looks. */
bool fast_settle(struct call *call, struct error *err) must_check;

/* Takes a credit of an account for a volume of a snapshot, within the caller's
 * transaction. *ret_layer is what the volume stands on then, in the arena; NULL
 * when it is not enabled, or there is no credit. */
bool fast_take(struct call *call, const struct snapshot *snapshot,
	       const char *zone, const char *account, struct arena *arena,
	       const char **ret_layer, struct error *err) must_check;

/* Before a snapshot goes, or loses its layer: its fast restores end. Within the
 * caller's transaction. */
bool fast_forget(struct call *call, const char *snapshot, struct error *err)
	must_check;

/* The job of one snapshot: builds the layer, or gives it back. */
bool fast_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err) must_check;

/* Has what is enabled read into memory again, as far as there is room for it:
 * at most QAMI_FSR_WARM bytes ("512M"; 1 GiB unless said) in all. For a server
 * that begins. */
bool fast_warm(struct call *call, uint64_t *ret_bytes, struct error *err)
	must_check;

#endif
