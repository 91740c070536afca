/* wake.h - running something with the embedded driver awake (private to this
 * room) */
#ifndef QAMI_DOMAIN_WAKE_H
#define QAMI_DOMAIN_WAKE_H

#include <libvirt/libvirt.h>

#include "images/base/error.h"
#include "launcher/domain/home.h"

/* What to do: runs in a child process, sees the caller's memory as it was at
 * the call, and hands back *ret_number only. */
typedef bool wake_fn(virConnectPtr connection, void *data, long *ret_number,
		     struct error *err);

/* Wakes the driver of that home in a child, runs the function there, and lets
 * the child end. The child holds the turn as well, so that it goes on holding
 * it should the caller be killed meanwhile. */
bool wake(const struct home *home, wake_fn *run, void *data, long *ret_number,
	  struct error *err) must_check;

#endif
