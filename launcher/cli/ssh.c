/* ssh.c - OpenSSH's programs on the way into an instance */
#include "launcher/cli/ssh.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/cli/ownkey.h"
#include "launcher/cli/render.h"

/* What is as it should be for every instance. */
static const char *const fixed[][2] = {
	{ "StrictHostKeyChecking", "yes" },
	{ "GlobalKnownHostsFile", "/dev/null" },
	{ "KnownHostsCommand", "none" },
	{ "VerifyHostKeyDNS", "no" },
	{ "CheckHostIP", "no" },
	{ "UpdateHostKeys", "no" },
	{ "ProxyCommand", "none" },
	{ "ControlPath", "none" }, /* a port may have been another's before */
};
#define FIXED (sizeof(fixed) / sizeof(fixed[0]))
#define OPTIONS_MOST (FIXED + 6)

/* The options of one instance; texts in the arena. */
struct set {
	struct arena *arena;
	struct {
		const char *name;
		const char *value;
	} options[OPTIONS_MOST];
	size_t count;
	bool broken;
};

static void set_add(struct set *set, const char *name, const char *value)
{
	set->broken |= !value;
	set->options[set->count].name = name;
	set->options[set->count++].value = value;
}

/* A file as a value of ssh_config, where quotes, backslashes and '%' mean
 * something; "${" would, and cannot be taken from it. */
static bool add_file(struct set *set, const char *name, const char *path,
		     struct error *err)
{
	auto_buf text = BUF_INIT;

	buf_char(&text, '"');
	for (const char *c = path; *c; c++) {
		if (iscntrl((unsigned char)*c) || strncmp(c, "${", 2) == 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "ssh cannot be told of a file of this "
				    "name: %.100s",
				    path);
		if (*c == '"' || *c == '\\')
			buf_char(&text, '\\');
		if (*c == '%')
			buf_char(&text, '%');
		buf_char(&text, *c);
	}
	buf_char(&text, '"');
	set_add(set, name, arena_str(set->arena, buf_text(&text)));
	return true;
}

static bool check_user(const char *user, struct error *err)
{
	static const char rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789_.@+-\\";

	if (*user && *user != '-' && strspn(user, rest) == strlen(user))
		return true;
	return fail(err, FAULT_INVALID_PARAMETER, "'%.64s' is no user's name",
		    user);
}

static bool make_set(const struct ssh *ssh, struct set *set, struct error *err)
{
	const struct access *access = &ssh->access;
	const char *user = ssh->user ? ssh->user : access->user;
	auto_free char *own = ssh->identity || !access->public_key ?
				      NULL :
				      own_key_identity(access->public_key);
	const char *identity = ssh->identity ? ssh->identity : own;

	if (!check_user(user, err))
		return false;
	set_add(set, "HostName", access->address);
	set_add(set, "Port", arena_format(set->arena, "%u", access->port));
	set_add(set, "User", user);
	set_add(set, "HostKeyAlias", access->id);
	for (size_t i = 0; i < FIXED; i++)
		set_add(set, fixed[i][0], fixed[i][1]);
	if (!add_file(set, "UserKnownHostsFile", access->known_hosts, err) ||
	    (identity && !add_file(set, "IdentityFile", identity, err)))
		return false;
	return !set->broken || fail_memory(err);
}

void ssh_add(struct ssh_argv *argv, const char *word)
{
	assert(argv->count + 1 < SSH_WORDS);
	argv->broken |= !word;
	argv->words[argv->count++] = word;
}

bool ssh_begin(struct ssh_argv *argv, const char *program,
	       const struct ssh *ssh, struct error *err)
{
	struct set set = { .arena = argv->arena };

	if (!make_set(ssh, &set, err))
		return false;
	ssh_add(argv, program);
	for (size_t i = 0; i < set.count; i++) {
		ssh_add(argv, "-o");
		ssh_add(argv,
			arena_format(argv->arena, "%s=%s", set.options[i].name,
				     set.options[i].value));
	}
	return !argv->broken || fail_memory(err);
}

static void quote(struct buf *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789_@%+:,./-";

	if (*word && strspn(word, plain) == strlen(word)) {
		buf_str(out, word);
		return;
	}
	buf_char(out, '\'');
	for (const char *c = word; *c; c++)
		if (*c == '\'')
			buf_str(out, "'\\''");
		else
			buf_char(out, *c);
	buf_char(out, '\'');
}

/* One word with blanks in it is what people type who mean a shell to take it
 * apart, as ssh lets it. It is tried as the program's name that it is here;
 * there, for nobody else knows the guest's programs. */
static void hint(struct buf *out, const char *word)
{
	buf_str(out, "command -v ");
	quote(out, word);
	buf_str(out, " >/dev/null || { echo 'qami ssh: no program in the guest "
		     "has this name, blanks and all; for a line of shell: "
		     "sh -c ...' >&2; exit 127; }; ");
}

void ssh_command(struct ssh_argv *argv, const char *const *words, size_t count)
{
	auto_buf text = BUF_INIT;

	if (!count)
		return;
	if (count == 1 && strpbrk(words[0], " \t\n"))
		hint(&text, words[0]);
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_char(&text, ' ');
		quote(&text, words[i]);
	}
	ssh_add(argv, "--");
	ssh_add(argv,
		text.broken ? NULL : arena_str(argv->arena, buf_text(&text)));
}

bool ssh_fragment(const struct ssh *ssh, const char *aliases,
		  struct buf *ret_text, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct set set = { .arena = arena };

	if (!arena)
		return fail_memory(err);
	if (!make_set(ssh, &set, err))
		return false;
	buf_printf(ret_text, "Host %s%s\n", ssh->access.id, aliases);
	for (size_t i = 0; i < set.count; i++)
		buf_printf(ret_text, "\t%s %s\n", set.options[i].name,
			   set.options[i].value);
	return true;
}

bool ssh_become(const struct ssh_argv *argv, struct error *err)
{
	if (argv->broken)
		return fail_memory(err);
	fflush(stdout);
	execvp(argv->words[0], (char *const *)(uintptr_t)argv->words);
	return fail(err, FAULT_HOST, "cannot run %s: %s%s", argv->words[0],
		    strerror(errno),
		    errno == ENOENT ? " (install openssh-client)" : "");
}

/* What is passed on to ssh and to files' names must be what it says. */
static bool check_answer(const struct access *access, int64_t port,
			 struct error *err)
{
	struct in_addr address;

	if (id_valid(access->id, "i") && port > 0 && port <= UINT16_MAX &&
	    inet_pton(AF_INET, access->address, &address) == 1)
		return true;
	return fail(err, FAULT_HOST, "the server's answer is no way to ssh");
}

bool ssh_read(const struct visit *visit, const struct node *answer,
	      struct arena *arena, struct access *ret_access, struct error *err)
{
	const char *file = visit_text(answer, "KnownHostsFile", "");
	int64_t port = visit_number(answer, "Port", 0);
	const char *keys = visit_text(answer, "KnownHosts", NULL);
	const char *public_key = visit_text(answer, "PublicKey", NULL);
	auto_free char *own = NULL;
	struct access access = {
		.id = visit_text(answer, "InstanceId", ""),
		.address = visit_text(answer, "Address", ""),
		.port = (uint16_t)port,
		.user = visit_text(answer, "User", ""),
	};

	if (!check_answer(&access, port, err))
		return false;
	if (!visit->call) {
		own = own_known_hosts(access.id, keys, err);
		if (!own)
			return false;
		file = own;
	}
	access.id = arena_str(arena, access.id);
	access.address = arena_str(arena, access.address);
	access.user = arena_str(arena, access.user);
	access.known_hosts = arena_str(arena, file);
	access.host_keys = keys ? arena_str(arena, keys) : NULL;
	access.public_key = public_key ? arena_str(arena, public_key) : NULL;
	if (!access.id || !access.address || !access.user ||
	    !access.known_hosts || (keys && !access.host_keys) ||
	    (public_key && !access.public_key))
		return fail_memory(err);
	*ret_access = access;
	return true;
}

bool ssh_find(struct visit *visit, const char *name, unsigned seconds,
	      struct arena *arena, struct access *ret_access, struct error *err)
{
	struct reply reply = { 0 };
	const struct node *answer;
	bool found;

	found = visit_ask(visit, "ssh-access",
			  json_pack("{s:s, s:I}", "Instance", name, "Timeout",
				    (json_int_t)seconds),
			  &reply, err);
	answer = found ? visit_member(reply.root, "Instances") : NULL;
	if (found)
		found = ssh_read(visit, answer ? node_first(answer) : NULL,
				 arena, ret_access, err);
	reply_done(&reply);
	if (!found || ret_access->host_keys)
		return found;
	return fail(err, FAULT_UNSUPPORTED,
		    "%s has printed no SSH host key on its console that can be "
		    "read, so that nobody could tell it from another machine "
		    "(see: qami logs %s; qami console %s)",
		    ret_access->id, ret_access->id, ret_access->id);
}
