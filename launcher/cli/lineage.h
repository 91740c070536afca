/* lineage.h - what came from what: images, volumes and snapshots as a tree
 *
 *   snap-0…1                        20 GiB  full 1.2 GiB  alone 0 B …
 *   └─ ami-0…2  debian12
 *      └─ vol-0…3                   20 GiB  …
 *         ├─ snap-0…4  before       20 GiB  …
 *         │  └─ ami-0…5  web
 *         └─ snap-0…6
 */
#ifndef QAMI_CLI_LINEAGE_H
#define QAMI_CLI_LINEAGE_H

#include "images/store.h"
#include "launcher/action/reply.h"

/* Adds the drawing of all that the caller may see, as the member Text, and the
 * same as a list for programs. */
bool lineage_reply(struct call *call, struct reply *reply, struct error *err)
	must_check;

#endif
