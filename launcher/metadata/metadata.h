/* metadata.h - what a guest finds at 169.254.169.254
 *
 * One process an instance: `qami metadata ID`, which is started with the
 * listener as descriptor 3 and the lifeline as 4 (LISTEN_FDS=2). It reads the
 * registry, writes nothing to it, and knows no other instance than its own: who
 * asks is who has the socket. (On the bridge one process serves all, and tells
 * them apart by the address that libvirt's filter lets them send from.)
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
 * line a request (record.h), anew with each process; the first 64 KiB are
 * kept.
 *
 * The process has no rights left when the first request is read (rights.h): it
 * is of no use for anything else. */
bool metadata_serve(struct call *call, const char *instance, int listener,
		    int lifeline, struct error *err) must_check;

/* The same for all instances on the bridge that start or run, told apart by
 * their addresses; who has another one is not answered. Their identity
 * documents are without signatures: the key would have to stay in a process
 * that guests talk to. Needs root, of whose rights it keeps the files. */
bool metadata_serve_bridge(struct call *call, int listener, struct error *err)
	must_check;

#endif
