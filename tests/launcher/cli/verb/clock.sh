#!/bin/sh
# clock show, set, forward, rate, freeze, real - the store's own time: what has a
# date gets it, the server sees at once that it changed, and what the world
# outside looks at goes by the host's
. tests/lib.sh

# member NAME - of what the clock says
member()
{
	qami clock show -o json | get "$1"
}

# a new store has the host's, and so has one from before there were clocks
same True "$(member IsHostClock)"
same 600 "$(stat -c %a "$QAMI_STORE/clock")"
rm "$QAMI_STORE/clock"
same True "$(member IsHostClock)"
[ -s "$QAMI_STORE/clock" ]
qami doctor | grep -q "^ok    clock: the host's"

# what can be said
for time in never 2027-02-30 10000-01-01 1969-12-31; do
	fails InvalidParameterValue qami clock set "$time"
done
for duration in 1y 5 h 1h30 9999999999w 999999999w; do
	fails InvalidParameterValue qami clock forward "$duration"
done
for rate in fast 1. .5 1e3 100001 1.0000001; do
	fails InvalidParameterValue qami clock rate "$rate"
done
same True "$(member IsHostClock)"

# it stands still, and what is made has its date
qami clock freeze >/dev/null
qami clock set 2031-05-06T07:08:09Z >/dev/null
same 2031-05-06T07:08:09.000Z "$(member Time)"
same 0 "$(member Rate)"
qami clock forward '1d 2h' | grep -qx '2031-05-07T09:08:09.000Z, stands still'
qami doctor | grep -A 1 "^WARN  clock: this store's is not the host's" |
	grep -q 'fix: qami clock real'
vol=$(qami create-volume --availability-zone us-east-1a --size 1 \
	--query VolumeId --output text)
same 2031-05-07T09:08:09+00:00 "$(qami describe-volumes --volume-ids "$vol" \
	--query 'Volumes[0].CreateTime' --output text)"
env QAMI_STORE="$TMPDIR/other" qami clock show | grep -q "host's"
sleep 0.1
same 2031-05-07T09:08:09.000Z "$(member Time)"

# it goes on, at whatever rate
qami clock rate 0.25 | grep -q ', 0.25 times as fast'
qami clock rate 100000 >/dev/null
sleep 0.1
case $(member Time) in 2031-05-07T09*) false ;; esac
qami clock real >/dev/null
same True "$(member IsHostClock)"

# a server that runs sees it at once, and does what became due meanwhile; its
# clients sign by the host's clock, and its log has that
served
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
qami kms schedule-key-deletion --key-id "$key" --pending-window-in-days 7 \
	>/dev/null
state()
{
	sql "SELECT state FROM kms_key WHERE id = '$key'"
}
same PendingDeletion "$(state)"
qami clock set 2040-01-01 >/dev/null
for _ in $(seq 600); do
	[ "$(state)" = Deleted ] && break
	sleep 0.2
done
same Deleted "$(state)"
qami create-key-pair --key-name dated >/dev/null
creds=$(qami access-key create -o json)
user=$(echo "$creds" | get AccessKeyId):$(echo "$creds" | get SecretAccessKey)
curl -sf --aws-sigv4 aws:amz:us-east-1:ec2 -u "$user" "$AWS_ENDPOINT_URL/" \
	-H 'Content-Type: application/x-www-form-urlencoded' \
	-d 'Action=DescribeKeyPairs&Version=2016-11-15' >"$TMPDIR/signed"
has '2040-01-01T' "$TMPDIR/signed"
grep -q "\"time\":\"$(date -u +%Y)-" "$TMPDIR/served.log"
grep -q '"time":"2040' "$TMPDIR/served.log" && false
end_served

# killed at any write of a change, it is as before or as it was to be
if ! sanitized && strace -o "$TMPDIR/trace" true 2>/dev/null; then
	qami clock freeze >/dev/null
	for call in pwrite64 fdatasync; do
		for number in 1 2; do
			qami clock set 2041-01-01 >/dev/null
			status=0
			strace -qq -o /dev/null -P "$QAMI_STORE/clock" \
				-e "inject=$call:signal=KILL:when=$number" \
				qami clock set 2042-01-01 >/dev/null \
				2>&1 || status=$?
			same 137 "$status"
			case $(member Time) in
			2041-01-01T00:00:00.000Z | 2042-01-01T00:00:00.000Z) ;;
			*) false ;;
			esac
		done
	done
fi
qami clock real >/dev/null
qami fsck >/dev/null
