/* named.h - parameters that people give by name */
#ifndef QAMI_ACTION_NAMED_H
#define QAMI_ACTION_NAMED_H

#include "launcher/action/action.h"

/* Replaces what was given for a row's PARAM_NAMED parameters, which need not
 * be checked yet, by the ids that it stands for (images/resolve.h). What names
 * nothing stays for the row to refuse, except in a local row, whose user typed
 * a name and no malformed id: then the noun's own "not found". */
bool named_resolve(const struct action *action, struct call *call,
		   const struct args *args, struct error *err) must_check;

#endif
