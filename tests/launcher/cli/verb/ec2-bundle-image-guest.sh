#!/bin/sh
# ec2-bundle-image-guest - a machine is bundled while it runs, and goes on
# boots guests
. tests/lib.sh

guests_here
PATH=$QAMI_BUILD:$PATH
tiny=$(tests/guest/build tiny)
ami=$(qami import "$tiny" --name tiny)
i=$(launch "$ami" --tag-specifications \
	'ResourceType=instance,Tags=[{Key=Name,Value=web1}]')
says 180 "$i" 'qami-guest: ready'
mkdir "$TMPDIR/bundle"

# whose architecture is known, so that it asks nobody
answers '' ec2-bundle-image -i web1 -d "$TMPDIR/bundle" >"$TMPDIR/out"
same '' "$(grep Architecture "$TMPDIR/out" || :)"
echo "$TMPDIR/bundle/web1.manifest.xml" >"$TMPDIR/out"
same running "$(state "$i")"
same 1 "$(qami describe-snapshots --owner-ids self \
	--query 'length(Snapshots)')"
ec2-unbundle -m "$(cat "$TMPDIR/out")" -s "$TMPDIR/bundle" -d "$TMPDIR" \
	>/dev/null
again=$(qami import "$TMPDIR/web1" --name again)
j=$(launch "$again")
says 180 "$j" 'qami-guest: ready'

# killed in the middle it leaves the machine at work, and no snapshot
for pause in 0.2 0.5 0.9; do
	ec2-bundle-image -i "$i" -d "$TMPDIR/bundle" -p killed >/dev/null 2>&1 &
	pid=$!
	sleep $pause
	kill -9 $pid 2>/dev/null || :
	wait $pid || :
	rm -f "$TMPDIR"/bundle/killed.manifest.xml
	reaches 60 "$i" running
	qami describe-snapshots >/dev/null
	same "2 after $pause" "$(qami describe-snapshots --owner-ids self \
		--query 'length(Snapshots)') after $pause"
done
qami fsck >/dev/null
