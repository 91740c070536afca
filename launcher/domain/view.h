/* view.h - what a machine's disks consist of, as QEMU and as libvirt see it
 *
 * Private to this room; view.c asks QEMU, viewxml.c reads what libvirt says.
 * After a kill at a bad moment libvirt may believe in an old view for ever;
 * QEMU's is the truth. A disk without a serial is none of ours, and never
 * compared.
 */
#ifndef QAMI_DOMAIN_VIEW_H
#define QAMI_DOMAIN_VIEW_H

#include <libxml/tree.h>

#include "images/base/arena.h"
#include "launcher/domain/monitor.h"

struct view_file {
	const char *path;
	const char *format;  /* "qcow2", "raw" */
	const char *node;    /* the name of the format's node in QEMU, */
	const char *storage; /* and of the file's (QEMU's only) */
};

struct view_disk {
	const char *serial;	 /* NULL for none */
	const char *device;	 /* QEMU: its QOM path; libvirt: its target */
	struct view_file *files; /* top first */
	size_t count;
	uint64_t bytes; /* what the guest sees; only if nothing was known */
};

/* Everything is in the arena that it was made with. */
struct view {
	struct view_disk *disks;
	size_t count;
};

/* Asks QEMU which nodes the disks stand on. Their files are `known` from
 * libvirt, by the names that it gave to the nodes; QEMU is asked for them when
 * one is not, or (NULL) nothing is: that costs a second where chains are long.
 * A device that was there `before`, in a look of a moment ago (or NULL), is
 * taken for the same one. FAULT_UNAVAILABLE if files have to be asked for while
 * a block job has ended that libvirt has not yet put away. */
bool view_qemu(const struct monitor *monitor, const struct view *known,
	       const struct view *before, struct arena *arena,
	       struct view *ret_view, struct error *err) must_check;

/* Nodes of libvirt's that QEMU has for none of the disks of a view of it, those
 * on top first; in the arena. */
bool view_strays(const struct monitor *monitor, const struct view *view,
		 struct arena *arena, const char *const **ret_strays,
		 size_t *ret_count, struct error *err) must_check;

/* The keys of libvirt's that QEMU has for files which are in none of the disks
 * of a view of it; in the arena. */
bool view_stray_keys(const struct monitor *monitor, const struct view *view,
		     struct arena *arena, const char *const **ret_keys,
		     size_t *ret_count, struct error *err) must_check;

/* Whether QEMU has a job, even an ended one: to be asked after a view of it,
 * for one that ends stays until it is put away. */
bool view_working(const struct monitor *monitor, bool *ret_working,
		  struct error *err) must_check;

/* Whether a job is at work on the disks. */
bool view_busy(const struct monitor *monitor, bool *ret_busy, struct error *err)
	must_check;

/* Reads a <domain> of libvirt's. */
bool view_libvirt(xmlNodePtr domain, struct arena *arena, struct view *ret_view,
		  struct error *err) must_check;

/* Whether both have the same disks on the same files. */
bool view_agree(const struct view *qemu, const struct view *libvirt);

/* The disk with that serial; NULL when there is none. */
const struct view_disk *view_find(const struct view *view, const char *serial);

#endif
