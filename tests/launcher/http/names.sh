#!/bin/sh
# names - what rows call their parameters on the wire is what AWS calls them
. tests/lib.sh

qami self-test --parameters >"$TMPDIR/rows"
tests/launcher/http/names.py "$TMPDIR/rows"

# and what is wrong is found
sed 's/"wire": "BlockDeviceMapping"/"wire": "BlockDeviceMappings"/' \
	"$TMPDIR/rows" >"$TMPDIR/wrong"
! tests/launcher/http/names.py "$TMPDIR/wrong" >"$TMPDIR/said" || exit 1
has 'RunInstances.BlockDeviceMappings: BlockDeviceMapping on the wire, not BlockDeviceMappings' \
	"$TMPDIR/said"
