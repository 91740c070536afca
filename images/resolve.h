/* resolve.h - what people type for an id: a name, or how the id begins */
#ifndef QAMI_IMAGES_RESOLVE_H
#define QAMI_IMAGES_RESOLVE_H

#include "images/store.h"

/* Finds the one image ("ami", "aki", "ari"), instance ("i"), volume ("vol") or
 * snapshot ("snap") that the caller may see and that a text names: a whole id,
 * the value of the tag Name, an image's name, or the beginning of an id (with
 * or without its prefix, at least 4 digits then). ret_id is the text itself
 * when nothing is named. FAULT_INVALID_PARAMETER when several are. */
bool resolve(struct call *call, const char *prefix, const char *text,
	     char ret_id[ID_SIZE], struct error *err) must_check;

#endif
