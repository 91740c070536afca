/* testing.h - a store and machines for the tests of this room */
#ifndef QAMI_TESTS_DOMAIN_TESTING_H
#define QAMI_TESTS_DOMAIN_TESTING_H

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/id.h"
#include "images/base/process.h"
#include "launcher/domain/domain.h"
#include "launcher/domain/proc.h"

#define WAIT_MS 60000

/* Ends the test with the reason. */
static inline void must(bool ok, const struct error *err)
{
	if (!ok) {
		fprintf(stderr, "%s: %s\n", fault_code(err->fault), err->text);
		abort();
	}
}

/* A store below $TMPDIR, and the URI of its embedded driver. */
static inline char *store_make(const char *name)
{
	const char *tmp = getenv("TMPDIR");
	char *path = format_text("%s/%s", tmp ? tmp : "/tmp", name);
	struct error err = { FAULT_NONE };

	assert(path);
	must(dir_make(path, 0711, &err), &err);
	return path;
}

static inline struct hypervisor *embed_open(const char *store)
{
	struct hypervisor *hypervisor = NULL;
	struct error err = { FAULT_NONE };
	char *uri = NULL;

	must(hypervisor_choose("embed", store, &uri, &err), &err);
	must(hypervisor_open(uri, WAIT_MS, &hypervisor, &err), &err);
	free(uri);
	return hypervisor;
}

/* The machines of a test, so that none is left behind when it fails. */
static struct {
	pid_t owner;
	char uuids[64][UUID_SIZE];
	size_t count;
} testees;

/* Ends them; a child that fails leaves them to the test. */
static inline void testees_end(int number)
{
	for (size_t i = 0; getpid() == testees.owner && i < testees.count;
	     i++) {
		pid_t pid = proc_find(testees.uuids[i]);

		if (pid)
			kill(pid, SIGKILL);
	}
	signal(number, SIG_DFL);
	raise(number);
}

static inline void testees_add(const char *uuid)
{
	testees.owner = getpid();
	assert(testees.count < 64);
	strcpy(testees.uuids[testees.count++], uuid);
	signal(SIGABRT, testees_end);
	signal(SIGTERM, testees_end);
}

/* A machine without disks; its texts live as long as the struct. */
struct testee {
	char id[ID_SIZE];
	char uuid[UUID_SIZE];
	char mac[MAC_SIZE];
	char log[512];
	struct machine machine;
};

static inline void testee_make(struct testee *testee, const char *store)
{
	char id[ID_SIZE];
	int fd;

	id_new("i", id);
	strcpy(testee->id, id);
	uuid_new(testee->uuid);
	testees_add(testee->uuid);
	mac_new(testee->mac);
	fd = snprintf(testee->log, sizeof(testee->log), "%s/%s.log", store, id);
	assert(fd > 0 && (size_t)fd < sizeof(testee->log));
	fd = open(testee->log, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert(fd >= 0);
	close(fd);
	testee->machine = (struct machine){
		.id = testee->id,
		.uuid = testee->uuid,
		.store = store,
		.type = "t2.nano",
		.mac = testee->mac,
		.vcpus = 1,
		.memory_mib = 64,
		.accel = ACCEL_TCG,
		.console_log = testee->log,
	};
}

static inline enum machine_state state_of(struct hypervisor *hypervisor,
					  const char *uuid)
{
	enum machine_state state;
	struct error err = { FAULT_NONE };

	must(machine_state(hypervisor, uuid, &state, &err), &err);
	return state;
}

static inline void await_state(struct hypervisor *hypervisor, const char *uuid,
			       enum machine_state state, unsigned seconds)
{
	usec_t end = clock_monotonic() + seconds * USEC_PER_SEC;

	while (state_of(hypervisor, uuid) != state) {
		assert(clock_monotonic() < end);
		usleep(100000);
	}
}

/* Waits until a file holds a text. */
static inline void await_text(const char *path, const char *text,
			      unsigned seconds)
{
	usec_t end = clock_monotonic() + seconds * USEC_PER_SEC;

	for (;;) {
		auto_buf found = BUF_INIT;
		struct error err = { FAULT_NONE };

		must(file_read(path, 1 << 24, &found, &err), &err);
		if (strstr(buf_text(&found), text))
			return;
		if (clock_monotonic() > end) {
			fprintf(stderr, "%s never says '%s':\n%s\n", path, text,
				buf_text(&found));
			abort();
		}
		usleep(100000);
	}
}

#endif
