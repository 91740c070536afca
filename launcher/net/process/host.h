/* host.h - what the kernel is asked about this host
 *
 * By netlink sockets that are opened before the sandbox is.
 */
#ifndef QAMI_NET_PROCESS_HOST_H
#define QAMI_NET_PROCESS_HOST_H

#include <stdint.h>
#include <sys/types.h>

#include "images/base/error.h"

/* The addresses that the host has, and those of its links' broadcasts. */
struct host {
	int events; /* readable when they may have changed */
	int questions;
	int sockets;	     /* for asking whose a socket is */
	uint32_t *addresses; /* host byte order; owned */
	size_t count, room;
};

/* Opens the sockets and reads the addresses. */
bool host_open(struct host *host, struct error *err) must_check;

/* Reads them again, after an event. A failure leaves them unknown. */
bool host_changed(struct host *host, struct error *err) must_check;

/* The user of the process at the other end of a connection on 127.0.0.1; fails
 * when there is none any more. */
bool host_peer(struct host *host, int fd, uid_t *ret_user, struct error *err)
	must_check;

#endif
