#!/bin/sh
# serve - the endpoint is there when it says so, once a store, and ends well
. tests/lib.sh

served
same ok "$(curl -s "$AWS_ENDPOINT_URL/healthz")"
socket=$QAMI_STORE/run/qami.sock
same ok "$(curl -s --unix-socket "$socket" http://localhost/healthz)"
same 666 "$(stat -c %a "$socket")"
has "at $socket" "$TMPDIR/served"

# a second server is told about the first, and leaves it alone
fails IncorrectState timeout 20 qami serve --listen 127.0.0.1:0
has 'is served already' "$TMPDIR/err"
same ok "$(curl -s --unix-socket "$socket" http://localhost/healthz)"

# ended, it leaves nothing that anybody would wait for
end_served
[ ! -e "$socket" ]
status=0
curl -s "$AWS_ENDPOINT_URL/healthz" || status=$?
same 7 "$status"

# killed, it leaves its socket, which the next one takes
served
kill -9 "$SERVED"
wait "$SERVED" || :
SERVED=
[ -e "$socket" ]
served
same ok "$(curl -s --unix-socket "$socket" http://localhost/healthz)"

# addresses that are none, or somebody else's
end_served
for address in 127.0.0.1 :8773 ::1:8773 nowhere:1 127.0.0.1:99999 '[::1]'; do
	fails InvalidParameterValue timeout 20 qami serve --listen "$address"
done
served
fails qami.Host env QAMI_STORE="$TMPDIR/other" \
	timeout 20 qami serve --listen "${AWS_ENDPOINT_URL#http://}"
has 'Address already in use; --listen takes another' "$TMPDIR/err"
fails InvalidParameterValue timeout 20 qami serve --workers 0
fails InvalidParameterValue timeout 20 qami serve --workers 257
