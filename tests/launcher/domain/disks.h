/* disks.h - disks for machines under test, written as a guest would
 *
 * Through QEMU's own qemu-io on the device's backend: no guest needs to run.
 */
#ifndef QAMI_TESTS_DOMAIN_DISKS_H
#define QAMI_TESTS_DOMAIN_DISKS_H

#include <jansson.h>
#include <signal.h>
#include <stdarg.h>

#include "images/base/arena.h"
#include "launcher/domain/home.h"
#include "launcher/domain/qmp.h"
#include "tests/launcher/domain/testing.h"

/* Runs a program; its output, or the end of the test. Caller frees. */
__attribute__((sentinel)) static inline char *run(const char *program, ...)
{
	const char *argv[32] = { program };
	auto_buf out = BUF_INIT;
	struct error err = { FAULT_NONE };
	size_t count = 1;
	va_list args;

	va_start(args, program);
	while ((argv[count] = va_arg(args, const char *)))
		assert(++count < 32);
	va_end(args);
	must(process_run(&(struct process){ .argv = argv }, &out, &err), &err);
	return buf_take(&out);
}

/* An empty qcow2 of that size, or an overlay (whose base lies beside it), in
 * the store; its path, caller frees. */
static inline char *layer_make(const char *store, const char *name,
			       const char *base, const char *size)
{
	char *path = format_text("%s/%s.qcow2", store, name);
	auto_free char *below = base ? format_text("%s.qcow2", base) : NULL;

	if (base)
		free(run("qemu-img", "create", "-q", "-f", "qcow2", "-F",
			 "qcow2", "-b", below, path, size, NULL));
	else
		free(run("qemu-img", "create", "-q", "-f", "qcow2", path, size,
			 NULL));
	return path;
}

/* What opens a file of that key: by another name each time. */
static inline const struct machine_secret *opens(const char *key)
{
	static struct machine_secret secrets[256];
	static char uuids[256][UUID_SIZE];
	static size_t count;
	struct machine_secret *secret = &secrets[count];

	assert(count < 256);
	uuid_new(uuids[count]);
	*secret = (struct machine_secret){ uuids[count++], key };
	return secret;
}

/* An encrypted qcow2 of 64 MiB that stands on nothing. QEMU measures how fast
 * it can hash first, which takes long, and fails now and then where a process's
 * time is counted in ticks. */
static inline void luks_create(const char *path, const char *secret)
{
	const char *const argv[] = {
		"qemu-img", "create", "-q", "--object", secret, "-f", "qcow2",
		"-o",
		"encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10",
		path, "64M", NULL
	};
	struct error err = { FAULT_NONE };
	unsigned tries = 0;

	while (!process_run(&(struct process){ .argv = argv }, NULL, &err)) {
		if (!strstr(err.text, "CPU usage") || ++tries > 50)
			must(false, &err);
		error_clear(&err);
	}
}

/* One in the store, over a base that lies there or none; its path, caller
 * frees. Of each key one is made, and the others are copies of that. */
static inline char *luks_make(const char *store, const char *name,
			      const char *base, const char *key)
{
	char *path = format_text("%s/%s.qcow2", store, name);
	auto_free char *first = format_text("%s/%.8s.luks", store, key);
	auto_free char *secret = format_text("secret,id=s,data=%s", key);
	auto_free char *node = format_text("driver=qcow2,file.driver=file,"
					   "file.filename=%s,"
					   "encrypt.key-secret=s",
					   path);
	auto_free char *below = format_text("%s.qcow2", base ? base : "");

	if (access(first, F_OK) != 0)
		luks_create(first, secret);
	free(run("cp", first, path, NULL));
	if (base)
		free(run("qemu-img", "rebase", "-u", "--object", secret,
			 "--image-opts", node, "-F", "qcow2", "-b", below,
			 NULL));
	return path;
}

/* Runs a QMP command at the machine's monitor; what QEMU returned. */
static inline json_t *tell(const char *store, const char *uuid,
			   const char *command)
{
	auto_free char *root = format_text("%s/embed", store);
	auto_home home = HOME_INIT;
	auto_of(qmp) qmp = NULL;
	struct error err = { FAULT_NONE };
	json_t *request = json_loads(command, 0, NULL);
	json_t *json;

	must(home_open(root, uuid, WAIT_MS, &home, &err), &err);
	qmp = qmp_open(home.path);
	json = qmp ? qmp_ask(qmp, request) : NULL;
	json_decref(request);
	if (!json_object_get(json, "return")) {
		fprintf(stderr, "%s: ", command);
		json_dumpf(json, stderr, 0);
		abort();
	}
	return json;
}

/* A qemu-io command on the disk that was put in as the so-manieth, and a
 * flush, so that others see it; the test ends unless they succeed. */
static inline void disk_io(const char *store, const char *uuid, unsigned disk,
			   const char *command)
{
	const char *const both[] = { command, "flush" };

	for (size_t i = 0; i < 2; i++) {
		auto_free char *line = format_text(
			"{\"execute\":\"human-monitor-command\","
			"\"arguments\":{\"command-line\":\"qemu-io -d "
			"/machine/peripheral/virtio-disk%u/virtio-backend "
			"\\\"%s\\\"\"}}",
			disk, both[i]);
		json_t *reply = tell(store, uuid, line);
		const char *text =
			json_string_value(json_object_get(reply, "return"));

		if (!text || *text) {
			fprintf(stderr, "%s: %s\n", both[i], text ? text : "-");
			abort();
		}
		json_decref(reply);
	}
}

/* What a file holds, to a reader of qcow2: the test ends unless the pattern is
 * there. */
static inline void file_holds(const char *path, const char *command)
{
	auto_free char *out = run("qemu-io", "-r", "-U", "-f", "qcow2", "-c",
				  command, path, NULL);

	if (strstr(out, "verification failed")) {
		fprintf(stderr, "%s: %s: %s\n", path, command, out);
		abort();
	}
}

/* Kills the child of a process: the one that drives libvirt. */
static inline void kill_child(pid_t pid)
{
	auto_free char *path =
		format_text("/proc/%d/task/%d/children", (int)pid, (int)pid);
	auto_buf text = BUF_INIT;
	struct error err = { FAULT_NONE };

	if (file_read(path, 4096, &text, &err) && atoi(buf_text(&text)) > 1)
		kill(atoi(buf_text(&text)), SIGKILL);
}

/* The disk's chain as QEMU has it: the names without directories and suffix,
 * top first, joined by blanks; "" when there is no such disk. */
static inline char *chain_of(struct hypervisor *hypervisor, const char *uuid,
			     const char *serial)
{
	auto_of(arena) arena = arena_new();
	const struct machine_head *heads;
	struct error err = { FAULT_NONE };
	auto_buf text = BUF_INIT;
	size_t count;

	must(machine_heads(hypervisor, uuid, arena, &heads, &count, &err),
	     &err);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; strcmp(heads[i].serial, serial) == 0 &&
				   j < heads[i].file_count;
		     j++) {
			const char *name = strrchr(heads[i].files[j], '/') + 1;

			assert(heads[i].files[j][0] == '/');
			buf_printf(&text, "%s%.*s", j ? " " : "",
				   (int)strcspn(name, "."), name);
		}
	return text.data ? buf_take(&text) : strdup("");
}

static inline void chain_is(struct hypervisor *hypervisor, const char *uuid,
			    const char *serial, const char *wanted)
{
	auto_free char *chain = chain_of(hypervisor, uuid, serial);

	if (strcmp(chain, wanted) != 0) {
		fprintf(stderr, "%s: '%s', not '%s'\n", serial, chain, wanted);
		abort();
	}
}

/* Takes layers out from under a disk's head. */
static inline void shorten(struct hypervisor *hypervisor, const char *uuid,
			   const char *serial, const char *base)
{
	struct error err = { FAULT_NONE };
	bool done = false;

	must(machine_shorten(hypervisor, uuid, serial, base, NULL, &done, &err),
	     &err);
	assert(done);
}

#endif
