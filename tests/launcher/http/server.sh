#!/bin/sh
# takes long
# server - what is no request, too much, too slow or gone, and what a stop does
. tests/lib.sh

served --workers 2
eval "$(qami env --endpoint-url "$AWS_ENDPOINT_URL")"
python3 tests/launcher/http/server.py "$SERVED" "$TMPDIR/served.log"
# it ended well; a sanitizer would have found what it leaked
wait "$SERVED"
SERVED=
