/* fuzz-query.c - libFuzzer upon query strings and what rows make of them
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined \
 *     tests/launcher/http/fuzz-query.c launcher/http/form.c \
 *     launcher/http/wire.c launcher/action/args.c images/member.c \
 *     launcher/action/check.c \
 *     launcher/action/fault.c launcher/action/name.c \
 *     launcher/action/utf8.c images/base/?*.c -ljansson -lcrypto -pthread \
 *     -ldl -o fuzz
 *   ./fuzz -max_len=8192 -timeout=1 -rss_limit_mb=512 CORPUS
 *
 * The first byte says whether the text is a body's or a URL's, and whether the
 * service is one whose lists have <member>s. What is let in has nothing but
 * what the row names, each of its type, and no empty list or structure.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/call.h"
#include "launcher/action/action.h"
#include "launcher/http/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct param params_ebs[] = {
	{ "SnapshotId", PARAM_ID, 0, "snap", "" },
	{ "VolumeSize", PARAM_INTEGER, 0, NULL, "", "Size" },
	{ "Encrypted", PARAM_BOOLEAN, 0, NULL, "" },
	{ "Ratio", PARAM_DOUBLE, 0, NULL, "" },
	{ 0 },
};

static const struct param params_device[] = {
	{ "DeviceName", PARAM_STRING, 0, NULL, "", "Name" },
	{ "NoDevice", PARAM_STRING, PARAM_EMPTY, NULL, "" },
	{ "Ebs", PARAM_STRUCT, 0, NULL, "", NULL, params_ebs },
	{ "Parts", PARAM_STRUCT, PARAM_LIST, NULL, "", "Part", params_ebs },
	{ 0 },
};

static const struct param params[] = {
	{ "Devices", PARAM_STRUCT, PARAM_LIST, NULL, "", "Device",
	  params_device },
	{ "Values", PARAM_STRING, PARAM_LIST | PARAM_EMPTY, NULL, "",
	  "Value" },
	{ "Ids", PARAM_ID, PARAM_LIST, NULL, "", "Id" },
	{ "Kind", PARAM_STRING, PARAM_LOOSE, "gp2|gp3", "" },
	{ "When", PARAM_TIME, 0, NULL, "" },
	{ "Data", PARAM_BLOB, PARAM_SECRET, NULL, "" },
	{ "One", PARAM_STRUCT, 0, NULL, "", NULL, params_device },
	{ "Disk", PARAM_FILE, 0, NULL, "" },
	{ "Out", PARAM_FILE, PARAM_OUTPUT | PARAM_POSITIONAL, NULL, "" },
	PARAMS_CLIENT_TOKEN,
	PARAMS_DRY_RUN,
	{ 0 },
};

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void check_struct(const struct param *members, const json_t *object);

static void check_value(const struct param *param, const json_t *value)
{
	switch (param->type) {
	case PARAM_INTEGER:
		must(json_is_integer(value));
		break;
	case PARAM_BOOLEAN:
		must(json_is_boolean(value));
		break;
	case PARAM_DOUBLE:
		must(json_is_number(value));
		break;
	case PARAM_STRUCT:
		must(json_object_size(value) > 0);
		check_struct(param->members, value);
		break;
	case PARAM_FILE:
		abort();
	default:
		must(json_is_string(value));
		must(json_string_length(value) ==
		     strlen(json_string_value(value)));
		must(json_string_length(value) || param->flags & PARAM_EMPTY);
	}
}

static void check_struct(const struct param *members, const json_t *object)
{
	const char *name;
	json_t *value, *element;
	size_t i;

	json_object_foreach((json_t *)object, name, value) {
		const struct param *p = members;

		while (p->name && strcmp(p->name, name) != 0)
			p++;
		must(p->name != NULL);
		if (!(p->flags & PARAM_LIST)) {
			check_value(p, value);
			continue;
		}
		must(json_array_size(value) > 0);
		json_array_foreach(value, i, element)
			check_value(p, element);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct action action = {
		.name = "Fuzz",
		.service = size && data[0] & 2 ? "iam" : "ec2",
		.params = params,
	};
	struct arena *arena = arena_new();
	struct args args = { 0 };
	struct form form = { 0 };
	struct error err = { 0 };
	struct call call = { .account = "123456789012" };
	bool done = size > 0 && args_init(&args) &&
		    form_read((const char *)data + 1, size - 1, data[0] & 1,
			      arena, &form, &err) &&
		    wire_args(&action, &form, &args, &err) &&
		    action_check(&action, &call, &args, &err);

	must(!size || done == (err.fault == FAULT_NONE));
	must(fault_status(err.fault) < 500);
	if (done)
		check_struct(params, args.root);
	args_done(&args);
	arena_free(arena);
	return 0;
}
