/* sandbox.h - giving everything up */
#ifndef QAMI_NET_PROCESS_SANDBOX_H
#define QAMI_NET_PROCESS_SANDBOX_H

#include "launcher/net/wire.h"

/* Shuts the process into the directory that it works in, as nobody else, with
 * no other calls of the kernel than it needs. */
bool sandbox_enter(const struct wire_guest *guest, struct error *err)
	must_check;

#endif
