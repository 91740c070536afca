/* interrupt.c - an interrupt asks for the work to be taken back
 *
 * The one variable of the program that is not in anybody's hands: a signal
 * brings no pointer along. Whoever waits for a server that does not answer
 * cannot look at it; then the time is up, and what is left behind is for the
 * next run, as after a kill.
 */
#include <signal.h>
#include <unistd.h>

#include "bundle/tool/tool.h"

#define SECONDS 5

static bool interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = true;
	alarm(SECONDS);
}

static void on_alarm(int number)
{
	(void)number;
	_exit(130);
}

void tool_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = (int)SA_RESETHAND };

	struct sigaction late = { .sa_handler = on_alarm };
	struct sigaction was;

	sigaction(SIGALRM, &late, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* a terminal that was closed, unless nohup says to go on */
	if (sigaction(SIGHUP, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

const bool *tool_cancel(void)
{
	return &interrupted;
}
