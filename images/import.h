/* import.h - foreign disk images become snapshots, and images at once
 *
 * One operation ("import") copies the disk into a frozen layer and commits all
 * rows together. Killed before that it is undone, except that a file that was
 * moved into the store is never thrown away: then it is finished.
 */
#ifndef QAMI_IMAGES_IMPORT_H
#define QAMI_IMAGES_IMPORT_H

#include <jansson.h>

#include "images/encrypt.h"
#include "images/image.h"
#include "images/store.h"

/* What to import. All borrowed. */
struct import {
	int fd;		     /* the disk, open for reading */
	const char *path;    /* its name, for texts and for `move` */
	bool move;	     /* rename a raw file into the store */
	const char *format;  /* "raw", "qcow2" or NULL: by the magic */
	const char *kind;    /* "machine" (NULL), "kernel" or "ramdisk" */
	const char *cmdline; /* of a kernel */
	const char *description;
	struct encryption encryption; /* of a disk; by default as the account
				       * has it */
	const struct image_request *image; /* NULL: only the snapshot; its
					    * mapping is made here */
};

/* Imports. `ret_snapshot` gets the snapshot's id ("" for kernels and
 * ramdisks), `ret_image` the image's ("" without one). Faults:
 * FAULT_IMPORT_FORMAT (refused, with the reason), FAULT_VOLUME_CAPACITY (disk
 * full, nothing left behind), those of image_register() and of
 * encrypt_plan(); FAULT_PARAMETER_COMBINATION for a file that is to be moved
 * and encrypted. */
bool import_disk(struct call *call, const struct import *import,
		 char ret_snapshot[ID_SIZE], char ret_image[ID_SIZE],
		 struct error *err) must_check;

/* Finishes or undoes an import whose process died. */
bool import_recover(struct call *call, const struct op *op, struct error *err)
	must_check;

#endif
