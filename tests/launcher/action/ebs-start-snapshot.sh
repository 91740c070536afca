#!/bin/sh
# ebs-start-snapshot - pending snapshots, over a parent or nothing, once per
# token; they fail when their time is over
. tests/lib.sh
. tests/ebs.sh
block a
block b

qami ebs start-snapshot --volume-size 3 --description 'by blocks' \
	--tags Key=Name,Value=up Key=x,Value= --timeout 10 >"$TMPDIR/answer"
for pair in Status=pending VolumeSize=3 BlockSize=524288 \
	OwnerId=123456789012 'Description=by blocks' Tags.0.Value=up; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
snap=$(get SnapshotId <"$TMPDIR/answer")
qami describe-snapshots --snapshot-ids "$snap" >"$TMPDIR/answer"
for pair in State=pending VolumeSize=3 VolumeId=vol-ffffffff Progress=0% \
	'Description=by blocks' Tags.0.Value=up; do
	same "$pair" "${pair%%=*}=$(get "Snapshots.0.${pair%%=*}" \
		<"$TMPDIR/answer")"
done

# every way to call it
qami start-snapshot --volume-size 1 >/dev/null
qami ebs-start-snapshot --volume-size 1 >/dev/null
qami ebs start-snapshot help | grep -q 'qami ebs start-snapshot'
qami help ebs start-snapshot | grep -q ConflictException
qami complete -- ebs start-s | grep -qx start-snapshot
qami complete -- ebs start-snapshot --vol | grep -qx -- --volume-size
if qami ec2 start-snapshot --volume-size 1 2>/dev/null; then exit 1; fi

# a parent: its blocks are there, and a bigger volume may start from it
parent=$(made 1=a 5=b)
child=$(begin --parent-snapshot-id "$parent" --volume-size 2)
put "$child" 5 a >/dev/null
put "$child" 4095 b >/dev/null
complete "$child" 2 >/dev/null
same "1 5 4095" "$(blocks "$child")"
same "1 5" "$(blocks "$parent")"
fetch "$child" 1 out >/dev/null
cmp "$TMPDIR/out" "$TMPDIR/a"
fetch "$child" 5 out >/dev/null
cmp "$TMPDIR/out" "$TMPDIR/a"
fetch "$parent" 5 out >/dev/null
cmp "$TMPDIR/out" "$TMPDIR/b"
same "$parent" "$(qami ebs start-snapshot --volume-size 1 \
	--parent-snapshot-id "$parent" | get ParentSnapshotId)"

# the same token begins one snapshot
one=$(begin --client-token t1)
same "$one" "$(begin --client-token t1)"
# and may be longer than EC2's
long=$(printf %255s | tr ' ' t)
same "$(begin --client-token "$long")" "$(begin --client-token "$long")"
fails ValidationException begin --client-token "${long}t"
fails ConflictException begin --client-token t1 --volume-size 2
as 222222222222 ebs start-snapshot --volume-size 1 --client-token t1 \
	>"$TMPDIR/answer"
[ "$one" != "$(get SnapshotId <"$TMPDIR/answer")" ]

# what cannot be
before=$(sql 'SELECT count(*) FROM snapshot')
layers=$(ls "$QAMI_STORE/layers" | wc -l)
for size in 0 -1 65537 9999999999999; do
	fails ValidationException qami ebs start-snapshot --volume-size $size
done
for timeout in 9 4321 0 -5; do
	fails ValidationException begin --timeout $timeout
done
fails ValidationException begin --encrypted --kms-key-arn alias/none
fails ValidationException begin --kms-key-arn arn:aws:kms:x:1:key/y
fails ValidationException begin --parent-snapshot-id "$parent" --encrypted
fails ValidationException begin --parent-snapshot-id "$child" # 2 GiB
fails ValidationException begin --parent-snapshot-id "$one" # pending
fails ValidationException begin --parent-snapshot-id nonsense
fails ValidationException begin --tags Key=aws:x,Value=y
fails ValidationException begin --tags Key=,Value=y
fails ValidationException begin --tags $(seq -f 'Key=k%.0f,Value=v' 51)
fails ValidationException begin --description "$(printf %256s x)"
fails ValidationException qami ebs start-snapshot --cli-input-json '{}'
fails ResourceNotFoundException begin \
	--parent-snapshot-id snap-0123456789abcdef0
hidden "$parent" ebs start-snapshot --volume-size 1 \
	--parent-snapshot-id "$parent"
same "$before" "$(sql 'SELECT count(*) FROM snapshot')"
same "$layers" "$(ls "$QAMI_STORE/layers" | wc -l)"

# one that was lent may be a parent
lend "$parent" 222222222222
as 222222222222 ebs start-snapshot --volume-size 1 \
	--parent-snapshot-id "$parent" >"$TMPDIR/answer"
same 222222222222 "$(get OwnerId <"$TMPDIR/answer")"

# time passes: what was not completed fails, and its layer goes
sql "UPDATE snapshot SET expires = 1 WHERE id = '$one'"
layer=$(sql "SELECT layer FROM snapshot WHERE id = '$one'")
[ -e "$QAMI_STORE/layers/$layer" ]
same error "$(qami describe-snapshots --snapshot-ids "$one" |
	get Snapshots.0.State)"
[ ! -e "$QAMI_STORE/layers/$layer" ]
same '' "$(sql "SELECT name FROM layer WHERE name = '$layer'")"
fails ValidationException put "$one" 0 a
fails ValidationException complete "$one" 0
fails ValidationException blocks "$one"
fails ValidationException begin --parent-snapshot-id "$one"
qami delete-snapshot --snapshot-id "$one"
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$one"
# one that was deleted meanwhile goes altogether
gone=$(begin)
put "$gone" 0 a >/dev/null
qami delete-snapshot --snapshot-id "$gone"
sql "UPDATE snapshot SET expires = 1 WHERE id = '$gone'"
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$gone"
same '' "$(sql "SELECT id FROM snapshot WHERE id = '$gone'")"
[ "$(sql 'SELECT count(*) FROM layer')" = "$(ls "$QAMI_STORE/layers" | wc -l)" ]

# each block that is put starts the time anew
was=$(sql "SELECT expires FROM snapshot WHERE id = '$snap'")
sleep 0.1
put "$snap" 0 a >/dev/null
[ "$(sql "SELECT expires FROM snapshot WHERE id = '$snap'")" -gt "$was" ]

# a full disk
if has_small_disk; then
	small_disk '
		qami describe-snapshots >/dev/null
		fill
		code=0
		qami ebs start-snapshot --volume-size 1 2>err || code=$?
		[ $code != 0 ] && grep -q "(ServiceQuotaExceeded" err || cat err
		drain
		qami ebs start-snapshot --volume-size 1 >/dev/null
		[ "$(ls store/layers | wc -l)" -le 1 ]' >"$TMPDIR/out" 2>&1 ||
		{ cat "$TMPDIR/out"; exit 1; }
	[ ! -s "$TMPDIR/out" ] || { cat "$TMPDIR/out"; exit 1; }
	# the code that it must be
	fails ServiceQuotaExceededException small_disk '
		qami describe-snapshots >/dev/null
		fill
		qami ebs start-snapshot --volume-size 1'
fi
