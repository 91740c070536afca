/* help.h - what people read: overview, a verb's help, usage, version */
#ifndef QAMI_CLI_HELP_H
#define QAMI_CLI_HELP_H

#include <stdio.h>

#include "images/base/version.h"
#include "launcher/action/action.h"

/* The lines before a usage error. */
void help_usage(FILE *out);

/* These return the exit code. */
int help_overview(FILE *out);
int help_verb(const struct action *action, FILE *out);
int help_word(const char *word, FILE *out); /* that begins verbs */
int help_version(FILE *out);

/* The names of an option, each after the first behind `separator`: its letter,
 * its name, and its negative where that says more than leaving it out. */
void help_names(const struct param *param, const char *separator,
		struct buf *out);

/* What a parameter's value is called and how it is written: "N", "TEXT ...",
 * "DeviceName=TEXT,Ebs={VolumeSize=N,...}". */
void help_syntax(const struct param *param, struct buf *out);

#endif
