/* clock-show.c - show the store's clock */
#include "launcher/action/action.h"
#include "launcher/cli/clock.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return clock_tell(call, reply, err);
}

const struct action verb_clock_show = {
	.name = "clock show",
	.brief = "show the store's clock",
	.about = "Says what the store's clock shows, whether it is the host's, and how fast it runs. " CLOCK_ABOUT,
	.example = "qami clock show",
	.local = true,
	.run = run,
};
