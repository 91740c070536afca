/* fuzz-launch.c - libFuzzer upon what launch templates say
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined \
 *     tests/launcher/http/fuzz-launch.c launcher/http/form.c \
 *     launcher/http/wire.c launcher/action/args.c images/member.c \
 *     launcher/action/check.c launcher/action/fault.c \
 *     launcher/action/name.c launcher/action/utf8.c \
 *     launcher/action/launching.c launcher/action/interface.c \
 *     launcher/action/mapping.c launcher/action/metadata-options.c \
 *     launcher/instance/launchparams.c images/params.c images/tags.c \
 *     images/device.c images/type.c images/limits.c images/base/arena.c \
 *     images/base/buf.c images/base/clock.c images/base/digest.c \
 *     images/base/error.c images/base/id.c images/base/hex.c \
 *     -no-pie -Wl,--unresolved-symbols=ignore-all \
 *     -ljansson -lcrypto -pthread -ldl -o fuzz-launch
 *   ./fuzz-launch -max_len=8192 -timeout=1 -rss_limit_mb=512 CORPUS
 *
 * A line is a version of a template, what follows it is another one, both as
 * clients send them. What the row lets in is laid one over the other and read
 * as a launch, which asks no registry for anything: none is linked.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "images/call.h"
#include "launcher/action/action.h"
#include "launcher/action/launching.h"
#include "launcher/http/wire.h"
#include "launcher/instance/launchparams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* What a version says; NULL: it is not let in. */
static json_t *version(const char *text, size_t size)
{
	static const struct param params[] = {
		{ "LaunchTemplateData", PARAM_STRUCT, PARAM_REQUIRED, NULL, "",
		  NULL, params_template_data },
		{ 0 },
	};
	const struct action action = {
		.name = "CreateLaunchTemplate",
		.service = "ec2",
		.params = params,
	};
	struct arena *arena = arena_new();
	struct args args = { 0 };
	struct form form = { 0 };
	struct error err = { 0 };
	struct call call = { .account = "123456789012" };
	json_t *data = NULL;

	if (args_init(&args) &&
	    form_read(text, size, true, arena, &form, &err) &&
	    wire_args(&action, &form, &args, &err) &&
	    action_check(&action, &call, &args, &err))
		data = json_deep_copy(args_get(&args, "LaunchTemplateData"));
	must(data || (err.fault && fault_status(err.fault) < 500));
	args_done(&args);
	arena_free(arena);
	return data;
}

/* Whether it could be launched. */
static bool read_launch(const json_t *params)
{
	auto_of(arena) arena = arena_new();
	struct error err = { 0 };
	struct launch launch;

	if (!launch_read(params, arena, &launch, &err)) {
		must(err.fault && fault_status(err.fault) < 500);
		return false;
	}
	must(launch.least == 1 && launch.most == 1);
	for (size_t i = 0; i < launch.mapping_count; i++)
		must(launch.mappings[i].device && *launch.mappings[i].device);
	for (size_t i = 0; i < launch.volume_tag_count; i++)
		must(launch.volume_tags[i].key && launch.volume_tags[i].value);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size ? memchr(text, '\n', size) : NULL;
	size_t first = end ? (size_t)(end - text) : size;
	json_t *below = version(text, first);
	json_t *above = end ? version(end + 1, size - first - 1) : NULL;
	json_t *whole = below && above ? launch_over(below, above) : NULL;
	json_t *again = whole ? launch_over(whole, above) : NULL;

	if (below)
		(void)read_launch(below);
	/* what was laid over once stays so */
	if (whole && read_launch(whole))
		must(again && json_equal(whole, again));
	json_decref(below);
	json_decref(above);
	json_decref(whole);
	json_decref(again);
	return 0;
}
