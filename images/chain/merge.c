/* merge.c - taking layers out of a chain
 *
 * What a child shows is right at every instant. Pulling works on a copy that
 * has only a draft's name until it is whole and verified. Pushing writes into a
 * layer that nobody can see, exactly where the child covers it, and only reads
 * the child; never into one of another key, or none.
 */
#include "images/chain/merge.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/copy.h"
#include "images/chain/hold.h"
#include "images/chain/pull.h"
#include "images/chain/push.h"
#include "images/chain/verify.h"

/* A qcow2 that was rewritten is sound, and shows what `layer` shows; clusters
 * that a killed predecessor leaked are given back first. */
static bool verify(const struct chain *chain, const char *file,
		   const struct layer_ref *layer, struct error *err)
{
	enum layer_health health;
	bool equal;

	if (!file_check(chain, file, &health, err))
		return false;
	if (health == LAYER_LEAKS && (!file_mend(chain, file, err) ||
				      !file_check(chain, file, &health, err)))
		return false;
	if (health != LAYER_SOUND)
		return fail(err, FAULT_INTERNAL,
			    "%s came out damaged; nothing was replaced", file);
	if (!file_equals(chain, file, layer, &equal, err))
		return false;
	return equal || fail(err, FAULT_INTERNAL,
			     "%s came out different from %s; nothing was "
			     "replaced",
			     file, layer->name);
}

/* The rename that ends a push: from here on the child is what `doomed` was. */
static bool take_over(const struct chain *chain, const struct layer_ref *child,
		      const struct layer_ref *doomed, int fd, mode_t mode,
		      struct error *err)
{
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		return fail_errno(err, "cannot flush %s", doomed->name);
	if (renameat(chain->fd, doomed->name, chain->fd, child->name) != 0)
		return fail_errno(err, "cannot put %s in place of %s",
				  doomed->name, child->name);
	return chain_flush(chain, err);
}

/* Whether a file is open nowhere, at this moment. */
static bool is_alone(const struct chain *chain, const char *name)
{
	auto_hold int hold = -1;

	return hold_alone(chain->fd, name, &hold);
}

bool merge_push(struct chain *chain, const struct layer_ref *child,
		const struct layer_ref *doomed, struct error *err)
{
	char parent[LAYER_NAME_SIZE];
	struct stat was, st;
	auto_close int fd = -1;
	bool shared;

	if (!layer_name_check(doomed->name, err) ||
	    !layer_parent(chain, child->name, parent, err))
		return false;
	if (strcmp(parent, doomed->name) != 0) {
		if (layer_exists(chain, doomed->name))
			return fail(err, FAULT_INTERNAL,
				    "%s does not stand on %s", child->name,
				    doomed->name);
		return chain_flush(chain, err);
	}
	if (doomed->format == LAYER_RAW)
		return fail(err, FAULT_INTERNAL,
			    "nothing can be pushed into %s, which is raw",
			    doomed->name);
	if (!secret_shared(chain, child->name, doomed->name, &shared, err))
		return false;
	if (!shared)
		return fail(err, FAULT_INTERNAL,
			    "%s is not encrypted as %s is, which stands on it",
			    doomed->name, child->name);
	if (!is_alone(chain, doomed->name))
		return fail(err, FAULT_VOLUME_IN_USE, "%s is open in a process",
			    doomed->name);
	fd = layer_open(chain, doomed->name, &st, err);
	if (fd < 0)
		return false;
	if (fstatat(chain->fd, child->name, &was, AT_SYMLINK_NOFOLLOW) != 0)
		return fail_errno(err, "cannot look at %s", child->name);
	if (fchmod(fd, 0600) != 0)
		return fail_errno(err, "cannot make %s writable", doomed->name);
	return push_down(chain, child, doomed, err) &&
	       verify(chain, doomed->name, child, err) &&
	       take_over(chain, child, doomed, fd, was.st_mode & 07777, err);
}

/* Whether `base` ("" for nothing) is below a layer, and not right below. */
static bool find_below(const struct chain *chain, const char *layer,
		       const char *base, bool *ret_done, struct error *err)
{
	char at[LAYER_NAME_SIZE];

	snprintf(at, sizeof(at), "%s", layer);
	for (unsigned depth = 0;; depth++) {
		if (!layer_parent(chain, at, at, err))
			return false;
		if (strcmp(at, base) == 0) {
			*ret_done = depth == 0;
			return true;
		}
		if (!at[0] || depth > 100000)
			return fail(err, FAULT_INTERNAL, "%s is not below %s",
				    base, layer);
	}
}

bool merge_pull(struct chain *chain, const struct layer_ref *child,
		const struct layer_ref *base, const struct merge_gate *gate,
		struct error *err)
{
	auto_draft draft = DRAFT_INIT;
	auto_close int fd = -1;
	struct stat st;
	bool done = false;

	if ((base && !layer_name_check(base->name, err)) ||
	    !find_below(chain, child->name, base ? base->name : "", &done, err))
		return false;
	if (done)
		return chain_flush(chain, err);
	fd = layer_open(chain, child->name, &st, err);
	if (fd < 0)
		return false;
	return draft_open(chain, child->name, &draft, err) &&
	       copy_disk(fd, draft.fd, (uint64_t)st.st_size, NULL, NULL, err) &&
	       pull_up(chain, draft.name, child, base, err) &&
	       verify(chain, draft.name, child, err) &&
	       (!gate || gate->pass(gate->data, err)) &&
	       draft_replace(&draft, st.st_mode & 07777, err);
}

bool layer_flatten(struct chain *chain, const struct layer_ref *top,
		   const char *name, struct error *err)
{
	auto_draft draft = DRAFT_INIT;
	auto_close int fd = -1;
	struct stat st;

	if (layer_exists(chain, name))
		return chain_flush(chain, err);
	if (top->format == LAYER_RAW)
		return fail(err, FAULT_INTERNAL,
			    "%s is raw: it stands on nothing", top->name);
	fd = layer_open(chain, top->name, &st, err);
	return fd >= 0 && draft_open(chain, name, &draft, err) &&
	       copy_disk(fd, draft.fd, (uint64_t)st.st_size, NULL, NULL, err) &&
	       pull_up(chain, draft.name, top, NULL, err) &&
	       verify(chain, draft.name, top, err) &&
	       draft_publish(&draft, FROZEN_MODE, err);
}

bool layer_stand_on(struct chain *chain, const struct layer_ref *layer,
		    const struct layer_ref *parent, struct error *err)
{
	char is[LAYER_NAME_SIZE];
	auto_close int fd = -1;
	struct stat st;

	if (!layer_name_check(parent->name, err) ||
	    !layer_parent(chain, layer->name, is, err))
		return false;
	if (strcmp(is, parent->name) == 0)
		return true;
	fd = layer_open(chain, layer->name, &st, err);
	if (fd < 0 || !pull_header(chain, layer->name, parent, err))
		return false;
	return fsync(fd) == 0 ||
	       fail_errno(err, "cannot flush %s", layer->name);
}
