/* account.h - the account table: who may own something */
#ifndef QAMI_REGISTRY_ACCOUNT_H
#define QAMI_REGISTRY_ACCOUNT_H

#include "images/registry/db.h"

/* Whether the text is an account's number: 12 digits. */
bool account_valid(const char *id);

/* Makes sure that there is an account of that number, which must be valid.
 * Reads first, so that calls which change nothing take no lock. */
bool account_ensure(struct db *db, const char *id, struct error *err)
	must_check;

#endif
