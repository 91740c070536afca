/* args.c - reading a call's parameters */
#include "launcher/action/args.h"

#include <stdlib.h>

#include "images/base/digest.h"

bool args_init(struct args *args)
{
	*args = (struct args){ .root = json_object() };
	return args->root;
}

void args_done(struct args *args)
{
	json_decref(args->root);
	args->root = NULL;
}

const char *args_str(const struct args *args, const char *name,
		     const char *fallback)
{
	return arg_str(args->root, name, fallback);
}

int64_t args_int(const struct args *args, const char *name, int64_t fallback)
{
	return arg_int(args->root, name, fallback);
}

bool args_bool(const struct args *args, const char *name, bool fallback)
{
	return arg_bool(args->root, name, fallback);
}

bool args_has(const struct args *args, const char *name)
{
	return json_object_get(args->root, name);
}

bool args_stream(const struct args *args, const char *name,
		 const void **ret_data, size_t *ret_size, void **ret_owned,
		 struct error *err)
{
	*ret_owned = NULL;
	*ret_data = args->stream;
	*ret_size = args->stream_size;
	if (args->stream)
		return true;
	*ret_data = *ret_owned =
		base64_decode(args_str(args, name, ""), ret_size);
	return *ret_data || fail_memory(err);
}

bool args_positive(const struct args *args, const char *name,
		   int64_t *ret_value, struct error *err)
{
	int64_t value = args_int(args, name, 0);

	if (args_has(args, name) && value <= 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%lld) for parameter %s is invalid.",
			    (long long)value, name);
	*ret_value = value;
	return true;
}

const json_t *args_get(const struct args *args, const char *name)
{
	return json_object_get(args->root, name);
}
