#!/bin/sh
# terraform - the calls of Terraform's AWS provider, replayed by Debian's boto3
# boots guests
. tests/clients/lib.sh

endpoint_here
qami import "$(tests/guest/build tiny)" --name small >/dev/null
ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/key"
/usr/bin/python3 tests/clients/terraform.py
no_faults
