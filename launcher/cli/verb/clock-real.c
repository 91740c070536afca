/* clock-real.c - give the store the host's clock again */
#include "launcher/action/action.h"
#include "launcher/cli/clock.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return clock_change(call, CLOCK_REAL, 0, reply, err);
}

const struct action verb_clock_real = {
	.name = "clock real",
	.brief = "give the store the host's clock again",
	.about = "The store's clock shows what the host's does, as that of any new store. What was dated later keeps its date. " CLOCK_ABOUT,
	.example = "qami clock real",
	.local = true,
	.run = run,
};
