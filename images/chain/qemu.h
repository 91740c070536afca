/* qemu.h - how QEMU's tools are told what to open, and what they complain of */
#ifndef QAMI_CHAIN_QEMU_H
#define QAMI_CHAIN_QEMU_H

#include "images/base/error.h"
#include "images/chain/chain.h"

/* The --image-opts of a layer, its driver spelt out; what is below it is as
 * its header says, which is our word. Caller frees; NULL when memory ran out.
 */
char *qemu_node(const struct chain *chain, const struct layer_ref *layer);

/* As qemu_node(), of a file in the layer directory. */
char *qemu_file_node(const struct chain *chain, const char *file,
		     enum layer_format format);

/* Runs qemu-img upon a layer; exit codes other than 0 that are no failure, as
 * bits, and where they go, or 0 and NULL. Its failure is blamed as below. */
bool qemu_img(const char *const *argv, const char *layer, unsigned answers,
	      int *ret_exit, struct error *err) must_check;

/* Says better why a tool failed upon a layer, where its words tell:
 * FAULT_VOLUME_IN_USE when another process has QEMU's lock, FAULT_HOST when the
 * tool is not installed. Returns false. */
bool qemu_blame(const char *tool, const char *layer, struct error *err);

#endif
