/* remote.c - the command line through the store's server
 *
 * A server that would do it otherwise than this process, because its program
 * or its settings are others, is as good as none for the store's owner.
 */
#include "launcher/cli/remote.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/log.h"
#include "images/base/version.h"
#include "images/store.h"
#include "launcher/cli/progress.h"
#include "launcher/cli/socket.h"
#include "launcher/cli/terminal.h"
#include "launcher/cli/verbs.h"
#include "launcher/http/local.h"
#include "launcher/http/tree.h"

#define BUSY_USEC 500000

/* One command on its way. */
struct remote_call {
	const struct action *action;
	const struct visit *visit;
	const struct options *options;
	const char *account; /* NULL: whose the server says it is */
	char *store;
	bool owner;
	bool busy; /* the server has no room for one more that waits */
	struct socket socket;
	struct progress progress;
	struct call watcher;
	struct reply *reply;
};

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* Which account to ask for. The server knows which one another user is. */
static const char *choose_account(const struct remote_call *call)
{
	const char *account = call->options->account;

	if (!account)
		account = environment("QAMI_ACCOUNT");
	return account || !call->owner ? account : "123456789012";
}

/* What a header cannot carry is left to those who can refuse it. */
static bool account_fits(const char *account)
{
	for (const char *c = account; c && *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
			return false;
	return true;
}

static json_t *settings(const struct options *options)
{
	json_t *object = json_object();

	for (const char *const *name = local_settings; *name; name++) {
		const char *value = environment(*name);

		if (options->connect && strcmp(*name, "QAMI_CONNECT") == 0)
			value = options->connect;
		if (value)
			json_object_set_new(object, *name, json_string(value));
	}
	return object;
}

static char *request(const struct remote_call *call, const struct args *args)
{
	const char *region = call->options->region;
	json_t *object;
	char *text;

	if (!region)
		region = environment("QAMI_REGION");
	object = json_pack("{s:s, s:O, s:o, s:i, s:s*, s:s*}", "version",
			   QAMI_VERSION, "params", args->root, "settings",
			   settings(call->options), "log", (int)log_level_get(),
			   "region", region, "own_key", call->visit->own_key);
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	return text;
}

static bool send_request(struct remote_call *call, const struct args *args,
			 struct error *err)
{
	auto_free char *body = request(call, args);
	char verb[NAME_SIZE], path[NAME_SIZE + 8];

	if (!body)
		return fail_memory(err);
	verb_name(call->action, verb);
	snprintf(path, sizeof(path), "/qami/%s", verb);
	return socket_post(&call->socket, path, call->account, body,
			   strlen(body), err);
}

/* The fault behind a code: the number tells the many of one code apart. */
static enum fault find_fault(const char *code, int64_t number)
{
	if (number > 0 && number < FAULT_COUNT &&
	    strcmp(fault_code((enum fault)number), code) == 0)
		return (enum fault)number;
	for (int fault = 1; fault < FAULT_COUNT; fault++)
		if (strcmp(fault_code((enum fault)fault), code) == 0)
			return (enum fault)fault;
	return FAULT_HOST;
}

static bool take_error(struct remote_call *call, const json_t *line,
		       struct error *err)
{
	const char *text;

	if (!tree_read_text(json_object_get(line, "text"), call->reply->arena,
			    &text, err))
		return false;
	return fail(err,
		    find_fault(arg_str(line, "error", ""),
			       arg_int(line, "fault", 0)),
		    "%s", text);
}

static bool take_body(struct remote_call *call, const json_t *line,
		      struct error *err)
{
	auto_buf body = BUF_INIT;
	int64_t size = arg_int(line, "body", -1);

	if (size < 0)
		return true;
	if (!socket_bytes(&call->socket, (size_t)size, &body, err))
		return false;
	reply_body(call->reply, body.data ? body.data : "", body.size);
	return !call->reply->broken || fail_memory(err);
}

static bool take_reply(struct remote_call *call, const json_t *line,
		       struct error *err)
{
	const json_t *note = json_object_get(line, "note");

	call->reply->raw_text = arg_bool(line, "raw", false);
	if (note &&
	    !tree_read_text(note, call->reply->arena, &call->reply->note, err))
		return false;
	return tree_read(json_object_get(line, "reply"), call->reply, err) &&
	       take_body(call, line, err);
}

/* Shows what happens meanwhile. */
static bool take_event(struct remote_call *call, const json_t *line,
		       struct error *err)
{
	const json_t *bar = json_object_get(line, "progress");
	struct call *watcher = &call->watcher;
	const char *name = json_object_iter_key(
		json_object_iter((json_t *)(uintptr_t)line));
	const char *text;

	if (bar && !watcher->progress)
		return true;
	if (bar) {
		watcher->progress(
			watcher->watch_data,
			(uint64_t)json_integer_value(json_array_get(bar, 0)),
			(uint64_t)json_integer_value(json_array_get(bar, 1)));
		return true;
	}
	if (!name || !tree_read_text(json_object_get(line, name),
				     call->reply->arena, &text, err))
		return err->fault == FAULT_NONE;
	if (strcmp(name, "stage") == 0 && watcher->stage)
		watcher->stage(watcher->watch_data, text);
	else if (strcmp(name, "waiting") == 0 && watcher->waiting)
		watcher->waiting(watcher->watch_data, text);
	else if (strcmp(name, "say") == 0 || strcmp(name, "log") == 0)
		terminal_text(text, stderr);
	return true;
}

/* Whose store it is, for people. */
static bool fail_closed(const struct remote_call *call, const char *why,
			struct error *err)
{
	const struct passwd *user = NULL;
	struct stat info;

	if (stat(call->store, &info) == 0)
		user = getpwuid(info.st_uid);
	return fail(err, FAULT_HOST, "the store %.100s is %.32s's%s%.100s",
		    call->store, user ? user->pw_name : "another user",
		    why[0] ? ": " : "", why);
}

/* Nobody but the owner can do without the server. */
static enum remote go_home(const struct remote_call *call, const char *why,
			   struct error *err)
{
	if (call->owner)
		return REMOTE_NOT;
	fail_closed(call, why, err);
	return REMOTE_CLOSED;
}

static enum remote take_refusal(struct remote_call *call, const json_t *line,
				struct error *err)
{
	const char *why;

	if (!tree_read_text(json_object_get(line, "refused"),
			    call->reply->arena, &why, err))
		return REMOTE_FAILED;
	call->busy = json_is_true(json_object_get(line, "busy"));
	log_info("%s: without it, then", why);
	return go_home(call, why, err);
}

static enum remote take_answer(struct remote_call *call, struct error *err)
{
	for (;;) {
		auto_buf text = BUF_INIT;
		enum remote result = REMOTE_NOT;
		bool ended = true, done = false;
		json_t *line;

		if (!socket_line(&call->socket, &text, err))
			return REMOTE_FAILED;
		line = json_loadb(buf_text(&text), text.size, 0, NULL);
		if (json_object_get(line, "reply"))
			done = take_reply(call, line, err);
		else if (json_object_get(line, "error"))
			take_error(call, line, err);
		else if (json_object_get(line, "refused"))
			result = take_refusal(call, line, err);
		else if (line)
			ended = !take_event(call, line, err);
		else
			fail(err, FAULT_HOST,
			     "the server's answer is no line of JSON");
		json_decref(line);
		if (done)
			return REMOTE_ANSWERED;
		if (ended)
			return result == REMOTE_NOT && err->fault ?
				       REMOTE_FAILED :
				       result;
	}
}

static void watch(struct remote_call *call)
{
	const struct visit *visit = call->visit;

	progress_attach(&call->progress, &call->watcher, call->options->color);
	if (visit->since)
		call->progress.start = visit->since;
	if (visit->quiet)
		call->watcher.stage = NULL;
}

static enum remote ask(struct remote_call *call, const struct args *args,
		       struct error *err)
{
	enum remote result = REMOTE_FAILED;

	if (call->action->local)
		watch(call);
	if (send_request(call, args, err))
		result = take_answer(call, err);
	if (call->action->local)
		progress_detach(&call->progress, &call->watcher);
	return result;
}

/* Whether it is worth while to ask the same once more. */
static bool try_again(struct remote_call *call, enum remote result,
		      struct error *err)
{
	bool (*gone)(void *data) = call->visit->gone;

	if (result != REMOTE_CLOSED || !call->busy || (gone && gone(NULL)))
		return false;
	call->busy = false;
	error_clear(err);
	usleep(BUSY_USEC);
	return true;
}

static enum remote find_way(struct remote_call *call, const struct args *args,
			    struct error *err)
{
	enum remote result;

	if (!local_travels(call->action, args))
		return go_home(call, "only its owner can do that", err);
	do {
		socket_close(&call->socket);
		if (!socket_open(&call->socket, call->store))
			return go_home(call,
				       "its owner can let you in by running "
				       "'qami serve', or have one of your own "
				       "(QAMI_STORE)",
				       err);
		call->socket.gone = call->visit->gone;
		result = ask(call, args, err);
	} while (try_again(call, result, err));
	return result;
}

enum remote remote_run(const struct action *action, const struct visit *visit,
		       const struct args *args, struct reply *reply,
		       struct error *err)
{
	const struct options *options = visit->options;
	struct remote_call call = {
		.action = action,
		.visit = visit,
		.options = options,
		.store = store_place(options->store),
		.socket = SOCKET_INIT,
		.reply = reply,
	};
	auto_free char *db =
		call.store ? format_text("%s/qami.db", call.store) : NULL;
	enum remote result = REMOTE_NOT;

	if (db && (access(db, R_OK | W_OK) == 0 || errno == EACCES)) {
		call.owner = access(db, R_OK | W_OK) == 0;
		call.account = choose_account(&call);
		if (account_fits(call.account))
			result = find_way(&call, args, err);
	}
	socket_close(&call.socket);
	free(call.store);
	return result;
}
