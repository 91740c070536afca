# store - instance-store launches against EBS ones, and their disks against
# volumes
. tests/bundle.sh
export QAMI_ACCEL=tcg QAMI_CONNECT=embed TMPDIR="$work"
tiny=$(tests/guest/build tiny)
stored "$tiny" images/tiny tiny
store=$(registered images/tiny/tiny.manifest.xml store)
ebs=$(qami import "$tiny" --name ebs)
launch='qami run-instances --image-id'
small='--instance-type m3.medium'
end='qami ps -q | xargs -r qami rm'
tests/bench/compare 9 1.1 "$launch $store $small" "$launch $ebs $small" "$end" \
	'launch: an instance-store image again, EBS'
tests/bench/compare 3 - "$launch $store $small" "$launch $ebs $small" "$end; qami gc" \
	'launch: the first time, unpacking, EBS'

# a guest that reads the instance store and a volume for so long each
cc -static -O2 -D_GNU_SOURCE -o "$work/reads" -x c tests/bench/reads
truncate -s %1M "$work/reads"
program=$(qami import-snapshot --disk-container "File=$work/reads,Format=raw" \
	--output text --query SnapshotTaskDetail.SnapshotId)
cat >"$work/script" <<'SCRIPT'
#!/bin/sh
dd if=/dev/vdd of=/tmp/reads bs=1M 2>/dev/null
chmod +x /tmp/reads
for how in random sequential; do
	for disk in vdb vdc; do
		/tmp/reads /dev/$disk $how 8
	done
done
echo reads are over
SCRIPT
guest=$($launch "$store" --instance-type c3.large --user-data \
	"file://$work/script" --block-device-mappings \
	DeviceName=/dev/sdb,VirtualName=ephemeral0 \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=8,VolumeType=gp3}' \
	"DeviceName=/dev/sdh,Ebs={SnapshotId=$program,DeleteOnTermination=true}" \
	--output text --query 'Instances[0].InstanceId')
until qami logs "$guest" | grep -q 'reads are over'; do sleep 1; done

# read_rate LABEL HOW FACTOR UNIT - the instance store's against the volume's
read_rate()
{
	qami logs "$guest" | tr -d '\r' |
		sed -n "s|^reads /dev/\(vd.\) $2 \(.*\)|\1 \2|p" |
		awk -v label="$1" -v factor="$3" -v unit="$4" '
		{ rate[$1] = $2 * factor }
		END { printf "%-54s %8.0f %-5s %6.0f %-5s %5.2f x\n", label,
			rate["vdb"], unit, rate["vdc"], unit,
			rate["vdb"] / rate["vdc"] }'
}
read_rate 'instance store: random reads of 4 KiB, gp3' random 1 IOPS
read_rate 'instance store: sequential reads, gp3' sequential 0.25 MiB/s
qami rm "$guest"
