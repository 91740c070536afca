#!/bin/sh
# modify-volume-attribute - autoEnableIO is noted, for the owner alone
. tests/lib.sh

vol=$(qami create-volume --availability-zone us-east-1a --size 1 |
	get VolumeId)

# auto - what it is now
auto()
{
	qami describe-volume-attribute --volume-id "$vol" \
		--attribute autoEnableIO | get AutoEnableIO.Value
}

same '' "$(qami modify-volume-attribute --volume-id "$vol" --auto-enable-io)"
same True "$(auto)"
dry qami modify-volume-attribute --volume-id "$vol" --no-auto-enable-io
same True "$(auto)"
qami modify-volume-attribute --volume-id "$vol" --auto-enable-io Value=false
same False "$(auto)"

hidden "$vol" modify-volume-attribute --volume-id "$vol" --auto-enable-io
fails InvalidVolume.NotFound qami modify-volume-attribute \
	--volume-id vol-0fedcba9876543210 --auto-enable-io
fails MissingParameter qami modify-volume-attribute --volume-id "$vol"
