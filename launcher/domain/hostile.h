/* hostile.h - texts from disks that nobody trusts (private to this room's
 * module for libguestfs) */
#ifndef QAMI_DOMAIN_HOSTILE_H
#define QAMI_DOMAIN_HOSTILE_H

#include <jansson.h>

/* Adds a text from the disk: its first `most` bytes, with \xNN for control
 * characters, and for all that is not ASCII if it is not UTF-8. NULL and ""
 * add nothing. */
void hostile_text(json_t *object, const char *name, const char *bytes,
		  size_t most);

#endif
