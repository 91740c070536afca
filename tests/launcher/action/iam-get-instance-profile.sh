#!/bin/sh
# iam-get-instance-profile - there is none of whatever name
. tests/lib.sh

fails NoSuchEntity \
	qami iam get-instance-profile --instance-profile-name web
has 'Instance Profile web cannot be found.' "$TMPDIR/err"
fails ValidationError qami iam get-instance-profile \
	--cli-input-json '{"InstanceProfileName": ""}'
