/* heal.h - curing libvirt of an old view (private to this room) */
#ifndef QAMI_DOMAIN_HEAL_H
#define QAMI_DOMAIN_HEAL_H

#include "launcher/domain/view.h"

/* When a driver was killed between QEMU's step on to new overlays, or its end
 * of shortening a chain, and its own note of it, notes it in the driver's
 * status file, so that the next driver sees what QEMU sees. For the embedded
 * driver only, while it sleeps and its turn is ours. Any other disagreement is
 * left as it is, to be reported; so is a short chain while QEMU is `working`.
 */
bool heal(const char *home, const struct view *qemu, bool working,
	  struct error *err) must_check;

#endif
