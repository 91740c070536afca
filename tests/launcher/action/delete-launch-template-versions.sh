#!/bin/sh
# delete-launch-template-versions - an answer for each
. tests/lib.sh

template=--launch-template-name=web
id=$(qami create-launch-template --launch-template-name web --output text \
	--launch-template-data InstanceType=t2.nano \
	--query LaunchTemplate.LaunchTemplateId)
for type in t2.micro t2.small; do
	qami create-launch-template-version $template \
		--launch-template-data InstanceType=$type >"$TMPDIR/made"
done

remove() { qami delete-launch-template-versions "$@"; }
fails MissingParameter remove --versions 2
fails InvalidParameterCombination remove $template --launch-template-id "$id" \
	--versions 2
fails InvalidLaunchTemplateId.Malformed remove --launch-template-id lt-1 \
	--versions 2
fails InvalidLaunchTemplateId.NotFound remove --versions 2 \
	--launch-template-id lt-0fedcba9876543210
fails InvalidLaunchTemplateName.NotFoundException remove --versions 2 \
	--launch-template-name nobody
fails InvalidParameterValue remove $template --versions 2 two
# shellcheck disable=SC2046 # they are words
fails InvalidParameterValue remove $template --versions $(seq 201)
hidden "$id" delete-launch-template-versions --versions 2 \
	--launch-template-id "$id"
dry remove $template --versions 2

# left - the numbers there are
left()
{
	qami describe-launch-template-versions $template --output text \
		--query 'LaunchTemplateVersions[].VersionNumber' | tr '\t' ' '
}
same '1 2 3' "$(left)"
remove $template --versions 1 3 7 >"$TMPDIR/answer"
same 3 "$(get SuccessfullyDeletedLaunchTemplateVersions.0.VersionNumber \
	<"$TMPDIR/answer")"
list=UnsuccessfullyDeletedLaunchTemplateVersions
same "1 unexpectedError 7 launchTemplateVersionDoesNotExist" \
	"$(for at in 0 1; do
		get $list.$at.VersionNumber <"$TMPDIR/answer"
		get $list.$at.ResponseError.Code <"$TMPDIR/answer"
	done | tr '\n' ' ' | sed 's/ $//')"
same '1 2' "$(left)"
same 2 "$(qami describe-launch-templates |
	get LaunchTemplates.0.LatestVersionNumber)"
