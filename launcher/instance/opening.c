/* opening.c - connecting to the hypervisor while something else is done
 *
 * The thread only connects. Machines are started by the caller's own thread:
 * their processes shall not end with a thread that is gone.
 */
#include "launcher/instance/opening.h"

#include "launcher/instance/machine.h"

static void *connect_now(void *data)
{
	struct opening *opening = data;

	if (!hypervisor_open(opening->uri, HYPERVISOR_WAIT_MS,
			     &opening->hypervisor, &opening->err))
		opening->hypervisor = NULL;
	return NULL;
}

void opening_start(struct opening *opening, const char *uri)
{
	*opening = (struct opening){ .uri = uri };
	opening->started = pthread_create(&opening->thread, NULL, connect_now,
					  opening) == 0;
	if (!opening->started)
		connect_now(opening);
}

static void opening_join(struct opening *opening)
{
	if (opening->started)
		pthread_join(opening->thread, NULL);
	opening->started = false;
}

bool opening_finish(struct opening *opening, struct hypervisor **ret_hypervisor,
		    struct error *err)
{
	opening_join(opening);
	*ret_hypervisor = opening->hypervisor;
	if (!opening->hypervisor)
		*err = opening->err;
	return opening->hypervisor;
}

void opening_done(struct opening *opening)
{
	opening_join(opening);
	if (opening->hypervisor)
		hypervisor_close(opening->hypervisor);
	opening->hypervisor = NULL;
}
