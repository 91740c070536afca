/* clock-freeze.c - stop the store's clock */
#include "launcher/action/action.h"
#include "launcher/cli/clock.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return clock_change(call, CLOCK_RATE, 0, reply, err);
}

const struct action verb_clock_freeze = {
	.name = "clock freeze",
	.brief = "stop the store's clock",
	.about = "The store's clock stands still until 'qami clock rate' or 'qami clock real'; 'qami clock forward' moves it. " CLOCK_ABOUT,
	.example = "qami clock freeze",
	.local = true,
	.run = run,
};
