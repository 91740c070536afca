/* words.c - what only we have, and what parse.c needs no AWS CLI for
 *
 * Local verbs: letters, positional words, the verbatim rest. And the AWS CLI's
 * options that build other parameters.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/cli/parse.h"

static const struct action verb = {
	.name = "thing",
	.local = true,
	.params = (const struct param[]) {
		{ "Image", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED,
		  NULL, "a" },
		{ "Others", PARAM_STRING, PARAM_POSITIONAL | PARAM_LIST, NULL,
		  "b" },
		{ "Type", PARAM_STRING, 0, NULL, "c", NULL, NULL, 't' },
		{ "All", PARAM_BOOLEAN, 0, NULL, "d", NULL, NULL, 'a' },
		{ "Follow", PARAM_BOOLEAN, 0, NULL, "e", NULL, NULL, 'f' },
		{ "Ports", PARAM_STRING, PARAM_LIST, NULL, "f", NULL, NULL,
		  'p' },
		{ "Count", PARAM_INTEGER, 0, NULL, "g", NULL, NULL, 'n' },
		{ 0 },
	},
};

static const struct action ssh = {
	.name = "ssh",
	.local = true,
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED,
		  NULL, "a" },
		{ "Command", PARAM_STRING,
		  PARAM_POSITIONAL | PARAM_LIST | PARAM_REST, NULL, "b" },
		{ "User", PARAM_STRING, 0, NULL, "c", NULL, NULL, 'u' },
		{ 0 },
	},
};

static const struct param address[] = {
	{ "PrivateIpAddress", PARAM_STRING, 0, NULL, "a" },
	{ "Primary", PARAM_BOOLEAN, 0, NULL, "a" },
	{ 0 },
};

static const struct param interface[] = {
	{ "AssociatePublicIpAddress", PARAM_BOOLEAN, 0, NULL, "a" },
	{ "DeviceIndex", PARAM_INTEGER, 0, NULL, "a" },
	{ "SubnetId", PARAM_STRING, 0, NULL, "a" },
	{ "Groups", PARAM_STRING, PARAM_LIST, NULL, "a" },
	{ "PrivateIpAddresses", PARAM_STRUCT, PARAM_LIST, NULL, "a", NULL,
	  address },
	{ "SecondaryPrivateIpAddressCount", PARAM_INTEGER, 0, NULL, "a" },
	{ 0 },
};

static const struct action launch = {
	.name = "RunInstances",
	.params = (const struct param[]) {
		{ "MinCount", PARAM_INTEGER, PARAM_REQUIRED, NULL, "a" },
		{ "MaxCount", PARAM_INTEGER, PARAM_REQUIRED, NULL, "a" },
		{ "SubnetId", PARAM_STRING, 0, NULL, "a" },
		{ "SecurityGroupIds", PARAM_STRING, PARAM_LIST, NULL, "a" },
		{ "PrivateIpAddress", PARAM_STRING, 0, NULL, "a" },
		{ "NetworkInterfaces", PARAM_STRUCT, PARAM_LIST, NULL, "a",
		  NULL, interface },
		{ 0 },
	},
};

static const struct param s3[] = {
	{ "Bucket", PARAM_STRING, 0, NULL, "a" },
	{ "Prefix", PARAM_STRING, 0, NULL, "a" },
	{ 0 },
};

static const struct param storage[] = {
	{ "S3", PARAM_STRUCT, 0, NULL, "a", NULL, s3 },
	{ 0 },
};

static const struct action bundle = {
	.name = "BundleInstance",
	.params = (const struct param[]) {
		{ "Storage", PARAM_STRUCT, PARAM_REQUIRED, NULL, "a", NULL,
		  storage },
		{ 0 },
	},
};

static const struct param range[] = {
	{ "CidrIp", PARAM_STRING, 0, NULL, "a" },
	{ 0 },
};

static const struct param pair[] = {
	{ "GroupId", PARAM_STRING, 0, NULL, "a" },
	{ "GroupName", PARAM_STRING, 0, NULL, "a" },
	{ "UserId", PARAM_STRING, 0, NULL, "a" },
	{ 0 },
};

static const struct param permission[] = {
	{ "IpProtocol", PARAM_STRING, 0, NULL, "a" },
	{ "FromPort", PARAM_INTEGER, 0, NULL, "a" },
	{ "ToPort", PARAM_INTEGER, 0, NULL, "a" },
	{ "IpRanges", PARAM_STRUCT, PARAM_LIST, NULL, "a", NULL, range },
	{ "UserIdGroupPairs", PARAM_STRUCT, PARAM_LIST, NULL, "a", NULL,
	  pair },
	{ 0 },
};

static const struct action authorize = {
	.name = "AuthorizeSecurityGroupIngress",
	.params = (const struct param[]) {
		{ "IpPermissions", PARAM_STRUCT, PARAM_LIST, NULL, "a", NULL,
		  permission },
		{ 0 },
	},
};

/* Parses words separated by blanks; the complaint or the parameters. */
static char *parse(const struct action *action, const char *line)
{
	const char *words[32];
	char text[512];
	size_t count = 0;
	struct parsed parsed = { .complaint = BUF_INIT };
	struct options options = { 0 };
	char *result;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		words[count++] = word;
	words[count] = NULL;
	assert(args_init(&parsed.args));
	if (parse_words(action, words, &options, &parsed))
		result = json_dumps(parsed.args.root,
				    JSON_COMPACT | JSON_SORT_KEYS);
	else
		result = strdup(buf_text(&parsed.complaint));
	args_done(&parsed.args);
	buf_done(&parsed.complaint);
	return result;
}

static void same(const struct action *action, const char *line,
		 const char *want)
{
	char *got = parse(action, line);

	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s\nwant: %s\ngot:  %s\n", line, want, got);
	assert(strcmp(got, want) == 0);
	free(got);
}

static void test_verb(void)
{
	same(&verb, "debian", "{\"Image\":\"debian\"}");
	same(&verb, "-t m5.large debian",
	     "{\"Image\":\"debian\",\"Type\":\"m5.large\"}");
	same(&verb, "debian -tm5.large",
	     "{\"Image\":\"debian\",\"Type\":\"m5.large\"}");
	same(&verb, "a -af b c",
	     "{\"All\":true,\"Follow\":true,\"Image\":\"a\",\"Others\":"
	     "[\"b\",\"c\"]}");
	same(&verb, "a --no-all --fol -n5",
	     "{\"All\":false,\"Count\":5,\"Follow\":true,\"Image\":\"a\"}");
	same(&verb, "a -p 1 --ports 2 b --ports=3",
	     "{\"Image\":\"a\",\"Others\":[\"b\"],\"Ports\":[\"1\",\"2\","
	     "\"3\"]}");
	same(&verb, "-- -a --b", "{\"Image\":\"-a\",\"Others\":[\"--b\"]}");
	same(&verb, "", "the following arguments are required: IMAGE");
	same(&verb, "a -t", "argument --type: expected one argument");
	same(&verb, "a -z", "Unknown options: -z");
	same(&verb, "a --typ", "argument --type: expected one argument");
	same(&verb, "a --tpye x",
	     "Unknown options: --tpye\n"
	     "Did you mean --type?");
	same(&verb, "a -n x",
	     "Error parsing parameter '--count': invalid integer: x");
	same(&ssh, "web -u me ls -la --user root -- x",
	     "{\"Command\":[\"ls\",\"-la\",\"--user\",\"root\",\"--\",\"x\"],"
	     "\"Name\":\"web\",\"User\":\"me\"}");
}

static void test_count(void)
{
	same(&launch, "", "{\"MaxCount\":1,\"MinCount\":1}");
	same(&launch, "--count 2:4", "{\"MaxCount\":4,\"MinCount\":2}");
	same(&launch, "--count x",
	     "count parameter should be of form min[:max] (e.g. 1 or 1:10)");
	same(&launch, "--cuont 2",
	     "Unknown options: --cuont, 2\nDid you mean --count?");
	same(&launch, "--min-count 2", "Unknown options: --min-count, 2");
}

static void test_interface(void)
{
	same(&launch,
	     "--associate-public-ip-address --subnet-id s "
	     "--security-group-ids g",
	     "{\"MaxCount\":1,\"MinCount\":1,\"NetworkInterfaces\":[{"
	     "\"AssociatePublicIpAddress\":true,\"DeviceIndex\":0,"
	     "\"Groups\":[\"g\"],\"SubnetId\":\"s\"}]}");
	same(&launch, "--secondary-private-ip-addresses a b",
	     "{\"MaxCount\":1,\"MinCount\":1,\"NetworkInterfaces\":[{"
	     "\"DeviceIndex\":0,\"PrivateIpAddresses\":[{\"Primary\":false,"
	     "\"PrivateIpAddress\":\"a\"},{\"Primary\":false,"
	     "\"PrivateIpAddress\":\"b\"}]}]}");
	same(&launch,
	     "--network-interfaces DeviceIndex=0 "
	     "--no-associate-public-ip-address",
	     "Mixing the --network-interfaces option with the simple, scalar "
	     "options is not supported.");
	same(&launch, "--secondary-private-ip-address-count x",
	     "argument --secondary-private-ip-address-count: invalid int "
	     "value: 'x'");
}

static void test_storage(void)
{
	same(&bundle, "--bucket b --prefix p",
	     "{\"Storage\":{\"S3\":{\"Bucket\":\"b\",\"Prefix\":\"p\"}}}");
	same(&bundle, "", "the following arguments are required: --storage");
}

static void test_permissions(void)
{
	same(&authorize, "--protocol tcp --port 22 --cidr 0.0.0.0/0",
	     "{\"IpPermissions\":[{\"FromPort\":22,\"IpProtocol\":\"tcp\","
	     "\"IpRanges\":[{\"CidrIp\":\"0.0.0.0/0\"}],\"ToPort\":22}]}");
	same(&authorize,
	     "--protocol all --port 20-25 --source-group web "
	     "--group-owner 111122223333",
	     "{\"IpPermissions\":[{\"FromPort\":20,\"IpProtocol\":\"-1\","
	     "\"ToPort\":25,\"UserIdGroupPairs\":[{\"GroupName\":\"web\","
	     "\"UserId\":\"111122223333\"}]}]}");
	same(&authorize, "--port all --source-group sg-1",
	     "{\"IpPermissions\":[{\"FromPort\":-1,\"ToPort\":-1,"
	     "\"UserIdGroupPairs\":[{\"GroupId\":\"sg-1\"}]}]}");
	same(&authorize, "--port x",
	     "port parameter should be of the form <from[-to]> (e.g. 22 or "
	     "22-25)");
}

int main(void)
{
	test_verb();
	test_count();
	test_interface();
	test_storage();
	test_permissions();
	return 0;
}
