/* filter.c - what leaves a system for its bundle: by the rules, and as rsync
 * decides */
#include "bundle/filter.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/file.h"
#include "images/base/process.h"

/* Whether a file gets into a bundle: each directory on the way must. */
static bool passes(const struct root_filter *filter, const char *path)
{
	char part[512];

	for (const char *c = path; (c = strchr(c, '/')); c++) {
		snprintf(part, sizeof(part), "%.*s", (int)(c - path), path);
		if (!filter_keeps(filter, part, true))
			return false;
	}
	return filter_keeps(filter, path, false);
}

static struct root_filter make(struct arena *arena,
			       const struct filter_wish *wish)
{
	struct root_filter filter = { 0 };
	struct error err = { 0 };

	assert(filter_make(wish, arena, &filter, &err));
	return filter;
}

static void test_secrets(void)
{
	static const char *const out[] = {
		"root/.ssh/id_rsa",
		"root/.ssh/id_rsa.pub",
		"home/me/.ssh/id_ed25519",
		"home/me/.ssh/authorized_keys",
		"root/.bash_history",
		"home/me/.zsh_history",
		"root/cert-XYZ.pem",
		"etc/ssl/private/key.pem",
		"home/me/store.jks",
		"home/me/secring.gpg",
		"home/me/.gnupg/trustdb",
		"home/me/note.txt~",
		"home/me/.note.swp",
		"home/me/.#lock",
		"home/me/#draft#",
		"etc/udev/rules.d/70-persistent-net.rules",
		"tmp/scratch",
		"proc/cpuinfo",
		"dev/sda",
		"run/lock/x",
		"mnt/data/file",
		"lost+found/#12",
	};
	static const char *const in[] = {
		".hidden-at-the-top",
		"etc/passwd",
		"root/.bashrc",
		"root/.ssh/known_hosts",
		"etc/ssl/certs/ca-certificates.crt",
		"etc/ssl/certs/ACCVRAIZ1.pem",
		"usr/share/keyrings/debian-archive-keyring.gpg",
		"var/tmp/kept",
		"home/me/tmp/kept",
		"home/me/dev/kept",
	};
	auto_of(arena) arena = arena_new();
	struct root_filter filter = make(arena, &(struct filter_wish){ 0 });
	struct root_filter open =
		make(arena, &(struct filter_wish){ .no_filter = true });

	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
		if (passes(&filter, out[i]))
			fprintf(stderr, "kept: %s\n", out[i]);
		assert(!passes(&filter, out[i]));
	}
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		if (!passes(&filter, in[i]))
			fprintf(stderr, "left out: %s\n", in[i]);
		assert(passes(&filter, in[i]));
	}
	assert(passes(&open, "root/.ssh/id_rsa"));
	assert(!passes(&open, "proc/cpuinfo"));
	/* their contents, never the directories */
	assert(filter_keeps(&filter, "proc", true));
	assert(filter_keeps(&filter, "tmp", true));
}

static void test_wishes(void)
{
	static const char *const includes[] = { "/root/.ssh/authorized_keys",
						"/srv/data/keep", "*.swp" };
	static const char *const excludes[] = { "/srv", "/opt/", "*.o",
						"/etc/secret" };
	auto_of(arena) arena = arena_new();
	struct root_filter filter = make(arena, &(struct filter_wish){
						   .includes = includes,
						   .include_count = 3,
						   .excludes = excludes,
						   .exclude_count = 4,
					   });

	assert(passes(&filter, "root/.ssh/authorized_keys"));
	assert(!passes(&filter, "home/me/.ssh/authorized_keys"));
	assert(passes(&filter, "srv/data/keep"));
	assert(passes(&filter, "srv/data/keep/below"));
	assert(!passes(&filter, "srv/data/keep/a.pem"));
	assert(!passes(&filter, "srv/data/other"));
	assert(!passes(&filter, "srv/x"));
	assert(!passes(&filter, "opt/x"));
	assert(passes(&filter, "opt")); /* a file is no directory */
	assert(!passes(&filter, "etc/secret"));
	assert(passes(&filter, "etc/secrets"));
	assert(passes(&filter, "var/srv/x"));
	assert(!passes(&filter, "home/me/a.o"));
	assert(passes(&filter, "home/me/.x.swp"));
}

static void test_refused(void)
{
	static const char *const bad[] = { "", "/", "a\nb" };
	auto_of(arena) arena = arena_new();
	struct root_filter filter;

	for (size_t i = 0; i < 3; i++) {
		struct error err = { 0 };

		assert(!filter_make(&(struct filter_wish){ .includes = bad + i,
							   .include_count = 1 },
				    arena, &filter, &err));
		assert(err.fault == FAULT_INVALID_PARAMETER);
	}
}

/* A tree of directories and files of short names, three levels deep. */
static const char *const names[] = { "a", "b", "ab", "a.b", ".a", "b~" };
#define NAMES (sizeof(names) / sizeof(names[0]))

static size_t tree(char paths[][64])
{
	size_t count = 0;

	for (size_t i = 0; i < NAMES * NAMES * NAMES; i++) {
		size_t one = i / NAMES / NAMES, two = i / NAMES % NAMES;

		/* "b~" holds nothing: a file */
		if (one == NAMES - 1 && i % (NAMES * NAMES))
			continue;
		if (two == NAMES - 1 && i % NAMES)
			continue;
		if (one == NAMES - 1)
			sprintf(paths[count++], "b~");
		else if (two == NAMES - 1)
			sprintf(paths[count++], "%s/b~", names[one]);
		else
			sprintf(paths[count++], "%s/%s/%s", names[one],
				names[two], names[i % NAMES]);
	}
	return count;
}

static const char *random_pattern(struct arena *arena)
{
	static const char *const pieces[] = { "a", "b",	 "*",	 "**",	 "?",
					      ".", "/",	 "[ab]", "[!a]", "~",
					      "a", "/*", "b/",	 "\\a" };
	auto_buf text = BUF_INIT;
	int count = 1 + rand() % 5;

	if (rand() % 3 == 0)
		buf_char(&text, '/');
	while (count--)
		buf_str(&text, pieces[(size_t)rand() % 14]);
	if (rand() % 8 == 0)
		buf_str(&text, "/***");
	if (strcmp(buf_text(&text), "/") == 0 ||
	    strstr(buf_text(&text), "//") || strstr(buf_text(&text), "/."))
		return "a";
	return arena_str(arena, buf_text(&text));
}

/* rsync's list of what it would copy, each name on a line. */
static void ask_rsync(const struct root_filter *filter, const char *from,
		      const char *to, struct arena *arena, struct buf *ret_list)
{
	const char *argv[64] = { "rsync", "-rn", "--out-format=%n" };
	size_t count = 3;
	struct error err = { 0 };

	for (size_t i = 0; i < filter->count; i++)
		argv[count++] = arena_format(arena, "--filter=%c %s",
					     filter->rules[i].keep ? '+' : '-',
					     filter->rules[i].pattern);
	argv[count++] = from;
	argv[count++] = to;
	argv[count] = NULL;
	buf_char(ret_list, '\n');
	if (!process_run(&(struct process){ .argv = argv }, ret_list, &err)) {
		fprintf(stderr, "%s\n", err.text);
		assert(false);
	}
}

static void test_as_rsync(const char *tmp)
{
	static char paths[256][64];
	size_t count = tree(paths);
	auto_free char *from = format_text("%s/from/", tmp);
	auto_free char *to = format_text("%s/to/", tmp);
	struct error err = { 0 };
	size_t left_out = 0;

	srand(7);
	assert(dir_make(to, 0755, &err));
	for (size_t i = 0; i < count; i++) {
		auto_free char *path = format_text("%s%s", from, paths[i]);
		char *slash = strrchr(path, '/');

		*slash = 0;
		assert(dir_make(path, 0755, &err));
		*slash = '/';
		assert(file_write(path, "", 0, 0644, &err));
	}
	for (int round = 0; round < 150; round++) {
		auto_of(arena) arena = arena_new();
		struct root_filter filter = { 0 };
		struct filter_rule rules[6];
		auto_buf list = BUF_INIT;

		filter.rules = rules;
		filter.count = 1 + (size_t)rand() % 6;
		for (size_t i = 0; i < filter.count; i++)
			rules[i] = (struct filter_rule){ random_pattern(arena),
							 rand() % 3 == 0 };
		ask_rsync(&filter, from, to, arena, &list);
		for (size_t i = 0; i < count; i++) {
			char line[80];
			bool ours = passes(&filter, paths[i]), theirs;

			snprintf(line, sizeof(line), "\n%s\n", paths[i]);
			theirs = strstr(buf_text(&list), line);
			left_out += !theirs;
			if (ours == theirs)
				continue;
			for (size_t j = 0; j < filter.count; j++)
				fprintf(stderr, "%c %s\n",
					rules[j].keep ? '+' : '-',
					rules[j].pattern);
			fprintf(stderr, "%s: rsync %s it\n", paths[i],
				theirs ? "keeps" : "leaves out");
			assert(false);
		}
	}
	assert(left_out > 1000);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	test_secrets();
	test_wishes();
	test_refused();
	if (process_found("rsync"))
		test_as_rsync(tmp ? tmp : "/tmp");
	return 0;
}
