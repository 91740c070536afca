/* accel.c - stub */
#include "launcher/domain/ops.h"
bool domain_accel_choose(const char *wanted, const char *memo,
			 enum accel *ret_accel, char **ret_note,
			 struct error *err)
{
	(void)wanted;
	(void)memo;
	(void)err;
	*ret_accel = ACCEL_TCG;
	*ret_note = NULL;
	return true;
}
