/* target.c - services that speak JSON to X-Amz-Target: kms
 *
 * Clients send all of them to the one URL that they were given for everything;
 * an answer that they cannot read would end them with a riddle. So what is not
 * here is refused in their own words, too.
 */
#include "launcher/http/target.h"

#include <string.h>
#include <strings.h>

#include "launcher/action/action.h"
#include "launcher/action/fault.h"
#include "launcher/http/json.h"

#define TYPE "application/x-amz-json-1.1"

static const struct service {
	const char *name;
	const char *target; /* X-Amz-Target is "TARGET.Action" */
	const char *broken; /* the code of what is nobody's fault but ours */
} services[] = {
	{ "kms", "TrentService", "KMSInternalException" },
};
#define SERVICES (sizeof(services) / sizeof(services[0]))

static const struct service *service_find(const char *name)
{
	for (size_t i = 0; name && i < SERVICES; i++)
		if (strcmp(services[i].name, name) == 0)
			return &services[i];
	return NULL;
}

static void refuse(struct exchange *exchange, const struct service *service,
		   struct error *err)
{
	const char *code = fault_code(err->fault);

	exchange->status = (unsigned)fault_status(err->fault);
	if (service && exchange->status >= 500)
		code = service->broken;
	exchange->code = code;
	exchange->type = TYPE;
	exchange_answer(exchange, "x-amzn-ErrorType", code);
	buf_done(&exchange->text);
	/* nothing is left to be said when there is no memory for this */
	(void)json_write(
		json_pack("{s:s, s:s}", "__type", code, "message", err->text),
		&exchange->text);
}

/* The action of "TARGET.Action". */
static const struct action *find(struct exchange *exchange,
				 const struct service *service,
				 struct error *err)
{
	const char *target = exchange_header(exchange, "x-amz-target");
	size_t size = strlen(service->target);
	const struct action *action = NULL;

	exchange->action = target;
	if (target && strncmp(target, service->target, size) == 0 &&
	    target[size] == '.') {
		exchange->action = target + size + 1;
		action = action_find_in(service->name, exchange->action);
	}
	if (!action || action->local) {
		fail(err, FAULT_UNKNOWN_OPERATION,
		     "There is no operation %.100s of %s here",
		     target ? target : "", service->name);
		return NULL;
	}
	return action;
}

static bool check_request(const struct exchange *exchange, struct error *err)
{
	const char *type = exchange_header(exchange, "content-type");
	size_t size = strlen(TYPE);

	if (strcmp(exchange->method, "POST") != 0 ||
	    strcmp(exchange->path, "/") != 0)
		return fail(err, FAULT_UNKNOWN_OPERATION,
			    "This service takes POST of / only");
	if (!type || strncasecmp(type, TYPE, size) != 0 ||
	    !strchr("; \t", type[size]))
		return fail(err, FAULT_MALFORMED_QUERY,
			    "The content type must be " TYPE);
	return true;
}

static bool perform(struct exchange *exchange, const struct caller *caller,
		    const struct action *action, struct args *args,
		    struct reply *reply, struct error *err)
{
	struct call call = exchange_call(exchange, caller);
	const void *body = NULL;

	return check_request(exchange, err) &&
	       json_body(exchange, &body, err) &&
	       json_args(body, (size_t)exchange->body_size, args, err) &&
	       action_run(action, &call, args, reply, err) &&
	       json_write_reply(reply->root, NULL, NULL, &exchange->text, err);
}

void target_answer(struct exchange *exchange, const struct caller *caller)
{
	const struct service *service = service_find(caller->service);
	const struct action *action = NULL;
	struct error err = { 0 };
	struct args args = { 0 };
	struct reply reply = { 0 };
	bool done = false;

	if (service) {
		action = find(exchange, service, &err);
	} else {
		exchange->action = exchange_header(exchange, "x-amz-target");
		fail(&err, FAULT_UNKNOWN_OPERATION,
		     "There is no service %.40s at this endpoint",
		     caller->service);
	}
	if (action) {
		exchange->status = 200;
		exchange->type = TYPE;
		done = (args_init(&args) || fail_memory(&err)) &&
		       reply_init(&reply, &err) &&
		       perform(exchange, caller, action, &args, &reply, &err);
	}
	if (!done)
		target_refuse(exchange, caller->service, &err);
	reply_done(&reply);
	args_done(&args);
}

bool target_looks(const struct exchange *exchange)
{
	return exchange_header(exchange, "x-amz-target");
}

void target_refuse(struct exchange *exchange, const char *name,
		   struct error *err)
{
	const struct service *service = service_find(name);

	exchange_hide(exchange, err);
	fault_translate("json", err); /* what the front finds … */
	if (service)
		fault_translate(name, err); /* … and what we do */
	refuse(exchange, service, err);
}
