#!/bin/sh
# modify-network-interface-attribute - groups, description and check
. tests/lib.sh

guests_here
export QAMI_METADATA=service
verb=modify-network-interface-attribute
web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
i=$(launch "$(image alpha)" --instance-type t2.nano)
qami describe-network-interfaces >"$TMPDIR/all"
eni=$(get NetworkInterfaces.0.NetworkInterfaceId <"$TMPDIR/all")
change()
{
	qami $verb --network-interface-id "$eni" "$@"
}
# says MEMBER - of the interface
member()
{
	qami describe-network-interfaces --network-interface-ids "$eni" |
		get "NetworkInterfaces.0.$1"
}

dry qami $verb --network-interface-id "$eni" --groups "$web"
hidden "$eni" $verb --network-interface-id "$eni" --no-source-dest-check
same default "$(member Groups.0.GroupName)"
change --groups "$web"
same web "$(member Groups.0.GroupName)"
same "[\"$web\"]" "$(qami describe-instances --instance-ids "$i" --query \
	'Reservations[0].Instances[0].SecurityGroups[].GroupId' |
	tr -d '[:space:]')"
change --description Value=card
same card "$(member Description)"
change --no-source-dest-check
same False "$(member SourceDestCheck)"
change --attachment DeleteOnTermination=true
fails UnsupportedOperation change --attachment DeleteOnTermination=false
fails InvalidParameterCombination change
fails InvalidParameterCombination change --groups "$web" \
	--description Value=both
fails InvalidGroup.NotFound change --groups sg-0fedcba9876543210
groups=
for n in 1 2 3 4 5 6; do
	groups="$groups $(qami create-security-group --group-name "g$n" \
		--description x --output text --query GroupId)"
done
fails SecurityGroupsPerInterfaceLimitExceeded change --groups $groups
fails InvalidNetworkInterfaceID.NotFound qami $verb \
	--network-interface-id eni-0fedcba9876543210 --source-dest-check
