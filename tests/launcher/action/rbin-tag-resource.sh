#!/bin/sh
# rbin-tag-resource - tags of a rule's own, which EC2 knows nothing of
. tests/lib.sh
. tests/rbin.sh

id=$(rule EBS_SNAPSHOT 1 --tags Key=a,Value=1)
arn=$(arn "$id")
tags()
{
	qami rbin list-tags-for-resource --resource-arn "$arn" --output text \
		--query 'Tags[].[join(`=`, [Key, Value])] | []' | tr '\t' ' '
}

qami rbin tag-resource --resource-arn "$arn" --tags Key=b,Value=2 \
	Key=a,Value=3
same 'a=3 b=2' "$(tags)"
same '[]' "$(qami describe-tags --query Tags)"
fails ValidationException qami rbin tag-resource --resource-arn "$arn" \
	--tags Key=aws:b,Value=2
fails ResourceNotFoundException qami rbin tag-resource \
	--resource-arn "${arn}0" --tags Key=b,Value=2
fails ResourceNotFoundException as 222222222222 rbin tag-resource \
	--resource-arn "$arn" --tags Key=b,Value=2
many=$(for n in $(seq 49); do printf 'Key=k%d,Value=1 ' "$n"; done)
# shellcheck disable=SC2086
fails ServiceQuotaExceededException qami rbin tag-resource \
	--resource-arn "$arn" --tags $many
same 'a=3 b=2' "$(tags)"
