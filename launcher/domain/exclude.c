/* exclude.c - which patterns leave out of a tar what a copy does not keep
 *
 * A call of libguestfs takes few megabytes of them. So of a directory of which
 * nothing is kept the names are not told one by one.
 */
#include "launcher/domain/exclude.h"

#include <string.h>

#include "images/base/buf.h"

#define EXCLUDES_MOST (3 << 20) /* bytes; a call of libguestfs takes 4 MiB */
#define DEPTH_MOST 512
#define FEW 8 /* names that are told one by one */

/* A path as a pattern of tar's; every one begins with "./". */
static const char *pattern_of(struct arena *arena, const char *path,
			      const char *rest)
{
	auto_buf pattern = BUF_INIT;

	buf_str(&pattern, "./");
	for (const char *c = path; *c; c++) {
		if (strchr("*?[\\", *c))
			buf_char(&pattern, '\\');
		/* patterns are lines */
		buf_char(&pattern, *c == '\n' ? '?' : *c);
	}
	buf_str(&pattern, rest);
	return pattern.broken ? NULL : arena_str(arena, buf_text(&pattern));
}

/* A directory that is being walked through. */
struct level {
	const char *path;
	size_t size;	 /* of the path */
	size_t excludes; /* before it */
	bool kept;	 /* something in it was */
};

struct walk {
	const struct disk_clone *clone;
	guestfs_h *g;
	struct arena *arena;
	const char **patterns;
	size_t count;
	struct level levels[DEPTH_MOST];
	size_t depth;
	const char *excluded; /* the last path left out, … */
	size_t excluded_size; /* … with all below */
	size_t bytes;	      /* of patterns */
};

static bool exclude(struct walk *walk, const char *path, const char *rest,
		    struct error *err)
{
	const char *pattern = pattern_of(walk->arena, path, rest);

	walk->patterns = arena_more(walk->arena, walk->patterns, walk->count,
				    sizeof(*walk->patterns));
	if (!pattern || !walk->patterns)
		return fail_memory(err);
	walk->patterns[walk->count++] = pattern;
	walk->bytes += strlen(pattern) + 8;
	return walk->bytes <= EXCLUDES_MOST ||
	       fail(err, FAULT_UNSUPPORTED,
		    "too many files are left out one by one: exclude their "
		    "directories");
}

static bool is_below(const char *path, const char *directory, size_t size)
{
	return strncmp(path, directory, size) == 0 && path[size] == '/';
}

/* Leaves the directories that a path is not in. One of which nothing is kept
 * needs one pattern instead of many. */
static bool leave(struct walk *walk, const char *path, struct error *err)
{
	while (walk->depth) {
		const struct level *level = &walk->levels[walk->depth - 1];

		if (path && is_below(path, level->path, level->size))
			return true;
		walk->depth--;
		if (level->kept || walk->count < level->excludes + FEW)
			continue;
		walk->count = level->excludes;
		if (!exclude(walk, level->path, "/*", err))
			return false;
	}
	return true;
}

/* Whether a path is kept. What it is shows by the path that follows it; for
 * one with nothing below, the appliance is asked where it matters. */
static bool keeps(struct walk *walk, const char *path, bool *ret_directory)
{
	const struct disk_clone *clone = walk->clone;
	auto_free char *whole = NULL;
	bool kept = clone->keeps(clone->data, path, *ret_directory);

	if (*ret_directory || kept == clone->keeps(clone->data, path, true))
		return kept;
	whole = format_text("/%s", path);
	*ret_directory = whole && guestfs_is_dir(walk->g, whole) == 1;
	return *ret_directory ? !kept : kept;
}

static bool visit(struct walk *walk, const char *path, const char *next,
		  struct error *err)
{
	size_t size = strlen(path);
	bool directory = next && is_below(next, path, size);

	if (walk->excluded &&
	    is_below(path, walk->excluded, walk->excluded_size))
		return true;
	if (!leave(walk, path, err))
		return false;
	if (!keeps(walk, path, &directory)) {
		walk->excluded = path;
		walk->excluded_size = size;
		return exclude(walk, path, "", err);
	}
	for (size_t i = walk->depth; i && !walk->levels[i - 1].kept; i--)
		walk->levels[i - 1].kept = true;
	if (directory && walk->depth == DEPTH_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "the root file system is too deep");
	if (directory)
		walk->levels[walk->depth++] = (struct level){
			path, size, walk->count, false };
	return true;
}

bool exclude_paths(const struct disk_clone *clone, guestfs_h *g,
		   const char *list, size_t size, struct arena *arena,
		   const char ***ret_patterns, struct error *err)
{
	struct walk walk = { .clone = clone, .g = g, .arena = arena };
	const char *path = NULL;

	for (size_t at = 0; at <= size;) {
		const char *next = at < size ? list + at : NULL;

		at += next ? strlen(next) + 1 : 1;
		while (next && (*next == '/' || strncmp(next, "./", 2) == 0))
			next += *next == '/' ? 1 : 2;
		if (next && !*next)
			continue;
		if (path && !visit(&walk, path, next, err))
			return false;
		path = next;
	}
	if (!leave(&walk, NULL, err))
		return false;
	*ret_patterns = arena_more(arena, walk.patterns, walk.count,
				   sizeof(*walk.patterns));
	if (!*ret_patterns)
		return fail_memory(err);
	(*ret_patterns)[walk.count] = NULL;
	return true;
}
