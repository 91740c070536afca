/* target.c - the key service's JSON, and what is none of it */
#include "launcher/http/target.h"

#include <jansson.h>

#include "tests/launcher/http/testing.h"

#define JSON "application/x-amz-json-1.1"

static const char *service = "kms";

static void door(struct exchange *exchange, const struct caller *caller)
{
	struct caller own = *caller;

	own.service = service;
	target_answer(exchange, &own);
}

#define ASK(status, ...) ask(__LINE__, door, &(struct sent){ __VA_ARGS__ }, status)
#define CALL(status, name, text, ...)                                   \
	ASK(status, "POST", "/", .body = text,                          \
	    .headers = { "Content-Type", JSON, "X-Amz-Target",          \
			 "TrentService." name },                        \
	    __VA_ARGS__)

/* The last answer is an error of that code, in the form that clients read. */
static void says(const char *code)
{
	json_t *root = json_loads(buf_text(&got.text), 0, NULL);
	const char *type = json_string_value(json_object_get(root, "__type"));
	const char *text = json_string_value(json_object_get(root, "message"));

	check(type && strcmp(type, code) == 0);
	check(text && *text);
	check(json_object_size(root) == 2);
	check(strcmp(got.code, code) == 0);
	check(strcmp(header("x-amzn-ErrorType"), code) == 0);
	check(strcmp(got.type, JSON) == 0);
	json_decref(root);
}

static void test_calls(void)
{
	CALL(200, "CreateKey", "{\"Description\": \"d\\u00e9j\\u00e0\"}");
	check(strcmp(got.type, JSON) == 0);
	check(strcmp(got.action, "CreateKey") == 0);
	check(said("\"Description\":\"déjà\"") && said("\"Enabled\":true") &&
	      said("\"EncryptionAlgorithms\":[\"SYMMETRIC_DEFAULT\"]"));
	CALL(200, "CreateKey", "{}", .file = true);
	CALL(200, "ListKeys", " { \"Limit\" : 1 }\n");
	check(said("\"Truncated\":true") && said("\"NextMarker\":\""));
	CALL(200, "ListKeys", "{}", .account = STRANGER);
	check(said("\"Keys\":[]"));
}

static void test_refused(void)
{
	static const char *const bodies[] = {
		"", "[]", "null", "{", "{\"Limit\":1}{}", "\"{}\"", "{\"a\":1,\"a\":1}",
		"{\"Limit\":\"\xff\"}",
	};
	char *deep = keep(malloc(200001));

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		CALL(400, "ListKeys", bodies[i]);
		says("ValidationException");
	}
	memset(deep, '[', 200000);
	deep[200000] = 0;
	CALL(400, "ListKeys", deep);
	says("ValidationException");
	CALL(400, "ListKeys", deep, .file = true);
	says("ValidationException");
	CALL(400, "ListKeys", "{\"Limit\": \"many\"}");
	says("ValidationException");
	CALL(400, "ListKeys", "{\"Colour\": 1}");
	says("ValidationException");
	CALL(400, "DescribeKey", "{}");
	says("ValidationException");
	CALL(400, "DescribeKey", "{\"KeyId\": \"alias/none\"}");
	says("NotFoundException");

	/* what is not there, and what does not leave the store */
	CALL(400, "Decrypt", "{\"CiphertextBlob\": \"AAAA\"}");
	says("UnknownOperationException");
	check(strcmp(got.action, "Decrypt") == 0);
	CALL(400, "", "{}");
	says("UnknownOperationException");
	ASK(400, "POST", "/", .body = "{}",
	    .headers = { "Content-Type", JSON, "X-Amz-Target", "AmazonSSM.X" });
	says("UnknownOperationException");
	ASK(400, "POST", "/", .body = "{}",
	    .headers = { "Content-Type", JSON });
	says("UnknownOperationException");

	/* elsewhere, otherwise, and of another type */
	ASK(400, "POST", "/keys", .body = "{}",
	    .headers = { "Content-Type", JSON, "X-Amz-Target",
			 "TrentService.ListKeys" });
	says("UnknownOperationException");
	ASK(400, "GET", "/",
	    .headers = { "Content-Type", JSON, "X-Amz-Target",
			 "TrentService.ListKeys" });
	says("UnknownOperationException");
	ASK(400, "POST", "/", .body = "{}",
	    .headers = { "Content-Type", "application/json", "X-Amz-Target",
			 "TrentService.ListKeys" });
	says("ValidationException");
	ASK(400, "POST", "/", .body = "{}",
	    .headers = { "X-Amz-Target", "TrentService.ListKeys" });
	says("ValidationException");
	ASK(200, "POST", "/", .body = "{}",
	    .headers = { "Content-Type", JSON "; charset=utf-8", "X-Amz-Target",
			 "TrentService.ListKeys" });
}

/* The host's own troubles are told in the log and not to the client. */
static void test_broken(void)
{
	check(unlink(in_dir("store/keys/master")) == 0);
	CALL(500, "CreateKey", "{}");
	says("KMSInternalException");
	check(!said("master") && strstr(got.detail, "master key is lost"));
}

static void test_others(void)
{
	service = "ssm";
	CALL(400, "ListKeys", "{}");
	says("UnknownOperationException");
	service = "kms";
}

int main(void)
{
	store_new();
	good(account_ensure(call.store->db, STRANGER, &err));
	test_calls();
	test_refused();
	test_broken();
	test_others();
	buf_done(&got.text);
	arena_free(got.arena);
	store_close(call.store);
	return 0;
}
