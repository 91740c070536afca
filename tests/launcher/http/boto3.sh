#!/bin/sh
# boto3 - Debian's boto3: waiters, pages, resources, presigned URLs, retries
# (machines run, but nothing boots in them: no need to be alone)
. tests/clients/lib.sh

endpoint_here
image alpha >/dev/null
/usr/bin/python3 tests/clients/with-boto3.py

# the example, twice: of two snapshots one is kept
qami create-volume --availability-zone us-east-1a --size 1 \
	--tag-specifications 'ResourceType=volume,Tags=[{Key=backup,Value=yes}]' \
	>/dev/null
examples/with-boto3 1 >"$TMPDIR/first"
examples/with-boto3 1 >"$TMPDIR/second"
same 0 "$(grep -c 'is gone' "$TMPDIR/first" || :)"
has "$(grep -o 'snap-[0-9a-f]*' "$TMPDIR/first") is gone" "$TMPDIR/second"
same 1 "$(qami describe-snapshots --filters Name=tag:made-by,Values=with-boto3 |
	grep -c SnapshotId)"
