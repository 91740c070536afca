/* clock-forward.c - let time pass in the store */
#include "launcher/action/action.h"
#include "launcher/cli/clock.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	usec_t duration;

	return clock_duration(args_str(args, "Duration", ""), &duration, err) &&
	       clock_change(call, CLOCK_FORWARD, duration, reply, err);
}

const struct action verb_clock_forward = {
	.name = "clock forward",
	.brief = "let time pass in the store",
	.about = "Moves the store's clock on. What became due meanwhile is done, once, by the next command or by the server within a second or two. " CLOCK_ABOUT,
	.params = (const struct param[]) {
		{ "Duration", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED,
		  NULL, "numbers with s, m, h, d or w: 36h" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami clock forward 36h",
	.local = true,
	.run = run,
};
