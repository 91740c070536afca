/* query.c - EC2's query protocol, and that of STS, IAM and Auto Scaling
 *
 * The service of the credential scope says whose actions may be named and how
 * errors look; nothing a request says of itself can widen that. Answers are in
 * the namespace of the newest version whatever older one was asked for: those
 * that are let in differ from it in what they lack.
 */
#include "launcher/http/query.h"

#include <string.h>
#include <strings.h>

#include "launcher/action/action.h"
#include "launcher/action/fault.h"
#include "launcher/action/xml.h"
#include "launcher/http/form.h"
#include "launcher/http/wire.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

static const struct service {
	const char *name;
	const char *title; /* in the text of an error */
	const char *type;  /* of what is answered */
	const char *versions[18];
} services[] = {
	{ "ec2",
	  "AmazonEC2",
	  "text/xml;charset=UTF-8",
	  /* those that clients which sign with version 4 were made for */
	  { "2016-11-15", "2016-09-15", "2016-04-01", "2015-10-01",
	    "2015-04-15", "2015-03-01", "2014-10-01", "2014-09-01",
	    "2014-06-15", "2014-05-01", "2014-02-01", "2013-10-15" } },
	{ "sts", "AWSSecurityTokenService", "text/xml", { "2011-06-15" } },
	{ "iam",
	  "AWSIdentityManagementV20100508",
	  "text/xml",
	  { "2010-05-08" } },
	{ "autoscaling", "AutoScaling", "text/xml", { "2011-01-01" } },
};
#define SERVICES (sizeof(services) / sizeof(services[0]))

static const struct service *service_find(const char *name)
{
	for (size_t i = 0; name && i < SERVICES; i++)
		if (strcmp(name, services[i].name) == 0)
			return &services[i];
	return &services[0];
}

static bool has_version(const struct service *service, const char *version)
{
	for (const char *const *at = service->versions; *at; at++)
		if (strcmp(*at, version) == 0)
			return true;
	return false;
}

/* What a presigned URL carries beside the call's own parameters. */
static bool is_presigned(const char *name)
{
	static const char *const names[] = {
		"X-Amz-Algorithm",     "X-Amz-Credential",
		"X-Amz-Date",	       "X-Amz-Expires",
		"X-Amz-SignedHeaders", "X-Amz-Signature",
		"X-Amz-Security-Token"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool is_form(const char *type)
{
	size_t size = strlen(FORM_TYPE);

	return !type || (strncasecmp(type, FORM_TYPE, size) == 0 &&
			 strchr("; \t", type[size]) != NULL);
}

static bool malformed(struct error *err, const char *why)
{
	return fail(err, FAULT_MALFORMED_QUERY, "%s", why);
}

/* Reads the parameters of the URL and of the body. */
static bool read_form(const struct exchange *exchange, struct form *form,
		      struct error *err)
{
	struct arena *arena = exchange->arena;
	bool post = strcmp(exchange->method, "POST") == 0;
	const char *query = exchange->query;
	size_t kept = 0;

	if (strcmp(exchange->path, "/") != 0)
		return malformed(err, "This service has no other path than /");
	if (!post && strcmp(exchange->method, "GET") != 0)
		return malformed(err, "The method must be POST or GET");
	if (!form_read(query, strlen(query), false, arena, form, err))
		return false;
	for (size_t i = 0; i < form->count; i++)
		if (!is_presigned(form->pairs[i].name))
			form->pairs[kept++] = form->pairs[i];
	form->count = kept;
	if (!exchange->body_size)
		return true;
	if (!post || !exchange->body)
		return malformed(err, post ? "The request's body is too large" :
					     "A GET has no body");
	if (!is_form(exchange_header(exchange, "content-type")))
		return malformed(err, "The content type must be " FORM_TYPE);
	return form_read(exchange->body, exchange->body_size, true, arena, form,
			 err);
}

/* Takes a pair of that name out of the form; NULL when there is none, or an
 * empty one. More than one stay, to be found unknown. */
static const char *take_pair(struct form *form, const char *name)
{
	const char *value = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < form->count; i++)
		if (!value && strcmp(form->pairs[i].name, name) == 0)
			value = form->pairs[i].value;
		else
			form->pairs[kept++] = form->pairs[i];
	form->count = kept;
	return value && *value ? value : NULL;
}

static bool find(struct exchange *exchange, const struct service *service,
		 struct form *form, const struct action **ret_action,
		 struct error *err)
{
	const char *name = take_pair(form, "Action");
	const char *version = take_pair(form, "Version");
	const struct action *action;

	if (!name)
		return fail(err, FAULT_MISSING_ACTION,
			    "The request must contain the parameter Action");
	exchange->action = name;
	action = action_find_in(service->name, name);
	if (!action || action->local)
		return fail(err, FAULT_INVALID_ACTION,
			    "The action %.100s is not valid for this web "
			    "service.",
			    name);
	if (!version)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter Version");
	if (!has_version(service, version))
		return fail(err, FAULT_NO_SUCH_VERSION,
			    "The requested version (%.40s) of service %s does "
			    "not exist",
			    version, service->title);
	*ret_action = action;
	return true;
}

static void say(struct exchange *exchange, const struct service *service,
		unsigned status)
{
	exchange->status = status;
	exchange->type = service->type;
	exchange_answer(exchange, "Cache-Control", "no-cache, no-store");
}

static void refuse(struct exchange *exchange, const struct service *service,
		   struct error *err)
{
	exchange_hide(exchange, err);
	fault_translate(service->name, err);
	exchange->code = fault_code(err->fault);
	say(exchange, service, (unsigned)fault_status(err->fault));
	xml_error(service->name, err, exchange->id, &exchange->text);
}

/* Runs the action and writes what it answers. */
static bool perform(struct exchange *exchange, const struct caller *caller,
		    const struct action *action, const struct form *form,
		    struct error *err)
{
	struct call call = exchange_call(exchange, caller);
	struct reply reply = { 0 };
	struct args args = { 0 };
	bool done;

	if (!reply_init(&reply, err))
		return false;
	done = (args_init(&args) || fail_memory(err)) &&
	       wire_args(action, form, &args, err) &&
	       action_run(action, &call, &args, &reply, err);
	if (done) {
		say(exchange, service_find(caller->service), 200);
		xml_reply(action, &reply, exchange->id, &exchange->text);
	}
	args_done(&args);
	reply_done(&reply);
	return done;
}

void query_answer(struct exchange *exchange, const struct caller *caller)
{
	const struct service *service = service_find(caller->service);
	const struct action *action = NULL;
	struct form form = { 0 };
	struct error err = { 0 };

	if (!read_form(exchange, &form, &err) ||
	    !find(exchange, service, &form, &action, &err) ||
	    !perform(exchange, caller, action, &form, &err))
		refuse(exchange, service, &err);
}

bool query_looks(const struct exchange *exchange)
{
	return strcmp(exchange->path, "/") == 0 &&
	       !exchange_header(exchange, "x-amz-target") &&
	       (strcmp(exchange->method, "POST") == 0 ||
		strstr(exchange->query, "Action="));
}

/* Whom a request without a scope is meant for: versions differ. */
static const struct service *service_meant(const struct form *form)
{
	const char *version = form_get(form, "Version");

	for (size_t i = 0; version && i < SERVICES; i++)
		if (has_version(&services[i], version))
			return &services[i];
	return &services[0];
}

void query_refuse(struct exchange *exchange, const char *service,
		  struct error *err)
{
	struct form form = { 0 };
	struct error unreadable = { 0 };
	bool read = read_form(exchange, &form, &unreadable);

	if (read && !exchange->action)
		exchange->action = form_get(&form, "Action");
	if (read && err->fault == FAULT_MISSING_TOKEN &&
	    (form_get(&form, "AWSAccessKeyId") ||
	     form_get(&form, "SignatureVersion"))) {
		error_clear(err);
		fail(err, FAULT_AUTH_FAILURE,
		     "Requests must be signed with AWS Signature Version 4; "
		     "Version 2 is not accepted");
	}
	refuse(exchange, service ? service_find(service) : service_meant(&form),
	       err);
}
