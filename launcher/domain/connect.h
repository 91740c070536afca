/* connect.h - an open hypervisor, and libvirt in this process
 *
 * Private to this room, like everything that includes libvirt.
 */
#ifndef QAMI_DOMAIN_CONNECT_H
#define QAMI_DOMAIN_CONNECT_H

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "images/base/auto.h"
#include "images/base/clock.h"
#include "launcher/domain/domain.h"
#include "launcher/domain/embed.h"

struct kept; /* kept.h */

/* Either a daemon's connection or the root of an embedded driver. */
struct hypervisor {
	virConnectPtr connection;
	struct kept *kept; /* whose connection it is; NULL: our own */
	char *root;
	unsigned wait_ms; /* for a machine's turn under an embedded driver */
};

static inline void auto_domain_(virDomainPtr *domain)
{
	if (*domain)
		virDomainFree(*domain);
}

#define auto_domain __attribute__((cleanup(auto_domain_))) virDomainPtr

/* Reports what libvirt said last behind "what: ". */
bool fail_libvirt(struct error *err, const char *what) __attribute__((cold));

/* After libvirt refused: whether it was for the lock of a disk's file, and may
 * be asked again; then it has slept. A process that was killed is survived, for
 * a moment, by the tools that it had at work on a layer. *deadline begins as 0
 * and says from the second call on when to give up. */
bool libvirt_again(usec_t *deadline) must_check;

/* Makes libvirt usable in this process and silent; any number of times. */
bool libvirt_prepare(struct error *err) must_check;

/* Whether a system daemon listens, by one connect(). */
bool system_listens(void);

/* Whether the daemon that writes console logs for it listens. */
bool virtlogd_listens(void);

/* Whether the caller's session daemon answers; libvirt starts one. */
bool session_answers(void);

#endif
