#!/bin/sh
# describe-iam-instance-profile-associations - there are none
. tests/lib.sh

verb=describe-iam-instance-profile-associations
qami $verb >"$TMPDIR/answer"
tests/shape DescribeIamInstanceProfileAssociations "$TMPDIR/answer"
same '[]' "$(get IamInstanceProfileAssociations <"$TMPDIR/answer")"
finds 0 $verb instance-id=i-0123456789abcdef0 state=associated
fails InvalidParameterValue qami $verb --filters Name=colour,Values=red
fails InvalidAssociationID.NotFound qami $verb \
	--association-ids iip-assoc-0123456789abcdef0
fails InvalidNextToken qami $verb --next-token x
fails InvalidParameterValue qami $verb --max-results 4
