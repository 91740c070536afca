/* local.c - the command line of this host, at the unix socket
 *
 * What is said while the work goes on makes the answer a stream; without, it
 * is one line of known length, which is what most calls get.
 */
#include "launcher/http/local.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "images/base/version.h"
#include "images/sshkey.h"
#include "images/store.h"
#include "launcher/action/named.h"
#include "launcher/http/stream.h"
#include "launcher/http/tree.h"

#define ROOT "/qami/"
#define TYPE "application/json"
#define REQUEST_MOST (64 << 20)
#define PROGRESS_EACH (USEC_PER_SEC / 10)

const char *const local_settings[] = {
	"QAMI_ACCEL",	     "QAMI_CONNECT",	  "QAMI_NETWORK",
	"QAMI_METADATA",     "QAMI_STOP_TIMEOUT", "QAMI_CACHE_SIZE",
	"QAMI_GARBAGE_AGE",  "QAMI_GP2_CREDITS",  "QAMI_ARCHIVE",
	"QAMI_ARCHIVE_DELAY", "QAMI_ARCHIVE_LEVEL", "QAMI_ARCHIVE_RESTORE",
	"QAMI_FILL_RATE",    "QAMI_FSR_SNAPSHOTS", "QAMI_FSR_WARM",
	NULL,
};

static const struct action *(*find_local)(const char *name);

/* Calls that may wait for minutes, and how many there may be. */
static atomic_uint waiting;
static unsigned waiting_most = 1;

/* One request of the command line. */
struct local {
	struct exchange *exchange;
	const struct action *action;
	json_t *root;
	usec_t told; /* when progress was told last */
	bool gone;
};

void local_verbs(const struct action *(*find)(const char *name),
		 unsigned workers)
{
	find_local = find;
	waiting_most = workers > 1 ? workers / 2 : 1;
}

static bool has_file(const struct param *params, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (has_file(params, json_array_get(value, i)))
			return true;
	for (; params && params->name && json_is_object(value); params++) {
		const json_t *member = json_object_get(value, params->name);

		if (member && params->type == PARAM_FILE &&
		    !(params->flags & PARAM_OUTPUT))
			return true;
		if (member && has_file(params->members, member))
			return true;
	}
	return false;
}

bool local_travels(const struct action *action, const struct args *args)
{
	if (!action->run || (action->local && !action->travels) ||
	    has_file(action->params, args->root))
		return false;
	for (const struct param *p = action->params; p && p->name; p++)
		if (p->flags & PARAM_HERE && args_has(args, p->name) &&
		    !json_is_false(args_get(args, p->name)))
			return false;
	return true;
}

/* Sends some bytes of the answer, at once if it is a stream. */
static void send(struct local *local, const void *data, size_t size)
{
	struct exchange *exchange = local->exchange;

	if (!exchange->streamed)
		buf_add(&exchange->text, data, size);
	else if (!local->gone)
		local->gone = !stream_say(exchange, data, size);
}

/* Says that something happens. */
static void tell(struct local *local, const char *name, const char *text)
{
	auto_buf line = BUF_INIT;

	if (!local->exchange->streamed && !local->gone)
		local->gone = !stream_begin(local->exchange, TYPE);
	buf_printf(&line, "{\"%s\":", name);
	tree_write_text(text, &line);
	buf_str(&line, "}\n");
	send(local, buf_text(&line), line.size);
}

static void on_stage(void *data, const char *text)
{
	tell(data, "stage", text);
}

static void on_waiting(void *data, const char *text)
{
	tell(data, "waiting", text);
}

static void on_say(void *data, const char *text)
{
	tell(data, "say", text);
}

static void on_log(void *data, const char *line)
{
	tell(data, "log", line);
}

static void on_progress(void *data, uint64_t done, uint64_t total)
{
	struct local *local = data;
	usec_t now = clock_monotonic();
	char line[80];
	int size;

	if (done < total && now < local->told + PROGRESS_EACH)
		return;
	local->told = now;
	if (!local->exchange->streamed && !local->gone)
		local->gone = !stream_begin(local->exchange, TYPE);
	size = snprintf(line, sizeof(line), "{\"progress\":[%llu,%llu]}\n",
			(unsigned long long)done, (unsigned long long)total);
	send(local, line, (size_t)size);
}

static bool on_gone(void *data)
{
	const struct local *local = data;

	return local->gone;
}

/* The last line of an answer that is none. */
static void end(struct local *local, unsigned status, struct buf *line)
{
	struct exchange *exchange = local->exchange;

	exchange->status = status;
	exchange->type = TYPE;
	send(local, buf_text(line), line->size);
}

static void end_failed(struct local *local, const struct error *err)
{
	const char *code = fault_code(err->fault);
	auto_buf line = BUF_INIT;

	local->exchange->code = code;
	buf_printf(&line, "{\"error\":\"%s\",\"fault\":%d,\"text\":", code,
		   (int)err->fault);
	tree_write_text(err->text, &line);
	buf_str(&line, "}\n");
	end(local, (unsigned)fault_status(err->fault), &line);
}

static void end_refused(struct local *local, const char *why, bool busy)
{
	auto_buf line = BUF_INIT;

	local->exchange->code = "qami.Refused";
	buf_str(&line, "{\"refused\":");
	tree_write_text(why, &line);
	buf_str(&line, busy ? ",\"busy\":true}\n" : "}\n");
	end(local, 409, &line);
}

static void end_well(struct local *local, const struct reply *reply)
{
	auto_buf line = BUF_INIT;
	struct error err = { 0 };

	buf_str(&line, "{\"reply\":");
	tree_write(reply->root, &line);
	if (reply->raw_text)
		buf_str(&line, ",\"raw\":true");
	if (reply->note) {
		buf_str(&line, ",\"note\":");
		tree_write_text(reply->note, &line);
	}
	if (reply->body)
		buf_printf(&line, ",\"body\":%zu", reply->body_size);
	buf_str(&line, "}\n");
	if (reply->body)
		buf_add(&line, reply->body, reply->body_size);
	if (!line.broken) {
		end(local, 200, &line);
		return;
	}
	fail_memory(&err);
	end_failed(local, &err);
}

bool local_looks(const struct exchange *exchange)
{
	return strncmp(exchange->path, ROOT, strlen(ROOT)) == 0;
}

void local_refuse(struct exchange *exchange, const char *service,
		  struct error *err)
{
	struct local local = { .exchange = exchange };

	(void)service;
	end_failed(&local, err);
}

static bool read_request(struct local *local, struct error *err)
{
	const struct exchange *exchange = local->exchange;
	const char *body = exchange->body;
	auto_buf text = BUF_INIT;
	json_error_t problem;

	if (strcmp(exchange->method, "POST") != 0)
		return fail(err, FAULT_INVALID_ACTION,
			    "the command line's requests are POST");
	if (!body) {
		if (!file_read_fd(exchange->body_fd, "the request",
				  REQUEST_MOST, &text, err))
			return false;
		body = buf_text(&text);
	}
	local->root = json_loads(body, 0, &problem);
	if (!json_is_object(local->root))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the request is no JSON object");
	return true;
}

/* Why this server cannot do it as the caller has it in mind; NULL: it can. */
static const char *find_refusal(struct local *local)
{
	const struct exchange *exchange = local->exchange;
	const char *version = arg_str(local->root, "version", "");
	const char *region = arg_str(local->root, "region", NULL);
	const json_t *settings = json_object_get(local->root, "settings");

	if (strcmp(version, QAMI_VERSION) != 0)
		return arena_format(exchange->arena,
				    "the server is qami " QAMI_VERSION
				    ", not %.32s",
				    version);
	if (region && strcmp(region, exchange->store->region) != 0)
		return arena_format(exchange->arena,
				    "the server's region is %s, not %.32s",
				    exchange->store->region, region);
	for (const char *const *name = local_settings; *name; name++) {
		const char *wanted = arg_str(settings, *name, "");
		const char *ours = getenv(*name);

		if (*wanted && strcmp(wanted, ours ? ours : "") != 0)
			return arena_format(exchange->arena,
					    "the server runs with %s=%s", *name,
					    ours ? ours : "");
	}
	return NULL;
}

static bool find_row(struct local *local, const struct args *args,
		     struct error *err)
{
	const char *verb = local_looks(local->exchange) ?
				   local->exchange->path + strlen(ROOT) :
				   "";

	if (find_local)
		local->action = find_local(verb);
	if (!local->action)
		local->action = action_find_verb(verb);
	if (!local->action)
		return fail(err, FAULT_INVALID_ACTION,
			    "the server has no verb of that name");
	local->exchange->action = local->action->name;
	if (!local_travels(local->action, args))
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "the server does not do that for others");
	return true;
}

/* Nobody is believed that what he sends is a key. */
static bool read_own_key(struct local *local, struct call *call,
			 struct error *err)
{
	struct sshkey key;

	call->own_key = arg_str(local->root, "own_key", NULL);
	return !call->own_key ||
	       sshkey_read(call->own_key, strlen(call->own_key),
			   local->exchange->arena, &key, err);
}

static void watch(struct local *local, struct call *call)
{
	int64_t level = arg_int(local->root, "log", LOG_LEVEL_WARNING);

	log_divert(on_log, local,
		   level == LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG :
		   level == LOG_LEVEL_INFO  ? LOG_LEVEL_INFO :
					      LOG_LEVEL_WARNING);
	call->watch_data = local;
	call->say = on_say;
	call->gone = on_gone;
	/* an action's progress is nobody's but its own */
	if (!local->action->local)
		return;
	call->stage = on_stage;
	call->waiting = on_waiting;
	call->progress = on_progress;
}

static bool run(struct local *local, const struct caller *caller,
		struct args *args, struct reply *reply, struct error *err)
{
	struct call call = exchange_call(local->exchange, caller);
	bool done;

	if (!read_own_key(local, &call, err))
		return false;
	call.action = local->action->name;
	reply->whole = caller->owner;
	watch(local, &call);
	done = call_account(&call, caller->account, err) &&
	       named_resolve(local->action, &call, args, err) &&
	       action_run(local->action, &call, args, reply, err);
	log_divert(NULL, NULL, 0);
	return done;
}

/* Runs a row, unless so many wait already that others would have to. */
static void carry_out(struct local *local, const struct caller *caller,
		      struct args *args, struct error *err)
{
	bool waits = local->action->waits;
	struct reply reply = { 0 };

	if (waits && atomic_fetch_add(&waiting, 1) >= waiting_most)
		end_refused(local,
			    "as many commands wait for something at its "
			    "server as may",
			    true);
	else if (reply_init(&reply, err) &&
		 run(local, caller, args, &reply, err))
		end_well(local, &reply);
	if (waits)
		atomic_fetch_sub(&waiting, 1);
	reply_done(&reply);
}

static void answer(struct local *local, const struct caller *caller)
{
	struct args args = { 0 };
	struct error err = { 0 };
	const char *refusal;

	if (!read_request(local, &err)) {
		end_failed(local, &err);
		return;
	}
	refusal = find_refusal(local);
	if (refusal) {
		end_refused(local, refusal, false);
		return;
	}
	args.root = json_incref(json_object_get(local->root, "params"));
	if (!args.root)
		args.root = json_object();
	if (!json_is_object(args.root))
		fail(&err, FAULT_INVALID_PARAMETER,
		     "the request's parameters are no JSON object");
	else if (find_row(local, &args, &err))
		carry_out(local, caller, &args, &err);
	if (err.fault != FAULT_NONE)
		end_failed(local, &err);
	args_done(&args);
}

void local_answer(struct exchange *exchange, const struct caller *caller)
{
	struct local local = { .exchange = exchange };

	answer(&local, caller);
	json_decref(local.root);
}
