/* iam.c - what IAM's lists share */
#include "launcher/action/iam.h"

#define ITEMS_MOST 1000

bool iam_page_check(const struct args *args, struct error *err)
{
	int64_t most = args_int(args, "MaxItems", 1);

	if (most < 1 || most > ITEMS_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value '%lld' at 'maxItems' failed to satisfy "
			    "constraint: Member must be between 1 and %d",
			    (long long)most, ITEMS_MOST);
	if (args_has(args, "Marker"))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid Marker: %.100s",
			    args_str(args, "Marker", ""));
	return true;
}
