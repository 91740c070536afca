#!/bin/sh
# A snapshot that is being brought back from the archive is filled before it is
# restored fast: until then no volume of it is, whatever the clock says.
. tests/lib.sh
. tests/snapshot.sh
. tests/fastrestore.sh
. tests/stored.sh
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.25
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE
. tests/tier.sh

vol=$(volume --size 1)
for at in 1 2 3; do
	put "$vol" 0x1$at $at
	[ $at != 3 ] || still "$(of volume "$vol")" qemu-io -f qcow2 \
		-c 'write -P 4 16M 40M' "$(of volume "$vol")"
	snap=$(snap "$vol")
done
archive "$snap"
unarchive "$snap" # which takes minutes, until a volume wants it sooner
filling="SELECT count(*) FROM filling WHERE state <> 'full'"
same 1 "$(sql "$filling")"
fast enable "$snap" >"$TMPDIR/out"
fast_is "$snap" optimizing
later 86400
same optimizing "$(fast_state "$snap")"
same '' "$(sql 'SELECT built FROM fast_layer WHERE built')"
volume --snapshot-id "$snap" --volume-initialization-rate 300 >"$TMPDIR/out"
built "$snap"
same 0 "$(sql "$filling")"
later 86400
same enabled "$(fast_state "$snap")"
same 'True 1' "$(restored "$snap")"
settled
