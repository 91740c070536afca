/* metadata.h - what a guest finds at 169.254.169.254
 *
 * One process an instance: `qami metadata`. It reads the registry, writes
 * nothing to it, and knows no other instance than its own: who asks is who has
 * the socket. (On the bridge one process serves all, and tells them apart by
 * the address that libvirt's filter lets them send from.)
 *
 * Rules: EC2's user guide on instance metadata; what cloud-init, Ignition,
 * afterburn, cloudbase-init and the SDKs ask for.
 */
#ifndef QAMI_METADATA_METADATA_H
#define QAMI_METADATA_METADATA_H

#include "images/call.h"

/* Answers an instance's requests on a listening socket until `lifeline` is
 * closed at its other end (-1: until a signal), and on SIGTERM. Takes the
 * descriptors over. What is asked is noted in instances/<id>/metadata.log, a
 * line a request, of which it keeps the first 64 KiB. */
bool metadata_serve(struct call *call, const char *instance, int listener,
		    int lifeline, struct error *err) must_check;

/* The same for all instances on the bridge, told apart by their addresses. */
bool metadata_serve_bridge(struct call *call, int listener, struct error *err)
	must_check;

#endif
