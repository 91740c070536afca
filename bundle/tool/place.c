/* place.c - which bucket the options mean
 *
 * Whoever names a server, or its keys, means that one. Else a program that
 * keeps buckets of its own is asked; inside a guest there are only servers.
 */
#include <string.h>

#include "bundle/server.h"
#include "bundle/tool/tool.h"

#define S3 "s3://"
#define TRIES_MORE 20

/* Whether the environment has keys, AWS's or, as older tools have them, EC2's.
 */
static const char *const key_variables[] = { "AWS_ACCESS_KEY_ID",
					     "EC2_ACCESS_KEY", NULL };

static const char *const url_variables[] = { "AWS_ENDPOINT_URL_S3",
					     "AWS_ENDPOINT_URL", "S3_URL",
					     NULL };

bool tool_server(const struct tool_args *args, const char *const *variables,
		 struct arena *arena, struct bucket_server *ret_server,
		 struct error *err)
{
	const char *location = tool_text(args, "Location");
	const char *token = tool_text(args, "SessionToken");
	struct bucket_server given = {
		.url = tool_setting(args, "Url", variables),
		.region = location ? location : tool_text(args, "Region"),
		.access_key = tool_text(args, "AccessKey"),
		.secret = tool_text(args, "SecretKey"),
		.token = token ? token : tool_text(args, "DelegationToken"),
		.tries = tool_flag(args, "Retry", false) ? TRIES_MORE : 0,
	};

	if (!given.access_key != !given.secret)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "--access-key and --secret-key go together");
	if (!given.access_key && !getenv("AWS_ACCESS_KEY_ID")) {
		given.access_key = getenv("EC2_ACCESS_KEY");
		given.secret = getenv("EC2_SECRET_KEY");
	}
	return bucket_server_environment(&given, arena, ret_server, err);
}

/* Splits "BUCKET/PREFIX", with or without "s3://" or slashes around. */
static bool split(const char *text, struct arena *arena,
		  const char **ret_bucket, const char **ret_prefix,
		  struct error *err)
{
	const char *slash;
	size_t size;

	text += strspn(text, "/");
	slash = strchr(text, '/');
	size = slash ? (size_t)(slash - text) : strlen(text);
	*ret_bucket = arena_format(arena, "%.*s", (int)size, text);
	text += size + strspn(text + size, "/");
	size = strlen(text);
	while (size && text[size - 1] == '/')
		size--;
	*ret_prefix = arena_format(arena, "%.*s", (int)size, text);
	if (!*ret_bucket || !*ret_prefix)
		return fail_memory(err);
	if (!bucket_name_check(*ret_bucket, err))
		return false;
	return !**ret_prefix || bucket_key_ok(*ret_prefix) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "'%.64s' cannot be the beginning of keys", *ret_prefix);
}

bool tool_place_open(const struct tool_args *args, const struct tool_host *host,
		     bool make, struct arena *arena,
		     struct tool_place *ret_place, struct error *err)
{
	const char *text = tool_text(args, "Bucket");
	bool remote = strncmp(text, S3, strlen(S3)) == 0;
	struct bucket_server server;
	const char *bucket;

	if (!split(remote ? text + strlen(S3) : text, arena, &bucket,
		   &ret_place->prefix, err))
		return false;
	ret_place->name = remote ? arena_format(arena, S3 "%s", bucket) :
				   bucket;
	if (!ret_place->name)
		return fail_memory(err);
	ret_place->server =
		!host->bucket || tool_text(args, "Url") ||
		tool_text(args, "AccessKey") ||
		(remote && tool_setting(args, "AccessKey", key_variables));
	if (!ret_place->server)
		return host->bucket(host->data, ret_place->name, make,
				    &ret_place->bucket, err);
	return tool_server(args, url_variables, arena, &server, err) &&
	       bucket_open_server(&server, bucket, make, &ret_place->bucket,
				  err);
}

void tool_place_done(struct tool_place *place)
{
	bucket_close(place->bucket);
	place->bucket = NULL;
}
