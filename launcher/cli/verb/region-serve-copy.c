/* region-serve-copy.c - the other end of a region over ssh */
#include <fcntl.h>
#include <signal.h>

#include "images/farserve.h"
#include "launcher/action/action.h"

/* So long nobody may ask anything: who is at work asks again and again. */
#define PATIENCE 3600

static int serve(struct call *call, const struct args *args, struct error *err)
{
	const struct far_serving serving = {
		.store = args_str(args, "Store", NULL),
		.account = args_str(args, "Account", NULL),
	};
	struct wire wire = WIRE_INIT;
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	bool served;

	signal(SIGPIPE, SIG_IGN);
	wire.in = STDIN_FILENO;
	wire.out = STDOUT_FILENO;
	wire.seconds = PATIENCE;
	if (flags < 0 ||
	    fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK) != 0) {
		fail_errno(err, "nobody listens");
		return -1;
	}
	call->now = clock_now();
	served = far_serve(call, &serving, &wire, err);
	wire_done(&wire);
	return served ? 0 : -1;
}

const struct action verb_region_serve_copy = {
	.name = "region serve-copy",
	.brief = "answer a qami elsewhere that copies from here, over ssh",
	.about = "What 'qami region add NAME --store ssh://HOST' starts on HOST. "
		 "It speaks a protocol on its standard input and output, reads "
		 "the store with the rights of the user that ssh let in, who "
		 "is the store's owner or root, and writes nothing. As a "
		 "command in authorized_keys it says what somebody with that "
		 "key may copy.",
	.params = (const struct param[]) {
		{ "Store", PARAM_STRING, 0, NULL,
		  "this store and no other; else the one that is asked for, "
		  "or this user's", NULL, NULL, 0, "DIR" },
		{ "Account", PARAM_STRING, 0, NULL,
		  "answer for this account alone: 12 digits", NULL, NULL, 0,
		  "ACCOUNT" },
		{ 0 },
	},
	.example = "qami region serve-copy --store /srv/qami </dev/null",
	.local = true,
	.storeless = true,
	.main = serve,
};
