#!/bin/sh
# boots guests
# wire - what botocore reads of every action's answer is what the command line
# says, and there is nothing in it that EC2's model does not know
. tests/lib.sh

guests_here
ami=$(image alpha)
served
eval "$(qami env --endpoint-url "$AWS_ENDPOINT_URL")"
qami self-test --parameters >"$TMPDIR/rows"
tests/launcher/http/wire.py "$TMPDIR/rows" "$ami"
