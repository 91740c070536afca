#!/bin/sh
# rbin-get-rule - a rule of one's own, by its id
. tests/lib.sh
. tests/rbin.sh

id=$(rule EC2_IMAGE 9 --description mine --resource-tags \
	ResourceTagKey=a,ResourceTagValue=b ResourceTagKey=c)
qami rbin get-rule --identifier "$id" >"$TMPDIR/rule"
tests/shape rbin.GetRule "$TMPDIR/rule" RuleArn ExcludeResourceTags
for pair in Identifier="$id" Description=mine ResourceType=EC2_IMAGE \
	RetentionPeriod.RetentionPeriodValue=9 Status=available \
	ResourceTags.0.ResourceTagValue=b ResourceTags.1.ResourceTagKey=c; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/rule")"
done
same 0 "$(grep -c 'Lock\|"Tags"' "$TMPDIR/rule")"

# a stranger's looks like one that is not there
fails ResourceNotFoundException qami rbin get-rule --identifier 00000000000
sed "s/00000000000/$id/g" "$TMPDIR/err" >"$TMPDIR/absent"
fails ResourceNotFoundException as 222222222222 rbin get-rule \
	--identifier "$id"
cmp "$TMPDIR/err" "$TMPDIR/absent"
fails ResourceNotFoundException qami rbin get-rule --identifier "arn:$id"
