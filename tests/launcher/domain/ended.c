/* ended.c - what libvirt's log of a machine tells about its end */
#include "tests/launcher/domain/testing.h"

#include "launcher/domain/embed.h"

#define ID "i-0123456789abcdef0"

static void log_is(const char *root, const char *text)
{
	auto_free char *path =
		format_text("%s/0123456789ab/log/qemu/" ID ".log", root);
	struct error err = { FAULT_NONE };

	must(file_write(path, text, strlen(text), 0600, &err), &err);
}

int main(void)
{
	auto_free char *store = store_make("a store");
	auto_free char *root = format_text("%s/embed", store);
	auto_free char *dir = format_text("%s/0123456789ab/log/qemu", root);
	auto_free char *uri = embed_uri(root);
	auto_free char *again = embed_root(uri);
	auto_free char *none = embed_root("qemu:///system");
	struct error err = { FAULT_NONE };

	assert(strcmp(again, root) == 0 && !none);
	assert(!machine_shut_down(uri, ID));
	must(dir_make(dir, 0711, &err), &err);
	assert(!machine_shut_down(uri, ID));
	log_is(root, "x: starting up libvirt version: 9\n"
		     "x: shutting down, reason=shutdown\n");
	assert(machine_shut_down(uri, ID));
	assert(machine_end_told(uri, ID));
	assert(!machine_shut_down(uri, "i-0123456789abcdef1"));
	assert(!machine_end_told(uri, "i-0123456789abcdef1"));
	/* the run before this one tells nothing about it */
	log_is(root, "x: starting up libvirt version: 9\n"
		     "x: shutting down, reason=shutdown\n"
		     "x: starting up libvirt version: 9\n");
	assert(!machine_shut_down(uri, ID));
	assert(!machine_end_told(uri, ID));
	log_is(root, "x: shutting down, reason=shutdown\n"
		     "x: starting up libvirt version: 9\n"
		     "x: shutting down, reason=daemon\n");
	assert(!machine_shut_down(uri, ID));
	/* a signal shuts QEMU down as well, but no guest meant it */
	log_is(root, "x: starting up libvirt version: 9\n"
		     "qemu: terminating on signal 15 from pid 1\n"
		     "x: shutting down, reason=shutdown\n");
	assert(!machine_shut_down(uri, ID));
	return 0;
}
