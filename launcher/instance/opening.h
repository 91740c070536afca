/* opening.h - connecting to the hypervisor while something else is done
 *
 * Loading libvirt and greeting its daemon take about as long as writing the
 * rows and files of a launch: they are done side by side.
 */
#ifndef QAMI_INSTANCE_OPENING_H
#define QAMI_INSTANCE_OPENING_H

#include <pthread.h>

#include "launcher/domain/domain.h"

struct opening {
	pthread_t thread;
	bool started; /* the thread is to be joined */
	const char *uri;
	struct hypervisor *hypervisor;
	struct error err;
};
#define OPENING_INIT { .started = false }

/* Begins to connect. `uri` must live until the opening is done. */
void opening_start(struct opening *opening, const char *uri);

/* Waits for the connection, which still belongs to the opening; the error is
 * hypervisor_open()'s. */
bool opening_finish(struct opening *opening, struct hypervisor **ret_hypervisor,
		    struct error *err) must_check;

/* Closes the connection, however far it got. */
void opening_done(struct opening *opening);
#define auto_opening __attribute__((cleanup(opening_done)))

#endif
