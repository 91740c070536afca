#!/bin/sh
# describe-instance-type-offerings - every type, here
set -eu
. tests/lib.sh

same "t3.micro	us-east-1	region" "$(qami describe-instance-type-offerings \
	--filters Name=instance-type,Values=t3.micro --output text | cut -f 2-)"
same us-east-1a "$(qami describe-instance-type-offerings \
	--location-type availability-zone \
	--filters Name=instance-type,Values=t3.micro |
	get InstanceTypeOfferings.0.Location)"
fails InvalidParameterValue qami describe-instance-type-offerings \
	--location-type planet
fails InvalidParameterValue qami describe-instance-type-offerings \
	--filters Name=nope
fails InvalidNextToken qami describe-instance-type-offerings --next-token nope
fails DryRunOperation qami describe-instance-type-offerings --dry-run
