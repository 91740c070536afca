#!/bin/sh
# rbin-create-rule - what is kept by a rule, for how long, and by which of them
. tests/lib.sh
. tests/snapshot.sh
. tests/rbin.sh

# what is no rule
period=RetentionPeriodValue=1,RetentionPeriodUnit=DAYS
for days in 0 -1 366; do
	fails ValidationException rule EBS_SNAPSHOT $days
done
fails ValidationException qami rbin create-rule --resource-type EBS_SNAPSHOT \
	--retention-period RetentionPeriodValue=1,RetentionPeriodUnit=YEARS
fails ValidationException rule EBS_VOLUME 1
has 'Volumes are not kept here' "$TMPDIR/err"
fails ValidationException rule S3_BUCKET 1
fails ValidationException rule EBS_SNAPSHOT 1 \
	--description "$(printf %0256d 1)"
fails ValidationException rule EBS_SNAPSHOT 1 \
	--resource-tags ResourceTagKey=a --exclude-resource-tags ResourceTagKey=b
fails ValidationException rule EBS_SNAPSHOT 1 --resource-tags \
	ResourceTagKey=a,ResourceTagValue=1 ResourceTagKey=a,ResourceTagValue=1
tags=
for n in 1 2 3 4 5 6; do
	tags="$tags ResourceTagKey=k$n"
done
# shellcheck disable=SC2086
fails ValidationException rule EBS_SNAPSHOT 1 --exclude-resource-tags $tags
for days in 6 31; do
	fails ValidationException rule EBS_SNAPSHOT 1 --lock-configuration \
		"UnlockDelay={UnlockDelayValue=$days,UnlockDelayUnit=DAYS}"
done
fails ValidationException rule EBS_SNAPSHOT 1 \
	--resource-tags ResourceTagKey=a --lock-configuration \
	"UnlockDelay={UnlockDelayValue=7,UnlockDelayUnit=DAYS}"
same '[]' "$(qami rbin list-rules --resource-type EBS_SNAPSHOT --query Rules)"

# no rule keeps anything
vol=$(volume --size 1)
qami delete-snapshot --snapshot-id "$(snap "$vol")"
same '' "$(binned snapshots)"

# one with all there is, which is said again
qami rbin create-rule --resource-type EBS_SNAPSHOT --description kept \
	--retention-period $period --tags Key=team,Value=web \
	--exclude-resource-tags ResourceTagKey=scratch \
	ResourceTagKey=kind,ResourceTagValue=temporary --lock-configuration \
	"UnlockDelay={UnlockDelayValue=7,UnlockDelayUnit=DAYS}" >"$TMPDIR/rule"
tests/shape rbin.CreateRule "$TMPDIR/rule" RuleArn ExcludeResourceTags
for pair in Description=kept RetentionPeriod.RetentionPeriodValue=1 \
	RetentionPeriod.RetentionPeriodUnit=DAYS Tags.0.Key=team \
	Tags.0.Value=web ResourceType=EBS_SNAPSHOT ResourceTags='[]' \
	Status=available LockState=locked \
	LockConfiguration.UnlockDelay.UnlockDelayValue=7 \
	ExcludeResourceTags.0.ResourceTagKey=scratch \
	ExcludeResourceTags.1.ResourceTagValue=temporary; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/rule")"
done
get Identifier <"$TMPDIR/rule" | grep -qE '^[0-9A-Za-z]{11}$'
same "arn:aws:rbin:us-east-1:123456789012:rule/$(get Identifier \
	<"$TMPDIR/rule")" "$(get RuleArn <"$TMPDIR/rule")"

# a list that is too long is not looked through
fails ValidationException qami rbin create-rule --resource-type EBS_SNAPSHOT \
	--retention-period RetentionPeriodValue=7,RetentionPeriodUnit=DAYS \
	--tags $(for i in $(seq 51); do echo Key=same,Value=1; done)
has 'At most 50 tags' "$TMPDIR/err"

# tagged TAG… - deletes a snapshot that has them; days that it is kept, or ''
tagged()
{
	local id

	id=$(snap "$vol")
	[ $# -eq 0 ] || qami create-tags --resources "$id" --tags "$@"
	qami delete-snapshot --snapshot-id "$id"
	sql "SELECT (bin_until - binned) / 86400000000 FROM snapshot
		WHERE id = '$id'"
}

# the region's rule keeps all but what has an exclusion tag; the longest counts
same 1 "$(tagged)"
same '' "$(tagged Key=scratch,Value=x)"
same '' "$(tagged Key=kind,Value=temporary)"
same 1 "$(tagged Key=kind,Value=lasting)"
same 1 "$(tagged Key=Scratch,Value=x)"
rule EBS_SNAPSHOT 365 --resource-tags ResourceTagKey=gold \
	ResourceTagKey=level,ResourceTagValue=high >"$TMPDIR/id"
rule EBS_SNAPSHOT 30 --resource-tags ResourceTagKey=level >"$TMPDIR/id"
rule EC2_IMAGE 100 >"$TMPDIR/id"
same 1 "$(tagged)"
same 365 "$(tagged Key=gold,Value=)"
same 365 "$(tagged Key=level,Value=high Key=other,Value=1)"
same 30 "$(tagged Key=level,Value=low)"
same 365 "$(tagged Key=gold,Value=1 Key=scratch,Value=1)"
same '' "$(tagged Key=level2,Value=high Key=scratch,Value=1)"

# another account's rules are its own
theirs=$(as 222222222222 create-volume --availability-zone us-east-1a --size 1 \
	--output text --query VolumeId)
theirs=$(as 222222222222 create-snapshot --volume-id "$theirs" --output text \
	--query SnapshotId)
as 222222222222 delete-snapshot --snapshot-id "$theirs"
same 0 "$(sql "SELECT count(*) FROM snapshot WHERE id = '$theirs'")"

# a tag is in five rules at the most; an account has 250
for n in 1 2 3 4; do
	rule EBS_SNAPSHOT $n --resource-tags ResourceTagKey=gold >"$TMPDIR/id"
done
fails ServiceQuotaExceededException rule EBS_SNAPSHOT 5 \
	--resource-tags ResourceTagKey=gold
rule EBS_SNAPSHOT 5 --resource-tags ResourceTagKey=gold,ResourceTagValue=1 \
	>"$TMPDIR/id"
sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	WHERE i < 250) INSERT INTO bin_rule (id, owner, type, days, created)
	SELECT printf('%011d', i), '123456789012', 'EC2_IMAGE', 1, 1 FROM n
	LIMIT 250 - (SELECT count(*) FROM bin_rule)"
fails ServiceQuotaExceededException rule EBS_SNAPSHOT 1
