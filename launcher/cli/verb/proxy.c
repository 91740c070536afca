/* proxy.c - programs of this host reach guests by their private addresses */
#include <stdint.h>

#include "launcher/action/action.h"
#include "launcher/cli/socks.h"

static int proxy(struct call *call, const struct args *args, struct error *err)
{
	int64_t port = args_int(args, "Port", SOCKS_PORT);

	if (port < 0 || port > UINT16_MAX)
		(void)!fail(err, FAULT_INVALID_PARAMETER,
			    "a port is a number from 0 to 65535");
	else if (socks_serve(call, (uint16_t)port, err))
		return 0;
	return -1;
}

const struct action verb_proxy = {
	.name = "proxy",
	.brief = "a SOCKS proxy into guests, by their private addresses",
	.about = "Listens at a port of 127.0.0.1, which it prints, and "
		 "connects programs that speak SOCKS version 5 to ports of "
		 "the account's running instances, wherever this host reaches "
		 "those: Packer and curl know of such proxies, and ssh by "
		 "-o ProxyCommand='nc -X 5 -x 127.0.0.1:1080 %h %p'. An "
		 "instance is asked for by its private address, its id or its "
		 "private name; its security groups say which ports are open, "
		 "as for `qami port`. It connects to nothing else, and goes on "
		 "until it is interrupted.",
	.params = (const struct param[]) {
		{ "Port", PARAM_INTEGER, 0, NULL,
		  "where to listen, 0 for any port that is free; 1080 if not "
		  "given" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_NONE },
	.example = "qami proxy --port 1080",
	.local = true,
	.reads = true,
	.main = proxy,
};
