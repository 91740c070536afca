/* iam.h - what IAM's lists share */
#ifndef QAMI_ACTION_IAM_H
#define QAMI_ACTION_IAM_H

#include "launcher/action/action.h"

#define PARAMS_IAM_PAGES                                                  \
	{ "Marker", PARAM_STRING, 0, NULL, "where the last answer ended" }, \
	{ "MaxItems", PARAM_INTEGER, 0, NULL, "how many at most" }

/* Answers here are one page: FAULT_INVALID_PARAMETER for a number out of
 * 1..1000 and for any marker, as nobody was given one. */
bool iam_page_check(const struct args *args, struct error *err) must_check;

#endif
