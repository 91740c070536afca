/* skeleton.h - --generate-cli-skeleton: all of a verb's parameters as JSON */
#ifndef QAMI_CLI_SKELETON_H
#define QAMI_CLI_SKELETON_H

#include <stdio.h>

#include "launcher/action/action.h"

/* Prints what --cli-input-json reads; returns the exit code. */
int skeleton_print(const struct action *action, FILE *out);

#endif
