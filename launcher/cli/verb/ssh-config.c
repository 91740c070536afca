/* ssh-config.c - how ssh, scp, rsync and others reach instances by name */
#include <ctype.h>
#include <string.h>

#include "images/base/file.h"
#include "images/registry/tag.h"
#include "launcher/action/action.h"
#include "launcher/cli/ssh.h"
#include "launcher/instance/console.h"
#include "launcher/instance/reconcile.h"

#define NAME_MOST 64

/* An instance and what it is called. */
struct host {
	char id[ID_SIZE];
	char name[NAME_MOST];
};

struct hosts {
	struct call *call;
	struct arena *arena;
	struct host *all;
	size_t count;
};

/* A name that is one word of ssh_config, no pattern, and not another's id; else
 * there is none. */
static void find_name(void *data, const struct tag *tag)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789_.-";
	struct host *host = data;

	if (strcmp(tag->key, "Name") == 0 && strlen(tag->value) < NAME_MOST &&
	    strspn(tag->value, plain) == strlen(tag->value) &&
	    tag->value[0] != '-' && !id_valid(tag->value, "i"))
		strcpy(host->name, tag->value);
}

static bool add_host(void *data, const struct instance *instance,
		     struct error *err)
{
	struct hosts *hosts = data;
	struct host *host;

	hosts->all = arena_more(hosts->arena, hosts->all, hosts->count,
				sizeof(*hosts->all));
	if (!hosts->all)
		return fail_memory(err);
	host = &hosts->all[hosts->count++];
	memset(host, 0, sizeof(*host));
	snprintf(host->id, sizeof(host->id), "%s", instance->id);
	return tag_each(hosts->call->store->db, instance->id, find_name, host,
			err);
}

/* " NAME", or nothing where that is several instances' name. */
static const char *alias(const struct hosts *hosts, const struct host *host)
{
	size_t same = 0;

	for (size_t i = 0; i < hosts->count; i++)
		same += strcmp(hosts->all[i].name, host->name) == 0;
	return *host->name && same == 1 ?
		       arena_format(hosts->arena, " %s", host->name) :
		       "";
}

/* Host keys that are not printed yet will be in the file by then: whoever
 * connects before is refused. */
static bool add_block(const struct hosts *hosts, const struct host *host,
		      const struct ssh *given, struct buf *out,
		      struct error *err)
{
	struct ssh ssh = *given;
	const char *names = alias(hosts, host);
	auto_free char *file = console_known_hosts(hosts->call, host->id);

	if (!names || !file)
		return fail_memory(err);
	if (!access_find(hosts->call, host->id, hosts->arena, &ssh.access, err))
		return false;
	if (!ssh.access.known_hosts)
		ssh.access.known_hosts = file;
	return ssh_fragment(&ssh, names, out, err);
}

static bool find_hosts(struct hosts *hosts, struct error *err)
{
	static const char *const running = "running";
	static const struct filter filter = { "instance-state-name", &running,
					      1 };
	struct query query = {
		.account = hosts->call->account,
		.filters = &filter,
		.filter_count = 1,
	};

	return instance_list(hosts->call->store->db, &query, add_host, hosts,
			     err);
}

/* A reason as a comment. There may be a tag's value in it: what ends a line
 * would begin one of ssh_config. */
static void add_reason(const char *id, const char *why, struct buf *out)
{
	buf_printf(out, "# %s: ", id);
	for (; *why; why++)
		buf_char(out, iscntrl((unsigned char)*why) ? '?' : *why);
	buf_char(out, '\n');
}

/* All of them; those that cannot be reached are left out, with the reason. */
static bool add_blocks(const struct hosts *hosts, const char *only,
		       const struct ssh *given, struct buf *out,
		       struct error *err)
{
	for (size_t i = 0; i < hosts->count; i++) {
		const struct host *host = &hosts->all[i];
		struct error why = { 0 };

		if (only && strcmp(only, host->id) != 0)
			continue;
		if (add_block(hosts, host, given, out, only ? err : &why))
			continue;
		if (only)
			return false;
		add_reason(host->id, why.text, out);
	}
	return !out->broken || fail_memory(err);
}

static int print(struct call *call, const struct args *args, struct error *err)
{
	const char *only = args_str(args, "Instance", NULL);
	auto_of(arena) arena = arena_new();
	struct hosts hosts = { .call = call, .arena = arena };
	struct ssh given = {
		.user = args_str(args, "User", NULL),
		.identity = args_str(args, "Identity", NULL),
	};
	struct access access;
	auto_buf out = BUF_INIT;

	if (!arena) {
		fail_memory(err);
		return -1;
	}
	/* of one that was asked for, what is wrong with it is the answer */
	if (!reconcile(call, err) ||
	    (only && !access_find(call, only, arena, &access, err)) ||
	    !find_hosts(&hosts, err) ||
	    !add_blocks(&hosts, only, &given, &out, err) ||
	    !write_all(STDOUT_FILENO, buf_text(&out), out.size, "the answer",
		       err))
		return -1;
	return 0;
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
	.main = print,
};
