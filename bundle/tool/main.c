/* main.c - the ec2-* tools alone, for the inside of a guest
 *
 * One program under several names. It has nothing that a guest would have to
 * install first: no store, no machines, only files, S3 servers and an endpoint.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bundle/tool/bundle-image.h"
#include "bundle/tool/bundle-vol.h"
#include "bundle/tool/delete-bundle.h"
#include "bundle/tool/download-bundle.h"
#include "bundle/tool/register.h"
#include "bundle/tool/unbundle.h"
#include "bundle/tool/upload-bundle.h"
#include "images/base/file.h"
#include "images/base/log.h"

#define VERSION "0.1"
#define MAGIC "QFI\373" /* of a qcow2 */

/* As qami has them, and the AWS CLI. */
#define EXIT_INTERRUPTED 130
#define EXIT_USAGE 252
#define EXIT_SERVICE 254
#define EXIT_GENERAL 255

static const struct tool tools[] = {
	{ TOOL_BUNDLE_IMAGE, .run = tool_bundle_image },
	{ TOOL_BUNDLE_VOL, .run = tool_bundle_vol },
	{ TOOL_DELETE_BUNDLE, .run = tool_delete_bundle },
	{ TOOL_DOWNLOAD_BUNDLE, .run = tool_download_bundle },
	{ TOOL_REGISTER, .run = tool_register },
	{ TOOL_UNBUNDLE, .run = tool_unbundle },
	{ TOOL_UPLOAD_BUNDLE, .run = tool_upload_bundle },
};

/* What is open, and what the terminal shows. */
struct guest {
	int fd;
	struct source *source;
	bool terminal;
	bool line; /* one is being redrawn */
};

static void clear_line(struct guest *guest)
{
	if (guest->line)
		fputs("\r\033[K", stderr);
	guest->line = false;
}

static void on_stage(void *data, const char *text)
{
	struct guest *guest = data;

	clear_line(guest);
	if (guest->terminal)
		fprintf(stderr, "%s\n", text);
}

static void on_progress(void *data, uint64_t done, uint64_t total)
{
	struct guest *guest = data;

	if (!guest->terminal || !total)
		return;
	guest->line = true;
	fprintf(stderr, "\r%3d%% of %llu MiB\033[K",
		(int)((double)done / (double)total * 100),
		(unsigned long long)(total >> 20));
	fflush(stderr);
}

static bool disk_open(void *data, const char *name, bool raw,
		      struct source **ret_source, const char **ret_architecture,
		      struct error *err)
{
	struct guest *guest = data;
	char magic[4] = "";

	(void)ret_architecture;
	guest->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (guest->fd < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open %.100s: %m", name);
	if (!source_open_file(guest->fd, name, &guest->source, err))
		return false;
	if (!raw && pread(guest->fd, magic, sizeof(magic), 0) == 4 &&
	    memcmp(magic, MAGIC, sizeof(magic)) == 0)
		return fail(err, FAULT_IMPORT_FORMAT,
			    "%.80s is a qcow2 image: make a raw one of it, or "
			    "use qami's ec2-bundle-image",
			    name);
	*ret_source = guest->source;
	return true;
}

static bool disk_close(void *data, struct error *err)
{
	struct guest *guest = data;

	(void)err;
	source_close(guest->source);
	if (guest->fd >= 0)
		close(guest->fd);
	guest->source = NULL;
	guest->fd = -1;
	return true;
}

static int report(const struct tool *tool, const struct error *err, int code)
{
	const char *name = fault_code(err->fault);

	if (*tool_cancel()) {
		fprintf(stderr, "%s: interrupted\n", tool->name);
		return EXIT_INTERRUPTED;
	}
	fprintf(stderr, "%s: %s (%s)\n", tool->name, err->text, name);
	if (code)
		return code;
	return err->fault == FAULT_INTERNAL || strncmp(name, "qami.", 5) == 0 ?
		       EXIT_GENERAL :
		       EXIT_SERVICE;
}

static int run(const struct tool *tool, const struct tool_args *args)
{
	struct guest guest = { .fd = -1, .terminal = isatty(STDERR_FILENO) };
	const struct tool_host host = {
		.data = &guest,
		.asks = guest.terminal && isatty(STDIN_FILENO),
		.disk_open = disk_open,
		.disk_close = disk_close,
		.stage = on_stage,
		.progress = on_progress,
		.watch_data = &guest,
	};
	struct error err = { FAULT_NONE };
	auto_buf out = BUF_INIT;
	bool done;

	tool_catch();
	done = tool->run(args, &host, &out, &err);
	clear_line(&guest);
	if (!done)
		return report(tool, &err, 0);
	fputs(buf_text(&out), stdout);
	if (fflush(stdout) == 0)
		return 0;
	fprintf(stderr, "%s: cannot write: %s\n", tool->name, strerror(errno));
	return EXIT_GENERAL;
}

static int run_words(const struct tool *tool, char **words)
{
	auto_of(arena) arena = arena_new();
	struct error err = { FAULT_NONE };
	struct tool_args args;
	int meta = 0;

	if (!arena)
		return EXIT_GENERAL;
	if (!tool_parse(tool, words, arena, &args, &meta, &err)) {
		report(tool, &err, 0);
		fprintf(stderr, "Its options: %s --help\n", tool->name);
		return EXIT_USAGE;
	}
	for (size_t i = 0; tool->params[i].name; i++)
		if (tool->params[i].flags & PARAM_SECRET && args.texts[i])
			tool_wipe(words, args.texts[i]);
	if (meta == 'h')
		return tool_help(tool, stdout) ? 0 : EXIT_GENERAL;
	if (meta == 'v')
		return puts(tool->name) < 0 || puts("qami " VERSION) < 0 ?
			       EXIT_GENERAL :
			       0;
	if (meta == 'd')
		log_level_set(LOG_LEVEL_DEBUG);
	return run(tool, &args);
}

static const struct tool *find(const char *word)
{
	const char *slash = word ? strrchr(word, '/') : NULL;

	if (slash)
		word = slash + 1;
	for (size_t i = 0; word && i < sizeof(tools) / sizeof(tools[0]); i++)
		if (strcmp(tools[i].name, word) == 0)
			return &tools[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct tool *tool = find(argc > 0 ? argv[0] : NULL);
	int used = 1;

	descriptors_fill();
	if (!tool && argc > 1) {
		tool = find(argv[1]);
		used = 2;
	}
	if (tool)
		return run_words(tool, argv + used);
	fputs("This is one program under several names; call it by one of "
	      "them, or name one first:\n",
	      stderr);
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		fprintf(stderr, "  %s - %s\n", tools[i].name, tools[i].brief);
	return EXIT_USAGE;
}
