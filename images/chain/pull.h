/* pull.h - copying what a layer shows from below into it */
#ifndef QAMI_CHAIN_PULL_H
#define QAMI_CHAIN_PULL_H

#include "images/base/error.h"
#include "images/chain/chain.h"

/* Makes a draft that is a copy of the child's file stand on `base` (NULL: on
 * nothing), a layer further down the child's chain, and show what the child
 * shows. Not flushed. */
bool pull_up(const struct chain *chain, const char *draft,
	     const struct layer_ref *child, const struct layer_ref *base,
	     struct error *err) must_check;

/* Has a header say that its layer stands on `base` (NULL: on nothing); nothing
 * is copied. */
bool pull_header(const struct chain *chain, const char *file,
		 const struct layer_ref *base, struct error *err) must_check;

#endif
