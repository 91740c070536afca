/* fstab.h - the new system's /etc/fstab, where it is not to be the old one */
#ifndef QAMI_BUNDLE_FSTAB_H
#define QAMI_BUNDLE_FSTAB_H

#include "images/base/buf.h"

/* Appends a line for the root file system and, of the old text, the lines of
 * /boot and the EFI system partition, which go along with it. */
void fstab_generate(const char *old, const char *uuid, const char *type,
		    struct buf *ret_text);

#endif
