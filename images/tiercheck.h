/* tiercheck.h - does the archive have what the rows say? */
#ifndef QAMI_IMAGES_TIERCHECK_H
#define QAMI_IMAGES_TIERCHECK_H

#include "images/fsck.h"

/* Calls `found` for each snapshot and object that are not as their rows say,
 * and for files of the store's own archive that nothing names, which `repair`
 * moves to lost+found. `deep` reads all objects, which takes no key. */
bool tier_fsck(struct call *call, bool deep, bool repair,
	       void (*found)(void *data, const struct finding *finding),
	       void *data, struct error *err) must_check;

#endif
