/* wake.h - doing something with the embedded driver awake (private to this
 * room) */
#ifndef QAMI_DOMAIN_WAKE_H
#define QAMI_DOMAIN_WAKE_H

#include "launcher/domain/driver.h"
#include "launcher/domain/home.h"
#include "launcher/domain/secret.h"

/* Lets a process of its own wake the driver of that home, do the task, and
 * end. `text` is what the task needs, or NULL, `secrets` what opens the disks
 * that it names, or NULL; ret_answer may be NULL. That process holds the turn
 * as well, so that nobody else takes it should the caller be killed meanwhile.
 */
bool wake(const struct home *home, enum driver_task task,
	  const struct secrets *secrets, const char *text,
	  struct driver_answer *ret_answer, struct error *err) must_check;

#endif
