/* policy.c - a lifecycle policy's document: what it means, and that each wrong
 * member is refused by its path
 */
#include "images/policy.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "images/base/buf.h"

static const char whole[] =
	"{\"Description\":\"d\",\"State\":\"DISABLED\",\"PolicyDetails\":{"
	"\"PolicyType\":\"EBS_SNAPSHOT_MANAGEMENT\","
	"\"ResourceTypes\":[\"VOLUME\"],"
	"\"TargetTags\":[{\"Key\":\"Backup\",\"Value\":\"yes\"}],"
	"\"Schedules\":[{\"Name\":\"night\",\"CreateRule\":{\"Interval\":24,"
	"\"IntervalUnit\":\"HOURS\",\"Times\":[\"03:00\"]},\"RetainRule\":{"
	"\"Daily\":7,\"Weekly\":4,\"Monthly\":12},\"CopyTags\":true,"
	"\"TagsToAdd\":[{\"Key\":\"a\",\"Value\":\"b\"}]},"
	"{\"Name\":\"month\",\"CreateRule\":{\"CronExpression\":"
	"\"cron(0 4 1 * ? *)\"},\"RetainRule\":{\"Interval\":3,"
	"\"IntervalUnit\":\"MONTHS\",\"Count\":2}}]}}";

static void test_whole(struct arena *arena)
{
	struct error err = { FAULT_NONE };
	struct policy policy;
	const struct policy_schedule *one;

	assert(policy_read(whole, arena, &policy, &err));
	assert(strcmp(policy.description, "d") == 0 && !policy.enabled);
	assert(!policy.images && policy.target_count == 1);
	assert(strcmp(policy.targets[0].key, "Backup") == 0);
	assert(strcmp(policy.targets[0].value, "yes") == 0);
	assert(policy.schedule_count == 2);
	one = &policy.schedules[0];
	assert(strcmp(one->name, "night") == 0 && one->copy_tags);
	assert(one->keep.daily == 7 && one->keep.weekly == 4 &&
	       one->keep.monthly == 12 && !one->keep.count && !one->keep.age);
	assert(one->tag_count == 1 && strcmp(one->tags[0].value, "b") == 0);
	assert(one->when.hours == 1 << 3 && one->when.minutes == 1);
	one = &policy.schedules[1];
	assert(one->keep.age == 3 && one->keep.unit == 'm' &&
	       one->keep.count == 2 && !one->copy_tags && !one->tag_count);
}

/* With `from` replaced by `to` the document is refused, and that is said. */
static void wrong(struct arena *arena, const char *from, const char *to,
		  const char *said)
{
	const char *at = strstr(whole, from);
	struct error err = { FAULT_NONE };
	struct policy policy;
	auto_buf text = BUF_INIT;

	assert(at);
	buf_printf(&text, "%.*s%s%s", (int)(at - whole), whole, to,
		   at + strlen(from));
	if (policy_read(buf_text(&text), arena, &policy, &err) ||
	    err.fault != FAULT_INVALID_PARAMETER || !strstr(err.text, said)) {
		fprintf(stderr, "'%s': wanted '%s', got '%s'\n", to, said,
			err.text);
		assert(false);
	}
}

int main(void)
{
#define DETAILS "PolicyDetails"
#define ONE DETAILS ".Schedules[0]"
	static const struct {
		const char *from, *to, *said;
	} cases[] = {
		{ "{\"Desc", "x{\"Desc", "no JSON: line 1" },
		{ "\"State\"", "\"Description\"", "duplicate" },
		{ "\"Description\"", "\"Note\"", "Note: is not known" },
		{ "\"d\"", "7", "Description: must be a text" },
		{ "DISABLED", "OFF", "State: must be one of ENABLED DISABLED" },
		{ "\"PolicyDetails\"", "\"Description2\"", "Description2" },
		{ "EBS_SNAPSHOT", "EVENT", DETAILS ".PolicyType: must be one" },
		{ "VOLUME", "INSTANCE",
		  DETAILS ".ResourceTypes[0]: must be VOLUME" },
		{ "[\"VOLUME\"]", "[]", DETAILS ".ResourceTypes: must be a" },
		{ "[\"VOLUME\"]", "[3]", DETAILS ".ResourceTypes[0]: must be" },
		{ "\"TargetTags\":[{\"Key\":\"Backup\",\"Value\":\"yes\"}],",
		  "", DETAILS ".TargetTags: is missing" },
		{ "\"Backup\",\"Value\"", "\"Backup\",\"Values\"",
		  DETAILS ".TargetTags[0].Values: is not known" },
		{ "\"Backup\"", "\"aws:x\"", DETAILS ".TargetTags[0]: " },
		{ "\"Schedules\"",
		  "\"Parameters\":{\"NoReboot\":true},"
		  "\"Schedules\"",
		  DETAILS ".Parameters: is for IMAGE_MANAGEMENT" },
		{ "\"night\"", "\"\"", ONE ": Name must have" },
		{ "\"month\"", "\"night\"", "another schedule's" },
		{ ":24", ":5", ONE ".CreateRule.Times[0]: a day has no" },
		{ ":24", ":0", ONE ".CreateRule.Interval: must be a number" },
		{ ":24", ":\"24\"", ONE ".CreateRule.Interval: must be a" },
		{ "HOURS", "DAYS",
		  ONE ".CreateRule.IntervalUnit: must be one" },
		{ "03:00", "3:00", ONE ".CreateRule.Times[0]: '3:00' is no" },
		{ "[\"03:00\"]", "[\"03:00\",\"04:00\"]",
		  ONE ".CreateRule.Times: must be a list of 1 to 1" },
		{ "cron(0 4 1", "cron(0 4", "CronExpression: " },
		{ "\"CronExpression\"", "\"Interval\":1,\"CronExpression\"",
		  "CronExpression goes alone" },
		{ ":7,", ":1001,", ONE ".RetainRule.Daily: must be a number" },
		{ ":7,", ":7.5,", ONE ".RetainRule.Daily: must be a number" },
		{ "\"Daily\":7,\"Weekly\":4,\"Monthly\":12", "",
		  ONE ".RetainRule: must keep something" },
		{ "\"IntervalUnit\":\"MONTHS\",", "",
		  "IntervalUnit: is missi" },
		{ "\"Interval\":3,", "", "IntervalUnit needs Interval" },
		{ "true", "1", ONE ".CopyTags: must be true or false" },
		{ "\"a\"", "\"\"", ONE ".TagsToAdd[0]: " },
	};
	auto_of(arena) arena = arena_new();

	assert(arena);
	test_whole(arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		wrong(arena, cases[i].from, cases[i].to, cases[i].said);
	return 0;
}
