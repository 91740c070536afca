/* rest.c - the six calls of EBS direct, those of rbin, and what is none of
 * them */
#include "launcher/http/rest.h"

#include <jansson.h>

#include "images/block.h"
#include "images/snapshot.h"
#include "launcher/http/front.h"
#include "tests/launcher/http/testing.h"

#define ASK(status, ...) \
	ask(__LINE__, rest_answer, &(struct sent){ __VA_ARGS__ }, status)
#define NO_SNAPSHOT "/snapshots/snap-0fedcba9876543210"

static char id[64], path[256], path_of_block[256], sum[64], block[BLOCK_SIZE];

/* A text of the last answer's JSON, kept. */
static const char *member(const char *name)
{
	json_t *root = json_loads(buf_text(&got.text), 0, NULL);
	const char *text = json_string_value(json_object_get(root, name));
	char *copy = keep(strdup(text ? text : ""));

	json_decref(root);
	return copy;
}

static const char *on(const char *tail)
{
	return keep(format_text("/snapshots/%s%s", id, tail));
}

/* The last answer is an error of that code and reason (NULL: without). */
static void says(const char *code, const char *reason)
{
	check(strcmp(got.code, code) == 0);
	check(strcmp(header("x-amzn-ErrorType"), code) == 0);
	check(strcmp(member("__type"), code) == 0);
	check(*member("Message"));
	check(reason ? strcmp(member("Reason"), reason) == 0 : !said("Reason"));
	check(strcmp(got.type, "application/json") == 0);
}

#define SUMMED "x-amz-Checksum", sum, "x-amz-Checksum-Algorithm", "SHA256"
#define LONG "x-amz-Data-Length", "524288"
#define PUT(status, ...)                                                   \
	ASK(status, "PUT", path_of_block, .body = block, .size = BLOCK_SIZE, \
	    __VA_ARGS__)

static void test_start(void)
{
	char again[64];

	ASK(201, "POST", "/snapshots",
	    .body = "{\"VolumeSize\":1,\"Description\":\"d\\u00e9j\\u00e0\","
		    "\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],"
		    "\"ClientToken\":\"once\",\"Timeout\":60}");
	check(strcmp(got.action, "StartSnapshot") == 0);
	snprintf(id, sizeof(id), "%s", member("SnapshotId"));
	check(strncmp(id, "snap-", 5) == 0);
	check(said("\"StartTime\":1") && said("\"BlockSize\":524288") &&
	      said("\"Status\":\"pending\"") && said("déjà") &&
	      said("\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]"));
	snprintf(again, sizeof(again), "%s", id);
	/* the same, from a file and in another order */
	ASK(201, "POST", "/snapshots", .file = true,
	    .body = " {\"Timeout\":60,\"ClientToken\":\"once\",\"Description\":"
		    "\"d\\u00e9j\\u00e0\",\"Tags\":[{\"Value\":\"v\",\"Key\":"
		    "\"k\"}],\"VolumeSize\":1}\n");
	check(strcmp(member("SnapshotId"), again) == 0);
	ASK(409, "POST", "/snapshots",
	    .body = "{\"VolumeSize\":2,\"ClientToken\":\"once\"}");
	says("ConflictException", NULL);
}

static void test_start_refused(void)
{
	static const char *const bodies[] = {
		"",
		"[]",
		"{",
		"{\"VolumeSize\":1}x",
		"{\"VolumeSize\":1,\"VolumeSize\":1}",
		"{\"VolumeSize\":0}",
		"{\"VolumeSize\":1,\"SnapshotId\":\"snap-1\"}",
		"{\"VolumeSize\":1,\"DryRun\":true}",
		"{\"VolumeSize\":1,\"Tags\":[{\"Key\":\"k\",\"X\":\"\"}]}",
		"{\"VolumeSize\":1,\"Tags\":{}}",
		"{\"VolumeSize\":{}}",
		"{\"VolumeSize\":1,\"Description\":\"\xff\"}",
	};
	char *large = keep(calloc(1, (1 << 20) + 2));

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		ASK(400, "POST", "/snapshots", .body = bodies[i]);
		check(strcmp(got.code, "ValidationException") == 0);
		check(*member("Reason"));
	}
	memset(large, ' ', (1 << 20) + 1);
	ASK(400, "POST", "/snapshots", .body = large);
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	ASK(404, "POST", "/snapshots",
	    .body = "{\"VolumeSize\":1,\"ParentSnapshotId\":"
		    "\"snap-0fedcba9876543210\"}");
	says("ResourceNotFoundException", "SNAPSHOT_NOT_FOUND");
}

static void test_put(void)
{
	memset(block, 'q', sizeof(block));
	sha256(block, sizeof(block), (uint8_t *)path);
	base64_write(path, SHA256_SIZE, sum);
	snprintf(path_of_block, sizeof(path_of_block), "%s", on("/blocks/7"));
	PUT(201, .headers = { LONG, SUMMED, "x-amz-Progress", "50" });
	check(strcmp(got.text.data, "{}") == 0);
	check(strcmp(header("x-amz-Checksum"), sum) == 0);
	check(strcmp(header("x-amz-Checksum-Algorithm"), "SHA256") == 0);
	PUT(201, .file = true, .headers = { LONG, SUMMED });
	/* refused */
	PUT(400, .headers = { SUMMED });
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	PUT(400, .headers = { LONG, SUMMED, SUMMED });
	PUT(400, .headers = { "x-amz-Data-Length", "5x", SUMMED });
	PUT(400, .headers = { LONG, "x-amz-Checksum", sum });
	PUT(400, .headers = { LONG, SUMMED }, .query = "BlockData=x");
	PUT(400, .headers = { LONG, SUMMED }, .query = "a=%zz");
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	ASK(400, "PUT", path_of_block, .headers = { LONG, SUMMED });
	ASK(400, "PUT", path_of_block, .body = block, .size = BLOCK_SIZE - 1,
	    .headers = { LONG, SUMMED });
	block[9] = 0;
	PUT(400, .headers = { LONG, SUMMED });
	says("ValidationException", "INVALID_BLOCK");
	block[9] = 'q';
	PUT(404, .headers = { LONG, SUMMED }, .account = STRANGER);
	says("ResourceNotFoundException", "SNAPSHOT_NOT_FOUND");
	ASK(400, "PUT", on("/blocks/99999999"), .body = block,
	    .size = BLOCK_SIZE, .headers = { LONG, SUMMED });
	says("ValidationException", "INVALID_BLOCK");
	ASK(400, "PUT", on("/blocks/-1"), .body = block, .size = BLOCK_SIZE,
	    .headers = { LONG, SUMMED });
	ASK(400, "PUT", on("/blocks/%37"), .body = block, .size = BLOCK_SIZE,
	    .headers = { LONG, SUMMED });
}

static void test_complete(void)
{
	uint8_t whole[SHA256_SIZE], one[SHA256_SIZE];
	const char *at = keep(format_text("/snapshots/completion/%s", id));
	char all[64];

	sha256(block, sizeof(block), one);
	sha256(one, sizeof(one), whole);
	base64_write(whole, sizeof(whole), all);
	ASK(400, "POST", at);
	ASK(400, "POST", at, .headers = { "x-amz-ChangedBlocksCount", "2" });
	ASK(400, "POST", at, .body = "{\"ChangedBlocksCount\":1}",
	    .headers = { "x-amz-ChangedBlocksCount", "1" });
	ASK(400, "POST", at,
	    .headers = { "x-amz-ChangedBlocksCount", "1",
			 "x-amz-Checksum-Aggregation-Method", "TREE" });
	ASK(202, "POST", at, .body = "{}",
	    .headers = { "X-Amz-Changedblockscount", "1", "x-amz-checksum", all,
			 "x-amz-checksum-algorithm", "SHA256",
			 "x-amz-checksum-aggregation-method", "LINEAR" });
	check(strcmp(got.text.data, "{\"Status\":\"completed\"}") == 0);
}

static void test_read(void)
{
	auto_buf query = BUF_INIT;
	const char *token;
	json_t *root;

	ASK(200, "GET", on("/blocks"), .query = "maxResults=100");
	root = json_loads(got.text.data, 0, NULL);
	token = json_string_value(json_object_get(
		json_array_get(json_object_get(root, "Blocks"), 0),
		"BlockToken"));
	check(token && said("\"BlockIndex\":7") && !said("NextToken") &&
	      json_is_real(json_object_get(root, "ExpiryTime")));
	buf_str(&query, "blockToken=");
	sigv4_encode(&query, token, false);
	ASK(200, "GET", on("/blocks/7"), .query = query.data);
	check(got.text.size == BLOCK_SIZE);
	check(memcmp(got.text.data, block, BLOCK_SIZE) == 0);
	check(strcmp(got.type, "application/octet-stream") == 0);
	check(strcmp(header("x-amz-Data-Length"), "524288") == 0);
	check(strcmp(header("x-amz-Checksum"), sum) == 0);
	json_decref(root);
	ASK(400, "GET", on("/blocks/7"), .query = "blockToken=AAAB");
	says("ValidationException", "INVALID_BLOCK_TOKEN");
	ASK(400, "GET", on("/blocks"), .query = "maxResults=1");
	ASK(400, "GET", on("/blocks"),
	    .query = "maxResults=100&maxResults=100");
	ASK(400, "GET", on("/blocks"), .query = "firstSnapshotId=snap-1");
	ASK(400, "GET", on("/blocks"), .query = "pageToken=x");
	says("ValidationException", "INVALID_PAGE_TOKEN");
	/* a presigned one brings its signature along */
	ASK(200, "GET", on("/blocks"),
	    .query = "X-Amz-Signature=0&pageToken=&startingBlockIndex=8");
	check(said("\"Blocks\":[]"));
	ASK(400, "GET", on("/changedblocks"));
	ASK(200, "GET", on("/changedblocks"),
	    .query = keep(format_text("firstSnapshotId=%s", id)));
	check(said("\"ChangedBlocks\":[]"));
}

/* What is another account's looks like what is not there. */
static void test_foreign(void)
{
	static const char *const tails[] = { "/blocks", "/blocks/7",
					     "/changedblocks" };
	static const char *const queries[] = {
		"", "blockToken=AAAB", "firstSnapshotId=snap-0fedcba9876543210"
	};

	for (size_t i = 0; i < 3; i++) {
		char *absent;

		ASK(404, "GET", keep(format_text(NO_SNAPSHOT "%s", tails[i])),
		    .query = queries[i], .account = STRANGER);
		absent = keep(strdup(got.text.data));
		ASK(404, "GET", on(tails[i]), .query = queries[i],
		    .account = STRANGER);
		check(strlen(absent) == got.text.size);
		says("ResourceNotFoundException", "SNAPSHOT_NOT_FOUND");
	}
}

static void test_nothing(void)
{
	static const struct sent others[] = {
		{ "GET", "/snapshots" },
		{ "POST", "/snapshots/" },
		{ "POST", "/snapshots/completion/" },
		{ "GET", "/snapshots//blocks" },
		{ "GET", NO_SNAPSHOT "/blocks/" },
		{ "GET", NO_SNAPSHOT "/blocks/1/2" },
		{ "DELETE", NO_SNAPSHOT "/blocks/1" },
		{ "HEAD", NO_SNAPSHOT "/blocks" },
		{ "GET", "/" },
		{ "GET", "" },
	};
	struct error refusal = { 0 };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		ask(__LINE__, rest_answer, &others[i], 400);
		says("UnknownOperationException", NULL);
		check(!got.action);
	}
	got.path = "/snapshots";
	check(rest_looks(&got));
	got.path = "/snapshots/x";
	check(rest_looks(&got));
	got.path = "/snapshotsx";
	check(!rest_looks(&got));
	got.answer_count = 0;
	fail(&refusal, FAULT_AUTH_FAILURE, "no such key");
	rest_refuse(&got, NULL, &refusal);
	says("UnrecognizedClientException", NULL);
	error_clear(&refusal);
	got.answer_count = 0;
	fail(&refusal, FAULT_HOST, "the host is broken");
	rest_refuse(&got, "ebs", &refusal);
	check(got.status == 500);
	says("InternalServerException", NULL);
}

#define RBIN(status, ...) ASK(status, __VA_ARGS__, .service = "rbin")
#define PERIOD                                                    \
	"\"RetentionPeriod\":{\"RetentionPeriodValue\":1,"          \
	"\"RetentionPeriodUnit\":\"DAYS\"}"
#define RULE "{\"ResourceType\":\"EC2_IMAGE\"," PERIOD "}"

/* Bodies, paths, queries and methods that are no calls of rbin. */
static void test_rbin_refused(const char *rule)
{
	static const char *const bodies[] = {
		"",
		"{}",
		"[]",
		"{\"ResourceType\":\"EC2_IMAGE\"}",
		"{\"ResourceType\":\"EC2_IMAGE\",\"More\":1," PERIOD "}",
		"{\"ResourceType\":7," PERIOD "}",
		"{\"ResourceType\":\"EC2_IMAGE\",\"RetentionPeriod\":{}}",
		"{\"ResourceType\":\"EC2_IMAGE\",\"ResourceTags\":{},"
		PERIOD "}",
	};
	static const char *const paths[] = {
		"/rules/", "/rules/a/b", "/rules/a/lock/", "/list-rules/",
		"/tags/arn:a/b", "/snapshots",
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		RBIN(400, "POST", "/rules", .body = bodies[i]);
		says("ValidationException", "INVALID_PARAMETER_VALUE");
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		RBIN(400, "GET", paths[i]);
		says("UnknownOperationException", NULL);
	}
	/* each service has its own */
	ASK(400, "POST", "/rules", .body = RULE);
	says("UnknownOperationException", NULL);
	RBIN(400, "GET", rule, .query = "x=1");
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	RBIN(400, "PATCH", rule, .body = "{\"Identifier\":\"a\"}");
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	RBIN(400, "GET", rule, .body = "{\"Identifier\":\"a\"}");
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	RBIN(400, "GET", "/rules/%ff");
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	RBIN(400, "GET", "/rules/%4");
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	RBIN(404, "GET", "/rules/%2e%2e%2f%3f", .account = STRANGER);
	says("ResourceNotFoundException", "RULE_NOT_FOUND");
	check(said("Rule ../? is not found"));
}

/* Names that need to be decoded, lists in a query, answers without a body. */
static void test_rbin(void)
{
	char rule[64], tags[160];

	RBIN(201, "POST", "/rules", .body = RULE);
	check(strcmp(got.action, "CreateRule") == 0);
	snprintf(rule, sizeof(rule), "/rules/%s", member("Identifier"));
	snprintf(tags, sizeof(tags),
		 "/tags/arn%%3Aaws%%3Arbin%%3Aus-east-1%%3A" ACCOUNT
		 "%%3Arule%%2F%s",
		 member("Identifier"));
	RBIN(200, "GET", rule);
	RBIN(404, "GET", rule, .account = STRANGER);
	says("ResourceNotFoundException", "RULE_NOT_FOUND");
	RBIN(201, "POST", tags,
	     .body = "{\"Tags\":[{\"Key\":\"a/b\",\"Value\":\"1\"},"
		     "{\"Key\":\"c\",\"Value\":\"\"},"
		     "{\"Key\":\"d\",\"Value\":\"2\"}]}");
	RBIN(204, "DELETE", tags, .query = "tagKeys=a%2Fb&tagKeys=c");
	check(!got.text.size && !got.type);
	RBIN(200, "GET", tags);
	check(said("[{\"Key\":\"d\",\"Value\":\"2\"}]"));
	RBIN(400, "DELETE", tags);
	says("ValidationException", "INVALID_PARAMETER_VALUE");
	test_rbin_refused(rule);
	RBIN(204, "DELETE", rule);
	RBIN(404, "DELETE", rule);
	says("ResourceNotFoundException", "RULE_NOT_FOUND");
}

int main(void)
{
	got.fd = -1;
	store_new();
	good(account_ensure(call.store->db, STRANGER, &err));
	test_start();
	test_start_refused();
	test_put();
	test_complete();
	test_read();
	test_foreign();
	test_nothing();
	test_rbin();
	buf_done(&got.text);
	arena_free(got.arena);
	store_close(call.store);
	return 0;
}
