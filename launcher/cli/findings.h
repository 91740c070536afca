/* findings.h - what a scan found, in a reply */
#ifndef QAMI_CLI_FINDINGS_H
#define QAMI_CLI_FINDINGS_H

#include "images/scan.h"
#include "launcher/action/reply.h"

/* Lists the findings; a verb that has any exits with 1. */
void reply_findings(const struct scan *scan, struct reply *reply);

#endif
