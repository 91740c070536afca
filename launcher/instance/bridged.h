/* bridged.h - instances on the bridge
 *
 * A store has one bridge, libvirt's and of a name of its own, while an instance
 * of the store is on it. Its addresses are the subnet's, as instances of all
 * stores have them: another store of the host whose instances are on a bridge
 * of its own keeps this one from having one, and so FAULT_UNAVAILABLE tells.
 *
 * Beside it is a process that answers for metadata on the gateway's address:
 * `qami metadata --bridge`, with the bridge's life.
 */
#ifndef QAMI_INSTANCE_BRIDGED_H
#define QAMI_INSTANCE_BRIDGED_H

#include "images/authorise.h"
#include "launcher/domain/domain.h"

/* Gives an instance its place on the bridge before its machine starts: its
 * reserved address, its name, the filter of its groups, and what has to be
 * there for all. Takes away the places of those that have none to have, whom a
 * kill left there. Fills in the description's network card. FAULT_UNSUPPORTED
 * unless the instance's machine is qemu:///system's. */
bool bridged_start(struct call *call, const struct instance *instance,
		   struct arena *arena, struct machine *machine,
		   struct error *err) must_check;

/* Takes the place away when the machine is gone; behind the last one, the
 * bridge. Idempotent. */
bool bridged_end(struct call *call, const struct instance *instance,
		 struct error *err) must_check;

/* Lets what an instance's groups allow be true for its machine now. */
bool bridged_refresh(struct call *call, const struct instance *instance,
		     struct error *err) must_check;

/* Takes away the places of all whose machines are gone, and the bridge behind
 * the last; does nothing for a store that has had none, and while there is no
 * daemon. */
bool bridged_sweep(struct call *call, struct error *err) must_check;

#endif
