#!/bin/sh
# boots guests
# wire - what botocore reads of every action's answer is what the command line
# says, and there is nothing in it that EC2's model does not know
. tests/lib.sh

guests_here
ami=$(image alpha)
sql "INSERT INTO bundle_task (id, owner, instance, bucket, prefix, state,
		progress, error_code, error_message, started, updated)
	VALUES ('bun-0123456789abcdef0', '123456789012', 'i-0123456789abcdef0',
		'bundles', 'web', 'failed', 40, 'Server.Internal', 'no & yes',
		1700000000000000, 1700000001000000)"
sql "INSERT INTO root_task (id, owner, instance, state, image, snapshot,
		launched, volume, replaced, remove, started, ended)
	VALUES ('replacevol-0123456789abcdef0', '123456789012',
		'i-0123456789abcdef0', 'succeeded', '$ami',
		'snap-0123456789abcdef0', '', '', '', 1, 1700000000000000,
		1700000001000000)"
qami create-tags --resources replacevol-0123456789abcdef0 --tags Key=a,Value=b
served
eval "$(qami env --endpoint-url "$AWS_ENDPOINT_URL")"
qami self-test --parameters >"$TMPDIR/rows"
tests/launcher/http/wire.py "$TMPDIR/rows" "$ami"
