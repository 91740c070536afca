/* logs.c - what a machine's console has printed */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "launcher/action/action.h"
#include "launcher/cli/progress.h"
#include "launcher/cli/visit.h"

#define LOOK_USEC 200000

/* Where the middle of a long log was. */
static bool say_gone(int64_t bytes, struct error *err)
{
	char size[SIZE_TEXT_SIZE], text[SIZE_TEXT_SIZE + 32];

	size_text((uint64_t)bytes, size);
	snprintf(text, sizeof(text), "\n[%s are gone]\n", size);
	return write_all(STDOUT_FILENO, text, strlen(text), "stdout", err);
}

/* Where in a log somebody has got to. */
struct place {
	struct visit *visit;
	char name[300]; /* its id as soon as that is known */
	int64_t at;
	bool lives; /* the machine may print more */
};

/* Shows some of what is there; *ret_more when there may be more. `look`: finds
 * out whether the machine still is there. */
static bool show_some(struct place *place, bool look, bool *ret_more,
		      struct error *err)
{
	struct reply reply = { 0 };
	int64_t end, gone;
	bool done;

	done = visit_ask(place->visit, "console-bytes",
			 json_pack("{s:s, s:I, s:b}", "Instance", place->name,
				   "Offset", (json_int_t)place->at, "Look",
				   look),
			 &reply, err);
	if (done) {
		end = visit_number(reply.root, "Offset", place->at);
		gone = end - (int64_t)reply.body_size - place->at;
		place->at = end;
		snprintf(place->name, sizeof(place->name), "%s",
			 visit_text(reply.root, "InstanceId", ""));
		place->lives = visit_number(reply.root, "Lives", false);
		*ret_more = reply.body_size > 0;
		done = (gone <= 0 || say_gone(gone, err)) &&
		       write_all(STDOUT_FILENO, reply.body, reply.body_size,
				 "stdout", err);
	}
	reply_done(&reply);
	return done;
}

static bool show(struct place *place, bool look, struct error *err)
{
	bool more = true;

	while (more) {
		if (!show_some(place, look, &more, err))
			return false;
		look = false;
	}
	return true;
}

static int logs(struct visit *visit, const struct args *args, struct error *err)
{
	struct place place = { .visit = visit };
	bool follow = args_bool(args, "Follow", false);
	unsigned looks = 0;

	snprintf(place.name, sizeof(place.name), "%s",
		 args_str(args, "Instance", ""));
	if (!show(&place, true, err))
		return -1;
	while (follow && place.lives) {
		usleep(LOOK_USEC);
		/* whether it still is there is worth a look now and then */
		if (!show(&place, ++looks % 10 == 0, err))
			return -1;
	}
	return 0;
}

const struct action verb_logs = {
	.name = "logs",
	.brief = "show what a machine's console has printed",
	.about = "Prints the console log, from the first start on; of a long "
		 "one the first MiB and the last ones, with a line in "
		 "between that says what is gone. With --follow it goes on "
		 "until the instance is terminated.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "Follow", PARAM_BOOLEAN, 0, NULL, "what comes, too", NULL,
		  NULL, 'f' },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_NONE },
	.example = "qami logs -f web1",
	.local = true,
	.visit = logs,
};
