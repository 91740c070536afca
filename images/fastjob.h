/* fastjob.h - the job of fast snapshot restore */
#ifndef QAMI_IMAGES_FASTJOB_H
#define QAMI_IMAGES_FASTJOB_H

#include "images/store.h"

/* Leaves the job of a snapshot behind, within the caller's transaction. */
bool fastjob_queue(struct call *call, const char *snapshot, struct error *err)
	must_check;

#endif
