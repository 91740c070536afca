# server.sh - an S3 server that checks signatures; read after tests/lib.sh

# s3_setup - what a server needs of this host and of a test's environment
s3_setup()
{
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN \
		AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE AWS_DEFAULT_PROFILE \
		AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_CONFIG_FILE \
		AWS_SHARED_CREDENTIALS_FILE EC2_ACCESS_KEY EC2_SECRET_KEY
	mkdir "$TMPDIR/s3"
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.qami", b"x")
' "$TMPDIR/s3" 2>/dev/null ||
		skip "needs extended attributes of users in TMPDIR"
}

# s3_start [SECRET] - starts the server, which keeps what it had, and tells the
# store
s3_start()
{
	local status

	rm -f "$TMPDIR/s3/port" "$TMPDIR/s3.in"
	mkfifo "$TMPDIR/s3.in"
	tests/s3 "$TMPDIR/s3" <"$TMPDIR/s3.in" &
	s3=$!
	exec 9>"$TMPDIR/s3.in"
	while [ ! -e "$TMPDIR/s3/port" ]; do
		if ! kill -0 $s3 2>/dev/null; then
			status=0
			wait $s3 || status=$?
			[ $status != 77 ] || skip "needs the package python3-swift"
			return 1
		fi
		sleep 0.1
	done
	echo "${1:-testing}" >"$TMPDIR/secret"
	qami s3-server --url "http://localhost:$(cat "$TMPDIR/s3/port")" \
		--access-key test:tester --secret-file "$TMPDIR/secret"
}

s3_stop()
{
	exec 9>&-
	kill $s3 2>/dev/null || :
	wait $s3 || :
}
