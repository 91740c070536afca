# region-bucket - a snapshot of 1 GiB, 17 % full, into a region in a bucket and
# out of it, against rsync and the AWS CLI with its layer; then the next one of
# the lineage, 1 % changed
#
# Blocks go there packed, encrypted and named by their digests, each an object
# that is durable when the server says so; what comes back is held against its
# digest. The peers copy one file as it is, and rsync leaves it to the kernel.
far="$work/far"
truncate -s 1G "$work/disk.raw"
i=0
while [ $i -lt 17 ]; do
	dd if=/dev/urandom of="$work/disk.raw" bs=1M count=10 \
		seek=$((i * 60)) conv=notrunc status=none
	i=$((i + 1))
done
qami --store "$far" import "$work/disk.raw" --name bench >/dev/null
snap=$(qami --store "$far" snaps -q)
vol=$(qami --store "$far" create-volume --availability-zone us-east-1a \
	--snapshot-id "$snap" --output text --query VolumeId)
i=0
while [ $i -lt 10 ]; do
	dd if=/dev/urandom of="$work/mib" bs=1M count=1 status=none
	qemu-io -f qcow2 -c "write -s $work/mib $((i * 100))M 1M" \
		"$far/layers/$(sqlite3 "$far/qami.db" \
			"SELECT layer FROM volume WHERE id = '$vol'")" >/dev/null
	i=$((i + 1))
done
next=$(qami --store "$far" create-snapshot --volume-id "$vol" --output text \
	--query SnapshotId)
qami --store "$far" gc >/dev/null # its digest lists are made
layer=$far/layers/$(sqlite3 "$far/qami.db" \
	"SELECT layer FROM snapshot WHERE id = '$snap'")

# A directory that both reach.
qami --store "$far" region add bucket --bucket "$work/bench-bucket" >/dev/null
qami region add bucket --bucket "$work/bench-bucket" \
	--key "$far/keys/region-bucket"
# The endpoint of the other store.
qami --store "$far" serve --listen 127.0.0.1:0 >"$work/served" \
	2>"$work/serve.log" &
server=$!
until grep -q 'at http' "$work/served"; do sleep 0.05; done
eval "$(qami --store "$far" env)"
url=$(sed -n 's/^at \(http[^ ]*\).*/\1/p' "$work/served" | head -n 1)
unset AWS_ENDPOINT_URL
printf '[default]\ns3 =\n  multipart_threshold = 5GB\n' >"$work/aws"
export AWS_CONFIG_FILE="$work/aws"
qami --store "$far" region add endpoint --bucket s3://bench/region \
	--endpoint "$url" >/dev/null
qami region add endpoint --bucket s3://bench/region --endpoint "$url" \
	--key "$far/keys/region-endpoint"

cat >"$work/fetch" <<'END'
set -eu
copy=$(qami copy-snapshot --source-region "$1" --source-snapshot-id "$2" \
	--output text --query SnapshotId)
until qami snaps | grep "$copy" | grep -q completed; do sleep 0.01; done
echo "$copy" >"$work/copy"
END
# pushed REGION SNAPSHOT - and fetched
pushed()
{
	echo "qami --store $far region push $1 $2 >$work/there"
}
fetched()
{
	echo "sh $work/fetch $1 $2"
}
empty='if [ "$1" = ours ]; then
		qami --store "$work/far" region withdraw '
empty_end=' "$(cat "$work/there")"
		qami --store "$work/far" region collect REGION --force >/dev/null
	else rm -rf "$work/copied"; fi'
gone='if [ "$1" = ours ]; then
		qami delete-snapshot --snapshot-id "$(cat "$work/copy")"
		qami gc >/dev/null
	else rm -rf "$work/copied"; fi'
for region in bucket endpoint; do
	drop=$empty$region$(echo "$empty_end" | sed "s/REGION/$region/")
	case $region in
	bucket)
		peer='rsync, sync'
		put="rsync -S $layer $work/copied && sync $work/copied"
		get=$put
		;;
	endpoint)
		command -v aws >/dev/null || continue
		peer='aws s3 cp'
		put="aws --endpoint-url $url s3 cp --quiet $layer \
			s3://bench/layer"
		get="aws --endpoint-url $url s3 cp --quiet \
			s3://bench/layer $work/copied"
		;;
	esac
	tests/bench/compare 3 1.0 "$(pushed $region "$snap")" "$put" "$drop" \
		"1 GiB into a region, $region: $peer"
	eval "$(pushed $region "$snap")"
	first=$(cat "$work/there")
	tests/bench/compare 3 1.0 "$(fetched $region "$first")" "$get" "$gone" \
		"1 GiB out of a region, $region: $peer"
	eval "$(fetched $region "$first")"
	tests/bench/compare 3 1.0 "$(pushed $region "$next")" "$put" "$drop" \
		"1 % of it into a region, $region: $peer, all"
	eval "$(pushed $region "$next")"
	tests/bench/compare 3 1.0 "$(fetched $region "$(cat "$work/there")")" \
		"$get" "$gone" \
		"1 % of it out of a region, $region: $peer, all"
done
kill $server
wait $server || true
