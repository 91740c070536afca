/* ssh.c - a shell inside, or one command */
#include "launcher/cli/ssh.h"

#include "launcher/action/action.h"
#include "launcher/action/query.h"

static int go(struct visit *visit, const struct args *args, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct ssh ssh = {
		.user = args_str(args, "User", NULL),
		.identity = args_str(args, "Identity", NULL),
	};
	struct ssh_argv argv = { .arena = arena };
	const char *const *words = NULL;
	size_t count = 0;

	if (!arena) {
		fail_memory(err);
		return -1;
	}
	visit->quiet = true;
	if (!args_texts(args_get(args, "Command"), arena, &words, &count,
			err) ||
	    !ssh_find(visit, args_str(args, "Instance", ""),
		      (unsigned)args_int(args, "Timeout", SSH_WAIT_SECONDS),
		      arena, &ssh.access, err) ||
	    !ssh_begin(&argv, "ssh", &ssh, err))
		return -1;
	if (args_bool(args, "Tty", false))
		ssh_add(&argv, "-t");
	ssh_add(&argv, ssh.access.id);
	ssh_command(&argv, words, count);
	return ssh_become(&argv, err) ? 0 : -1;
}

const struct action verb_ssh = {
	.name = "ssh",
	.brief = "log in to a running instance, or run a command in it",
	.about = "Runs OpenSSH's ssh, whose exit code it returns, once the "
		 "guest's server answers. The words of a command arrive as "
		 "they were typed, spaces and quotes included: for a pipe "
		 "inside say sh -c 'ls | wc'. The guest is known by the host "
		 "keys that it printed on its console, and by nothing else. "
		 "Who to log in as: --user, else the instance's or its "
		 "image's tag qami:user, else the user that cloud-init says "
		 "it gave the key to, else root.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "Command", PARAM_STRING,
		  PARAM_POSITIONAL | PARAM_LIST | PARAM_REST | PARAM_EMPTY,
		  NULL, "what to run there; a shell if not given" },
		{ "User", PARAM_STRING, 0, NULL, "who to log in as", NULL, NULL,
		  'l' },
		{ "Identity", PARAM_STRING, 0, NULL,
		  "private key; ssh's own ones if not given", NULL, NULL, 'i',
		  "FILE" },
		{ "Tty", PARAM_BOOLEAN, 0, NULL,
		  "a terminal for the command, too", NULL, NULL, 't' },
		{ "Timeout", PARAM_INTEGER, 0, NULL,
		  "seconds to wait for the guest, 300 if not given" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_UNSUPPORTED, FAULT_WAITER,
		FAULT_HOST, FAULT_NONE },
	.example = "qami ssh web1 uname -a",
	.local = true,
	.visit = go,
};
