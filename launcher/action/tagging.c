/* tagging.c - the tags of several resources are changed, all or none */
#include "launcher/action/tagging.h"

#include "images/tags.h"
#include "launcher/action/query.h"

bool tagging(struct call *call, const struct args *args,
	     bool (*change)(struct call *call, const char *id,
			    const json_t *tags, struct error *err),
	     struct reply *reply, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *ids;
	size_t count;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!args_texts(args_get(args, "Resources"), arena, &ids, &count,
			err) ||
	    !tx_begin(&tx, call->store->db, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!tags_authorise(call, ids[i], err) ||
		    !change(call, ids[i], args_get(args, "Tags"), err))
			return false;
	if (!call_dry_run(call, err) || !tx_commit(&tx, err))
		return false;
	reply_return(reply);
	return true;
}
