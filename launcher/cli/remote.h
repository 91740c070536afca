/* remote.h - the command line through the store's server
 *
 * Where `qami serve` runs for the store that a command would open, the command
 * goes there: both see the same world, nothing is opened, and who is not the
 * store's owner gets in at all.
 */
#ifndef QAMI_CLI_REMOTE_H
#define QAMI_CLI_REMOTE_H

#include "launcher/action/action.h"
#include "launcher/cli/visit.h"

enum remote {
	REMOTE_NOT,	 /* this process is to do it */
	REMOTE_CLOSED,	 /* so is it, but it cannot open the store: the error
			  * says who could */
	REMOTE_ANSWERED, /* the reply is filled in */
	REMOTE_FAILED,	 /* the call failed, with an error */
};

/* Has a row run by the server, if there is one and the row may travel; what
 * happens meanwhile is shown as progress.h does. Who cannot do without the
 * server waits for his turn there. */
enum remote remote_run(const struct action *action, const struct visit *visit,
		       const struct args *args, struct reply *reply,
		       struct error *err);

#endif
