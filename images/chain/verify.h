/* verify.h - judging a file in the layer directory that may be a draft */
#ifndef QAMI_CHAIN_VERIFY_H
#define QAMI_CHAIN_VERIFY_H

#include "images/base/error.h"
#include "images/chain/merge.h"

/* As layer_check() and layers_equal(), of any qcow2 of ours by its file name.
 */
bool file_check(const struct chain *chain, const char *file,
		enum layer_health *ret_health, struct error *err) must_check;
bool file_equals(const struct chain *chain, const char *file,
		 const struct layer_ref *layer, bool *ret_equal,
		 struct error *err) must_check;

/* Gives clusters back that a killed writer lost: LAYER_LEAKS. */
bool file_mend(const struct chain *chain, const char *file, struct error *err)
	must_check;

#endif
