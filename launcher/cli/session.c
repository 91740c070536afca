/* session.c - being in a machine that was just launched, and leaving it */
#include "launcher/cli/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/cli/cli.h"
#include "launcher/cli/ssh.h"
#include "launcher/cli/talk.h"

/* A signal brings no pointer along. */
static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t child;

static void on_signal(int number)
{
	interrupted = 1;
	/* who types Ctrl-C is heard by both, a signal by us alone */
	if (child > 0 && number != SIGINT)
		kill((pid_t)child, number);
}

void session_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction was;

		/* nohup says to go on */
		if (sigaction(signals[i], NULL, &was) == 0 &&
		    was.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

/* Runs ssh and comes back. */
static bool run_ssh(const struct ssh_argv *argv, int *ret_exit,
		    struct error *err)
{
	sigset_t caught, before;
	pid_t pid;
	int status;

	fflush(stdout);
	sigemptyset(&caught);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGTERM);
	sigaddset(&caught, SIGHUP);
	/* no signal between the fork and that the handler knows of it */
	sigprocmask(SIG_BLOCK, &caught, &before);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		if (!ssh_become(argv, err))
			fprintf(stderr, "qami run: %s\n", err->text);
		_exit(EXIT_GENERAL);
	}
	child = pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return fail_errno(err, "cannot start ssh");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(err, "cannot wait for ssh");
	child = 0;
	*ret_exit = exit_code(status);
	return true;
}

/* Its argument means nothing. */
static bool is_interrupted(void *data)
{
	(void)data;
	return interrupted;
}

static bool hold_ssh(struct visit *visit, const struct session *session,
		     int *ret_exit, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct ssh_argv argv = { .arena = arena };
	struct ssh ssh = { 0 };
	bool found;

	if (!arena)
		return fail_memory(err);
	visit->gone = is_interrupted;
	found = ssh_find(visit, session->id, session->seconds, arena,
			 &ssh.access, err);
	visit->gone = NULL;
	if (!found || interrupted)
		return found;
	if (!ssh_begin(&argv, "ssh", &ssh, err))
		return false;
	ssh_add(&argv, session->id);
	ssh_command(&argv, session->command, session->command_count);
	return session->remove ? run_ssh(&argv, ret_exit, err) :
				 ssh_become(&argv, err);
}

static bool end_machine(struct visit *visit, const char *id, struct error *err)
{
	struct reply reply = { 0 };
	bool done;

	visit->quiet = true;
	done = visit_ask(visit, "rm", json_pack("{s:[s]}", "Instances", id),
			 &reply, err);
	reply_done(&reply);
	return done;
}

bool session_hold(struct visit *visit, const struct session *session,
		  int *ret_exit, struct error *err)
{
	bool held;

	*ret_exit = 0;
	if (interrupted)
		held = true;
	else if (session->console)
		held = talk_allowed(visit, err) &&
		       console_talk(visit->call, session->id, true,
				    &interrupted, err);
	else
		held = hold_ssh(visit, session, ret_exit, err);
	if (interrupted) {
		*ret_exit = EXIT_INTERRUPTED;
		error_clear(err);
		held = true;
	}
	return held &&
	       (!session->remove || end_machine(visit, session->id, err));
}
