/* tool.c - the ec2-* tools over a store
 *
 * Disks may be snapshots, volumes and instances here, buckets are the store's,
 * and who brings no keys has those of the account.
 */
#include "launcher/cli/tool.h"

#include <errno.h>
#include <string.h>

#include "images/bucket.h"
#include "images/bundle.h"
#include "images/bundlekey.h"
#include "images/resolve.h"
#include "launcher/cli/cli.h"
#include "launcher/cli/progress.h"
#include "launcher/instance/reconcile.h"

/* A tool at work. */
struct inside {
	struct call *call;
	struct bundle_source source;
};

/* Whether a text is the id of something whose bytes can be read; a name of one
 * becomes its id. */
static bool find_id(struct call *call, const char *text, char ret_id[ID_SIZE],
		    bool *ret_found, struct error *err)
{
	static const char *const prefixes[] = { "snap", "vol", "i" };

	*ret_found = true;
	for (size_t i = 0; i < 3; i++)
		if (id_valid(text, prefixes[i])) {
			snprintf(ret_id, ID_SIZE, "%s", text);
			return true;
		}
	for (size_t i = 0; i < 3; i++) {
		if (!resolve(call, prefixes[i], text, ret_id, err))
			return false;
		if (strcmp(ret_id, text) != 0)
			return true;
	}
	*ret_found = false;
	return true;
}

static bool disk_open(void *data, const char *name, bool raw,
		      struct source **ret_source, const char **ret_architecture,
		      struct error *err)
{
	struct inside *inside = data;
	bool file = access(name, F_OK) == 0;
	bool found = false;
	char id[ID_SIZE];

	if (!file && strlen(name) < ID_SIZE &&
	    !find_id(inside->call, name, id, &found, err))
		return false;
	if (!found) {
		if (!bundle_source_open_file(inside->call, name, raw,
					     &inside->source, err))
			return false;
	} else if (!reconcile(inside->call, err) ||
		   !bundle_source_open(inside->call, id, &inside->source,
				       err)) {
		return false;
	}
	*ret_source = inside->source.source;
	*ret_architecture = inside->source.architecture;
	return true;
}

static bool disk_close(void *data, struct error *err)
{
	struct inside *inside = data;

	return bundle_source_close(inside->call, &inside->source, err);
}

static bool pair(void *data, const char *whose, struct rsa **ret_key,
		 struct error *err)
{
	struct inside *inside = data;

	return bundle_key_of(inside->call, whose, ret_key, err);
}

static bool bucket(void *data, const char *name, bool make,
		   struct bucket **ret_bucket, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct inside *inside = data;
	struct location location;

	if (!arena)
		return fail_memory(err);
	return location_split(name, arena, &location, err) &&
	       bucket_find(inside->call, &location, make, ret_bucket, err);
}

static bool drop(void *data, const char *name, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct inside *inside = data;
	struct location location;

	if (!arena)
		return fail_memory(err);
	return location_split(name, arena, &location, err) &&
	       bucket_erase(inside->call, &location, err);
}

static bool instance(void *data, const char *name, const struct volume *volume,
		     const struct pack *pack, struct error *err)
{
	struct inside *inside = data;
	char id[ID_SIZE];

	if (id_valid(name, "i"))
		snprintf(id, sizeof(id), "%s", name);
	else if (!resolve(inside->call, "i", name, id, err))
		return false;
	if (!id_valid(id, "i"))
		return fail(err, FAULT_INSTANCE_NOT_FOUND,
			    "no instance is called '%.64s' (see: qami ps)",
			    name);
	return reconcile(inside->call, err) &&
	       tool_outside(inside->call, id, volume, pack, err);
}

/* The texts of a tool's arguments, in the arena. */
static bool read_args(const struct args *args, const struct param *params,
		      struct arena *arena, struct tool_args *ret_args,
		      struct error *err)
{
	size_t count = 0;

	while (params[count].name)
		count++;
	ret_args->params = params;
	ret_args->texts =
		arena_alloc(arena, (count + 1) * sizeof(*ret_args->texts));
	if (!ret_args->texts)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const json_t *value = args_get(args, params[i].name);
		auto_buf text = BUF_INIT;

		if (!value)
			continue;
		if (json_is_boolean(value))
			buf_str(&text, json_is_true(value) ? "true" : "false");
		else if (json_is_integer(value))
			buf_printf(&text, "%lld",
				   (long long)json_integer_value(value));
		else if (json_is_string(value))
			buf_str(&text, json_string_value(value));
		for (size_t j = 0; j < json_array_size(value); j++)
			buf_printf(&text, "%s%s", j ? "," : "",
				   json_string_value(json_array_get(value, j)));
		ret_args->texts[i] = arena_str(arena, buf_text(&text));
		if (!ret_args->texts[i])
			return fail_memory(err);
	}
	return true;
}

int tool_main(struct call *call, const struct args *args,
	      const struct param *params, tool_run *run, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct inside inside = { .call = call, .source.fd = -1 };
	struct tool_host host = {
		.data = &inside,
		.account = call->account,
		.asks = isatty(STDIN_FILENO) && isatty(STDERR_FILENO),
		.disk_open = disk_open,
		.disk_close = disk_close,
		.instance = instance,
		.pair = pair,
		.bucket = bucket,
		.bucket_drop = drop,
	};
	struct progress progress;
	struct tool_args texts;
	auto_buf out = BUF_INIT;
	bool done;

	if (!arena || !read_args(args, params, arena, &texts, err))
		return arena ? -1 : (fail_memory(err), -1);
	tool_catch();
	progress_attach(&progress, call, getenv("NO_COLOR") ? -1 : 0);
	host.stage = call->stage;
	host.progress = call->progress;
	host.watch_data = call->watch_data;
	done = run(&texts, &host, &out, err);
	progress_detach(&progress, call);
	if (!done && *tool_cancel()) {
		fprintf(stderr, "%s: interrupted\n", call->action);
		return EXIT_INTERRUPTED;
	}
	if (!done)
		return -1;
	fputs(buf_text(&out), stdout);
	if (fflush(stdout) == 0)
		return 0;
	fail_errno(err, "cannot write the answer");
	return -1;
}

bool tool_verb_help(const struct action *action, FILE *out)
{
	const struct tool tool = {
		.name = action->name,
		.brief = action->brief,
		.about = action->about,
		.params = action->params,
		.faults = action->faults,
		.example = action->example,
	};

	return tool_help(&tool, out);
}
