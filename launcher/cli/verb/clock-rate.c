/* clock-rate.c - let the store's clock run faster or slower */
#include "launcher/action/action.h"
#include "launcher/cli/clock.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	int64_t rate;

	return clock_rate(args_str(args, "Rate", ""), &rate, err) &&
	       clock_change(call, CLOCK_RATE, rate, reply, err);
}

const struct action verb_clock_rate = {
	.name = "clock rate",
	.brief = "let the store's clock run faster or slower",
	.about = "From what it shows now the store's clock runs N times as fast as the host's: with 600, three days pass in seven minutes. " CLOCK_ABOUT,
	.params = (const struct param[]) {
		{ "Rate", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "how many times as fast as the host's; 0: it stands still", NULL,
		  NULL, 0, "N" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami clock rate 600",
	.local = true,
	.run = run,
};
