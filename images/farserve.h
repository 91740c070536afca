/* farserve.h - this host's store, read by a qami elsewhere */
#ifndef QAMI_IMAGES_FARSERVE_H
#define QAMI_IMAGES_FARSERVE_H

#include "images/call.h"
#include "images/farwire.h"

struct far_serving {
	const char *store; /* the only one that is read; NULL: the one that the
			    * other side names, else this user's own */
	const char *account; /* the only one that is answered, and for which
			      * rights are asked when a copy goes on, too; NULL:
			      * any */
};

/* Answers until the other side closes, which is no error; nothing is written
 * to the store. The call needs none itself. FAULT_UNAVAILABLE and
 * FAULT_INTERNAL of images/farwire.h end it. */
bool far_serve(const struct call *call, const struct far_serving *serving,
	       struct wire *wire, struct error *err) must_check;

#endif
