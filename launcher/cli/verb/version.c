/* version.c - which qami this is */
#include <stdio.h>

#include "launcher/cli/help.h"

static int version(struct call *call, const struct args *args,
		   struct error *err)
{
	(void)call;
	(void)args;
	(void)err;
	return help_version(stdout);
}

const struct action verb_version = {
	.name = "version",
	.brief = "show qami's version",
	.about = "Prints the program's name and version on one line.",
	.example = "qami version",
	.local = true,
	.storeless = true,
	.main = version,
};
