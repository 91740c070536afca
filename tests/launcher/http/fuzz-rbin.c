/* fuzz-rbin.c - libFuzzer upon JSON bodies, as the recycle bin's rules have
 * them
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined \
 *     tests/launcher/http/fuzz-rbin.c launcher/http/json.c \
 *     launcher/action/args.c launcher/action/check.c \
 *     launcher/action/fault.c launcher/action/name.c \
 *     launcher/action/utf8.c launcher/action/rbin.c \
 *     launcher/action/rbin-create-rule.c \
 *     launcher/action/rbin-update-rule.c images/binrule.c images/tags.c \
 *     images/member.c \
 *     images/base/arena.c images/base/buf.c images/base/clock.c \
 *     images/base/digest.c images/base/error.c images/base/hex.c \
 *     images/base/id.c \
 *     -no-pie -Wl,--unresolved-symbols=ignore-all \
 *     -ljansson -lcrypto -pthread -ldl -o fuzz-rbin
 *   ./fuzz-rbin -max_len=8192 -timeout=1 -rss_limit_mb=512 CORPUS
 *
 * The first byte says whether a rule is made or changed, the rest is the body.
 * What is let in comes as far as the registry, which is not there: by then all
 * that a rule has was looked at.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "images/store.h"
#include "launcher/action/rbin.h"
#include "launcher/http/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct action action_rbin_create_rule, action_rbin_update_rule;

const struct param params_tag[] = {
	{ "Key", PARAM_STRING, 0, NULL, "" },
	{ "Value", PARAM_STRING, PARAM_EMPTY, NULL, "" },
	{ 0 },
};

static unsigned begun;

bool tx_begin(struct tx *tx, struct db *db, struct error *err)
{
	(void)tx;
	(void)db;
	begun++;
	return fail(err, FAULT_UNAVAILABLE, "there is no registry");
}

void tx_done(struct tx *tx)
{
	(void)tx;
}

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void check_tags(const json_t *tags, size_t most)
{
	const json_t *tag;
	size_t i;

	must(json_array_size(tags) <= most);
	json_array_foreach(tags, i, tag)
		must(json_object_size(tag) >= 1);
}

/* What a rule has that came so far. */
static void check_rule(const json_t *rule)
{
	const json_t *days =
		json_object_get(json_object_get(rule, "RetentionPeriod"),
				"RetentionPeriodValue");

	must(!days || (json_integer_value(days) >= 1 &&
		       json_integer_value(days) <= 365));
	check_tags(json_object_get(rule, "ResourceTags"), BIN_TAGS_MOST);
	check_tags(json_object_get(rule, "ExcludeResourceTags"), BIN_LEFT_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct action *action = size && data[0] & 1 ?
					      &action_rbin_update_rule :
					      &action_rbin_create_rule;
	struct store store = { 0 };
	struct call call = { .account = "123456789012", .store = &store };
	struct reply reply = { .arena = arena_new() };
	struct args args = { 0 };
	struct error err = { 0 };
	bool done = size > 0 && args_init(&args) &&
		    json_args((const char *)data + 1, size - 1, &args, &err) &&
		    action_check(action, &call, &args, &err);

	begun = 0;
	if (done) {
		must(!action->run(&call, &args, &reply, &err));
		must(begun == (err.fault == FAULT_UNAVAILABLE));
	}
	if (begun)
		check_rule(args.root);
	must(!size || (err.fault && *err.text));
	must(err.fault == FAULT_UNAVAILABLE || fault_status(err.fault) < 500);
	args_done(&args);
	arena_free(reply.arena);
	return 0;
}
