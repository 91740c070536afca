/* spare.h - a driver's process that is started before it is known what for
 * (private to this room)
 *
 * What it takes to load libvirt takes as long as writing a launch's rows and
 * files: the process is forked first, while the caller has one thread, and
 * gets its task when that is known.
 */
#ifndef QAMI_DOMAIN_SPARE_H
#define QAMI_DOMAIN_SPARE_H

#include <sys/types.h>

#include "launcher/domain/driver.h"

/* Forks it, unless there is one: it runs `wait` with its end of a socket, and
 * should end when that is closed. A process with threads has none run in its
 * child (NULL): that becomes a fresh program, which hypervisor_driver() passes
 * on, with its socket as descriptor 3. */
void spare_start(void (*wait)(int socket));

/* Ends it, if there is one. */
void spare_end(void);

/* Sends it a task, and its descriptors; then it is used up. Its process id, to
 * be waited for; 0 if there is none or it has ended. */
pid_t spare_send(const char *home, enum driver_task task,
		 const struct driver_files *files);

/* In that process: waits for the task. False when there will be none. */
bool spare_receive(int socket, struct driver_order *ret_order,
		   struct driver_files *ret_files);

#endif
