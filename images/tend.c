/* tend.c - the job that looks after layers */
#include "images/tend.h"

#include "images/layers.h"

bool tend_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err)
{
	*ret_due = 0;
	return layers_reap(call, err) && op_step(call->store->journal, op->id,
						 "done", 1, NULL, NULL, err);
}
