/* fault.h - what other services than ec2 call the same faults */
#ifndef QAMI_ACTION_FAULT_H
#define QAMI_ACTION_FAULT_H

#include "images/base/error.h"

/* Gives an error the code that a service's clients know; the text stays. The
 * host's own faults have no other name. */
void fault_translate(const char *service, struct error *err);

#endif
