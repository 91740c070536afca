#!/bin/sh
# Twenty small guests at once, each of which reads its own metadata and says
# what it found; then half of them are stopped and started, and all say it
# again. A minute under emulation. TWENTY: how many.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-twenty.XXXXXX")
chmod 711 "$work"
export PATH="$PWD/build:$PATH" QAMI_STORE="$work/store" TMPDIR="$work"
. tests/lib.sh
guests_here
trap 'end_guests; rm -rf "$work"' EXIT
count=${TWENTY:-20}

cat >"$work/script" <<'E2'
#!/bin/sh
echo "FOUND: $(imds meta-data/instance-id) $(imds meta-data/local-ipv4)"
E2
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)
qami run-instances --image-id "$ami" --count "$count" \
	--instance-type t2.nano --metadata-options HttpTokens=required \
	--user-data "file://$work/script" >"$work/run"

# found TIMES - every guest has said so often what it is
found()
{
	qami describe-instances --output text --query \
		'Reservations[].Instances[].[InstanceId, PrivateIpAddress]' |
		while read -r id address; do
			says 1200 "$id" "FOUND: $id $address" "$1" </dev/null
		done
}
found 1
tests/audit --jobs
same "$count" "$(sql 'SELECT count(DISTINCT host_port) FROM forward')"
before=$(sql 'SELECT instance, host_port FROM forward ORDER BY 1')
qami ps -q | head -n $((count / 2)) >"$work/half"
xargs qami stop-instances --force --instance-ids <"$work/half" >/dev/null
tests/audit --jobs
xargs qami start-instances --instance-ids <"$work/half" >/dev/null
while read -r id; do
	says 1200 "$id" "FOUND: $id" 2 </dev/null
done <"$work/half"
same "$before" "$(sql 'SELECT instance, host_port FROM forward ORDER BY 1')"
tests/audit --jobs
echo "twenty: $count guests, each with its own address, port and metadata"
