/* xml.c - one reply as JSON shows it and as EC2's wire has it */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/action/xml.h"
#include "launcher/cli/render.h"

static const struct action ec2 = { .name = "DescribeThings" };
static const struct action sts = { .name = "GetThing", .service = "sts" };

static void build(struct reply *reply)
{
	struct error err = { 0 };
	struct node *list, *item;

	assert(reply_init(reply, &err));
	list = node_list(reply->root, "Things", "thingSet");
	item = node_item(list);
	node_str(item, "ThingId", "thingId",
		 "<a & \"b\">\r\x01\xff\xc3\xa4\xef\xbf\xbf");
	node_str(item, "Description", "description", "");
	node_str(item, "Absent", "absent", NULL);
	node_int(item, "Size", "size", -8);
	node_bool(item, "Encrypted", "encrypted", true);
	node_double(item, "Ratio", "ratio", 2.5);
	node_time(item, "Started", "started", 1795222923123456);
	node_time(item, "Ended", "ended", 1795222923000000);
	node_str(item, "Hidden", NULL, "json only");
	node_item_str(node_list(item, "Names", "nameSet"), "n");
	node_list(item, "Tags", "tagSet");
	reply_return(reply);
}

static void same(const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fprintf(stderr, "got:\n%s\nwant:\n%s\n", got, want);
	assert(strcmp(got, want) == 0);
}

static void test_ec2(void)
{
	struct buf out = BUF_INIT;
	struct reply reply;

	build(&reply);
	xml_reply(&ec2, &reply, "r-1", &out);
	same(buf_text(&out),
	     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	     "<DescribeThingsResponse "
	     "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
	     "<requestId>r-1</requestId><thingSet><item>"
	     "<thingId>&lt;a &amp; \"b\"&gt;&#13;\xef\xbf\xbd\xef\xbf\xbd"
	     "\xc3\xa4\xef\xbf\xbd</thingId><description/><size>-8</size>"
	     "<encrypted>true</encrypted><ratio>2.5</ratio>"
	     "<started>2026-11-21T01:02:03.123Z</started>"
	     "<ended>2026-11-21T01:02:03.000Z</ended>"
	     "<nameSet><item>n</item></nameSet><tagSet/></item></thingSet>"
	     "<return>true</return></DescribeThingsResponse>");
	buf_done(&out);
	reply_done(&reply);
}

static void test_json(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct reply reply;

	build(&reply);
	render_compact(reply.root, out);
	fclose(out);
	same(text,
	     "{\"Things\":[{\"ThingId\":\"<a & \\\"b\\\">\\r\\u0001"
	     "\xef\xbf\xbd\xc3\xa4\xef\xbf\xbf\",\"Description\":\"\",\"Size\":-8,"
	     "\"Encrypted\":true,\"Ratio\":2.5,"
	     "\"Started\":\"2026-11-21T01:02:03.123000+00:00\","
	     "\"Ended\":\"2026-11-21T01:02:03+00:00\","
	     "\"Hidden\":\"json only\",\"Names\":[\"n\"],\"Tags\":[]}]}");
	free(text);
	reply_done(&reply);
}

static void test_query_service(void)
{
	struct buf out = BUF_INIT;
	struct error err = { 0 };
	struct reply reply;

	assert(reply_init(&reply, &err));
	node_str(reply.root, "Account", "Account", "123456789012");
	node_item_str(node_list(reply.root, "L", "L"), "x");
	xml_reply(&sts, &reply, "r-1", &out);
	same(buf_text(&out),
	     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetThingResponse "
	     "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
	     "<GetThingResult><Account>123456789012</Account><L><member>x"
	     "</member></L></GetThingResult><ResponseMetadata><RequestId>r-1"
	     "</RequestId></ResponseMetadata></GetThingResponse>");
	buf_done(&out);
	reply_done(&reply);
}

static void test_errors(void)
{
	struct buf out = BUF_INIT;
	struct error err = { FAULT_IMAGE_NOT_FOUND, "not <there>" };

	xml_error("ec2", &err, "r-1", &out);
	same(buf_text(&out),
	     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors>"
	     "<Error><Code>InvalidAMIID.NotFound</Code><Message>not "
	     "&lt;there&gt;</Message></Error></Errors>"
	     "<RequestID>r-1</RequestID></Response>");
	buf_done(&out);
	xml_error("sts", &err, "r-1", &out);
	assert(strstr(buf_text(&out), "<Type>Sender</Type><Code>Invalid"));
	buf_done(&out);
}

/* The AWS CLI prints nothing at all for a call that only succeeds. */
static void test_void(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct error err = { 0 };
	struct reply reply;

	assert(reply_init(&reply, &err));
	reply_return(&reply);
	render_json(reply.root, out);
	render_text(reply.root, out);
	assert(render_table(reply.root, "X", 80, false, out, &err));
	fclose(out);
	assert(size == 0);
	free(text);
	reply_done(&reply);
}

int main(void)
{
	test_ec2();
	test_json();
	test_query_service();
	test_errors();
	test_void();
	return 0;
}
