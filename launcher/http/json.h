/* json.h - parameters and answers as the services that speak JSON have them */
#ifndef QAMI_HTTP_JSON_H
#define QAMI_HTTP_JSON_H

#include <jansson.h>

#include "launcher/action/args.h"
#include "launcher/action/reply.h"
#include "launcher/http/exchange.h"

/* A body that is read whole has at most so many bytes. */
#define JSON_BODY_MOST (1 << 20)

/* The body's bytes, wherever the server has put them. FAULT_INVALID_PARAMETER
 * for more than JSON_BODY_MOST. */
bool json_body(const struct exchange *exchange, const void **ret_data,
	       struct error *err) must_check;

/* The object that a text is, as what args_init() made. FAULT_MALFORMED_QUERY
 * for anything else, and for a name that is there twice. */
bool json_args(const char *data, size_t size, struct args *args,
	       struct error *err) must_check;

/* Appends an answer's structure, under the SDK's names and with points in time
 * as seconds, but for the members that `without` (or NULL) picks. */
bool json_write_reply(const struct node *root,
		      bool (*without)(const void *data, const char *name),
		      const void *data, struct buf *out, struct error *err)
	must_check;

/* Appends a value, and forgets it; false without memory. */
bool json_write(json_t *value, struct buf *out);

#endif
