/* policy.h - a lifecycle policy: what is copied when, and which copies are kept
 *
 * A JSON document as Data Lifecycle Manager has it:
 *
 *   Description, State          "ENABLED" (the default) or "DISABLED"
 *   PolicyDetails
 *     PolicyType                "EBS_SNAPSHOT_MANAGEMENT", "IMAGE_MANAGEMENT"
 *     ResourceTypes             ["VOLUME"] or, for images, ["INSTANCE"]
 *     TargetTags[]              Key, Value: what has any of them
 *     Parameters                NoReboot: true, of images; the default
 *     Schedules[]               one to four
 *       Name                    unique
 *       CreateRule              Interval, IntervalUnit "HOURS", Times ["HH:MM"]
 *                               or CronExpression
 *       RetainRule              Count; Interval and IntervalUnit ("DAYS" …);
 *                               Daily, Weekly, Monthly, which are qami's own
 *       CopyTags, TagsToAdd[]   Key, Value
 */
#ifndef QAMI_IMAGES_POLICY_H
#define QAMI_IMAGES_POLICY_H

#include "images/base/arena.h"
#include "images/image.h"
#include "images/retain.h"
#include "images/schedule.h"

struct policy_schedule {
	const char *name;
	struct schedule when;
	struct retain_rule keep;
	bool copy_tags;
	const struct pair *tags; /* to add */
	size_t tag_count;
};

struct policy {
	const char *description;
	bool enabled;
	bool images; /* of instances; else snapshots of volumes */
	const struct pair *targets;
	size_t target_count;
	const struct policy_schedule *schedules;
	size_t schedule_count;
};

/* Reads and checks a document; everything is in the arena. A member that is
 * unknown, missing or wrong is FAULT_INVALID_PARAMETER, with its path. */
bool policy_read(const char *text, struct arena *arena,
		 struct policy *ret_policy, struct error *err) must_check;

#endif
