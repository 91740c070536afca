#!/bin/sh
# a region on S3 servers: the endpoint of one of the two stores, and a server
# that is neither's; while it is away copies wait, and its keys are the region's
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
. tests/server.sh
s3_setup

one=$(far sent - <<-ONE
	1 one
	3 two
	1999 three
ONE
)
two=$(far sent "$one" <<-TWO
	3 four
TWO
)
far blocks "$one" >"$TMPDIR/one"
far blocks "$two" >"$TMPDIR/two"
far settled
# exchanged NAME - both snapshots go there, and come by their difference; what
# was made of them goes back by its own
exchanged()
{
	there_one=$(far qami region push "$1" "$one")
	there_two=$(far qami region push "$1" "$two" --output json)
	same 1/3 "$(echo "$there_two" | get BlocksSent)/$(
		echo "$there_two" | get Blocks)"
	there_two=$(echo "$there_two" | get Id)
	for copied in one two; do
		case $copied in
		one) there=$there_one wanted=3 ;;
		two) there=$there_two wanted=1 ;;
		esac
		held
		copy=$(qami copy-snapshot --source-region "$1" --output text \
			--query SnapshotId --source-snapshot-id "$there")
		carried $wanted
		blocks "$copy" | cmp "$TMPDIR/$copied"
	done
	back=$(sent "$copy" <<-BACK
		7 back
	BACK
	)
	settled
	back=$(qami region push "$1" "$back")
	back=$(far qami copy-snapshot --source-region "$1" --output text \
		--query SnapshotId --source-snapshot-id "$back")
	far arrived "$back"
	same 4 "$(far blocks "$back" | wc -l)"
	qami region withdraw "$1" "$there_one"
	qami region collect "$1" | grep -q 'freed .* 1 blocks removed, 4 kept'
	for id in $(qami snaps -q); do
		qami delete-snapshot --snapshot-id "$id"
	done
}

# the first store serves its bucket to the other
QAMI_STORE=$TMPDIR/far qami serve --listen "127.0.0.1:$(free_port)" \
	>"$TMPDIR/served" 2>"$TMPDIR/serve.log" &
server=$!
trap 'kill $server; wait $server || :' EXIT
seen 60 'at http' "$TMPDIR/served"
far qami region add site --bucket images/site >"$TMPDIR/out"
url=$(sed -n 's/^at \(http[^ ]*\).*/\1/p' "$TMPDIR/served" | head -n 1)
key=$TMPDIR/far/keys/region-site
fails AuthFailure qami region add site --bucket s3://images/site \
	--endpoint "$url" --key "$key"
(
	eval "$(far qami env)"
	unset AWS_ENDPOINT_URL
	# several at a time: one does, and the others take nothing of its away
	for try in 1 2 3 4; do
		qami region add site --bucket s3://images/site \
			--endpoint "$url" --key "$key" 2>"$TMPDIR/add.$try" &&
			echo "$try" >>"$TMPDIR/added" &
	done
	wait
)
same 1 "$(wc -l <"$TMPDIR/added")"
same 3 "$(cat "$TMPDIR"/add.? | grep -c '(InvalidParameterValue)')"
same 600 "$(stat -c %a "$QAMI_STORE/s3/region-site.conf")"
exchanged site

# while it is down nothing is published, and a copy waits
there_two=$(far qami region push site "$two")
held
copy=$(qami copy-snapshot --source-region site --output text \
	--query SnapshotId --source-snapshot-id "$there_two")
kill $server
wait $server || :
trap - EXIT
let_go
slow_says 'Failed to connect'
same pending "$(qami describe-snapshots --snapshot-ids "$copy" |
	get Snapshots.0.State)"
QAMI_STORE=$TMPDIR/far qami serve --listen "${url#http://}" >"$TMPDIR/served" \
	2>"$TMPDIR/serve.log" &
server=$!
trap 'kill $server; wait $server || :' EXIT
seen 60 'at http' "$TMPDIR/served"
arrived "$copy"
blocks "$copy" | cmp "$TMPDIR/two"
qami delete-snapshot --snapshot-id "$copy"
kill $server
wait $server || :
trap - EXIT

# a server that is neither's, with the keys of the accounts
s3_start
trap s3_stop EXIT
far qami s3-server --url "http://localhost:$(cat "$TMPDIR/s3/port")" \
	--access-key test:tester --secret-file "$TMPDIR/secret"
far qami region add swift --bucket s3://images/some/where >"$TMPDIR/out"
qami region add swift --bucket s3://images/some/where \
	--key "$TMPDIR/far/keys/region-swift"
exchanged swift
tests/audit --jobs

# a region that is forgotten leaves no keys of its server; nor does one that
# could not be named
qami region remove site
[ ! -e "$QAMI_STORE/s3/region-site.conf" ]
(
	export AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b
	qami region add site --bucket s3://images/site \
		--endpoint http://127.0.0.1:1 --key "$key" 2>/dev/null && exit 1
	[ ! -e "$QAMI_STORE/s3/region-site.conf" ]
)
