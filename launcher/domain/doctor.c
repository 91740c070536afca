/* doctor.c - stub */
#include "launcher/domain/ops.h"
bool domain_hypervisor_qemu_user(const char *uri, uid_t *ret_uid,
				 gid_t *ret_gid, struct error *err)
{
	(void)uri;
	(void)err;
	*ret_uid = 0;
	*ret_gid = 0;
	return true;
}
bool domain_hypervisor_doctor(const char *configured, const char *store,
			      check_report_fn *report, void *data,
			      struct error *err)
{
	(void)configured;
	(void)store;
	(void)report;
	(void)data;
	(void)err;
	return true;
}
