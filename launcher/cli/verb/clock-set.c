/* clock-set.c - set the store's clock */
#include "launcher/action/action.h"
#include "launcher/cli/clock.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *text = args_str(args, "Time", "");
	usec_t time;

	if (!time_parse(text, &time))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is no time in UTC, like "
			    "2027-01-31T12:00:00Z",
			    text);
	return clock_change(call, CLOCK_SET, time, reply, err);
}

const struct action verb_clock_set = {
	.name = "clock set",
	.brief = "set the store's clock",
	.about = "Sets the store's clock to a time, before or after what it shows. It goes on as fast as before; a clock that stood still does so there. What was made after that time keeps its date. " CLOCK_ABOUT,
	.params = (const struct param[]) {
		{ "Time", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "in UTC: 2027-01-31, or 2027-01-31T12:00:00" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami clock set 2027-01-31T12:00:00Z",
	.local = true,
	.run = run,
};
