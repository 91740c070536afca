#!/bin/sh
# modify-instance-credit-specification - chosen at the launch or later, and
# what cannot be changed hinders nobody
. tests/lib.sh

guests_here
ami=$(image alpha)
verb=modify-instance-credit-specification
credits()
{
	qami describe-instance-credit-specifications --instance-ids "$1" |
		get InstanceCreditSpecifications.0.CpuCredits
}
fails UnsupportedOperation qami run-instances --image-id "$ami" \
	--instance-type m5.large --credit-specification CpuCredits=standard
fails InvalidParameterValue qami run-instances --image-id "$ami" \
	--credit-specification CpuCredits=lots
i=$(launch "$ami" --instance-type t3.nano --credit-specification \
	CpuCredits=standard)
same standard "$(credits "$i")"
plain=$(launch "$ami" --instance-type m5.large)

fails DryRunOperation qami $verb --dry-run --instance-credit-specifications \
	"InstanceId=$i,CpuCredits=unlimited"
same standard "$(credits "$i")"
hidden "$i" $verb --instance-credit-specifications \
	"InstanceId=$i,CpuCredits=unlimited" || {
	# it succeeds, and says the same of both
	same InvalidInstanceID.NotFound "$(as 222222222222 $verb \
		--instance-credit-specifications \
		"InstanceId=$i,CpuCredits=unlimited" --output text --query \
		'UnsuccessfulInstanceCreditSpecifications[0].Error.Code')"
}
same standard "$(credits "$i")"
qami $verb --client-token once --instance-credit-specifications \
	"InstanceId=$i,CpuCredits=unlimited" \
	"InstanceId=$plain,CpuCredits=standard" \
	InstanceId=i-0fedcba9876543210,CpuCredits=standard >"$TMPDIR/answer"
tests/shape ModifyInstanceCreditSpecification "$TMPDIR/answer"
same "$i" "$(get SuccessfulInstanceCreditSpecifications.0.InstanceId \
	<"$TMPDIR/answer")"
failed=UnsuccessfulInstanceCreditSpecifications
same InstanceCreditSpecification.NotSupported \
	"$(get $failed.0.Error.Code <"$TMPDIR/answer")"
same InvalidInstanceID.NotFound \
	"$(get $failed.1.Error.Code <"$TMPDIR/answer")"
same unlimited "$(credits "$i")"
fails InvalidInstanceID.Malformed qami $verb --instance-credit-specifications \
	InstanceId=i-xyz,CpuCredits=standard
fails InvalidParameterValue qami $verb --instance-credit-specifications \
	"InstanceId=$i,CpuCredits=lots"
qami rm "$i" "$plain"
qami $verb --instance-credit-specifications \
	"InstanceId=$i,CpuCredits=standard" >"$TMPDIR/answer"
same IncorrectInstanceState "$(get $failed.0.Error.Code <"$TMPDIR/answer")"
