/* fill-layer.c - fetches what a layer lacks: a process of its own */
#include <string.h>

#include "images/fill.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *layer = args_str(args, "Layer", "");

	(void)reply;
	if (strchr(layer, '/'))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a layer is named by its file, without a path");
	return fill_run(call, layer, err);
}

const struct action verb_fill_layer = {
	.name = "fill-layer",
	.brief = "fetch what a layer lacks, and serve it meanwhile",
	.about = "Fetches the blocks of a snapshot whose bytes are still in "
		 "the archive, in a bucket or in another region, first those "
		 "that somebody reads, until all are there and nobody reads "
		 "it this way any more. Whoever needs "
		 "the snapshot starts it by itself; nobody else needs to.",
	.params = (const struct param[]) {
		{ "Layer", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the name of its file" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami fill-layer --layer layer-00000000000000001.qcow2",
	.local = true,
	.run = run,
};
