/* clock.h - what the verbs about the store's clock share */
#ifndef QAMI_CLI_CLOCK_H
#define QAMI_CLI_CLOCK_H

#include "images/base/clockfile.h"
#include "images/call.h"
#include "launcher/action/reply.h"

#define CLOCK_ABOUT                                                          \
	"It is for practice and tests: everything that has a date gets it, " \
	"and everything that becomes due at a date does, by this clock. "    \
	"Guests' own clocks and what is signed go by the host's."

/* Answers what a store's clock shows. */
bool clock_tell(struct call *call, struct reply *reply, struct error *err)
	must_check;

/* Changes it (clockfile.h), and answers that. */
bool clock_change(struct call *call, enum clock_change change, int64_t value,
		  struct reply *reply, struct error *err) must_check;

/* Reads "90m", "36h 15m" or "30d": numbers with s, m, h, d or w. */
bool clock_duration(const char *text, usec_t *ret_duration, struct error *err)
	must_check;

/* Reads "60" or "0.25", into millionths. */
bool clock_rate(const char *text, int64_t *ret_rate, struct error *err)
	must_check;

#endif
