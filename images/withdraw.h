/* withdraw.h - images that shall be found, launched or lost less easily */
#ifndef QAMI_IMAGES_WITHDRAW_H
#define QAMI_IMAGES_WITHDRAW_H

#include "images/authorise.h"

/* From `when` on, rounded to a minute, others find the image by its id alone;
 * it can still be launched. FAULT_INVALID_PARAMETER for the past, more than ten
 * years ahead, or more than two years after it was made when it is public. */
bool image_deprecate(struct call *call, const char *id, usec_t when,
		     struct error *err) must_check;

/* Takes that back; FAULT_OPERATION_NOT_PERMITTED on a public image, which
 * grows old by itself. */
bool image_undeprecate(struct call *call, const char *id, struct error *err)
	must_check;

/* Takes the image out of use, and its launch permissions away for good; its
 * snapshots stay undeletable. Disabling twice is no error, nor is enabling. */
bool image_disable(struct call *call, const char *id, struct error *err)
	must_check;
bool image_enable(struct call *call, const char *id, struct error *err)
	must_check;

/* Protects from being deregistered. With `cooldown` it stays protected for a
 * day after the protection was taken away. */
bool image_protect(struct call *call, const char *id, bool cooldown,
		   struct error *err) must_check;
bool image_unprotect(struct call *call, const char *id, struct error *err)
	must_check;

/* FAULT_OPERATION_NOT_PERMITTED while the image must not be deregistered. */
bool image_unprotected(const struct call *call, const struct image *image,
		       struct error *err) must_check;

#endif
