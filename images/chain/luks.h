/* luks.h - the LUKS header of an encrypted layer */
#ifndef QAMI_CHAIN_LUKS_H
#define QAMI_CHAIN_LUKS_H

#include <stdint.h>

#include "images/base/error.h"
#include "images/chain/secret.h"

/* What the header and its eight key slots take; all but the first slot are
 * holes. */
#define LUKS_BYTES (4040 * 512U)

/* Writes the header of a fresh master key, which the secret opens, at `offset`
 * of a file that has zeros there. Not flushed. */
bool luks_write(int fd, uint64_t offset, const struct layer_secret *secret,
		struct error *err) must_check;

#endif
