/* target.c - services that speak JSON to X-Amz-Target, of which none is here
 *
 * Clients send them to the one URL that they were given for everything; an
 * answer that they cannot read would end them with a riddle.
 */
#include "launcher/http/target.h"

#include <jansson.h>

#include "launcher/action/fault.h"

static void refuse(struct exchange *exchange, struct error *err)
{
	const char *code = fault_code(err->fault);
	json_t *root =
		json_pack("{s:s, s:s}", "__type", code, "message", err->text);
	auto_free char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	exchange->code = code;
	exchange->status = (unsigned)fault_status(err->fault);
	exchange->type = "application/x-amz-json-1.1";
	exchange_answer(exchange, "x-amzn-ErrorType", code);
	buf_str(&exchange->text, text ? text : "{}");
}

void target_answer(struct exchange *exchange, const struct caller *caller)
{
	struct error err = { 0 };

	exchange->action = exchange_header(exchange, "x-amz-target");
	fail(&err, FAULT_UNKNOWN_OPERATION,
	     "There is no service %.40s at this endpoint", caller->service);
	refuse(exchange, &err);
}

bool target_looks(const struct exchange *exchange)
{
	return exchange_header(exchange, "x-amz-target");
}

void target_refuse(struct exchange *exchange, const char *service,
		   struct error *err)
{
	(void)service;
	exchange_hide(exchange, err);
	fault_translate("json", err);
	refuse(exchange, err);
}
