/* reconcile.h - the rows follow what the machines really do */
#ifndef QAMI_INSTANCE_RECONCILE_H
#define QAMI_INSTANCE_RECONCILE_H

#include "images/authorise.h"

/* Looks after every running instance of the caller: one whose guest powered
 * off is stopped or terminated by its shutdown behaviour, one whose machine is
 * gone without that evidence is stopped and keeps all its volumes. Called
 * before instances are listed or changed. A hypervisor that is busy or away
 * leaves the rows as they are. */
bool reconcile(struct call *call, struct error *err) must_check;

#endif
