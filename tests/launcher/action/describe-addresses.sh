#!/bin/sh
# describe-addresses - there are none
. tests/lib.sh

dry qami describe-addresses
qami describe-addresses >"$TMPDIR/answer"
tests/shape DescribeAddresses "$TMPDIR/answer"
same '[]' "$(get Addresses <"$TMPDIR/answer")"
finds 0 describe-addresses instance-id=i-0123456789abcdef0 'public-ip=*' \
	allocation-id=x association-id=x network-border-group=us-east-1 \
	network-interface-id=x network-interface-owner-id=123456789012 \
	private-ip-address=172.31.0.4
fails InvalidParameterValue qami describe-addresses --filters \
	Name=colour,Values=red
fails InvalidAllocationID.NotFound qami describe-addresses \
	--allocation-ids eipalloc-0123456789abcdef0
fails InvalidAddress.NotFound qami describe-addresses --public-ips 198.51.100.7
fails InvalidID qami describe-addresses --allocation-ids eipalloc-xyz
