/* cli.h - the command line */
#ifndef QAMI_CLI_CLI_H
#define QAMI_CLI_CLI_H

/* The AWS CLI's exit codes. */
#define EXIT_INTERRUPTED 130 /* and what was begun was taken back */
#define EXIT_USAGE 252	 /* an option or value that does not parse */
#define EXIT_CONFIG 253	 /* no store */
#define EXIT_SERVICE 254 /* the call was refused; DryRunOperation too */
#define EXIT_GENERAL 255 /* this host failed, or the answer was not written */

/* Does what the words say and returns the exit code. */
int cli_main(int argc, char **argv);

#endif
