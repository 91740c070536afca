#!/bin/sh
# storm - eight clients of four accounts call at once; STORM_CALLS says how
# often each does
# boots guests
. tests/lib.sh

guests_here
end_all()
{
	local account guest

	for account in $accounts; do
		for guest in $(as "$account" ps -q 2>/dev/null); do
			as "$account" rm "$guest" || :
		done
	done
	end_served
}
accounts='111111111111 222222222222 333333333333 444444444444'
trap end_all EXIT
disk "$TMPDIR/disk.raw"
served
for account in $accounts; do
	image=$(as $account import "$TMPDIR/disk.raw" --name small)
	as $account access-key create --output json |
		python3 -c '
import json, sys
key = json.load(sys.stdin)
print(json.dumps({"id": key["AccessKeyId"], "secret": key["SecretAccessKey"],
                  "image": sys.argv[1]}))' "$image"
done | python3 -c '
import json, sys
print(json.dumps([json.loads(line) for line in sys.stdin]))' >"$TMPDIR/keys"
tests/launcher/http/storm.py "$AWS_ENDPOINT_URL" "$SERVED" "$TMPDIR/keys" \
	"${STORM_CALLS:-60}"
for account in $accounts; do
	# one for each of the tokens that launched
	same 2 "$(as $account describe-instances \
		--query 'length(Reservations[].Instances[])')"
done
qami fsck
