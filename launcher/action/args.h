/* args.h - a call's parameters, checked against the action's row
 *
 * A JSON object under the SDK's names, whichever door they came through:
 * strings, integers and booleans as such, blobs in base64, lists as arrays,
 * structures as objects. What a getter returns is borrowed from the args.
 */
#ifndef QAMI_ACTION_ARGS_H
#define QAMI_ACTION_ARGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "images/base/error.h"
#include "images/member.h"

struct args {
	json_t *root; /* owned */
	/* What the row has PARAM_STREAM for, where a door has it as bytes, and
	 * nothing under its name in the object; borrowed, or NULL. */
	const void *stream;
	size_t stream_size;
};

/* An empty object; false when memory ran out. Closes with args_done(), which
 * takes one that was only zeroed. */
bool args_init(struct args *args);
void args_done(struct args *args);

/* Getters by name; the fallback when the parameter is absent. */
const char *args_str(const struct args *args, const char *name,
		     const char *fallback);
int64_t args_int(const struct args *args, const char *name, int64_t fallback);
bool args_bool(const struct args *args, const char *name, bool fallback);
bool args_has(const struct args *args, const char *name);

/* The bytes of a parameter with PARAM_STREAM, however they came. *ret_owned is
 * the caller's to free, NULL where nothing had to be decoded. */
bool args_stream(const struct args *args, const char *name,
		 const void **ret_data, size_t *ret_size, void **ret_owned,
		 struct error *err) must_check;

/* A number that may be left out, which is 0 then, but not be given as 0 or
 * less: FAULT_INVALID_PARAMETER. */
bool args_positive(const struct args *args, const char *name,
		   int64_t *ret_value, struct error *err) must_check;

/* A list or structure; NULL when absent. */
const json_t *args_get(const struct args *args, const char *name);

#endif
