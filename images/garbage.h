/* garbage.h - files in the layer directory that nobody knows
 *
 * No row names them and no operation under way does. They come from processes
 * that died before they could journal, from repairs, or from people.
 */
#ifndef QAMI_IMAGES_GARBAGE_H
#define QAMI_IMAGES_GARBAGE_H

#include "images/store.h"

/* Calls `found` for each file that no row and no open operation names: layers,
 * drafts, digest lists, and what is none of these. */
bool garbage_each(struct call *call,
		  bool (*found)(void *data, const char *file,
				struct error *err),
		  void *data, struct error *err) must_check;

/* Removes those of our own making that are older than an hour and open in no
 * process (safety 3.4), and the disk keys that no layer has. QAMI_GARBAGE_AGE
 * says otherwise how old, in seconds, for tests. */
bool garbage_collect(struct call *call, unsigned *ret_files,
		     uint64_t *ret_bytes, struct error *err) must_check;

#endif
