/* ssh-config.c - how ssh, scp, rsync and others reach instances by name */
#include <ctype.h>

#include "images/base/file.h"
#include "launcher/action/action.h"
#include "launcher/cli/render.h"
#include "launcher/cli/ssh.h"

/* A reason as a comment. There may be a tag's value in it: what ends a line
 * would begin one of ssh_config. */
static void add_reason(const char *id, const char *why, struct buf *out)
{
	buf_printf(out, "# %s: ", id);
	for (; *why; why++)
		buf_char(out, iscntrl((unsigned char)*why) ? '?' : *why);
	buf_char(out, '\n');
}

static bool add_block(const struct visit *visit, const struct node *answer,
		      const struct ssh *given, struct buf *out,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *name = visit_text(answer, "Name", NULL);
	const char *alias = "";
	struct ssh ssh = *given;

	if (arena && name)
		alias = arena_format(arena, " %s", name);
	if (!arena || !alias)
		return fail_memory(err);
	return ssh_read(visit, answer, arena, &ssh.access, err) &&
	       ssh_fragment(&ssh, alias, out, err);
}

/* All of them; those that cannot be reached are left out, with the reason. */
static bool add_blocks(const struct visit *visit, const struct reply *reply,
		       const struct ssh *given, bool only, struct buf *out,
		       struct error *err)
{
	const struct node *list = visit_member(reply->root, "Instances");
	const struct node *answer = list ? node_first(list) : NULL;

	for (; answer; answer = node_next(answer)) {
		const char *why = visit_text(answer, "Reason", NULL);
		struct error bad = { 0 };

		if (!why && add_block(visit, answer, given, out,
				      only ? err : &bad))
			continue;
		if (only)
			return false;
		add_reason(visit_text(answer, "InstanceId", ""),
			   why ? why : bad.text, out);
	}
	return !out->broken || fail_memory(err);
}

static int print(struct visit *visit, const struct args *args,
		 struct error *err)
{
	const char *only = args_str(args, "Instance", NULL);
	struct ssh given = {
		.user = args_str(args, "User", NULL),
		.identity = args_str(args, "Identity", NULL),
	};
	struct reply reply = { 0 };
	auto_buf out = BUF_INIT;
	bool done;

	done = visit_ask(visit, "ssh-access",
			 json_pack("{s:s*}", "Instance", only), &reply, err) &&
	       add_blocks(visit, &reply, &given, only != NULL, &out, err) &&
	       write_all(STDOUT_FILENO, buf_text(&out), out.size, "the answer",
			 err);
	reply_done(&reply);
	return done ? 0 : -1;
}

const struct action verb_ssh_config = {
	.name = "ssh-config",
	.brief = "print how ssh reaches instances, as ssh_config",
	.about = "Prints a block of ssh_config for the instance, or for all "
		 "that run, under their ids and names: for ssh -F, for an "
		 "Include in ~/.ssh/config, for scp, rsync and others. Host "
		 "keys are those that were on the console by now.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID, PARAM_POSITIONAL | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "User", PARAM_STRING, 0, NULL, "who to log in as", NULL, NULL,
		  'l' },
		{ "Identity", PARAM_STRING, 0, NULL,
		  "private key; ssh's own ones if not given", NULL, NULL, 'i',
		  "FILE" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami ssh-config web1",
	.local = true,
	.visit = print,
};
