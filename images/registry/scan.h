/* scan.h - the scan table: what was found in disks that never change */
#ifndef QAMI_REGISTRY_SCAN_H
#define QAMI_REGISTRY_SCAN_H

#include "images/base/clock.h"
#include "images/registry/db.h"

/* What a scan by these rules found in a frozen layer, or in a bundle of that
 * digest: JSON, in the arena; NULL when there was none. A layer's goes with the
 * layer. */
bool scan_row_get(struct db *db, const char *subject, int64_t rules,
		  struct arena *arena, const char **ret_result,
		  struct error *err) must_check;

/* Notes it, instead of what older rules found. */
bool scan_row_set(struct db *db, const char *subject, int64_t rules, usec_t now,
		  const char *result, struct error *err) must_check;

#endif
