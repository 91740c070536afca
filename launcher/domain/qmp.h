/* qmp.h - asking a QEMU directly, while no libvirt holds its monitor
 *
 * Private to this room. Only for a machine of the embedded driver whose turn
 * the caller has: then the monitor's one place is free.
 */
#ifndef QAMI_DOMAIN_QMP_H
#define QAMI_DOMAIN_QMP_H

#include "launcher/domain/domain.h"

/* Runs a command without arguments at the monitor of the machine that lives
 * there. The JSON reply; caller frees. NULL when the monitor cannot be found
 * or does not answer in a few seconds. */
char *qmp_run(const char *home, const char *command);

/* What a reply to query-status says; false for any other text. */
bool qmp_status(const char *reply, enum machine_state *ret_state) must_check;

#endif
