#!/bin/sh
# scan-snapshot - what is remembered of a snapshot's layer, whatever stands on
# it; what is really found is scan-image's to show
. tests/lib.sh
. tests/snapshot.sh

vol=$(volume --size 1)
snap=$(snap "$vol")
same '' "$(qami scan-snapshot "$snap")"
qami modify-snapshot-attribute --snapshot-id "$snap" --group-names all
qami reset-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission
sql "UPDATE scan SET result = '{\"Findings\":[{\"Partition\":\"/dev/sda1\",
	\"Kind\":\"private-key\",\"Path\":\"/root/.ssh/id\"}],\"More\":0}'"
if qami scan-snapshot "$snap" --output json >"$TMPDIR/out"; then
	exit 1
fi
for pair in Device=- Partition=/dev/sda1 Kind=private-key \
	Path=/root/.ssh/id; do
	same "$pair" "${pair%%=*}=$(get "Findings.0.${pair%%=*}" <"$TMPDIR/out")"
done
fails OperationNotPermitted qami modify-snapshot-attribute \
	--snapshot-id "$snap" --group-names all
has "qami scan-snapshot $snap" "$TMPDIR/err"
# lent to whom one knows it may be, and who sees it may look
hidden "$snap" scan-snapshot "$snap"
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids 222222222222
as 222222222222 scan-snapshot "$snap" >"$TMPDIR/out" && exit 1
has private-key "$TMPDIR/out"

fails InvalidSnapshot.NotFound qami scan-snapshot snap-0fedcba9876543210
sql "UPDATE snapshot SET state = 'pending' WHERE id = '$snap'"
fails IncorrectState qami scan-snapshot "$snap"
