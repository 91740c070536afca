/* pod.c - manual pages from the rows, as POD for pod2man */
#include <stdio.h>
#include <string.h>

#include "images/base/buf.h"
#include "images/base/usage.h"
#include "launcher/cli/custom.h"
#include "launcher/cli/help.h"
#include "launcher/cli/options.h"
#include "launcher/cli/parse.h"
#include "launcher/cli/value.h"
#include "launcher/cli/verbs.h"

/* A text in which '<', '>' and '|' stand for themselves. */
static void put_text(const char *text)
{
	for (; *text; text++)
		if (*text == '<')
			fputs("E<lt>", stdout);
		else if (*text == '>')
			fputs("E<gt>", stdout);
		else if (*text == '|')
			fputs("E<verbar>", stdout);
		else
			putchar(*text);
}

static void put_item(const char *typed, const char *value, const char *brief,
		     bool required)
{
	fputs("=item B<", stdout);
	put_text(typed);
	fputs(">", stdout);
	if (value && *value) {
		fputs(" I<", stdout);
		put_text(value);
		fputs(">", stdout);
	}
	fputs("\n\n", stdout);
	put_text(brief ? brief : "");
	fputs(required ? " (required).\n\n" : ".\n\n", stdout);
}

static void put_members(const struct param *params, int depth)
{
	if (!params || !params->name)
		return;
	fputs("=over 4\n\n", stdout);
	for (const struct param *p = params; p->name; p++) {
		put_item(p->name, NULL, p->brief, p->flags & PARAM_REQUIRED);
		if (depth < 8 && p->members)
			put_members(p->members, depth + 1);
	}
	fputs("=back\n\n", stdout);
}

static void put_param(const struct param *param)
{
	auto_buf typed = BUF_INIT;
	auto_buf syntax = BUF_INIT;

	help_names(param, ", ", &typed);
	help_syntax(param, &syntax);
	put_item(buf_text(&typed),
		 param->flags & PARAM_POSITIONAL ? "" : buf_text(&syntax),
		 param->brief, param->flags & PARAM_REQUIRED);
	if (!value_inside(param))
		put_members(param->members, 0);
}

static void put_options(const struct action *action)
{
	if (action->local && (!action->params || !action->params[0].name))
		return;
	fputs("=head1 OPTIONS\n\nThose of every verb are in L<qami(1)>.\n\n"
	      "=over 4\n\n",
	      stdout);
	for (const struct param *p = action->params; p && p->name; p++)
		if (!custom_hides(action, p))
			put_param(p);
	for (const struct custom *c = custom_table; c->name; c++) {
		char typed[NAME_SIZE + 2];

		if (!custom_offered(c, action))
			continue;
		snprintf(typed, sizeof(typed), "--%s", c->name);
		put_item(typed, c->value, c->brief, false);
	}
	if (!action->local) {
		put_item("--cli-input-json", "JSON",
			 "parameters as JSON, or file://PATH", false);
		put_item("--generate-cli-skeleton", "",
			 "print such JSON to fill in, and do nothing", false);
	}
	fputs("=back\n\n", stdout);
}

static void put_verb(const struct action *action)
{
	char name[NAME_SIZE];

	verb_name(action, name);
	printf("=encoding utf8\n\n=head1 NAME\n\n%s%s - ",
	       action->tool ? "" : "qami-", name);
	put_text(action->brief);
	fputs("\n\n=head1 SYNOPSIS\n\n", stdout);
	usage_example(action->example, stdout);
	fputs("\n=head1 DESCRIPTION\n\n", stdout);
	put_text(action->about);
	fputs("\n\n", stdout);
	put_options(action);
	if (action->faults && action->faults[0]) {
		fputs("=head1 ERRORS\n\nBesides those about parameters:\n\n",
		      stdout);
		for (const enum fault *f = action->faults; *f; f++)
			printf("%s%s", fault_code(*f), f[1] ? ", " : ".\n\n");
	}
	printf("=head1 SEE ALSO\n\nL<qami(1)>\n");
}

static void put_list(const struct action *const *table)
{
	char name[NAME_SIZE];

	fputs("=over 4\n\n", stdout);
	for (size_t i = 0; table[i]; i++) {
		if (verb_hidden(table[i]))
			continue;
		verb_name(table[i], name);
		printf("=item L<%s%s(1)>\n\n", table[i]->tool ? "" : "qami-",
		       name);
		put_text(table[i]->brief);
		fputs("\n\n", stdout);
	}
	fputs("=back\n\n", stdout);
}

static void put_globals(void)
{
	fputs("=head1 OPTIONS\n\nThey may stand before the verb or behind "
	      "it.\n\n=over 4\n\n",
	      stdout);
	for (const struct global *g = global_table; g->name; g++) {
		char typed[NAME_SIZE + 8];

		if (g->letter)
			snprintf(typed, sizeof(typed), "-%c, --%s", g->letter,
				 g->name);
		else
			snprintf(typed, sizeof(typed), "--%s", g->name);
		put_item(typed, g->value, g->brief, false);
	}
	fputs("=back\n\n", stdout);
}

/* What the program takes from its environment, in POD. */
static const struct {
	const char *name;
	const char *text;
} variables[] = {
	{ "QAMI_STORE",
	  "where images and volumes are; else F</var/lib/qami> for root, for "
	  "others the machine's store where its server has an account for "
	  "them, else F<$XDG_DATA_HOME/qami> (F<~/.local/share/qami>)" },
	{ "QAMI_MACHINE_STORE", "the machine's store, else F</var/lib/qami>" },
	{ "QAMI_ACCOUNT", "whose call it is, else 123456789012" },
	{ "QAMI_REGION",
	  "the region (also AWS_REGION): of a store that is made, which then "
	  "keeps it; else us-east-1" },
	{ "QAMI_OUTPUT",
	  "how answers are printed (also AWS_DEFAULT_OUTPUT), else json" },
	{ "QAMI_CONNECT",
	  "which libvirt: a URI, or embed; else root takes C<qemu:///system> "
	  "if it answers, a user C<qemu:///session>, and both fall back on "
	  "the embedded driver" },
	{ "QAMI_ACCEL", "acceleration: auto, kvm or tcg; else auto" },
	{ "QAMI_NETWORK",
	  "an instance's network, at its launch: user, a process of ours "
	  "beside each machine, or bridge, a network of C<qemu:///system>'s; "
	  "else user" },
	{ "QAMI_METADATA",
	  "how user data and keys get in, at an instance's launch: service, "
	  "by 169.254.169.254 as on EC2, or seed, on a NoCloud disk; else "
	  "service" },
	{ "QAMI_STOP_TIMEOUT",
	  "the seconds that a guest has to power off before it is ended; "
	  "else 120" },
	{ "QAMI_GP2_CREDITS",
	  "gp2's bucket of I/O credits, full when an instance starts or a "
	  "volume is attached or modified; else EC2's 5400000, which last "
	  "half an hour" },
	{ "QAMI_CACHE_SIZE",
	  "the most that unpacked bundles take which no instance uses (20G, "
	  "512M), else 10G; qami gc drops those" },
	{ "QAMI_ARCHIVE",
	  "where archived snapshots go: a directory, or a bucket of the "
	  "snapshot's account (BUCKET[/PREFIX], s3://BUCKET[/PREFIX]); else "
	  "F<archive/> in the store" },
	{ "QAMI_ARCHIVE_DELAY",
	  "the hours that a restore from the archive waits, up to 72; else "
	  "not at all" },
	{ "QAMI_ARCHIVE_LEVEL",
	  "how hard snapshots are packed for the archive, from 1 (half as much "
	  "time) to 19 (ten times as much, for a tenth less room); else 6" },
	{ "QAMI_ARCHIVE_RESTORE",
	  "when a restored snapshot is usable: whole, when all of it is "
	  "here; else at once" },
	{ "QAMI_FILL_RATE",
	  "how fast bytes are fetched in the background for disks that are "
	  "used before they are here, in MiB/s (0.5, say), where no volume "
	  "asks for more; else 50" },
	{ "QAMI_FSR_SNAPSHOTS",
	  "the snapshots that an account may have enabled for fast restore, "
	  "else 5" },
	{ "QAMI_FSR_WARM", "how much of them is kept in memory, else 1G" },
	{ "QAMI_GARBAGE_AGE",
	  "the seconds before a file of the store that nothing names is "
	  "removed, else 3600" },
	{ "QAMI_LOG", "warning, info or debug, on stderr; else warning" },
	{ "NO_COLOR", "no colours on a terminal" },
};

static void put_qami(void)
{
	fputs("=encoding utf8\n\n=head1 NAME\n\n"
	      "qami - machine images, volumes, snapshots and instances on one "
	      "box\n\n=head1 SYNOPSIS\n\n"
	      "  qami [options] VERB [parameters]\n\n=head1 DESCRIPTION\n\n"
	      "qami keeps machine images, volumes and snapshots and runs "
	      "instances of them under QEMU. Its long verbs are those of the "
	      "AWS CLI's ec2 command, with the same options, output and exit "
	      "codes; its short ones are for people.\n\n",
	      stdout);
	put_globals();
	fputs("=head1 SHORT VERBS\n\n", stdout);
	put_list(verb_table);
	fputs("=head1 VERBS\n\n", stdout);
	put_list(action_table);
	fputs("=head1 VALUES\n\n"
	      "A value C<file://PATH> is the text in that file, "
	      "C<fileb://PATH> its bytes. A structure is written "
	      "C<Key=value,Other=a,b,Inner={Key=value},List=[a,b]> or in "
	      "JSON. Quotes keep commas together. A switch C<--dry-run> is "
	      "taken back by C<--no-dry-run>.\n\n"
	      "=head1 EXIT STATUS\n\n"
	      "0: done. 252: an option or value does not parse. 253: there is "
	      "no store. 254: the call was refused; DryRunOperation too. 255: "
	      "this host failed. 130: interrupted.\n\n"
	      "=head1 ENVIRONMENT\n\n=over 4\n\n",
	      stdout);
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		printf("=item B<%s>\n\n%s.\n\n", variables[i].name,
		       variables[i].text);
	fputs("=back\n", stdout);
}

static void put_names(void)
{
	char name[NAME_SIZE];

	for (size_t i = 0; verb_table[i]; i++) {
		verb_name(verb_table[i], name);
		if (!verb_hidden(verb_table[i]))
			puts(name);
	}
	for (size_t i = 0; action_table[i]; i++) {
		verb_name(action_table[i], name);
		puts(name);
	}
}

static int pod(struct call *call, const struct args *args, struct error *err)
{
	const char *words[2] = { args_str(args, "Verb", NULL), NULL };
	const struct action *action;
	size_t used;

	(void)call;
	if (args_bool(args, "List", false)) {
		put_names();
		return 0;
	}
	if (!words[0]) {
		put_qami();
		return 0;
	}
	action = verb_find(words, &used);
	if (!action) {
		fail(err, FAULT_INVALID_PARAMETER, "there is no verb '%.80s'",
		     words[0]);
		return -1;
	}
	put_verb(action);
	return 0;
}

const struct action verb_pod = {
	.name = "pod",
	.brief = "print a manual page's source",
	.about = "Prints POD for pod2man: qami(1), or a verb's page.",
	.params = (const struct param[]) {
		{ "Verb", PARAM_STRING, PARAM_POSITIONAL, NULL, "whose page" },
		{ "List", PARAM_BOOLEAN, 0, NULL,
		  "print the names of all verbs instead", NULL, NULL, 'l' },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami pod run-instances",
	.local = true,
	.storeless = true,
	.main = pod,
};
