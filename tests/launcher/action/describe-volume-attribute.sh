#!/bin/sh
# describe-volume-attribute - what modify-volume-attribute changes, and codes
. tests/lib.sh

vol=$(qami create-volume --availability-zone us-east-1a --size 1 |
	get VolumeId)
qami describe-volume-attribute --volume-id "$vol" --attribute autoEnableIO \
	>"$TMPDIR/auto"
same "$vol" "$(get VolumeId <"$TMPDIR/auto")"
same False "$(get AutoEnableIO.Value <"$TMPDIR/auto")"
same '[]' "$(qami describe-volume-attribute --volume-id "$vol" \
	--attribute productCodes | get ProductCodes)"
qami modify-volume-attribute --volume-id "$vol" --auto-enable-io
same True "$(qami describe-volume-attribute --volume-id "$vol" \
	--attribute AUTOENABLEIO | get AutoEnableIO.Value)"

hidden "$vol" describe-volume-attribute --volume-id "$vol" \
	--attribute autoEnableIO
fails InvalidVolume.NotFound qami describe-volume-attribute \
	--volume-id vol-0fedcba9876543210 --attribute autoEnableIO
fails InvalidParameterValue qami describe-volume-attribute \
	--volume-id "$vol" --attribute size
! qami describe-volume-attribute --volume-id "$vol" 2>"$TMPDIR/err" || false
has "required: --attribute" "$TMPDIR/err"
dry qami describe-volume-attribute --volume-id "$vol" --attribute productCodes
