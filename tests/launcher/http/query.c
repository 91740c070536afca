/* query.c - forms and queries of every kind, and what XML answers them */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/store.h"
#include "launcher/http/query.h"

#define EC2 "Version=2016-11-15&Action="
#define ID "ec2f0000-0000-4000-8000-000000000000"

static struct store *store;

struct sent {
	const char *method;
	const char *query;
	const char *body;
	const char *type;
	const char *service; /* NULL: refused before it was known */
};

static struct exchange ask(const struct sent *sent)
{
	static struct sigv4_pair header;
	struct exchange exchange = {
		.arena = arena_new(),
		.id = ID,
		.now = clock_now(),
		.method = sent->method,
		.path = "/",
		.query = sent->query,
		.body = sent->body,
		.body_size = sent->body ? strlen(sent->body) : 0,
		.body_fd = -1,
		.fd = -1,
		.store = store,
		.headers = &header,
		.header_count = sent->type ? 1 : 0,
	};
	const struct caller caller = {
		.account = "123456789012",
		.service = sent->service,
		.region = "us-east-1",
	};
	struct error err = { 0 };

	header = (struct sigv4_pair){ "Content-Type", sent->type };
	if (sent->service) {
		query_answer(&exchange, &caller);
	} else {
		fail(&err, FAULT_MISSING_TOKEN, "nobody");
		query_refuse(&exchange, NULL, &err);
	}
	return exchange;
}

static void done(struct exchange *exchange)
{
	buf_done(&exchange->text);
	arena_free(exchange->arena);
}

/* The answer must have that status and say that. */
static void must(const struct sent *sent, unsigned status, const char *says)
{
	struct exchange exchange = ask(sent);
	const char *text = buf_text(&exchange.text);

	if (exchange.status != status || !strstr(text, says))
		fprintf(stderr, "%s %s %s: %u, wanted %u and %s\n%s\n",
			sent->method, sent->query, sent->body ? sent->body : "",
			exchange.status, status, says, text);
	assert(exchange.status == status && strstr(text, says));
	assert((exchange.code == NULL) == (status == 200));
	done(&exchange);
}

static void post(const char *body, unsigned status, const char *says)
{
	must(&(struct sent){ "POST", "", body, NULL, "ec2" }, status, says);
}

static void get(const char *query, unsigned status, const char *says)
{
	must(&(struct sent){ "GET", query, NULL, NULL, "ec2" }, status, says);
}

static void test_actions(void)
{
	post(EC2 "DescribeRegions", 200,
	     "<DescribeRegionsResponse "
	     "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>" ID
	     "</requestId><regionInfo><item><regionEndpoint>");
	get(EC2 "DescribeRegions", 200, "<regionName>us-east-1<");
	get(EC2 "DescribeRegions&X-Amz-Signature=0&X-Amz-Date=1&X-Amz-"
		"Credential=a%2Fb&X-Amz-Expires=1&X-Amz-SignedHeaders=host"
		"&X-Amz-Algorithm=a&X-Amz-Security-Token=",
	    200, "us-east-1");
	post(EC2 "DescribeRegions&X-Amz-Date=1", 400,
	     "<Code>UnknownParameter</Code><Message>The parameter X-Amz-Date ");
	post("Version=2014-10-01&Action=DescribeRegions", 200, "us-east-1");
	post("Version=2011-06-15&Action=DescribeRegions", 400,
	     "<Response><Errors><Error><Code>NoSuchVersion</Code>");
	post("Action=DescribeRegions", 400, "<Code>MissingParameter</Code>");
	post("Version=2016-11-15", 400, "<Code>MissingAction</Code>");
	post("", 400, "<Code>MissingAction</Code>");
	post(EC2, 400, "<Code>MissingAction</Code>");
	post(EC2 "DescribeRegion", 400,
	     "<Code>InvalidAction</Code><Message>The action DescribeRegion is "
	     "not valid for this web service.</Message></Error></Errors>"
	     "<RequestID>" ID "</RequestID></Response>");
	post(EC2 "describe-regions", 400, "<Code>InvalidAction</Code>");
	/* another service's, and the command line's own */
	post(EC2 "StartSnapshot", 400, "<Code>InvalidAction</Code>");
	post(EC2 "import", 400, "<Code>InvalidAction</Code>");
	post(EC2 "self-test", 400, "<Code>InvalidAction</Code>");
	post(EC2 "DescribeRegions&Action=DescribeVpcs", 400,
	     "<Code>UnknownParameter</Code>");
	post(EC2 "DescribeRegions&Version=2016-11-15", 400,
	     "<Code>UnknownParameter</Code>");
}

static void test_forms(void)
{
	struct sent sent = { "POST", "", EC2 "DescribeRegions", NULL, "ec2" };

	sent.type = "application/x-www-form-urlencoded; charset=utf-8";
	must(&sent, 200, "us-east-1");
	sent.type = "APPLICATION/x-www-form-urlencoded";
	must(&sent, 200, "us-east-1");
	sent.type = "application/x-www-form-urlencodedx";
	must(&sent, 400, "<Code>MalformedQueryString</Code>");
	sent.type = "application/json";
	must(&sent, 400, "<Code>MalformedQueryString</Code>");
	sent = (struct sent){ "GET", EC2 "DescribeRegions", "a=b", NULL,
			      "ec2" };
	must(&sent, 400, "A GET has no body");
	sent = (struct sent){ "PUT", EC2 "DescribeRegions", NULL, NULL, "ec2" };
	must(&sent, 400, "The method must be POST or GET");
	/* both at once are one call's */
	sent = (struct sent){ "POST", "Version=2016-11-15",
			      "Action=DescribeRegions", NULL, "ec2" };
	must(&sent, 200, "us-east-1");
	post(EC2 "DescribeRegions&RegionName.1=%75s%2Deast-1&&DryRun=false&",
	     200, "us-east-1");
	post(EC2 "DescribeTags&Filter.1.Name=value&Filter.1.Value.1=a+b%2B",
	     200, "<tagSet/>");
	get(EC2 "DescribeTags&Filter.1.Name=value&Filter.1.Value.1=a+b", 400,
	    "a '+' must be written as %2B");
	post(EC2 "DescribeRegions&A=%4", 400, "no two hexadecimal digits");
	post(EC2 "DescribeRegions&A=%", 400, "no two hexadecimal digits");
	post(EC2 "DescribeRegions&A=%zz", 400, "no two hexadecimal digits");
	post(EC2 "DescribeRegions&A%00=", 400, "it contains a NUL");
	post(EC2 "DescribeRegions&A=%ff", 400, "it is not UTF-8");
	post(EC2 "DescribeRegions&A=%c3", 400, "it is not UTF-8");
	post(EC2 "DescribeRegions&=", 400,
	     "<Message>The parameter  is not recognized");
}

/* As many parameters as there may be, and one more. */
static void test_many(void)
{
	struct buf body = BUF_INIT;

	buf_str(&body, EC2 "DescribeRegions");
	for (int i = 2; i < 16384; i++)
		buf_printf(&body, "&RegionName.%d=us-east-1", i);
	post(buf_text(&body), 200, "us-east-1");
	buf_str(&body, "&DryRun=");
	post(buf_text(&body), 400, "it has too many parameters");
	buf_done(&body);
}

/* A dry run of a call that names everything it knows says so with a 412. */
#define LAUNCH                                                            \
	EC2 "RunInstances&DryRun=true&MinCount=1&MaxCount=1&"            \
	    "ImageId=ami-00000000000000000&"

static void test_names(void)
{
	static const char none[] = "<Code>InvalidAMIID.NotFound</Code>";

	/* known, sparse, empty */
	post(LAUNCH "BlockDeviceMapping.7.DeviceName=/dev/sdf&"
		    "BlockDeviceMapping.7.Ebs.VolumeSize=1&"
		    "BlockDeviceMapping.7.NoDevice=&"
		    "BlockDeviceMapping.999999999.DeviceName=/dev/sdg&"
		    "BlockDeviceMapping.999999999.NoDevice=",
	     400, none);
	post(LAUNCH "Placement.AvailabilityZone=&UserData=&KeyName=&"
		    "SecurityGroupId.1=&SecurityGroupId.5=",
	     400, none);
	/* as the wire has them, and as the row has them only */
	post(LAUNCH "SecurityGroupIds.1=sg-1", 400,
	     "The parameter SecurityGroupIds.1 is not recognized");
	post(LAUNCH "BlockDeviceMapping.1.Ebs.Size=1", 400,
	     "The parameter BlockDeviceMapping.1.Ebs.Size is not recognized");
	post(LAUNCH "BlockDeviceMapping.1000000000.NoDevice=", 400,
	     "<Code>UnknownParameter</Code>");
	post(LAUNCH "BlockDeviceMapping.01.NoDevice=", 400,
	     "<Code>UnknownParameter</Code>");
	post(LAUNCH "BlockDeviceMapping.-1.NoDevice=", 400,
	     "<Code>UnknownParameter</Code>");
	post(LAUNCH "BlockDeviceMapping.=", 400,
	     "<Code>UnknownParameter</Code>");
	post(LAUNCH "BlockDeviceMapping=", 400,
	     "<Code>UnknownParameter</Code>");
	post(LAUNCH "BlockDeviceMapping.1=", 400,
	     "<Code>UnknownParameter</Code>");
	post(LAUNCH "BlockDeviceMapping.1.=", 400,
	     "<Code>UnknownParameter</Code>");
	post(LAUNCH "BlockDeviceMapping.1.Ebs=", 400,
	     "<Code>UnknownParameter</Code>");
	post(LAUNCH "MinCount.1=1", 400, "<Code>UnknownParameter</Code>");
	/* what the store's owner alone may say, at the command line */
	post(EC2 "ModifyImageAttribute&ImageId=ami-0fedcba9876543210&"
		 "LaunchPermission.Add.1.Group=all&Force=true",
	     400, "The parameter Force is not recognized");
	post(LAUNCH "MinCount.=1", 400, "<Code>UnknownParameter</Code>");
	post(LAUNCH "SecurityGroupId.1.member.1=1", 400,
	     "<Code>UnknownParameter</Code>");
	/* twice */
	post(LAUNCH "MinCount=1", 400,
	     "The parameter MinCount was given more than once");
	post(LAUNCH "KeyName=&KeyName=a", 400,
	     "The parameter KeyName was given more than once");
	post(LAUNCH "SecurityGroupId.1=sg-1&SecurityGroupId.1=sg-1", 400,
	     "The parameter SecurityGroupId.1 was given more than once");
	/* what only the command line has: files of the host */
	post(EC2 "ImportSnapshot&DiskContainer.File=/etc/passwd&"
		 "DiskContainer.Format=raw",
	     400, "The parameter DiskContainer.File is not recognized");
	/* elements come in the order of their numbers */
	post(EC2 "CreateTags&Tag.10.Key=b&Tag.9.Key=a&ResourceId.3=no&"
		 "ResourceId.2=neither",
	     400, "neither");
	/* what is wrong with a value has the wire's name */
	post(LAUNCH "BlockDeviceMapping.3.Ebs.VolumeSize=big", 400,
	     "Value (big) for parameter BlockDeviceMapping.1.Ebs.VolumeSize "
	     "is invalid. Expecting an integer.");
}

static void test_refused(void)
{
	struct sent sent = { "POST", "", "Version=2016-11-15&Action=A", NULL,
			     NULL };

	must(&sent, 403,
	     "<Response><Errors><Error>"
	     "<Code>MissingAuthenticationToken</Code>");
	sent.body = "Version=2011-06-15&Action=GetCallerIdentity";
	must(&sent, 403,
	     "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/"
	     "\"><Error><Type>Sender</Type>"
	     "<Code>MissingAuthenticationToken</Code>");
	sent.body = "Version=2010-05-08&Action=GetUser";
	must(&sent, 403, "https://iam.amazonaws.com/doc/2010-05-08/");
	sent.body = "Version=%00";
	must(&sent, 403, "<Response>");
	sent.body = EC2 "A&AWSAccessKeyId=AKIA&SignatureVersion=2&Signature=s";
	must(&sent, 401, "must be signed with AWS Signature Version 4");
}

int main(void)
{
	const char *dir = getenv("TMPDIR");
	char *path = format_text("%s/query-store", dir ? dir : "/tmp");
	struct call call = { .account = "" };
	struct error err = { 0 };

	assert(path && store_open(path, "us-east-1", &store, &err));
	call.store = store;
	assert(call_account(&call, "123456789012", &err));
	test_actions();
	test_forms();
	test_many();
	test_names();
	test_refused();
	store_close(store);
	free(path);
	return 0;
}
