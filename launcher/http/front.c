/* front.c - who calls, and which door it is for
 *
 * A door is chosen by what was signed, the service of the credential scope;
 * what a request merely looks like, or claims before its signature is known to
 * be good, decides in which form it is refused and nothing else.
 */
#include "launcher/http/front.h"

#include <string.h>

#include "launcher/http/auth.h"
#include "launcher/http/local.h"
#include "launcher/http/object.h"
#include "launcher/http/query.h"
#include "launcher/http/rest.h"
#include "launcher/http/target.h"

/* In the order in which they are asked whether a request looks like theirs. */
static const struct door doors[] = {
	{ "ec2", query_looks, query_answer, query_refuse },
	{ "sts", query_looks, query_answer, query_refuse },
	{ "iam", query_looks, query_answer, query_refuse },
	{ "autoscaling", query_looks, query_answer, query_refuse },
	{ "ebs", rest_looks, rest_answer, rest_refuse },
	{ "rbin", rest_looks, rest_answer, rest_refuse },
	{ "kms", target_looks, target_answer, target_refuse },
	{ "s3", object_looks, object_answer, object_refuse },
};
static const struct door socket = { NULL, local_looks, local_answer,
				    local_refuse };
static const struct door targets = { NULL, target_looks, target_answer,
				     target_refuse };
#define DOORS (sizeof(doors) / sizeof(doors[0]))

static const struct door *door_of(const char *service)
{
	for (size_t i = 0; service && i < DOORS; i++)
		if (doors[i].service && strcmp(doors[i].service, service) == 0)
			return &doors[i];
	return NULL;
}

static bool is_socket(const struct exchange *exchange)
{
	return exchange->local && socket.looks(exchange);
}

static const struct door *door_like(const struct exchange *exchange)
{
	if (is_socket(exchange))
		return &socket;
	for (size_t i = 0; i < DOORS; i++)
		if (doors[i].looks(exchange))
			return &doors[i];
	return targets.looks(exchange) ? &targets : &doors[0];
}

/* Behind "Credential=KEY/date/region/", whose slashes are "%2F" in a URL: the
 * door of the service that stands there; NULL where there is none. */
static const struct door *door_claimed_in(const char *text, const char *begin,
					  const char *slash)
{
	const char *at = text ? strstr(text, begin) : NULL;

	for (int part = 0; at && part < 3; part++) {
		at = strstr(at, slash);
		at = at ? at + strlen(slash) : NULL;
	}
	for (size_t i = 0; at && i < DOORS; i++) {
		const char *service = doors[i].service;
		size_t size = service ? strlen(service) : 0;

		if (size && strncmp(at, service, size) == 0 &&
		    strncmp(at + size, slash, strlen(slash)) == 0)
			return &doors[i];
	}
	return NULL;
}

static const struct door *door_claimed(const struct exchange *exchange)
{
	const char *header = exchange_header(exchange, "authorization");
	const struct door *door = door_claimed_in(header, "Credential=", "/");

	if (!door)
		door = door_claimed_in(exchange->query,
				       "X-Amz-Credential=", "%2F");
	return door;
}

static void refuse(struct exchange *exchange, struct error *err)
{
	const struct door *door = door_claimed(exchange);

	if (door)
		door->refuse(exchange, door->service, err);
	else
		door_like(exchange)->refuse(exchange, NULL, err);
}

static bool unknown_service(const struct caller *caller, struct error *err)
{
	return fail(err, FAULT_SIGNATURE,
		    "Credential should be scoped to a service of this "
		    "endpoint, such as 'ec2', not '%.40s'",
		    caller->service);
}

/* Who calls, by a signature, or by whose process it is. */
static bool let_in(struct exchange *exchange, struct caller *ret_caller,
		   const struct door **ret_door, struct error *err)
{
	if (is_socket(exchange) && !auth_signed(exchange)) {
		*ret_door = &socket;
		return auth_peer(exchange, ret_caller, err);
	}
	if (!auth_signed(exchange))
		return fail(err, FAULT_MISSING_TOKEN,
			    "Missing Authentication Token");
	if (!auth_signature(exchange, ret_caller, err))
		return false;
	*ret_door = door_of(ret_caller->service);
	if (!*ret_door && target_looks(exchange))
		*ret_door = &targets;
	return *ret_door ? true : unknown_service(ret_caller, err);
}

void front(struct exchange *exchange)
{
	struct caller caller = { .account = "" };
	const struct door *door = NULL;
	struct error err = { 0 };

	exchange_answer(exchange, "x-amzn-RequestId", exchange->id);
	if (let_in(exchange, &caller, &door, &err)) {
		exchange->service = caller.service;
		door->answer(exchange, &caller);
	} else {
		refuse(exchange, &err);
	}
}
