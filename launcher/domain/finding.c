/* finding.c - what should not be in an image that everybody may launch
 *
 * Keys are known by what they are made of, wherever they lie; histories and
 * the files of credentials by their names, as they have no other sign.
 */
#include "launcher/domain/finding.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

#define PATH_MOST 4096
#define HEADER_MOST 40 /* from BEGIN to PRIVATE KEY */

struct rule {
	const char *pattern; /* with a slash: of "/" and the path; else of the
			      * name alone */
	const char *kind;
};

static const struct rule named[] = {
	{ ".*_history", "shell-history" },
	{ ".histfile", "shell-history" },
	{ ".zhistory", "shell-history" },
	{ "fish_history", "shell-history" },
	{ "ConsoleHost_history.txt", "shell-history" },
	{ ".lesshst", "shell-history" },
	{ ".viminfo", "shell-history" },
	{ "*.p12", "private-key" },
	{ "*.pfx", "private-key" },
	{ "*/.aws/credentials", "credentials" },
	{ "*/.aws/*/cache/*.json", "credentials" },
	{ "*/gcloud/credentials.db", "credentials" },
	{ "*/gcloud/access_tokens.db", "credentials" },
	{ "*/gcloud/application_default_credentials.json", "credentials" },
	{ "*/gcloud/legacy_credentials/*", "credentials" },
	{ "*/.azure/accessTokens.json", "credentials" },
	{ "*/.azure/msal_token_cache.*", "credentials" },
	{ "*/.azure/service_principal_entries.*", "credentials" },
	{ "*/.kube/config", "credentials" },
	{ "*/etc/kubernetes/*.conf", "credentials" },
	{ "kubeconfig", "credentials" },
	{ ".boto", "credentials" },
	{ ".git-credentials", "credentials" },
	{ ".my.cnf", "credentials" },
	{ ".netrc", "credentials" },
	{ ".passwd-s3fs", "credentials" },
	{ ".pgpass", "credentials" },
	{ ".s3cfg", "credentials" },
	{ ".vault-token", "credentials" },
	{ "*/gh/hosts.yml", "credentials" },
};

/* Names of what may be a key, also among what packages bring along. */
static const char *const keys[] = {
	"*.pem",  "*.key",     "*.ppk",	     "*.p8",	   "*.pk8", "*_key",
	"id_rsa", "id_dsa", "id_ecdsa*", "id_ed25519*", "identity",
};

/* Where packages put their files. */
static const char *const packaged[] = {
	"bin/",		"boot/",	 "dev/",	  "lib/",
	"lib32/",	"lib64/",	 "libx32/",	  "proc/",
	"sbin/",	"sys/",		 "usr/",	  "var/cache/apt/",
	"var/cache/man/", "var/lib/apt/", "var/lib/dpkg/", "var/lib/rpm/",
};

static bool begins(const char *path, const char *prefix)
{
	return strncmp(path, prefix, strlen(prefix)) == 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether a path ends so, at the beginning of a name. */
static bool ends(const char *path, const char *tail)
{
	size_t size = strlen(path), wanted = strlen(tail);

	return size >= wanted && strcmp(path + size - wanted, tail) == 0 &&
	       (size == wanted || path[size - wanted - 1] == '/');
}

static const char *find_named(const char *path)
{
	char whole[PATH_MOST + 2] = "/";

	strncat(whole, path, PATH_MOST);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		const char *pattern = named[i].pattern;

		if (fnmatch(pattern,
			    strchr(pattern, '/') ? whole : base_of(path),
			    0) == 0)
			return named[i].kind;
	}
	return NULL;
}

static bool is_packaged(const char *path)
{
	if (begins(path, "usr/local/"))
		return false;
	for (size_t i = 0; i < sizeof(packaged) / sizeof(packaged[0]); i++)
		if (begins(path, packaged[i]))
			return true;
	return false;
}

enum finding_look finding_look(const char *path, const char **ret_kind)
{
	if (begins(path, "usr/share/doc/"))
		return FINDING_SKIP;
	*ret_kind = find_named(path);
	if (*ret_kind)
		return FINDING_NAMED;
	if (!is_packaged(path))
		return FINDING_INSIDE;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (fnmatch(keys[i], base_of(path), 0) == 0)
			return FINDING_INSIDE;
	return FINDING_SKIP;
}

/* Behind the line that begins a key: is there one, or does a text only speak
 * of it? JSON writes the line's end as two characters. */
static bool key_follows(const char *at, const char *end)
{
	const char *start = at;

	while (at < end &&
	       (isspace((unsigned char)*at) || *at == '\\' ||
		(at > start && at[-1] == '\\' && (*at == 'n' || *at == 'r'))))
		at++;
	return at > start && at < end && isalnum((unsigned char)*at);
}

static bool has_pem(const char *data, size_t size)
{
	static const char begin[] = "-----BEGIN ", what[] = "PRIVATE KEY",
			  block[] = " BLOCK", dashes[] = "-----";
	const char *end = data + size, *at = data;

	while ((at = memmem(at, (size_t)(end - at), begin,
			    sizeof(begin) - 1))) {
		const char *key;
		size_t room;

		at += sizeof(begin) - 1;
		room = (size_t)(end - at);
		if (room > HEADER_MOST)
			room = HEADER_MOST;
		key = memmem(at, room, what, sizeof(what) - 1);
		if (!key)
			continue;
		key += sizeof(what) - 1;
		if ((size_t)(end - key) > sizeof(block) &&
		    memcmp(key, block, sizeof(block) - 1) == 0)
			key += sizeof(block) - 1;
		if ((size_t)(end - key) >= sizeof(dashes) &&
		    memcmp(key, dashes, sizeof(dashes) - 1) == 0 &&
		    key_follows(key + sizeof(dashes) - 1, end))
			return true;
	}
	return false;
}

static bool has_key(const char *data, size_t size)
{
	static const char putty[] = "PuTTY-User-Key-File-";

	return (size > sizeof(putty) &&
		memcmp(data, putty, sizeof(putty) - 1) == 0) ||
	       has_pem(data, size);
}

static const char *past_quotes(const char *at, const char *end)
{
	while (at < end &&
	       (*at == ' ' || *at == '\t' || *at == '"' || *at == '\''))
		at++;
	return at;
}

/* Whether a word of that name is given a value. */
static bool has_value(const char *data, size_t size, const char *name)
{
	const char *end = data + size, *at = data;

	while ((at = memmem(at, (size_t)(end - at), name, strlen(name)))) {
		at += strlen(name);
		at = past_quotes(at, end);
		if (at == end || (*at != '=' && *at != ':'))
			continue;
		at = past_quotes(at + 1, end);
		if (at < end && (isalnum((unsigned char)*at) || *at == '/'))
			return true;
	}
	return false;
}

/* The next line, without its end; false behind the last. */
static bool next_line(const char **data, size_t *size, const char **ret_line,
		      size_t *ret_size)
{
	const char *end;

	if (!*size)
		return false;
	end = memchr(*data, '\n', *size);
	*ret_line = *data;
	*ret_size = end ? (size_t)(end - *data) : *size;
	*data += *ret_size + (end != NULL);
	*size -= *ret_size + (end != NULL);
	return true;
}

/* Whether a second field of a line is a hash: a locked or missing password is
 * none, nor is the 'x' that says that it is elsewhere. */
static bool has_hash(const char *data, size_t size)
{
	const char *line;
	size_t length;

	while (next_line(&data, &size, &line, &length)) {
		const char *field = memchr(line, ':', length);
		const char *end;
		size_t left;

		if (!field)
			continue;
		field++;
		left = length - (size_t)(field - line);
		end = memchr(field, ':', left);
		if (end)
			left = (size_t)(end - field);
		if (left > 1 && *field != '!' && *field != '*')
			return true;
	}
	return false;
}

static bool has_line(const char *data, size_t size)
{
	const char *line;
	size_t length;

	while (next_line(&data, &size, &line, &length)) {
		while (length && isspace((unsigned char)*line)) {
			line++;
			length--;
		}
		if (length && *line != '#')
			return true;
	}
	return false;
}

const char *finding_inside(const char *path, const char *data, size_t size)
{
	static const char *const hashes[] = { "etc/shadow", "etc/shadow-",
					      "etc/gshadow", "etc/gshadow-",
					      "etc/passwd", "etc/passwd-" };
	const char *base = base_of(path);

	if (begins(base, "authorized_keys"))
		return has_line(data, size) ? "authorized-keys" : NULL;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (ends(path, hashes[i]))
			return has_hash(data, size) ? "password-hash" : NULL;
	if (has_key(data, size))
		return fnmatch("ssh_host_*_key", base, 0) == 0 ?
			       "ssh-host-key" :
			       "private-key";
	if (has_value(data, size, "aws_secret_access_key") ||
	    has_value(data, size, "AWS_SECRET_ACCESS_KEY") ||
	    (ends(path, ".docker/config.json") &&
	     has_value(data, size, "\"auth\"")) ||
	    (strcmp(base, ".dockercfg") == 0 &&
	     has_value(data, size, "\"auth\"")) ||
	    (strcmp(base, ".npmrc") == 0 &&
	     has_value(data, size, "_authToken")) ||
	    (strcmp(base, ".pypirc") == 0 && has_value(data, size, "password")))
		return "credentials";
	return NULL;
}
