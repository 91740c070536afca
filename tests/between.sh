# between.sh - an S3 server, which is another store's, and before it who writes
# down in $TMPDIR/between/log what it is asked, and fails as told; read after
# tests/lib.sh, tests/snapshot.sh and tests/region.sh

far qami images
QAMI_STORE=$TMPDIR/far qami serve --listen 127.0.0.1:0 >"$TMPDIR/served" \
	2>"$TMPDIR/serve.log" &
server=$!
trap 'kill $server; wait $server || :' EXIT
seen 60 'at http' "$TMPDIR/served"
url=$(sed -n 's/^at \(http[^ ]*\).*/\1/p' "$TMPDIR/served" | head -n 1)
mkdir "$TMPDIR/between"
mkfifo "$TMPDIR/between.in"
tests/s3-faults "$TMPDIR/between" "${url##*:}" <"$TMPDIR/between.in" &
between=$!
trap 'kill $server $between; wait || :' EXIT
exec 9>"$TMPDIR/between.in"
(
	eval "$(far qami env)"
	unset AWS_ENDPOINT_URL
	echo "$AWS_SECRET_ACCESS_KEY" >"$TMPDIR/secret"
	echo "$AWS_ACCESS_KEY_ID" >"$TMPDIR/key"
)
for try in $(seq 600); do
	[ ! -e "$TMPDIR/between/faults-port" ] || break
	sleep 0.1
done

# known - the store knows the server
known()
{
	qami s3-server --access-key "$(cat "$TMPDIR/key")" \
		--secret-file "$TMPDIR/secret" \
		--url "http://127.0.0.1:$(cat "$TMPDIR/between/faults-port")"
}
known

# plan TEXT - what happens to requests from now on
plan()
{
	printf '%s\n' "$1" >"$TMPDIR/between/plan.new"
	mv "$TMPDIR/between/plan.new" "$TMPDIR/between/plan"
}
