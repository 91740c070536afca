#!/bin/sh
# rmi - removes images with the snapshots that only they use
. tests/lib.sh

a=$(image alpha)
b=$(image beta)
snap=$(qami describe-images --image-ids "$b" |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
qami register-image --name gamma --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" >/dev/null
image kernel --kind kernel >/dev/null

same '' "$(qami rmi alpha)"
fails InvalidAMIID.Unavailable qami rmi "$a"
fails InvalidAMIID.NotFound qami rmi alpha
qami rmi "${b%???}"
same completed "$(qami describe-snapshots | get Snapshots.0.State)"
qami rmi gamma
same '[]' "$(qami describe-snapshots --query Snapshots)"
qami rmi kernel
same '' "$(ls "$QAMI_STORE/layers")"

fails InvalidAMIID.NotFound qami rmi ami-0fedcba9876543210
c=$(image delta)
# several at once; a name that two have is nobody's
d=$(image epsilon)
qami create-tags --resources "$c" "$d" --tags Key=Name,Value=twin
fails InvalidParameterValue qami rmi twin
hidden "$c" rmi "$c"
qami modify-image-attribute --image-id "$c" --user-groups all
fails AuthFailure as 222222222222 rmi delta
qami rmi delta epsilon
same '' "$(qami images -q)"
