/* qmp.h - asking a QEMU directly, while no libvirt holds its monitor
 *
 * Private to this room. Only for a machine of the embedded driver whose turn
 * the caller has: then the monitor's one place is free.
 */
#ifndef QAMI_DOMAIN_QMP_H
#define QAMI_DOMAIN_QMP_H

#include <jansson.h>

#include "images/base/auto.h"
#include "launcher/domain/domain.h"

/* A conversation with the monitor of the machine that lives there; NULL when
 * it cannot be found or does not answer in a few seconds. Others cannot talk
 * to it meanwhile. */
struct qmp;
struct qmp *qmp_open(const char *home);
void qmp_close(struct qmp *qmp);
AUTO_DEFINE(qmp, qmp_close)

/* Runs a command, {"execute": …}, to which it adds a number. QEMU's reply,
 * which has a member "return" or "error"; caller frees. NULL when there is
 * none in a few seconds: then close. */
json_t *qmp_ask(struct qmp *qmp, json_t *request);

/* One command without arguments in a conversation of its own: QEMU's reply if
 * it is no error, else NULL. Caller frees. */
char *qmp_run(const char *home, const char *command);

/* What a reply to query-status says; false for any other text. */
bool qmp_status(const char *reply, enum machine_state *ret_state) must_check;

#endif
