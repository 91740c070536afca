#!/bin/sh
# boto3 - Debian's boto3: waiters, pages, resources, presigned URLs, retries
# (machines run, but nothing boots in them: no need to be alone)
. tests/clients/lib.sh

endpoint_here
image alpha >/dev/null
/usr/bin/python3 tests/clients/with-boto3.py
