/* s3-server.c - which S3 server an account's s3:// locations are on
 *
 * Only here, on the store owner's own command line, can one be named: no
 * request says where to connect to. The secret comes from a file or standard
 * input, because arguments are seen by everybody.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bundle/server.h"
#include "images/base/file.h"
#include "images/bucket.h"
#include "launcher/action/action.h"

#define SECRET_MOST 8192

static bool show(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct bucket_server server;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!bucket_server_get(call, call->account, arena, &server, &found,
			       err))
		return false;
	if (!found) {
		printf("account %s has no S3 server\n", call->account);
		return true;
	}
	printf("%s, region %s, access key %s%s%s\n",
	       server.url ? server.url : "Amazon S3",
	       server.region ? server.region : "us-east-1", server.access_key,
	       server.token ? " with a session token" : "",
	       server.hosted ? ", buckets as hosts" : "");
	return true;
}

/* Reads a file's one line into the arena; "-" is standard input. */
static bool read_line(const char *path, struct arena *arena,
		      const char **ret_line, struct error *err)
{
	auto_close int opened = -1;
	auto_buf text = BUF_INIT;
	const char *line;

	if (!path)
		return true;
	if (strcmp(path, "-") != 0)
		opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (strcmp(path, "-") != 0 && opened < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open %.100s: %m", path);
	if (!file_read_fd(opened < 0 ? STDIN_FILENO : opened, path, SECRET_MOST,
			  &text, err))
		return false;
	line = arena_format(arena, "%.*s",
			    (int)strcspn(buf_text(&text), "\r\n"),
			    buf_text(&text));
	*ret_line = line;
	return line || fail_memory(err);
}

static bool set(struct call *call, const struct args *args, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *url = args_str(args, "Url", "");
	bool amazon = strcmp(url, "aws") == 0;
	struct bucket_server server, given = {
		.url = amazon ? NULL : url,
		.region = args_str(args, "Region", NULL),
		.access_key = args_str(args, "AccessKey", NULL),
		.hosted = args_bool(args, "Hosted", false),
	};

	if (!arena)
		return fail_memory(err);
	if (args_has(args, "AccessKey") != args_has(args, "SecretFile"))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "an access key and its secret's file come "
			    "together");
	if (!read_line(args_str(args, "SecretFile", NULL), arena, &given.secret,
		       err) ||
	    !read_line(args_str(args, "TokenFile", NULL), arena, &given.token,
		       err) ||
	    !bucket_server_environment(&given, arena, &server, err))
		return false;
	if (amazon) /* whatever the environment says */
		server.url = NULL;
	return bucket_server_set(call, call->account, &server, err);
}

static int s3_server_main(struct call *call, const struct args *args,
			  struct error *err)
{
	static const char *const others[] = { "Region", "AccessKey",
					      "SecretFile", "TokenFile",
					      "Hosted" };
	bool url = args_has(args, "Url"), rest = false;
	bool remove = args_bool(args, "Remove", false), done;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		rest = rest || args_has(args, others[i]);
	if (remove && (url || rest)) {
		fail(err, FAULT_PARAMETER_COMBINATION, "--remove goes alone");
		return -1;
	}
	if (rest && !url) {
		fail(err, FAULT_PARAMETER_COMBINATION,
		     "a server needs its --url, or --url aws");
		return -1;
	}
	if (remove)
		done = bucket_server_unset(call, call->account, err);
	else
		done = url ? set(call, args, err) : show(call, err);
	return done ? 0 : -1;
}

const struct action verb_s3_server = {
	.name = "s3-server",
	.brief = "say which S3 server an account's buckets are on",
	.about = "Shows, sets or removes the S3 server that s3://BUCKET/KEY "
		 "means for the account (--account), when an image is "
		 "registered from a bundle there and each time it is launched. "
		 "Keys that are not given are taken from where the AWS CLI "
		 "takes them: AWS_ACCESS_KEY_ID and its like, or the profile "
		 "in ~/.aws. They are kept in the store, in a file that only "
		 "its owner can read, and are never shown.",
	.params = (const struct param[]) {
		{ "Url", PARAM_STRING, 0, NULL,
		  "http://HOST[:PORT], https://HOST[:PORT], or aws", NULL,
		  NULL, 0, "URL" },
		{ "Region", PARAM_STRING, 0, NULL,
		  "that requests are signed for; us-east-1 unless said" },
		{ "AccessKey", PARAM_STRING, 0, NULL, "the access key's id" },
		{ "SecretFile", PARAM_FILE, 0, NULL,
		  "a file with its secret; - is standard input" },
		{ "TokenFile", PARAM_FILE, 0, NULL,
		  "a file with the session token of temporary keys" },
		{ "Hosted", PARAM_BOOLEAN, 0, NULL,
		  "BUCKET.HOST instead of HOST/BUCKET, as Amazon's are" },
		{ "Remove", PARAM_BOOLEAN, 0, NULL,
		  "forget the server and its keys" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_PARAMETER_COMBINATION,
		FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami s3-server",
	.local = true,
	.main = s3_server_main,
};
