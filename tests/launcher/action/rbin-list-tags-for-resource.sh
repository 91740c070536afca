#!/bin/sh
# rbin-list-tags-for-resource - a rule's own tags
. tests/lib.sh
. tests/rbin.sh

arn=$(arn "$(rule EBS_SNAPSHOT 1 --resource-tags ResourceTagKey=x \
	--tags Key=a,Value=1 Key=b,Value=)")
qami rbin list-tags-for-resource --resource-arn "$arn" >"$TMPDIR/tags"
tests/shape rbin.ListTagsForResource "$TMPDIR/tags"
same '[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]' \
	"$(get Tags <"$TMPDIR/tags")"
fails ResourceNotFoundException qami rbin list-tags-for-resource \
	--resource-arn "${arn}0"
fails ResourceNotFoundException as 222222222222 rbin list-tags-for-resource \
	--resource-arn "$arn"
