/* nbd.h - a disk shown to QEMU: the server's side of the NBD protocol
 *
 * As much of https://github.com/NetworkBlockDevice/nbd (doc/proto.md) as a
 * reader needs: fixed newstyle negotiation, one export, simple replies, no
 * writes. Whatever else a client asks for is refused in the protocol's way, and
 * what is no protocol at all ends the connection; nothing that it sends decides
 * how much memory is taken.
 */
#ifndef QAMI_CHAIN_NBD_H
#define QAMI_CHAIN_NBD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NBD_READ_MOST (2U << 20) /* bytes of a request; clients are told */

struct nbd_export {
	const char *name;
	uint64_t size; /* bytes */

	/* Reads within the size; false becomes the client's EIO. Called by as
	 * many threads as there are clients. */
	bool (*read)(void *data, void *ret_bytes, size_t size, uint64_t offset);
	void *data;
};

/* Serves a client on a connected stream socket, which is borrowed, until it
 * leaves or somebody shuts the socket down. */
void nbd_serve(int socket, const struct nbd_export *export);

#endif
