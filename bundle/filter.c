/* filter.c - rules in rsync's order, and the matching of one path by them
 *
 * Inside a guest rsync itself applies the rules; from outside they are applied
 * here. A test has rsync decide on the same trees.
 */
#include "bundle/filter.h"

#include <string.h>

#include "images/base/buf.h"

/* Never anybody's: what exists only while a system runs, and what fsck found.
 * The directories themselves are kept. */
static const char *const always[] = {
	"/dev/*",  "/lost+found/*", "/media/*", "/mnt/*",
	"/proc/*", "/run/*",	    "/sys/*",	"/tmp/*",
};

/* The default filter. Public keys and certificates that packages put where
 * everybody may read them would go with the secrets, and a system without them
 * trusts nobody: they come first. */
static const struct filter_rule defaults[] = {
	{ "/etc/ssl/certs/*.pem", true },
	{ "/etc/pki/ca-trust/extracted/**.pem", true },
	{ "/usr/share/ca-certificates/**", true },
	{ "/usr/lib/python3*/**/cacert.pem", true },
	{ "/usr/share/keyrings/*.gpg", true },
	{ "/etc/apt/keyrings/*.gpg", true },
	{ "/etc/apt/trusted.gpg.d/*.gpg", true },
	{ "*/#*#", false },
	{ "*/.#*", false },
	{ "*.sw", false },
	{ "*.swo", false },
	{ "*.swp", false },
	{ "*~", false },
	{ "*.nfs*", false },
	{ "*.pem", false },
	{ "*.priv", false },
	{ "*id_rsa*", false },
	{ "*id_dsa*", false },
	{ "*id_ecdsa*", false },
	{ "*id_ed25519*", false },
	{ "*.gpg", false },
	{ "*.jks", false },
	{ ".gnupg/**", false },
	{ "*/.ssh/authorized_keys", false },
	{ "*/.bash_history", false },
	{ "*/.zsh_history", false },
	{ "/etc/udev/rules.d/*-persistent-net.rules", false },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SELF_AND_BELOW "/***"

static bool is_wild(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

static bool add(struct root_filter *filter, bool keep, const char *pattern,
		struct arena *arena, struct error *err)
{
	filter->rules = arena_more(arena, filter->rules, filter->count,
				   sizeof(*filter->rules));
	if (!filter->rules || !pattern)
		return fail_memory(err);
	filter->rules[filter->count++] = (struct filter_rule){
		.pattern = pattern,
		.keep = keep,
	};
	return true;
}

static bool check(const char *pattern, struct error *err)
{
	bool ok = *pattern && strcmp(pattern, "/") != 0;

	for (const char *c = pattern; *c; c++)
		ok = ok && (unsigned char)*c >= 0x20 && *c != 0x7f;
	return ok || fail(err, FAULT_INVALID_PARAMETER,
			  "'%s' is no path or pattern", pattern);
}

/* The user's includes, and the directories that lead there: what is below an
 * excluded one would not even be looked at. */
static bool add_includes(struct root_filter *filter,
			 const struct filter_wish *wish, struct arena *arena,
			 struct error *err)
{
	for (size_t i = 0; i < wish->include_count; i++) {
		const char *pattern = wish->includes[i];
		const char *slash = pattern;

		if (!check(pattern, err) ||
		    !add(filter, true, arena_str(arena, pattern), arena, err))
			return false;
		while (*pattern == '/' && (slash = strchr(slash + 1, '/')) &&
		       slash[1])
			if (!add(filter, true,
				 arena_format(arena, "%.*s/",
					      (int)(slash - pattern), pattern),
				 arena, err))
				return false;
	}
	return true;
}

/* One rule more for all below a literal path, without its trailing slash. */
static bool add_below(struct root_filter *filter, bool keep, const char *path,
		      struct arena *arena, struct error *err)
{
	size_t size = strlen(path);

	/* the wildcard would make an escape of a backslash */
	if (is_wild(path) || strchr(path, '\\'))
		return true;
	return add(filter, keep,
		   arena_format(arena, "%.*s/**",
				(int)(size - (path[size - 1] == '/')), path),
		   arena, err);
}

/* A path that is excluded goes with all below it, but for what is included. */
static bool add_excludes(struct root_filter *filter,
			 const struct filter_wish *wish, struct arena *arena,
			 struct error *err)
{
	for (size_t i = 0; i < wish->exclude_count; i++) {
		const char *pattern = wish->excludes[i];

		if (!check(pattern, err) ||
		    !add(filter, false, arena_str(arena, pattern), arena,
			 err) ||
		    !add_below(filter, false, pattern, arena, err))
			return false;
	}
	return true;
}

bool filter_make(const struct filter_wish *wish, struct arena *arena,
		 struct root_filter *ret_filter, struct error *err)
{
	struct root_filter filter = { 0 };

	if (!add_includes(&filter, wish, arena, err))
		return false;
	for (size_t i = 0; i < COUNT(defaults) && !wish->no_filter; i++)
		if (!add(&filter, defaults[i].keep, defaults[i].pattern, arena,
			 err))
			return false;
	/* what lies below an include, but for the secrets there */
	for (size_t i = 0; i < wish->include_count; i++)
		if (*wish->includes[i] == '/' &&
		    !add_below(&filter, true, wish->includes[i], arena, err))
			return false;
	if (!add_excludes(&filter, wish, arena, err))
		return false;
	for (size_t i = 0; i < COUNT(always); i++)
		if (!add(&filter, false, always[i], arena, err))
			return false;
	*ret_filter = filter;
	return true;
}

/* A class, "[a-z]" or "[!a-z]", at `p`; returns what is behind it, NULL when
 * it does not match the character. */
static const char *match_class(const char *p, char c)
{
	bool negated = p[1] == '!' || p[1] == '^';
	const char *at = p + 1 + negated;
	bool found = false;

	do {
		char low, high;

		if (*at == '\\' && at[1])
			at++;
		if (!*at)
			return NULL;
		low = high = *at++;
		if (*at == '-' && at[1] && at[1] != ']') {
			at += 1 + (at[1] == '\\' && at[2]);
			high = *at++;
		}
		found = found || (c >= low && c <= high);
	} while (*at != ']');
	return found != negated && c != '/' ? at + 1 : NULL;
}

/* Whether a pattern matches a whole text. */
static bool match(const char *p, const char *s)
{
	for (; *p; s++) {
		if (*p == '*') {
			bool deep = p[1] == '*';

			p += strspn(p, "*");
			for (;; s++) {
				if (match(p, s))
					return true;
				if (!*s || (*s == '/' && !deep))
					return false;
			}
		}
		if (!*s)
			return false;
		if (*p == '[') {
			p = match_class(p, *s);
			if (!p)
				return false;
			continue;
		}
		if (*p == '?' && *s == '/')
			return false;
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '?') {
			p++;
			continue;
		}
		if (*p++ != *s)
			return false;
	}
	return !*s;
}

/* The last `names` names of a path. */
static const char *tail(const char *path, size_t names)
{
	const char *at = path + strlen(path);

	while (at > path && (at[-1] != '/' || --names))
		at--;
	return at;
}

static bool compare(const char *pattern, const char *text, bool wild)
{
	return wild ? match(pattern, text) : strcmp(pattern, text) == 0;
}

static size_t count_slashes(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '/';
	return count;
}

/* Whether a pattern without its anchor and trailing slash matches. */
static bool match_at(const char *pattern, bool anchored, bool wild,
		     const char *path)
{
	bool deep = wild && strstr(pattern, "**");
	size_t slashes = count_slashes(pattern);

	if (anchored)
		return compare(pattern, path, wild);
	if (!slashes && !deep)
		return compare(pattern, tail(path, 1), wild);
	if (!deep)
		return count_slashes(path) >= slashes &&
		       compare(pattern, tail(path, slashes + 1), wild);
	if (strncmp(pattern, "**", 2) == 0) {
		const char *rest = pattern + strspn(pattern, "*");

		/* for the stars the path begins with a slash */
		return match(pattern, path) ||
		       (*rest == '/' && match(rest + 1, path));
	}
	while (path) {
		if (match(pattern, path))
			return true;
		path = strchr(path, '/');
		path = path ? path + 1 : NULL;
	}
	return false;
}

static bool rule_matches(const char *rule, const char *path, bool directory)
{
	char pattern[4200];
	size_t size = strlen(rule), suffix = strlen(SELF_AND_BELOW);
	bool wild = is_wild(rule);
	bool anchored = *rule == '/';

	if (size >= sizeof(pattern))
		return false;
	memcpy(pattern, rule + anchored, size - anchored + 1);
	size -= anchored;
	if (size >= suffix &&
	    strcmp(pattern + size - suffix, SELF_AND_BELOW) == 0) {
		if (match_at(pattern, anchored, true, path))
			return true;
		pattern[size - suffix] = 0;
		return directory && match_at(pattern, anchored, true, path);
	}
	if (size && pattern[size - 1] == '/') {
		if (!directory)
			return false;
		pattern[size - 1] = 0;
	}
	return match_at(pattern, anchored, wild, path);
}

bool filter_keeps(const struct root_filter *filter, const char *path,
		  bool directory)
{
	for (size_t i = 0; i < filter->count; i++)
		if (rule_matches(filter->rules[i].pattern, path, directory))
			return filter->rules[i].keep;
	return true;
}
