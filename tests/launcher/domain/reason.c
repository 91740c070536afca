/* reason.c - the reason is told, however long the argument before it is */
#include "launcher/domain/reason.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOSED "internal error: qemu unexpectedly closed the monitor: "
#define SAYS "2026-11-21T17:32:32.424373Z qemu-system-x86_64: "
#define FILE_NODE                                                         \
	"-blockdev {\"driver\":\"file\",\"filename\":\"/tmp/qami/store/" \
	"layers/a}b\\\"c.qcow2\",\"node-name\":\"libvirt-3-storage\","    \
	"\"cache\":{\"direct\":false},\"auto-read-only\":true}: "
#define FORMAT_NODE "-blockdev {\"node-name\":\"libvirt-3-format\"}: "

static void is(const char *wanted, const char *message)
{
	size_t size;
	const char *got = reason_of(message, &size);

	if (size == strlen(wanted) && strncmp(got, wanted, size) == 0)
		return;
	fprintf(stderr, "wanted: %s\ngot:    %.*s\n", wanted, (int)size, got);
	abort();
}

int main(void)
{
	static const char *const locked = CLOSED SAYS FORMAT_NODE
		"Failed to get \"write\" lock\n"
		"Is another process using the image "
		"[/a]?\n";

	is("Could not open '/a': Permission denied",
	   CLOSED SAYS FILE_NODE "Could not open '/a': Permission denied\n");
	is("Failed to get \"write\" lock\nIs another process using the image "
	   "[/a]?",
	   locked);
	/* the last of what it says ended it */
	is("cannot set up guest memory 'pc.ram': Cannot allocate memory",
	   CLOSED SAYS "warning: host doesn't support it\n" SAYS
		       "cannot set up guest memory 'pc.ram': Cannot allocate "
		       "memory\n");
	/* an argument that is no object, and one that was cut off */
	is("-machine pc,accel=kvm: no KVM",
	   CLOSED SAYS "-machine pc,accel=kvm: no KVM");
	is("-blockdev {\"driver\":\"fi", CLOSED SAYS "-blockdev {\"driver\":"
						     "\"fi");
	/* libvirt's own sentences are left as they are */
	is("Domain not found: no domain with matching uuid",
	   "Domain not found: no domain with matching uuid");
	is("Cannot check QEMU binary /usr/bin/qemu-system-x86_64",
	   "Cannot check QEMU binary /usr/bin/qemu-system-x86_64");
	is("", "");

	assert(reason_is_lock(locked));
	assert(reason_is_lock("Failed to get shared \"write\" lock"));
	assert(!reason_is_lock("Could not open '/lock': No such file"));
	assert(!reason_is_lock("Failed to get an answer"));
	return 0;
}
