# lib.sh - what the tests of real clients share, beside tests/lib.sh
. tests/lib.sh

# endpoint_here - the endpoint over the test's store, for emulated guests
endpoint_here()
{
	guests_here
	endpoint_open
}

# endpoint_open - the endpoint, and what clients read to find it; nothing else on
# this host is theirs
endpoint_open()
{
	served
	eval "$(qami env --endpoint-url "$AWS_ENDPOINT_URL")"
	AWS_EC2_METADATA_DISABLED=true no_proxy='*'
	export AWS_EC2_METADATA_DISABLED no_proxy
}

# aws … - Debian's awscli, whatever else is called so
aws()
{
	/usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" --output json "$@"
}

# beside VERB… - awscli and qami are asked the same; what the one prints is in
# what the other does
beside()
{
	aws ec2 "$@" >"$TMPDIR/theirs"
	qami "$@" --output json >"$TMPDIR/ours"
	tests/clients/beside "$TMPDIR/theirs" "$TMPDIR/ours" || {
		echo "with: $*" >&2
		return 1
	}
}

# proxy_here - a SOCKS proxy into the store's instances, at $PROXY
proxy_here()
{
	qami proxy --port 0 2>"$TMPDIR/proxy" &
	PROXY_PID=$!
	trap 'end_proxy; end_guests; end_served' EXIT
	seen 60 '127.0.0.1:' "$TMPDIR/proxy"
	PROXY=$(cat "$TMPDIR/proxy")
}

# end_proxy - ends it, unless what ended the test did
end_proxy()
{
	kill "$PROXY_PID" 2>/dev/null || :
}

# no_faults - the endpoint has answered nobody with a fault of its own, and knew
# every action and parameter that came
no_faults()
{
	grep -E '"status": ?5|InvalidAction|UnknownParameter' \
		"$TMPDIR/served.log" || return 0
	echo "the endpoint's own faults, see above" >&2
	return 1
}
