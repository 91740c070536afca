#!/bin/sh
# reset-network-interface-attribute - the check is on again
. tests/lib.sh

guests_here
export QAMI_METADATA=service
verb=reset-network-interface-attribute
i=$(launch "$(image alpha)" --instance-type t2.nano)
qami modify-instance-attribute --instance-id "$i" --no-source-dest-check
check()
{
	qami describe-network-interfaces |
		get NetworkInterfaces.0.SourceDestCheck
}
eni=$(qami describe-network-interfaces |
	get NetworkInterfaces.0.NetworkInterfaceId)
dry qami $verb --network-interface-id "$eni"
hidden "$eni" $verb --network-interface-id "$eni"
same False "$(check)"
qami $verb --network-interface-id "$eni"
same True "$(check)"
fails InvalidNetworkInterfaceID.NotFound qami $verb \
	--network-interface-id eni-0fedcba9876543210
