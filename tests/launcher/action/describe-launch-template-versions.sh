#!/bin/sh
# describe-launch-template-versions - by numbers, names, ranges and filters
. tests/lib.sh

describe=describe-launch-template-versions
template=--launch-template-name=web
id=$(qami create-launch-template --launch-template-name web --output text \
	--launch-template-data '{"InstanceType": "t2.nano", "EbsOptimized": true,
	"ImageId": "ami-0123456789abcdef0", "RamDiskId": "ari-0123456789abcdef0",
	"MetadataOptions": {"HttpTokens": "required"}}' \
	--query LaunchTemplate.LaunchTemplateId)
for n in 2 3 4 5 6; do
	qami create-launch-template-version $template --launch-template-data \
		InstanceType=t2.micro >"$TMPDIR/made"
done
qami modify-launch-template $template --default-version 4 >"$TMPDIR/made"
qami create-launch-template --launch-template-name other \
	--launch-template-data InstanceType=t2.small >"$TMPDIR/made"

# are [OPTION…] - the numbers that are listed
are()
{
	qami $describe --output text \
		--query 'LaunchTemplateVersions[].VersionNumber' "$@" |
		tr '\t' ' '
}
same '1 2 3 4 5 6' "$(are $template)"
same '2 4 6' "$(are --launch-template-id "$id" --versions '$Latest' 2 \
	'$Default')"
same '3 4 5' "$(are $template --min-version 3 --max-version 5)"
same '4 5 6' "$(are $template --min-version '$Default')"
same '' "$(are $template --min-version 9)"
same '6 1' "$(are --versions '$Latest')"
same '4 6 1' "$(are --versions '$Latest' '$Default')"
for filter in instance-type=t2.nano ebs-optimized=true http-tokens=required \
	image-id='ami-*' ram-disk-id=ari-0123456789abcdef0; do
	same "1 $filter" "$(are $template --filters \
		"Name=${filter%%=*},Values=${filter#*=}") $filter"
done
same 4 "$(are $template --filters Name=is-default-version,Values=true)"
same '1 2 3 4 5' "$(are $template --max-results 5)"
token=$(qami $describe $template --max-results 5 | get NextToken)
same 6 "$(are $template --max-results 5 --next-token "$token")"
fails InvalidNextToken qami $describe --launch-template-name other \
	--next-token "$token"

fails MissingParameter qami $describe
fails InvalidParameterValue qami $describe --versions 1
fails InvalidParameterCombination qami $describe $template --versions 1 \
	--min-version 1
fails InvalidParameterCombination qami $describe $template \
	--launch-template-id "$id"
fails InvalidParameterValue qami $describe $template --versions one
fails InvalidParameterValue qami $describe $template --max-version one
fails InvalidLaunchTemplateId.VersionNotFound qami $describe $template \
	--versions 1 7
fails InvalidLaunchTemplateId.Malformed qami $describe --launch-template-id lt-1
fails InvalidLaunchTemplateId.NotFound qami $describe \
	--launch-template-id lt-0fedcba9876543210
fails InvalidLaunchTemplateName.NotFoundException qami $describe \
	--launch-template-name nobody
hidden "$id" $describe --launch-template-id "$id"
same '' "$(as 222222222222 $describe --versions '$Latest' --output text)"
dry qami $describe $template

# what it says is what was said
qami $describe $template --versions 1 >"$TMPDIR/one"
same '{"ImageId": "ami-0123456789abcdef0", "InstanceType": "t2.nano", "EbsOptimized": true, "MetadataOptions": {"HttpTokens": "required"}, "RamDiskId": "ari-0123456789abcdef0"}' \
	"$(get LaunchTemplateVersions.0.LaunchTemplateData <"$TMPDIR/one")"
