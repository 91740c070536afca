/* tend.h - looking after the layers of a store
 *
 * What goes on after the answer that froze or freed a layer: its files get
 * shorter chains and lose what nobody can see.
 */
#ifndef QAMI_IMAGES_TEND_H
#define QAMI_IMAGES_TEND_H

#include "images/store.h"

/* One round of the job that layers_tend() leaves behind: *ret_due is when to
 * look again, 0 when it is done. */
bool tend_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err) must_check;

#endif
