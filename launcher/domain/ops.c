/* ops.c - the module's table, the one symbol that load.c asks for */
#include "launcher/domain/ops.h"

const struct domain_ops domain_ops = {
#define DOMAIN_OP(name, ...) .name = domain_##name,
	DOMAIN_OPS(DOMAIN_OP)
#undef DOMAIN_OP
		.begin = domain_begin,
	.hypervisor_close = domain_hypervisor_close,
	.hypervisor_unkeep = domain_hypervisor_unkeep,
	.driver_main = domain_driver_main,
	.driver_wait = domain_driver_wait,
};
