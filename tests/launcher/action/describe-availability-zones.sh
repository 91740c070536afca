#!/bin/sh
# describe-availability-zones - the one zone, and how AWS shortens its id
set -eu
. tests/lib.sh

for pair in us-east-1=use1-az1 eu-central-1=euc1-az1 ap-southeast-2=apse2-az1
do
	region=${pair%=*}
	qami --store "$TMPDIR/$region" --region "$region" \
		describe-availability-zones >"$TMPDIR/out"
	same "${pair#*=}" "$(get AvailabilityZones.0.ZoneId <"$TMPDIR/out")"
	same "${region}a" "$(get AvailabilityZones.0.ZoneName <"$TMPDIR/out")"
done
same '[]' "$(qami describe-availability-zones \
	--filters Name=state,Values=impaired --query AvailabilityZones)"
fails InvalidParameterValue qami describe-availability-zones --zone-names x
fails InvalidParameterValue qami describe-availability-zones --zone-ids x
fails InvalidParameterValue qami describe-availability-zones \
	--filters Name=nope,Values=x
fails DryRunOperation qami describe-availability-zones --dry-run
