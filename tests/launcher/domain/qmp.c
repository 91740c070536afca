/* qmp.c - what QEMU's answers mean, read and asked for */
#include "tests/launcher/domain/testing.h"

#include <signal.h>

#include "launcher/domain/home.h"
#include "launcher/domain/qmp.h"

static void means(const char *status, enum machine_state wanted)
{
	auto_free char *reply = format_text(
		"{\"return\": {\"status\": \"%s\", \"running\": true}}",
		status);
	enum machine_state state = MACHINE_ABSENT;

	assert(qmp_status(reply, &state) && state == wanted);
}

static void check_words(void)
{
	static const char *const noise[] = {
		"",
		"{}",
		"{\"return\": {}}",
		"{\"return\": {\"status\": 7}}",
		"{\"error\": {\"class\": \"GenericError\"}}",
		"nonsense",
	};
	enum machine_state state;

	means("running", MACHINE_RUNNING);
	means("shutdown", MACHINE_OFF);
	means("internal-error", MACHINE_CRASHED);
	means("guest-panicked", MACHINE_CRASHED);
	means("prelaunch", MACHINE_CRASHED);
	means("io-error", MACHINE_STARVED);
	means("paused", MACHINE_PAUSED);
	means("suspended", MACHINE_PAUSED);
	means("something-new", MACHINE_PAUSED);
	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		assert(!qmp_status(noise[i], &state));
}

/* Runs a command at the machine's own monitor. */
static void tell(const char *root, const char *uuid, const char *command)
{
	auto_home home = HOME_INIT;
	auto_free char *reply = NULL;
	struct error err = { FAULT_NONE };

	must(home_open(root, uuid, WAIT_MS, &home, &err), &err);
	reply = qmp_run(home.path, command);
	assert(reply);
	free(reply);
	reply = qmp_run(home.path, "no-such-command");
	assert(!reply);
}

int main(void)
{
	auto_free char *store = store_make("q");
	auto_free char *root = format_text("%s/embed", store);
	struct hypervisor *hypervisor = embed_open(store);
	struct error err = { FAULT_NONE };
	struct testee testee;
	pid_t pid;

	check_words();
	assert(!qmp_run(store, "query-status"));
	testee_make(&testee, store);
	must(machine_start(hypervisor, &testee.machine, &pid, &err), &err);
	tell(root, testee.uuid, "stop");
	/* somebody's pause is nobody else's to end */
	must(machine_resume(hypervisor, testee.uuid, &err), &err);
	assert(state_of(hypervisor, testee.uuid) == MACHINE_PAUSED);
	tell(root, testee.uuid, "cont");
	assert(state_of(hypervisor, testee.uuid) == MACHINE_RUNNING);
	/* a frozen QEMU is still a machine */
	assert(kill(pid, SIGSTOP) == 0);
	assert(state_of(hypervisor, testee.uuid) == MACHINE_RUNNING);
	assert(kill(pid, SIGCONT) == 0);
	/* one that was killed behind our back is none */
	assert(kill(pid, SIGKILL) == 0);
	await_state(hypervisor, testee.uuid, MACHINE_ABSENT, 10);
	must(machine_destroy(hypervisor, testee.uuid, &err), &err);
	hypervisor_close(hypervisor);
	return 0;
}
