#!/bin/sh
# describe-instance-credit-specifications - those without limit, and those that
# are named
. tests/lib.sh

guests_here
ami=$(image alpha)
verb=describe-instance-credit-specifications
same '[]' "$(qami $verb --query InstanceCreditSpecifications)"
two=$(launch "$ami" --instance-type t2.nano)
three=$(launch "$ami" --instance-type t3.nano)
plain=$(launch "$ami" --instance-type m5.large)
qami $verb >"$TMPDIR/all"
tests/shape DescribeInstanceCreditSpecifications "$TMPDIR/all"
same "[{\"InstanceId\": \"$three\", \"CpuCredits\": \"unlimited\"}]" \
	"$(get InstanceCreditSpecifications <"$TMPDIR/all")"
same standard "$(qami $verb --instance-ids "$two" |
	get InstanceCreditSpecifications.0.CpuCredits)"
finds 1 $verb "instance-id=$three"
finds 0 $verb "instance-id=$two"
dry qami $verb
hidden "$three" $verb --instance-ids "$three"
fails InstanceCreditSpecification.NotSupported qami $verb \
	--instance-ids "$plain"
fails InvalidInstanceID.NotFound qami $verb \
	--instance-ids "$three" i-0fedcba9876543210
fails InvalidParameterValue qami $verb --filters \
	Name=instance-type,Values=t3.nano
fails InvalidNextToken qami $verb --next-token x
fails InvalidParameterValue qami $verb --max-results 4
qami rm "$two" "$three" "$plain"
same '[]' "$(qami $verb --query InstanceCreditSpecifications)"
