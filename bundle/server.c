/* server.c - the AWS CLI's environment and files, as far as S3 needs them */
#include "bundle/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "images/base/buf.h"
#include "images/base/file.h"

#define FILE_MOST (1 << 20)
#define BLANKS " \t\r"

/* An environment variable that is set to something, else NULL. */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* Cuts the blanks at both ends off, in place. */
static char *trimmed(char *text)
{
	size_t size;

	text += strspn(text, BLANKS);
	size = strlen(text);
	while (size && strchr(BLANKS, text[size - 1]))
		text[--size] = 0;
	return text;
}

/* "[name]": its name, in place; NULL: no such line. */
static char *section_name(char *line)
{
	char *end = strchr(line, ']');

	if (*line != '[' || !end)
		return NULL;
	*end = 0;
	return trimmed(line + 1);
}

void ini_read(const char *text, const char *section,
	      void (*each)(void *data, const char *key, const char *value),
	      void *data)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *line;
	bool inside = false;

	while ((line = strsep(&rest, "\n"))) {
		/* what is indented belongs to the line before it */
		bool nested = *line == ' ' || *line == '\t';
		char *name, *equals;

		line = trimmed(line);
		name = section_name(line);
		if (name) {
			inside = strcmp(name, section) == 0;
			continue;
		}
		equals = strchr(line, '=');
		if (!inside || nested || *line == '#' || *line == ';' ||
		    !equals)
			continue;
		*equals = 0;
		each(data, trimmed(line), trimmed(equals + 1));
	}
}

/* What a section says, in the arena. */
struct profile {
	struct arena *arena;
	struct bucket_server server;
};

static void take_line(void *data, const char *key, const char *value)
{
	struct profile *profile = data;
	struct bucket_server *server = &profile->server;
	const struct {
		const char *name;
		const char **to;
	} known[] = {
		{ "aws_access_key_id", &server->access_key },
		{ "aws_secret_access_key", &server->secret },
		{ "aws_session_token", &server->token },
		{ "region", &server->region },
		{ "endpoint_url", &server->url },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (*value && strcasecmp(key, known[i].name) == 0)
			*known[i].to = arena_str(profile->arena, value);
	if (strcasecmp(key, "hosted") == 0)
		server->hosted = strcmp(value, "true") == 0;
}

/* Reads a file's section; no file is an empty one. */
static bool read_profile(const char *variable, const char *file,
			 const char *section, struct arena *arena,
			 struct bucket_server *ret_server, struct error *err)
{
	const char *home = environment("HOME"), *path = environment(variable);
	struct profile profile = { arena, { 0 } };
	auto_buf text = BUF_INIT;

	if (!path && home)
		path = arena_format(arena, "%s/.aws/%s", home, file);
	if (path && access(path, F_OK) == 0) {
		if (!file_read(path, FILE_MOST, &text, err))
			return false;
		ini_read(buf_text(&text), section, take_line, &profile);
	}
	*ret_server = profile.server;
	return true;
}

bool bucket_server_read(const char *text, struct arena *arena,
			struct bucket_server *ret_server)
{
	struct profile profile = { arena, { 0 } };

	ini_read(text, "default", take_line, &profile);
	*ret_server = profile.server;
	return profile.server.access_key && profile.server.secret;
}

static void add_line(struct buf *text, const char *key, const char *value)
{
	if (value)
		buf_printf(text, "%s = %s\n", key, value);
}

void bucket_server_write(const struct bucket_server *server, struct buf *text)
{
	buf_str(text, "[default]\n");
	add_line(text, "endpoint_url", server->url);
	add_line(text, "region", server->region);
	add_line(text, "aws_access_key_id", server->access_key);
	add_line(text, "aws_secret_access_key", server->secret);
	add_line(text, "aws_session_token", server->token);
	add_line(text, "hosted", server->hosted ? "true" : NULL);
}

/* Takes both halves of a key and its token from one place, when there are
 * none yet. */
static void take_keys(struct bucket_server *server,
		      const struct bucket_server *from)
{
	if (server->access_key || !from->access_key)
		return;
	server->access_key = from->access_key;
	server->secret = from->secret;
	server->token = from->token;
}

static void take_place(struct bucket_server *server,
		       const struct bucket_server *from)
{
	if (!server->url)
		server->url = from->url;
	if (!server->region)
		server->region = from->region;
}

static const char *either(const char *first, const char *second)
{
	const char *value = environment(first);

	return value ? value : environment(second);
}

bool bucket_server_environment(const struct bucket_server *given,
			       struct arena *arena,
			       struct bucket_server *ret_server,
			       struct error *err)
{
	struct bucket_server server = *given, credentials, config;
	const struct bucket_server variables = {
		.url = either("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
		.region = either("AWS_REGION", "AWS_DEFAULT_REGION"),
		.access_key = environment("AWS_ACCESS_KEY_ID"),
		.secret = environment("AWS_SECRET_ACCESS_KEY"),
		.token = environment("AWS_SESSION_TOKEN"),
	};
	const char *profile = either("AWS_PROFILE", "AWS_DEFAULT_PROFILE");
	const char *section = "default";

	if (profile && strcmp(profile, "default") != 0)
		section = arena_format(arena, "profile %s", profile);
	if (!section)
		return fail_memory(err);
	if (!read_profile("AWS_SHARED_CREDENTIALS_FILE", "credentials",
			  profile ? profile : "default", arena, &credentials,
			  err) ||
	    !read_profile("AWS_CONFIG_FILE", "config", section, arena, &config,
			  err))
		return false;
	take_keys(&server, &variables);
	take_keys(&server, &credentials);
	take_keys(&server, &config);
	take_place(&server, &variables);
	take_place(&server, &config);
	if (!server.access_key && !server.secret)
		return fail(err, FAULT_AUTH_FAILURE,
			    "no keys for the server: give them, or set "
			    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
	if (!bucket_server_check(&server, err))
		return false;
	*ret_server = server;
	return true;
}

/* Printable, without blanks, of that length, and without some characters. */
static bool word_ok(const char *text, size_t most, const char *without)
{
	size_t size = strlen(text);

	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr(without, *c))
			return false;
	return size && size <= most;
}

static bool host_ok(const char *host, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

	if (size > 2 && *host == '[' && host[size - 1] == ']')
		return strspn(host + 1, "0123456789abcdefABCDEF:.") == size - 2;
	return size && size < 254 && strspn(host, letters) >= size &&
	       *host != '-' && *host != '.';
}

/* http(s)://host[:port][/] */
static bool url_ok(const char *url)
{
	const char *host = strncasecmp(url, "http://", 7) == 0	? url + 7 :
			   strncasecmp(url, "https://", 8) == 0 ? url + 8 :
								  NULL;
	size_t size, digits;
	const char *port;

	if (!host)
		return false;
	size = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	if (size > strlen(host) || !host_ok(host, size))
		return false;
	port = host + size;
	if (*port == ':') {
		digits = strspn(port + 1, "0123456789");
		if (!digits || digits > 5 || atoi(port + 1) < 1 ||
		    atoi(port + 1) > 65535)
			return false;
		port += 1 + digits;
	}
	return !*port || strcmp(port, "/") == 0;
}

bool bucket_server_check(const struct bucket_server *server, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	const char *region = server->region;

	if (server->url && !url_ok(server->url))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a server's address is http://HOST[:PORT] or "
			    "https://HOST[:PORT]");
	if (region && (!word_ok(region, 64, "") ||
		       strspn(region, letters) != strlen(region)))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is no region's name", region);
	if (!server->access_key || !server->secret)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "an S3 server's keys are two: an access key and "
			    "its secret");
	if (!word_ok(server->access_key, 128, "/,"))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "that is no access key");
	if (!word_ok(server->secret, 256, ""))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the secret key has characters that none has");
	if (server->token && !word_ok(server->token, 8192, ""))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "that is no session token");
	return true;
}
