#!/bin/sh
# modify-launch-template - which version is the default
. tests/lib.sh

template=--launch-template-name=web
id=$(qami create-launch-template --launch-template-name web --output text \
	--launch-template-data InstanceType=t2.nano \
	--query LaunchTemplate.LaunchTemplateId)
for type in t2.micro t2.small; do
	qami create-launch-template-version $template \
		--launch-template-data InstanceType=$type >"$TMPDIR/made"
done

modify() { qami modify-launch-template "$@"; }
fails MissingParameter modify $template
fails MissingParameter modify --default-version 2
fails InvalidParameterCombination modify $template --launch-template-id "$id" \
	--default-version 2
fails InvalidLaunchTemplateId.Malformed modify --launch-template-id lt-1 \
	--default-version 2
fails InvalidLaunchTemplateId.NotFound modify --default-version 2 \
	--launch-template-id lt-0fedcba9876543210
fails InvalidLaunchTemplateName.NotFoundException modify \
	--launch-template-name nobody --default-version 2
fails InvalidLaunchTemplateId.VersionNotFound modify $template \
	--default-version 4
fails InvalidParameterValue modify $template --default-version -1
hidden "$id" modify-launch-template --launch-template-id "$id" \
	--default-version 2
dry modify $template --default-version 2

# is - the default's number
is()
{
	qami describe-launch-template-versions $template --output text \
		--versions '$Default' \
		--query 'LaunchTemplateVersions[0].VersionNumber'
}
same 1 "$(is)"
same 2 "$(modify $template --default-version 2 --client-token one |
	get LaunchTemplate.DefaultVersionNumber)"
same 2 "$(is)"
modify --launch-template-id "$id" --default-version '$Latest' >/dev/null
same 3 "$(is)"
# done once: not again
modify $template --default-version 2 --client-token one >/dev/null
same 3 "$(is)"
fails IdempotentParameterMismatch modify $template --default-version 1 \
	--client-token one
