/* place.h - the store of a user who names none
 *
 * An account that was made for a user of this host in the machine's store, the
 * one that is root's, is where his commands go while its server lets him in;
 * else he has a store of his own.
 */
#ifndef QAMI_CLI_PLACE_H
#define QAMI_CLI_PLACE_H

#include "launcher/cli/options.h"

/* The machine's store ($QAMI_MACHINE_STORE, else /var/lib/qami) if nothing
 * names another one, its server answers and knows the caller's user. Caller
 * frees; NULL: the store is where store_place() says. */
char *place_machine(const struct options *options);

#endif
