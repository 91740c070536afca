#!/bin/sh
# Nightly snapshots and monthly images of a machine's volume by lifecycle
# policies on the store's clock: the right ones remain, a volume of each has what
# there was on its night, and what `qami costs` prints is what lies on the disk,
# at several dates and for each resource. Thirteen months if WHOLE_YEAR is set,
# else the turn of a year and what leads to it: months end, a week is in both
# years, and the last night begins another.
# boots guests
. tests/lib.sh
guests_here

instance=$(launch "$(image machine)")
qami stop-instances --instance-ids "$instance" --force >"$TMPDIR/out"
qami wait "$instance" --for stopped
python3 tests/images/year.py "$(qami vols -q)" "$instance"
