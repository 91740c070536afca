/* push.h - writing what a layer holds into its parent */
#ifndef QAMI_CHAIN_PUSH_H
#define QAMI_CHAIN_PUSH_H

#include "images/base/error.h"
#include "images/chain/chain.h"

/* Writes the child's data and zeros, and nothing else, into the qcow2 that it
 * stands on, which grows to the child's size first; flushed. At every instant
 * the child shows what it showed, and it may be called again. */
bool push_down(const struct chain *chain, const struct layer_ref *child,
	       const struct layer_ref *doomed, struct error *err) must_check;

#endif
