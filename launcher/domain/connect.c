/* connect.c - which libvirt a store uses, and connecting to a daemon
 *
 * Whether the system daemon is there is asked with a bare connect(): it costs
 * nothing, and libvirt's own attempt would wait for what is not there.
 */
#include "launcher/domain/connect.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "launcher/domain/kept.h"
#include "launcher/domain/ops.h"
#include "launcher/domain/reason.h"

/* What a killed tool that was just writing takes to end, on a slow disk. */
#define LOCK_USEC (5 * USEC_PER_SEC)
#define LOCK_STEP_USEC 50000

static void stay_silent(void *data, virErrorPtr error)
{
	(void)data;
	(void)error;
}

static bool libvirt_ready;

static void libvirt_start(void)
{
	virSetErrorFunc(NULL, stay_silent);
	libvirt_ready = virInitialize() == 0;
}

bool libvirt_prepare(struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, libvirt_start);
	return libvirt_ready ||
	       fail(err, FAULT_UNAVAILABLE, "libvirt cannot be initialised");
}

/* What does not fit goes from the front, which says less than the end. */
static bool fail_reason(struct error *err, enum fault fault, const char *what,
			const char *message)
{
	size_t used = strlen(what) + sizeof(": …"), size;
	size_t room = used < sizeof(err->text) ? sizeof(err->text) - used : 0;
	const char *reason = reason_of(message, &size);
	const char *cut = "";

	if (size > room) {
		reason += size - room;
		size = room;
		cut = "…";
	}
	/* nor may it begin within a character */
	while (size && (*reason & 0xc0) == 0x80) {
		reason++;
		size--;
	}
	fail(err, fault, "%s: %s%.*s", what, cut, (int)size, reason);
	for (char *c = err->text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	return false;
}

bool libvirt_again(usec_t *deadline)
{
	usec_t now = clock_monotonic();

	if (!*deadline)
		*deadline = now + LOCK_USEC;
	if (!reason_is_lock(virGetLastErrorMessage()) || now > *deadline)
		return false;
	usleep(LOCK_STEP_USEC);
	return true;
}

bool fail_libvirt(struct error *err, const char *what)
{
	const char *text = virGetLastErrorMessage();
	enum fault fault = FAULT_INTERNAL;

	if (strstr(text, "No space left on device"))
		fault = FAULT_VOLUME_CAPACITY;
	else if (strstr(text, "annot allocate memory") ||
		 strstr(text, "cannot set up guest memory"))
		fault = FAULT_INSTANCE_CAPACITY;
	else if (strstr(text, "active block job") ||
		 strstr(text, "cannot acquire state change lock"))
		fault = FAULT_UNAVAILABLE;
	return fail_reason(err, fault, what, text);
}

static bool listens(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return false;
	strcpy(address.sun_path, path);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

bool system_listens(void)
{
	return listens("/run/libvirt/virtqemud-sock") ||
	       listens("/run/libvirt/libvirt-sock");
}

bool virtlogd_listens(void)
{
	return listens("/run/libvirt/virtlogd-sock");
}

bool session_answers(void)
{
	virConnectPtr connection = virConnectOpen("qemu:///session");

	if (!connection)
		return false;
	virConnectClose(connection);
	return true;
}

static char *store_uri(const char *store)
{
	auto_free char *root = format_text("%s/embed", store);

	return root ? embed_uri(root) : NULL;
}

bool domain_hypervisor_choose(const char *configured, const char *store,
			      char **ret_uri, struct error *err)
{
	bool root = geteuid() == 0;
	char *uri;

	if (configured && strcmp(configured, "embed") == 0) {
		uri = store_uri(store);
	} else if (configured && *configured) {
		uri = strdup(configured);
	} else {
		if (!libvirt_prepare(err))
			return false;
		if (root ? system_listens() : session_answers())
			uri = strdup(root ? "qemu:///system" :
					    "qemu:///session");
		else
			uri = store_uri(store);
	}
	if (!uri)
		return fail_memory(err);
	*ret_uri = uri;
	return true;
}

static bool open_daemon(struct hypervisor *hypervisor, const char *uri,
			struct error *err)
{
	if (!libvirt_prepare(err))
		return false;
	if (!kept_take(uri, &hypervisor->kept, &hypervisor->connection, err)) {
		hypervisor->kept = NULL;
		err->fault = FAULT_UNAVAILABLE;
		return false;
	}
	if (hypervisor->kept)
		return true;
	hypervisor->connection = virConnectOpen(uri);
	if (hypervisor->connection)
		return true;
	fail_libvirt(err, uri);
	err->fault = FAULT_UNAVAILABLE;
	return false;
}

bool domain_hypervisor_open(const char *uri, unsigned wait_ms,
			    struct hypervisor **ret_hypervisor,
			    struct error *err)
{
	struct hypervisor *hypervisor = calloc(1, sizeof(*hypervisor));
	bool opened;

	if (!hypervisor)
		return fail_memory(err);
	hypervisor->wait_ms = wait_ms;
	hypervisor->root = embed_root(uri);
	opened = hypervisor->root ? dir_make(hypervisor->root, 0711, err) :
				    open_daemon(hypervisor, uri, err);
	if (!opened) {
		domain_hypervisor_close(hypervisor);
		return false;
	}
	*ret_hypervisor = hypervisor;
	return true;
}

void domain_hypervisor_close(struct hypervisor *hypervisor)
{
	if (!hypervisor)
		return;
	if (hypervisor->kept)
		kept_release(hypervisor->kept, hypervisor->connection);
	else if (hypervisor->connection)
		virConnectClose(hypervisor->connection);
	free(hypervisor->root);
	free(hypervisor);
}
