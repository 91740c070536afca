/* socks.h - a SOCKS proxy of this host's, into an account's instances
 *
 * On the user-mode network an instance's private address is its own affair:
 * this host reaches its ports at ports of 127.0.0.1 that nobody knows
 * beforehand. Programs that read an address out of DescribeInstances and
 * connect to it, as Packer does, get there by a proxy which knows them.
 */
#ifndef QAMI_CLI_SOCKS_H
#define QAMI_CLI_SOCKS_H

#include "images/call.h"

#define SOCKS_PORT 1080
#define SOCKS_MOST 64 /* connections at one time; others wait */

/* Listens at a port of 127.0.0.1 (0: any), tells it on stderr, and connects
 * who asks by SOCKS version 5 (RFC 1928) to ports of the running instances of
 * the caller's, and to nothing else: by private address, by id or by private
 * name, where their security groups let this host in. Only comes back with an
 * error; a signal ends the process. */
bool socks_serve(struct call *call, uint16_t port, struct error *err)
	must_check;

#endif
