/* check.c - parameters against a row: what passes, what it becomes, what not */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "images/call.h"
#include "launcher/action/action.h"

static const struct param inner[] = {
	{ "Name", PARAM_STRING, PARAM_REQUIRED, NULL, "a" },
	{ "Size", PARAM_INTEGER, 0, NULL, "b", "VolumeSize" },
	{ 0 },
};

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)call;
	(void)err;
	node_str(reply->root, "Echo", "echo", args_str(args, "Text", "none"));
	return true;
}

static const struct action action = {
	.name = "TestThing",
	.params = (const struct param[]) {
		{ "Text", PARAM_STRING, 0, NULL, "a" },
		{ "Count", PARAM_INTEGER, 0, NULL, "b" },
		{ "Flag", PARAM_BOOLEAN, 0, NULL, "c" },
		{ "Real", PARAM_DOUBLE, 0, NULL, "c" },
		{ "ImageId", PARAM_ID, 0, "ami", "d" },
		{ "VolumeIds", PARAM_ID, PARAM_LIST, "vol", "d", "VolumeId" },
		{ "Resources", PARAM_ID, PARAM_LIST, "ami|snap|i", "d" },
		{ "Any", PARAM_ID, 0, NULL, "d" },
		{ "When", PARAM_TIME, 0, NULL, "e" },
		{ "Data", PARAM_BLOB, PARAM_SECRET, NULL, "f" },
		{ "UserData", PARAM_BLOB, 0, NULL, "f" },
		{ "Kind", PARAM_STRING, 0, "gp2|gp3|io1", "g" },
		{ "Attribute", PARAM_STRING, PARAM_LOOSE,
		  "description|launchPermission", "g" },
		{ "Secret", PARAM_STRING, PARAM_SECRET, "x|y", "g" },
		{ "NoDevice", PARAM_STRING, PARAM_EMPTY, NULL, "h" },
		{ "Needed", PARAM_STRING, PARAM_REQUIRED, NULL, "i" },
		{ "Things", PARAM_STRUCT, PARAM_LIST, NULL, "j", "Thing",
		  inner },
		{ "One", PARAM_STRUCT, 0, NULL, "k", NULL, inner },
		PARAMS_DRY_RUN,
		PARAMS_CLIENT_TOKEN,
		{ 0 },
	},
	.run = run,
};

/* Checks a JSON text; the needed parameter is added unless it is there. */
static bool check(const char *json, struct args *args, struct call *call,
		  struct error *err)
{
	*args = (struct args){ json_loads(json, 0, NULL) };
	*call = (struct call){ .account = "123456789012" };
	*err = (struct error){ 0 };
	assert(args->root);
	if (!args_has(args, "Needed"))
		json_object_set_new(args->root, "Needed", json_string("x"));
	return action_check(&action, call, args, err);
}

static void passes(const char *json, const char *becomes)
{
	struct args args;
	struct call call;
	struct error err;
	char *text;

	if (!check(json, &args, &call, &err)) {
		fprintf(stderr, "%s: %s\n", json, err.text);
		assert(false);
	}
	json_object_del(args.root, "Needed");
	text = json_dumps(args.root, JSON_COMPACT);
	if (strcmp(text, becomes) != 0)
		fprintf(stderr, "%s became %s\n", json, text);
	assert(strcmp(text, becomes) == 0);
	free(text);
	args_done(&args);
}

static void fails(const char *json, const char *code, const char *text)
{
	struct args args;
	struct call call;
	struct error err;

	assert(!check(json, &args, &call, &err));
	if (strcmp(fault_code(err.fault), code) != 0 || !strstr(err.text, text))
		fprintf(stderr, "%s: %s: %s\n", json, fault_code(err.fault),
			err.text);
	assert(strcmp(fault_code(err.fault), code) == 0);
	assert(strstr(err.text, text));
	args_done(&args);
}

static void test_types(void)
{
	passes("{}", "{}");
	passes("{\"Text\":\"a\"}", "{\"Text\":\"a\"}");
	passes("{\"Text\":\"\"}", "{}");
	passes("{\"Text\":null}", "{}");
	passes("{\"NoDevice\":\"\"}", "{\"NoDevice\":\"\"}");
	passes("{\"Count\":\"12\"}", "{\"Count\":12}");
	passes("{\"Count\":-1}", "{\"Count\":-1}");
	passes("{\"Flag\":\"True\"}", "{\"Flag\":true}");
	passes("{\"Flag\":\"false\"}", "{\"Flag\":false}");
	passes("{\"Real\":\"1.5\"}", "{\"Real\":1.5}");
	passes("{\"When\":\"2026-11-21T01:02:03Z\"}",
	       "{\"When\":\"2026-11-21T01:02:03Z\"}");
	passes("{\"Data\":\"aGk=\"}", "{\"Data\":\"aGk=\"}");
	passes("{\"VolumeIds\":[\"vol-12345678\",\"\"]}",
	       "{\"VolumeIds\":[\"vol-12345678\"]}");
	passes("{\"VolumeIds\":[]}", "{}");
	passes("{\"Any\":\"eni-attach-12345678\"}",
	       "{\"Any\":\"eni-attach-12345678\"}");
	passes("{\"Attribute\":\"LaunchPermission \"}",
	       "{\"Attribute\":\"launchPermission\"}");
	passes("{\"Things\":[{\"Name\":\"a\",\"Size\":\"8\"}]}",
	       "{\"Things\":[{\"Name\":\"a\",\"Size\":8}]}");
	fails("{\"Text\":1}", "InvalidParameterValue",
	      "Value (1) for parameter Text is invalid.");
	fails("{\"Count\":\"x\"}", "InvalidParameterValue",
	      "Value (x) for parameter Count is invalid.");
	fails("{\"Count\":\"99999999999999999999\"}", "InvalidParameterValue",
	      "Expecting an integer");
	fails("{\"Count\":\" 1\"}", "InvalidParameterValue", "integer");
	fails("{\"Flag\":\"yes\"}", "InvalidParameterValue", "true or false");
	fails("{\"When\":\"soon\"}", "InvalidParameterValue", "ISO 8601");
	fails("{\"Kind\":\"gp\"}", "InvalidParameterValue", "(gp)");
	fails("{\"Kind\":\"GP2\"}", "InvalidParameterValue", "(GP2)");
	fails("{\"Kind\":\"gp2|gp3\"}", "InvalidParameterValue", "gp2|gp3");
	fails("{\"VolumeIds\":\"vol-12345678\"}", "InvalidParameterValue",
	      "a list");
	fails("{\"One\":[]}", "InvalidParameterValue", "a structure");
	fails("{\"UserData\":\"?\"}", "InvalidUserData.Malformed", "BASE64");
}

static void test_ids(void)
{
	passes("{\"ImageId\":\"ami-0123456789abcdef0\"}",
	       "{\"ImageId\":\"ami-0123456789abcdef0\"}");
	passes("{\"Resources\":[\"i-12345678\",\"snap-12345678\"]}",
	       "{\"Resources\":[\"i-12345678\",\"snap-12345678\"]}");
	fails("{\"ImageId\":\"ami-xyz\"}", "InvalidAMIID.Malformed",
	      "Invalid id: \"ami-xyz\" (expecting \"ami-...\")");
	fails("{\"ImageId\":\"vol-12345678\"}", "InvalidAMIID.Malformed", "");
	fails("{\"VolumeIds\":[\"vol-1\"]}", "InvalidVolumeID.Malformed", "");
	fails("{\"Resources\":[\"vol-12345678\"]}", "InvalidID", "vol-1");
	fails("{\"Any\":\"12345678\"}", "InvalidID", "");
	fails("{\"Any\":\"-12345678\"}", "InvalidID", "");
	fails("{\"Any\":\"averyveryverylongprefixindeedtoolong-12345678\"}",
	      "InvalidID", "");
}

static void test_names(void)
{
	fails("{\"Needed\":\"\"}", "MissingParameter",
	      "The request must contain the parameter Needed");
	fails("{\"Nope\":1}", "UnknownParameter",
	      "The parameter Nope is not recognized");
	fails("{\"Things\":[{\"Name\":\"a\"},{}]}", "MissingParameter",
	      "The request must contain the parameter Thing.2.Name");
	fails("{\"Things\":[{\"Name\":\"a\",\"Siz\":1}]}", "UnknownParameter",
	      "Thing.1.Siz");
	fails("{\"One\":{\"Name\":\"a\",\"Size\":\"b\"}}",
	      "InvalidParameterValue", "One.VolumeSize");
}

static void test_secret(void)
{
	struct args args;
	struct call call;
	struct error err;

	assert(!check("{\"Secret\":\"hunter2\"}", &args, &call, &err));
	assert(!strstr(err.text, "hunter2"));
	args_done(&args);
	assert(!check("{\"Data\":\"hunter2\"}", &args, &call, &err));
	assert(!strstr(err.text, "hunter2"));
	args_done(&args);
}

/* The same request has the same digest, whatever the order of its parameters
 * and whether it is tried dry. */
static void test_call(void)
{
	struct args a, b;
	struct call x, y;
	struct error err;

	assert(check("{\"Text\":\"a\",\"Count\":1,\"ClientToken\":\"t\"}", &a,
		     &x, &err));
	assert(check("{\"Count\":\"1\",\"DryRun\":\"true\",\"Text\":\"a\"}", &b,
		     &y, &err));
	assert(strcmp(x.request, y.request) == 0 && strlen(x.request) == 64);
	assert(strcmp(x.client_token, "t") == 0 && !y.client_token);
	assert(!x.dry_run && y.dry_run);
	assert(strcmp(x.action, "TestThing") == 0);
	args_done(&b);
	assert(check("{\"Text\":\"b\",\"Count\":1}", &b, &y, &err));
	assert(strcmp(x.request, y.request) != 0);
	args_done(&a);
	args_done(&b);
	fails("{\"ClientToken\":\"\\u00e4\"}", "InvalidParameterValue", "64");
	fails("{\"ClientToken\":\"1234567890123456789012345678901234567890"
	      "1234567890123456789012345\"}",
	      "InvalidParameterValue", "64");
	passes("{\"ClientToken\":\"1234567890123456789012345678901234567890"
	       "123456789012345678901234\"}",
	       "{\"ClientToken\":\"1234567890123456789012345678901234567890"
	       "123456789012345678901234\"}");
}

static void test_run(void)
{
	struct args args = { json_pack("{s:s,s:s}", "Needed", "n", "Text",
				       "hello") };
	struct call call = { .account = "123456789012" };
	struct error err = { 0 };
	struct reply reply;

	assert(reply_init(&reply, &err));
	assert(action_run(&action, &call, &args, &reply, &err));
	assert(strcmp(reply.root->children.first->text, "hello") == 0);
	assert(!reply.broken);
	reply_done(&reply);
	args_done(&args);
}

int main(void)
{
	test_types();
	test_ids();
	test_names();
	test_secret();
	test_call();
	test_run();
	return 0;
}
