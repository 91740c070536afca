/* cli.c - from argv to an exit code
 *
 * Everything that only some verbs need (the store, recovery, an output format)
 * waits until the words are understood: a misspelt option costs two
 * milliseconds and opens nothing.
 */
#include "launcher/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/tool/tool.h"
#include "images/base/auto.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "images/keypair.h"
#include "images/store.h"
#include "launcher/action/named.h"
#include "launcher/cli/columns.h"
#include "launcher/cli/help.h"
#include "launcher/cli/ownkey.h"
#include "launcher/cli/parse.h"
#include "launcher/cli/place.h"
#include "launcher/cli/progress.h"
#include "launcher/cli/query.h"
#include "launcher/cli/remote.h"
#include "launcher/cli/skeleton.h"
#include "launcher/cli/suggest.h"
#include "launcher/cli/terminal.h"
#include "launcher/cli/verbs.h"
#include "launcher/cli/visit.h"
#include "launcher/cli/waiter.h"
#include "launcher/domain/domain.h"
#include "launcher/http/local.h"
#include "launcher/instance/job.h"
#include "launcher/instance/recover.h"

static int complain_tool(const struct action *action,
			 const struct parsed *parsed)
{
	fprintf(stderr, "%s: ", action->name);
	terminal_text(buf_text(&parsed->complaint), stderr);
	fprintf(stderr, "\nIts options: %s --help\n", action->name);
	return EXIT_USAGE;
}

static int complain(const struct parsed *parsed)
{
	fputc('\n', stderr);
	if (parsed->block)
		help_usage(stderr);
	if (parsed->block)
		fputs("qami: error: ", stderr);
	terminal_text(buf_text(&parsed->complaint), stderr);
	fputs(parsed->block ? "\n\n" : "\n", stderr);
	return EXIT_USAGE;
}

/* A fault of the host's is not the caller's, as the AWS CLI tells apart what
 * the service answered from what went wrong on the way. */
static int report(const struct action *action, const struct error *err)
{
	const char *code = fault_code(err->fault);
	bool host = err->fault == FAULT_INTERNAL ||
		    (strncmp(code, "qami.", 5) == 0 &&
		     fault_status(err->fault) >= 500);

	fflush(stdout);
	if (action->local) {
		fprintf(stderr, "%s%s: ", action->tool ? "" : "qami ",
			action->name);
		terminal_text(err->text, stderr);
		fprintf(stderr, " (%s)\n", code);
	} else {
		fprintf(stderr,
			"\nAn error occurred (%s) when calling the %s "
			"operation: ",
			code, action->name);
		terminal_text(err->text, stderr);
		fputc('\n', stderr);
	}
	return host ? EXIT_GENERAL : EXIT_SERVICE;
}

static int written(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	perror("qami: cannot write the answer");
	return EXIT_GENERAL;
}

/* Puts the answer's body into the file that the row's last word names. */
static bool save_body(const struct action *action, const struct args *args,
		      const struct reply *reply)
{
	struct error err = { 0 };
	auto_close int fd = -1;
	const char *path = NULL;

	for (const struct param *p = action->params; p && p->name; p++)
		if (p->flags & PARAM_OUTPUT)
			path = args_str(args, p->name, NULL);
	if (!path || !reply->body)
		return true;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		fprintf(stderr, "\n%s: %s\n", path, strerror(errno));
	else if (!write_all(fd, reply->body, reply->body_size, path, &err))
		fprintf(stderr, "\n%s\n", err.text);
	return fd >= 0 && err.fault == FAULT_NONE;
}

static int print(const struct action *action, const struct options *options,
		 const struct args *args, struct reply *reply,
		 struct error *err)
{
	const struct node *node = reply->root;
	bool color = options->color > 0 ||
		     (options->color == 0 && isatty(STDOUT_FILENO));
	enum format format = options->format;

	if (reply->note)
		fprintf(stderr, "qami: %s\n", reply->note);
	if (!save_body(action, args, reply))
		return EXIT_GENERAL;
	if (options->query && !query_run(options->query, reply, &node, err)) {
		fprintf(stderr, "\n%s\n", err->text);
		return EXIT_GENERAL;
	}
	if (format == FORMAT_NONE && action->local && !options->query) {
		columns_print(reply, args_bool(args, "Quiet", false), stdout);
		return written();
	}
	if (format == FORMAT_TEXT)
		render_text(node, stdout);
	else if (format == FORMAT_YAML || format == FORMAT_YAML_STREAM)
		render_yaml(node, format == FORMAT_YAML_STREAM, stdout);
	else if (format != FORMAT_TABLE)
		render_json(node, stdout);
	else if (!render_table(node, action->name,
			       terminal_width(STDOUT_FILENO, 80), color, stdout,
			       err))
		return report(action, err);
	return written();
}

/* What is made of an answer; NULL: of an error. */
static int conclude(const struct action *action, const struct options *options,
		    const struct args *args, struct reply *reply,
		    struct error *err)
{
	if (options->waiter)
		return waiter_look(options->waiter, reply, err);
	return reply ? print(action, options, args, reply, err) :
		       report(action, err);
}

/* Whether what is asked for is the row's own doing at the terminal. */
static bool visits(const struct action *action, const struct args *args)
{
	return action->visit && !local_travels(action, args);
}

/* Runs a row that asks what it needs of the store, with the call in it or, if
 * that is NULL, as a guest of its server: that knows what a name stands for,
 * and checks what it is asked. */
static int run_visit(const struct action *action, const struct options *options,
		     struct call *call, struct args *args, const char *own_key,
		     struct error *err)
{
	struct visit visit = {
		.call = call,
		.options = options,
		.own_key = own_key,
		.since = clock_monotonic(),
	};
	int code;

	if (call && !action_check(action, call, args, err))
		return report(action, err);
	code = action->visit(&visit, args, err);
	return code < 0 ? report(action, err) : code;
}

/* Runs a checked row in an open store, if it needs one. */
static int run(const struct action *action, const struct options *options,
	       struct call *call, struct args *args, struct error *err)
{
	struct progress progress;
	struct reply reply;
	bool done;
	int code;

	if (action->main) {
		if (!action_check(action, call, args, err))
			return report(action, err);
		code = action->main(call, args, err);
		return code < 0 ? report(action, err) : code;
	}
	if (visits(action, args))
		return run_visit(action, options, call, args, call->own_key,
				 err);
	if (!reply_init(&reply, err))
		return report(action, err);
	reply.whole = true; /* who opens the store's files owns it */
	if (action->local)
		progress_attach(&progress, call, options->color);
	done = action_run(action, call, args, &reply, err);
	if (action->local)
		progress_detach(&progress, call);
	code = conclude(action, options, args, done ? &reply : NULL, err);
	if (done && !code)
		code = reply.exit_code;
	reply_done(&reply);
	return code;
}

/* The caller's own key, where a launch may take it for its key pair. */
static char *offer_key(const struct action *action, const struct args *args)
{
	const struct param *param = action->params;
	const char *name =
		args_str(args, "KeyName", action->local ? KEY_PAIR_OWN : "");

	while (param && param->name && strcmp(param->name, "KeyName") != 0)
		param++;
	return action->machines && param && param->name &&
			       strcmp(name, KEY_PAIR_OWN) == 0 ?
		       own_key_read() :
		       NULL;
}

static int run_in_store(const struct action *action,
			const struct options *options, struct args *args,
			const char *own_key)
{
	auto_of(store) store = NULL;
	struct call call = { .action = action->name,
			     .now = clock_now(),
			     .own_key = own_key };
	struct error err = { 0 }, unstarted = { 0 };
	int code;

	if (options->connect && setenv("QAMI_CONNECT", options->connect, 1))
		return EXIT_GENERAL;
	/* for the verbs that talk to the terminal themselves */
	if (options->color < 0 && setenv("NO_COLOR", "1", 1))
		return EXIT_GENERAL;
	if (action->machines)
		domain_prefetch(NULL);
	if (!action->storeless) {
		if (!(action->reads ? store_open_to_read : store_open)(
			    options->store, options->region, &store, &err)) {
			report(action, &err);
			return EXIT_CONFIG;
		}
		call.store = store;
		call.now = clock_now(); /* which is the store's now */
		if (!call_account(&call, options->account, &err) ||
		    (!action->reads && !recover_all(&call, &err)) ||
		    !named_resolve(action, &call, args, &err))
			return report(action, &err);
	}
	code = run(action, options, &call, args, &err);
	/* what the call left behind begins now, not with the next one */
	if (!action->storeless && !action->reads &&
	    !job_spawn(&call, &unstarted))
		log_warning("%s", unstarted.text);
	return code;
}

/* Runs a checked row: where the store's server is, there. */
static int run_anywhere(const struct action *action,
			const struct options *options, struct args *args)
{
	auto_free char *own_key = offer_key(action, args);
	const struct visit visit = { .options = options, .own_key = own_key };
	struct error err = { 0 };
	struct reply reply;
	int code;

	if (action->storeless)
		return run_in_store(action, options, args, own_key);
	if (!reply_init(&reply, &err))
		return report(action, &err);
	switch (remote_run(action, &visit, args, &reply, &err)) {
	case REMOTE_ANSWERED:
		code = conclude(action, options, args, &reply, &err);
		break;
	case REMOTE_FAILED:
		code = conclude(action, options, args, NULL, &err);
		break;
	case REMOTE_CLOSED:
		if (visits(action, args)) {
			error_clear(&err);
			code = run_visit(action, options, NULL, args, own_key,
					 &err);
			break;
		}
		report(action, &err);
		code = EXIT_CONFIG;
		break;
	case REMOTE_NOT:
	default:
		code = run_in_store(action, options, args, own_key);
	}
	reply_done(&reply);
	return code;
}

/* Runs a row until what is waited for has come. */
static int run_until(const struct action *action, const struct options *options,
		     const struct args *args)
{
	usec_t start = clock_monotonic();
	int code;

	do {
		struct args copy = { json_deep_copy(args->root) };

		code = copy.root ? run_anywhere(action, options, &copy) :
				   EXIT_GENERAL;
		args_done(&copy);
		if (code != WAITER_AGAIN)
			return code;
	} while (waiter_sleep(options->waiter, start));
	return EXIT_GENERAL;
}

/* Runs a checked row, in the store that it is meant for. */
static int run_parsed(const struct action *action,
		      const struct options *options, struct args *args)
{
	auto_free char *machine = action->storeless ? NULL :
						      place_machine(options);
	struct options placed = *options;

	if (machine)
		placed.store = machine;
	return placed.waiter ? run_until(action, &placed, args) :
			       run_anywhere(action, &placed, args);
}

static bool check_query(const struct options *options, struct parsed *parsed)
{
	struct error err = { 0 };

	if (!options->query || query_check(options->query, &err))
		return true;
	buf_str(&parsed->complaint, err.text);
	return false;
}

/* What was said in secret is not left where everybody who lists processes may
 * read it. */
static void wipe_secrets(const struct action *action, const char *const *words,
			 const struct args *args)
{
	for (const struct param *p = action->params; p && p->name; p++) {
		const char *secret = args_str(args, p->name, NULL);

		if (p->flags & PARAM_SECRET && secret)
			tool_wipe((char *const *)(uintptr_t)words, secret);
	}
}

static int run_words(const struct action *action, const char *const *words,
		     struct options *options)
{
	struct parsed parsed = { .complaint = BUF_INIT };
	int code;

	if (words[0] && !words[1] && strcmp(words[0], "help") == 0 &&
	    !action->local)
		return help_verb(action, stdout);
	if (!args_init(&parsed.args))
		return EXIT_GENERAL;
	if (!parse_words(action, words, options, &parsed) ||
	    !options_environment(options, action->local, &parsed.complaint) ||
	    !check_query(options, &parsed))
		code = action->tool ? complain_tool(action, &parsed) :
				      complain(&parsed);
	else if (options->help)
		code = help_verb(action, stdout);
	else if (options->version)
		code = help_version(stdout);
	else if (parsed.skeleton)
		code = skeleton_print(action, stdout);
	else {
		wipe_secrets(action, words, &parsed.args);
		code = run_parsed(action, options, &parsed.args);
	}
	buf_done(&parsed.complaint);
	args_done(&parsed.args);
	return code;
}

static bool asks_help(const char *word)
{
	return word && (strcmp(word, "--help") == 0 ||
			strcmp(word, "-h") == 0 || strcmp(word, "help") == 0);
}

static bool begins_verbs(const char *word)
{
	auto_buf rest = BUF_INIT;

	return verb_begins(word, &rest);
}

static int unknown_verb(const char *word)
{
	struct parsed parsed = { .block = true, .complaint = BUF_INIT };
	char name[NAME_SIZE];
	struct suggest suggest;
	int code;

	if (verb_begins(word, &parsed.complaint)) {
		auto_free char *words = buf_take(&parsed.complaint);

		buf_printf(&parsed.complaint, "'%s' takes one more word: %s",
			   word, words ? words : "");
		code = complain(&parsed);
		buf_done(&parsed.complaint);
		return code;
	}
	suggest_start(&suggest, word);
	for (size_t i = 0; verb_table[i]; i++)
		suggest_word(&suggest, verb_table[i]->name);
	for (size_t i = 0; action_table[i]; i++) {
		action_verb(action_table[i], name);
		suggest_word(&suggest, name);
	}
	buf_printf(&parsed.complaint, "'%s' is not a verb of qami", word);
	if (suggest.best[0])
		buf_printf(&parsed.complaint, ", did you mean '%s'?",
			   suggest.best);
	code = complain(&parsed);
	buf_done(&parsed.complaint);
	return code;
}

/* Reads the global options before the verb and returns how many words they
 * are; -1 with a complaint. */
static int options_before(const char *const *words, struct options *options,
			  struct buf *complaint)
{
	int at = 0;

	while (words[at] && words[at][0] == '-') {
		bool lengthy = words[at][1] == '-';
		const char *name = words[at] + 1 + lengthy;
		const char *equals = lengthy ? strchr(name, '=') : NULL;
		const char *value = equals ? equals + 1 : words[at + 1];
		const struct global *global;
		char copy[NAME_SIZE];

		snprintf(copy, sizeof(copy), "%.*s",
			 equals ? (int)(equals - name) : NAME_SIZE - 1, name);
		global = lengthy	     ? global_find(copy) :
			 copy[0] && !copy[1] ? global_find_letter(copy[0]) :
					       NULL;
		if (!global) {
			buf_printf(complaint, "Unknown options: %s", words[at]);
			return -1;
		}
		if (global->value && !value) {
			buf_printf(complaint,
				   "argument --%s: expected one "
				   "argument",
				   global->name);
			return -1;
		}
		if (!options_set(options, global, value, complaint))
			return -1;
		at += global->value && !equals ? 2 : 1;
	}
	return at;
}

/* The tool that the program was called as: a link of its name. */
static const struct action *called_as(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *words[] = { slash ? slash + 1 : path, NULL };
	size_t used;
	const struct action *action = strncmp(words[0], "ec2-", 4) == 0 ?
					      verb_find(words, &used) :
					      NULL;

	return action && action->tool ? action : NULL;
}

int cli_main(int argc, char **argv)
{
	const char *const *words = (const char *const *)argv + (argc > 0);
	struct parsed before = { .block = true, .complaint = BUF_INIT };
	struct options options = { 0 };
	const struct action *action = argc > 0 ? called_as(argv[0]) : NULL;
	size_t verb_words;
	int at;

	if (action)
		return run_words(action, words, &options);
	at = options_before(words, &options, &before.complaint);

	if (at < 0) {
		complain(&before);
		buf_done(&before.complaint);
		return EXIT_USAGE;
	}
	words += at;
	if (options.version)
		return help_version(stdout);
	if (!words[0])
		return help_overview(stdout);
	options.waiter = waiter_find(words, &action, &verb_words);
	if (!options.waiter)
		action = verb_find(words, &verb_words);
	if (!action)
		return (options.help || asks_help(words[1])) &&
				       begins_verbs(words[0]) ?
			       help_word(words[0], stdout) :
			       unknown_verb(words[0]);
	return run_words(action, words + verb_words, &options);
}
