/* store.h - a store: a directory with a registry, layers and machines' files
 *
 *   qami.db              the registry
 *   layers/              every volume's and snapshot's qcow2 and raw files
 *   digests/             what each block of a frozen layer contains (0700)
 *   scratch/             instance-store disks
 *   fill/                of layers that are being filled from the archive:
 * which blocks are there, and the sockets they are read from archive/ archived
 * snapshots, where QAMI_ARCHIVE says no other place (0700) cache/ what bundles
 * unpack to, until the room is needed keys/                what bundles are
 * opened and signed with, the master key of all that is encrypted, and
 * region-<name>: the keys of regions that were made here (0700)
 *   bundling/<task>/     what BundleInstance packs, until it is stored
 *   tasks/<task>/        an image that is packed, until it is stored, or what
 *                        was fetched, until it is one (0700)
 *   instances/<id>/      console log, seed disk, UEFI variables; what its guest
 *                        asked its metadata service; net/: its sockets
 *   buckets/             accounts' buckets, <name>/<key> (0700)
 *   s3/                  <account>.conf: its S3 server, with keys (0700);
 *                        region-<name>.conf: that of a region's bucket
 *   run/                 lock files of the processes at work; the server's
 *                        socket, and where it listens
 *   clock                what clock_now() shows in this store
 *   reserve              a little room for when the disk is full
 *   accel                what QAMI_ACCEL=auto found out on this host
 *
 * Directories are 0711: QEMU, which may run as another user, passes through
 * and sees only the files that libvirt lends it.
 */
#ifndef QAMI_IMAGES_STORE_H
#define QAMI_IMAGES_STORE_H

#include "images/base/arena.h"
#include "images/call.h"
#include "images/chain/chain.h"
#include "images/registry/db.h"
#include "images/registry/journal.h"

struct store {
	char *path; /* absolute */
	char *region;
	struct db *db;
	struct chain *chain;
	struct journal *journal;
	bool clocked; /* the process has this store's clock */
};

/* Opens a store, making it when it is not there. `path` NULL: QAMI_STORE, else
 * /var/lib/qami for root and $XDG_DATA_HOME/qami for anyone else. A new
 * store's region is `region`, else QAMI_REGION, AWS_REGION or us-east-1, and
 * is written down; asking an existing one for another region is
 * FAULT_INVALID_PARAMETER. */
bool store_open(const char *path, const char *region, struct store **ret_store,
		struct error *err) must_check;

/* Opens a store that is there, for who only reads rows: `chain` and `journal`
 * are NULL, and nothing is made, recovered or written. The region "" is
 * whatever it says. */
bool store_open_to_read(const char *path, const char *region,
			struct store **ret_store, struct error *err) must_check;
void store_close(struct store *store);

/* The path of the store that would be opened, absolute or as it was given;
 * nothing is looked for. Caller frees; NULL when there is no place for one. */
char *store_place(const char *path);
AUTO_DEFINE(store, store_close)

/* Gives the registry the room that is kept for it, for a commit that is too
 * late to be refused. The next opening keeps some again. */
void store_spend(const struct store *store);

/* The one availability zone, "<region>a"; in the arena. */
const char *store_zone(const struct store *store, struct arena *arena);

/* EC2's number of it, "use1-az1"; in the arena. */
const char *store_zone_id(const struct store *store, struct arena *arena);

/* A path below the store; caller frees; NULL when memory ran out. */
char *store_path(const struct store *store, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Checks and completes who calls: `account` NULL means QAMI_ACCOUNT, else
 * 123456789012; makes the row of a number, finds a name's.
 * FAULT_INVALID_PARAMETER when it is neither 12 digits nor an account's name.
 */
bool call_account(struct call *call, const char *account, struct error *err)
	must_check;

#endif
