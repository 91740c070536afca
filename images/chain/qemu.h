/* qemu.h - how QEMU's tools are told what to open, and what they complain of */
#ifndef QAMI_CHAIN_QEMU_H
#define QAMI_CHAIN_QEMU_H

#include "images/base/error.h"
#include "images/base/process.h"
#include "images/chain/chain.h"
#include "images/chain/secret.h"

/* The keys of what a tool opens, and files that stand between layers: each is
 * in memory that only the tool is given a descriptor of. */
struct keys {
	struct key *all;
	int *fds; /* the same keys' descriptors, for struct process */
	size_t count;
};

#define KEYS_INIT             \
	{                     \
		NULL, NULL, 0 \
	}

void keys_done(struct keys *keys);

#define auto_keys __attribute__((cleanup(keys_done))) struct keys

/* The number of a key, by which tools know it as "key<number>"; it is added
 * unless it is known. */
bool keys_add(struct keys *keys, const struct layer_secret *secret,
	      size_t *ret_number, struct error *err) must_check;

/* What a tool is to open, its driver spelt out, as the tool's argument: a layer
 * or the draft of one by its file's name in the layer directory, with what is
 * below it as the headers say, which are our word. The keys that it needs are
 * added. Caller frees; NULL when it failed. */
char *qemu_node(const struct chain *chain, const char *file,
		enum layer_format format, struct keys *keys, struct error *err)
	must_check;

/* As qemu_node(), of a qcow2 as if it stood on nothing. */
char *qemu_node_alone(const struct chain *chain, const char *file,
		      struct keys *keys, struct error *err) must_check;

/* As qemu_node_alone(), of an encrypted one that only the caller has the key
 * of. */
char *qemu_node_sealed(const struct chain *chain, const char *file,
		       const struct layer_secret *secret, struct keys *keys,
		       struct error *err) must_check;

/* As qemu_node(), of a qcow2 in another directory: a path from the layer
 * directory. Nothing of it is encrypted. */
char *qemu_node_beside(const struct chain *chain, const char *path,
		       struct error *err) must_check;

/* A tool that is to run: its argv, with the keys told behind the first `words`,
 * and what is handed over for that; more may be said in `process`. It borrows
 * from all. */
struct tool {
	struct process process;
	const char **argv;
	char **told;
};

#define TOOL_INIT                    \
	{                            \
		.argv = NULL, .told = NULL \
	}

bool tool_new(const char *const *argv, size_t words, const struct keys *keys,
	      struct tool *ret_tool, struct error *err) must_check;
void tool_done(struct tool *tool);

#define auto_tool __attribute__((cleanup(tool_done))) struct tool

/* Runs qemu-img upon a layer; exit codes other than 0 that are no failure, as
 * bits, and where they go, or 0 and NULL. Its failure is blamed as below. */
bool qemu_img(const char *const *argv, const struct keys *keys,
	      const char *layer, unsigned answers, int *ret_exit,
	      struct error *err) must_check;

/* Makes a qcow2 in the layer directory larger. Not flushed. */
bool qemu_resize(const struct chain *chain, const char *file, uint64_t size,
		 struct error *err) must_check;

/* Says better why a tool failed upon a layer, where its words tell:
 * FAULT_VOLUME_IN_USE when another process has QEMU's lock, FAULT_HOST when the
 * tool is not installed. Returns false. */
bool qemu_blame(const char *tool, const char *layer, struct error *err);

#endif
