/* head.h - what the header of a layer of ours says */
#ifndef QAMI_CHAIN_HEAD_H
#define QAMI_CHAIN_HEAD_H

#include "images/base/error.h"
#include "images/chain/chain.h"

#define CHAIN_MOST 100000 /* layers; only a circle has more */

struct head {
	char parent[LAYER_NAME_SIZE]; /* "" when it has none */
	bool encrypted;
};

/* Reads the header of a qcow2 in the layer directory, a draft or a layer.
 * FAULT_INTERNAL for one that no layer has. */
bool head_read(const struct chain *chain, const char *file,
	       struct head *ret_head, struct error *err) must_check;

#endif
