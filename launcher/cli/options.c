/* options.c - the global options: the AWS CLI's that mean something here
 *
 * Those about the network to AWS are taken and ignored, so that a script moves
 * over by replacing "aws ec2" with "qami".
 */
#include "launcher/cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "images/base/log.h"

const struct global global_table[] = {
	{ "output", 'o', "FORMAT", "json, text, table, yaml or yaml-stream (also "
	  "QAMI_OUTPUT, AWS_DEFAULT_OUTPUT)" },
	{ "query", 0, "JMESPATH", "what to take out of the answer" },
	{ "account", 0, "NUMBER", "act as this account (also QAMI_ACCOUNT)" },
	{ "region", 0, "NAME", "the region, a store of its own (also "
	  "QAMI_REGION)" },
	{ "store", 0, "DIR", "where images and volumes are (also QAMI_STORE)" },
	{ "connect", 0, "URI", "where libvirt runs (also QAMI_CONNECT)" },
	{ "color", 0, "WHEN", "on, off or auto" },
	{ "no-color", 0, NULL, "the same as --color off (also NO_COLOR)" },
	{ "cli-binary-format", 0, "FORM",
	  "base64, or raw-in-base64-out for blobs typed as they are" },
	{ "debug", 0, NULL, "say on stderr what is done" },
	{ "help", 'h', NULL, "show help instead" },
	{ "version", 0, NULL, "show the version instead" },
	{ "no-cli-pager", 0, NULL, "ignored: there never is a pager" },
	{ "no-paginate", 0, NULL, "ignored: answers are whole" },
	{ "page-size", 0, "N", "ignored: answers are whole" },
	{ "endpoint-url", 0, "URL", "ignored: the store is local" },
	{ "no-verify-ssl", 0, NULL, "ignored" },
	{ "no-sign-request", 0, NULL, "ignored" },
	{ "no-cli-auto-prompt", 0, NULL, "ignored" },
	{ "ca-bundle", 0, "FILE", "ignored" },
	{ "cli-read-timeout", 0, "SECONDS", "ignored" },
	{ "cli-connect-timeout", 0, "SECONDS", "ignored" },
	{ 0 },
};

const struct global *global_find(const char *name)
{
	for (const struct global *g = global_table; g->name; g++)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

const struct global *global_find_letter(char letter)
{
	for (const struct global *g = global_table; g->name; g++)
		if (g->letter && g->letter == letter)
			return g;
	return NULL;
}

static bool bad_choice(const char *name, const char *value, const char *choices,
		       struct buf *complaint)
{
	buf_printf(complaint,
		   "argument --%s: Invalid choice: '%s', valid choices are: %s",
		   name, value, choices);
	return false;
}

static bool set_format(struct options *options, const char *name,
		       struct buf *complaint)
{
	options->format = format_find(name);
	return options->format != FORMAT_NONE ||
	       bad_choice("output", name,
			  "json, text, table, yaml, yaml-stream", complaint);
}

static bool set_color(struct options *options, const char *when,
		      struct buf *complaint)
{
	if (strcmp(when, "on") == 0)
		options->color = 1;
	else if (strcmp(when, "off") == 0)
		options->color = -1;
	else if (strcmp(when, "auto") == 0)
		options->color = 0;
	else
		return bad_choice("color", when, "on, off, auto", complaint);
	return true;
}

static bool set_account(struct options *options, const char *account,
			struct buf *complaint)
{
	size_t size = strlen(account);

	/* what is no number may be a name: the store knows */
	if (size != 12 && strspn(account, "0123456789") == size) {
		buf_printf(complaint,
			   "argument --account: '%s' is not an account number "
			   "of 12 digits", account);
		return false;
	}
	options->account = account;
	return true;
}

bool options_set(struct options *options, const struct global *global,
		 const char *value, struct buf *complaint)
{
	const char *name = global->name;

	if (strcmp(name, "output") == 0)
		return set_format(options, value, complaint);
	if (strcmp(name, "color") == 0)
		return set_color(options, value, complaint);
	if (strcmp(name, "account") == 0)
		return set_account(options, value, complaint);
	if (strcmp(name, "query") == 0)
		options->query = value;
	else if (strcmp(name, "region") == 0)
		options->region = value;
	else if (strcmp(name, "store") == 0)
		options->store = value;
	else if (strcmp(name, "connect") == 0)
		options->connect = value;
	else if (strcmp(name, "no-color") == 0)
		options->color = -1;
	else if (strcmp(name, "help") == 0)
		options->help = true;
	else if (strcmp(name, "version") == 0)
		options->version = true;
	else if (strcmp(name, "debug") == 0)
		log_level_set(LOG_LEVEL_DEBUG);
	else if (strcmp(name, "cli-binary-format") == 0)
		options->raw_blobs = strcmp(value, "raw-in-base64-out") == 0;
	return true;
}

/* An empty variable is as good as none. */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

bool options_environment(struct options *options, bool local,
			 struct buf *complaint)
{
	const char *format = environment("QAMI_OUTPUT");

	if (environment("NO_COLOR") && !options->color)
		options->color = -1;
	if (options->format != FORMAT_NONE || local)
		return true;
	if (format)
		return set_format(options, format, complaint);
	/* AWS's own may name formats that are not ours; json then */
	format = environment("AWS_DEFAULT_OUTPUT");
	if (format)
		options->format = format_find(format);
	return true;
}
