/* volume.h - the volume and attachment tables */
#ifndef QAMI_REGISTRY_VOLUME_H
#define QAMI_REGISTRY_VOLUME_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct volume {
	int64_t seq;
	const char *id;
	const char *owner;
	const char *layer;    /* the active one */
	const char *snapshot; /* it was made from; "" when empty */
	int64_t size;	      /* GiB */
	const char *type;
	int64_t iops;	    /* 0: the type has none */
	int64_t throughput; /* MiB/s; 0: the type has none */
	const char *zone;
	const char *state;
	usec_t created;
	bool auto_enable_io;
	int64_t initialization_rate; /* MiB/s; 0: none was asked for */
	const char *kms_key;   /* what it is encrypted under; NULL: plain */
	const char *kms_owner; /* read only: that key's account */
	bool fast_restored;    /* a credit was used for it */
};

struct attachment {
	const char *volume;
	const char *instance;
	const char *device;
	int64_t position; /* the order in which the guest sees its disks */
	const char *state;
	bool delete_on_termination;
	usec_t attached;
};

/* FAULT_VOLUME_LIMIT: more storage than the owner's quota has. */
bool volume_insert(struct db *db, const struct volume *volume,
		   struct error *err) must_check;
bool volume_get(struct db *db, const char *id, struct arena *arena,
		struct volume *ret_volume, bool *ret_found, struct error *err)
	must_check;

/* Calls `row` for each volume that the account owns and the query asks for.
 * The row lives for the call. */
bool volume_list(struct db *db, const struct query *query,
		 bool (*row)(void *data, const struct volume *volume,
			     struct error *err),
		 void *data, struct error *err) must_check;

bool volume_set_state(struct db *db, const char *id, const char *state,
		      struct error *err) must_check;
/* Moves a volume on to another active layer. */
bool volume_set_layer(struct db *db, const char *id, const char *layer,
		      struct error *err) must_check;
bool volume_delete(struct db *db, const char *id, struct error *err) must_check;
bool volume_set_auto_enable_io(struct db *db, const char *id, bool value,
			       struct error *err) must_check;

/* Makes a volume what ModifyVolume asked for. */
bool volume_set_shape(struct db *db, const char *id, int64_t size,
		      const char *type, int64_t iops, int64_t throughput,
		      struct error *err) must_check;

bool attachment_insert(struct db *db, const struct attachment *attachment,
		       struct error *err) must_check;
bool attachment_delete(struct db *db, const char *volume, struct error *err)
	must_check;
bool attachment_set_delete(struct db *db, const char *volume,
			   bool delete_on_termination, struct error *err)
	must_check;
bool attachment_set_state(struct db *db, const char *instance,
			  const char *state, struct error *err) must_check;

/* The same of one volume alone. */
bool attachment_move(struct db *db, const char *volume, const char *state,
		     struct error *err) must_check;

/* The attachments of an instance by position, or with `volume` not NULL the
 * one of that volume; in the arena. */
bool attachment_of(struct db *db, const char *instance, const char *volume,
		   struct arena *arena,
		   const struct attachment **ret_attachments, size_t *ret_count,
		   struct error *err) must_check;

#endif
