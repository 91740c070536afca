/* serve.c - the endpoint: EC2's API for its own clients, over HTTP */
#include <string.h>

#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/cli/verbs.h"
#include "launcher/http/server.h"

/* A local verb by the name that is typed. */
static const struct action *verb(const char *name)
{
	char called[NAME_SIZE];

	for (size_t i = 0; verb_table[i]; i++) {
		verb_name(verb_table[i], called);
		if (strcmp(called, name) == 0)
			return verb_table[i];
	}
	return NULL;
}

static int run(struct call *call, const struct args *args, struct error *err)
{
	int64_t workers = args_int(args, "Workers", WORKERS_USUAL);
	const struct serve settings = {
		.store = call->store->path,
		.region = call->store->region,
		.listen = args_str(args, "Listen", NULL),
		.workers = (unsigned)workers,
		.verb = verb,
	};

	if (workers < 1 || workers > WORKERS_MOST) {
		fail(err, FAULT_INVALID_PARAMETER, "there are 1 to %d workers",
		     WORKERS_MOST);
		return -1;
	}
	return serve(&settings, err) ? 0 : -1;
}

const struct action verb_serve = {
	.name = "serve",
	.brief = "be an EC2 endpoint for AWS's own tools and libraries",
	.about = "Serves the store over HTTP until it is ended (SIGTERM, "
		 "Ctrl-C), upon which what runs is finished first. Requests "
		 "are signed with access keys that 'qami access-key create' "
		 "makes; 'qami env' sets up the AWS tools. Commands of this "
		 "host find the server at the unix socket run/qami.sock in the "
		 "store. Each request is a line of JSON on standard error. "
		 "Sockets that systemd hands over are taken instead of made. "
		 "Only this host reaches the usual address; whoever listens at "
		 "another puts a proxy with TLS before it.",
	.params =
		(const struct param[]){
			{ "Listen", PARAM_STRING, 0, NULL,
			  "ADDRESS:PORT, 127.0.0.1:8773 by default; port 0 is a free "
			  "one, which is printed" },
			{ "Workers", PARAM_INTEGER, 0, NULL,
			  "how many requests are worked on at once, 16 by default" },
			{ 0 },
		},
	.example = "qami serve --listen 127.0.0.1:8773",
	.local = true,
	.main = run,
};
