#!/bin/sh
# rbin-untag-resource - by their keys
. tests/lib.sh
. tests/rbin.sh

arn=$(arn "$(rule EBS_SNAPSHOT 1 --tags Key=a,Value=1 Key=b,Value=2 \
	Key=c,Value=3)")
qami rbin untag-resource --resource-arn "$arn" --tag-keys a c none
same '[{"Key": "b", "Value": "2"}]' \
	"$(qami rbin list-tags-for-resource --resource-arn "$arn" | get Tags)"
fails ResourceNotFoundException qami rbin untag-resource \
	--resource-arn "${arn}0" --tag-keys a
fails ResourceNotFoundException as 222222222222 rbin untag-resource \
	--resource-arn "$arn" --tag-keys b
