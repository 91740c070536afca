/* cp.c - copy files into an instance or out of it */
#include <string.h>

#include "launcher/action/action.h"
#include "launcher/cli/ssh.h"

/* Where an end's path begins when it is NAME:PATH; NULL when it is a path of
 * this host: a slash before the colon says so. */
static const char *remote_path(const char *end)
{
	const char *colon = strpbrk(end, "/:");

	return colon && *colon == ':' && colon > end ? colon + 1 : NULL;
}

/* A file's name that scp takes for one. */
static const char *local_end(struct arena *arena, const char *end)
{
	return end[0] == '/' || strncmp(end, "./", 2) == 0 ?
		       end :
		       arena_format(arena, "./%s", end);
}

/* The one that is not on this host names the instance; in the arena. */
static bool find_name(const char *source, const char *destination,
		      struct arena *arena, const char **ret_name,
		      struct error *err)
{
	const char *from = remote_path(source), *to = remote_path(destination);
	const char *end = from ? source : destination;

	if (from && to)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "one of the two must be a file of this host");
	if (!from && !to)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "one of the two must be INSTANCE:PATH");
	*ret_name = arena_format(arena, "%.*s",
				 (int)((from ? from : to) - end - 1), end);
	return *ret_name || fail_memory(err);
}

static bool add_end(struct ssh_argv *argv, const char *end, const char *id,
		    struct error *err)
{
	const char *path = remote_path(end);

	ssh_add(argv, path ? arena_format(argv->arena, "%s:%s", id, path) :
			     local_end(argv->arena, end));
	return !argv->broken || fail_memory(err);
}

static int copy(struct visit *visit, const struct args *args, struct error *err)
{
	const char *source = args_str(args, "Source", "");
	const char *destination = args_str(args, "Destination", "");
	auto_of(arena) arena = arena_new();
	struct ssh ssh = {
		.user = args_str(args, "User", NULL),
		.identity = args_str(args, "Identity", NULL),
	};
	struct ssh_argv argv = { .arena = arena };
	const char *name = NULL, *id;

	if (!arena) {
		fail_memory(err);
		return -1;
	}
	visit->quiet = true;
	if (!find_name(source, destination, arena, &name, err) ||
	    !ssh_find(visit, name,
		      (unsigned)args_int(args, "Timeout", SSH_WAIT_SECONDS),
		      arena, &ssh.access, err) ||
	    !ssh_begin(&argv, "scp", &ssh, err))
		return -1;
	id = ssh.access.id;
	if (args_bool(args, "Recursive", false))
		ssh_add(&argv, "-r");
	ssh_add(&argv, "--");
	if (!add_end(&argv, source, id, err) ||
	    !add_end(&argv, destination, id, err))
		return -1;
	return ssh_become(&argv, err) ? 0 : -1;
}

const struct action verb_cp = {
	.name = "cp",
	.brief = "copy files into a running instance or out of it",
	.about = "Runs OpenSSH's scp, whose exit code it returns. One of the two "
		 "is INSTANCE:PATH, the other a path of this host; one with a "
		 "colon in it is ./a:b. Who to log in as and how the guest is "
		 "known are as with qami ssh.",
	.params = (const struct param[]) {
		{ "Source", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED,
		  NULL, "what to copy: a path, or INSTANCE:PATH" },
		{ "Destination", PARAM_STRING,
		  PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "where to: a path, or INSTANCE:PATH" },
		{ "Recursive", PARAM_BOOLEAN, 0, NULL,
		  "directories, with all that is in them", NULL, NULL, 'r' },
		{ "User", PARAM_STRING, 0, NULL, "who to log in as", NULL, NULL,
		  'l' },
		{ "Identity", PARAM_STRING, 0, NULL,
		  "private key; ssh's own ones if not given", NULL, NULL, 'i',
		  "FILE" },
		{ "Timeout", PARAM_INTEGER, 0, NULL,
		  "seconds to wait for the guest, 300 if not given" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_PARAMETER_COMBINATION, FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_OPERATION_NOT_PERMITTED,
		FAULT_UNSUPPORTED, FAULT_WAITER, FAULT_HOST, FAULT_NONE },
	.example = "qami cp notes.txt web1:/tmp/",
	.local = true,
	.visit = copy,
};
