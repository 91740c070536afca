#!/bin/sh
# boots guests
# takes long
# create-snapshots - of a guest that writes an increasing number to three disks
# in turn: volumes made of the snapshots agree on a prefix. And of which volumes,
# under which tags, and of a machine at rest.
. tests/lib.sh
. tests/snapshot.sh

guests_here
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
(n=0
while :; do
	n=$((n + 1))
	for disk in vdb vdc vdd; do
		printf '%08d\n' $n |
			dd of=/dev/$disk bs=512 conv=notrunc,fsync 2>/dev/null
	done
	[ $((n % 50)) -ne 0 ] || echo "counted to $n" >/dev/console
done) &
SCRIPT
i=$(launch "$ami" --instance-type t2.nano --user-data "file://$TMPDIR/script" \
	--block-device-mappings 'DeviceName=/dev/sdf,Ebs={VolumeSize=1}' \
	'DeviceName=/dev/sdg,Ebs={VolumeSize=2}' \
	'DeviceName=/dev/sdh,Ebs={VolumeSize=3}' --tag-specifications \
	'ResourceType=volume,Tags=[{Key=kept,Value=yes},{Key=both,Value=volume}]')
says 180 "$i" 'counted to 50'

# all [OPTION…] - the answer's snapshots
all()
{
	qami create-snapshots --instance-specification "InstanceId=$i$more" "$@"
}
more=

# number SNAPSHOT - what the disk says from which it was taken
number()
{
	local copy

	copy=$(volume --snapshot-id "$1")
	first "$copy"
	qami delete-volume --volume-id "$copy"
}

# agree SNAPSHOT… - of the three data disks, in their order
agree()
{
	local a b c

	a=$(number "$1") b=$(number "$2") c=$(number "$3")
	echo "prefix: $a $b $c"
	if [ "$a" -lt "$b" ] || [ "$b" -lt "$c" ] || [ "$c" -lt $((a - 1)) ]
	then
		echo "no prefix: $a $b $c" >&2
		return 1
	fi
	last=$c
}

all --description both >"$TMPDIR/answer"
same 4 "$(get Snapshots <"$TMPDIR/answer" | grep -o SnapshotId | wc -l)"
root=$(sql "SELECT volume FROM attachment WHERE device = '/dev/sda1'")
for pair in State=completed Progress=100% Description=both VolumeId="$root" \
	Encrypted=False OwnerId=123456789012 Tags='[]'; do
	same "$pair" "${pair%%=*}=$(get "Snapshots.0.${pair%%=*}" \
		<"$TMPDIR/answer")"
done
before=0
more=,ExcludeBootVolume=true
for round in 1 2 3 4 5 6; do
	agree $(all --query 'sort_by(Snapshots,&VolumeSize)[].SnapshotId' \
		--output text)
	[ "$last" -ge "$before" ]
	before=$last
done
more=
# it still writes, to the newest layers
says 90 "$i" "counted to $(((before / 50 + 2) * 50))"
[ "$(sql "SELECT count(*) FROM layer WHERE state = 'active'")" -ge 4 ]
qami create-snapshot --volume-id "$(sql "SELECT volume FROM attachment
	WHERE device = '/dev/sdg'")" --output text --query SnapshotId \
	>"$TMPDIR/one"
[ "$(number "$(cat "$TMPDIR/one")")" -gt "$before" ]

# which volumes
data=$(sql "SELECT volume FROM attachment WHERE device = '/dev/sdf'")
more=",ExcludeDataVolumeIds=[$data]"
all >"$TMPDIR/answer"
same 0 "$(grep -c "$data" "$TMPDIR/answer" || :)"
same 3 "$(grep -c SnapshotId "$TMPDIR/answer")"
more=",ExcludeDataVolumeIds=[$root]"
fails InvalidParameterValue all
more=,ExcludeDataVolumeIds=[vol-0fedcba9876543210]
fails InvalidParameterValue all
more=",ExcludeDataVolumeIds=[$(seq 41 | sed "s/.*/$data/" | tr '\n' , |
	sed 's/,$//')]"
fails InvalidParameterValue all
more=",ExcludeBootVolume=true,ExcludeDataVolumeIds=[$(sql "SELECT volume FROM
	attachment WHERE device <> '/dev/sda1'" | tr '\n' , | sed 's/,$//')]"
fails InvalidParameterValue all
more=

# tags: the volume's, and what was asked for over them
all --copy-tags-from-source volume --tag-specifications \
	'ResourceType=snapshot,Tags=[{Key=both,Value=call}]' >"$TMPDIR/answer"
same 'both=call kept=yes' "$(get Snapshots.2.Tags <"$TMPDIR/answer" |
	python3 -c 'import json, sys
print(*("{Key}={Value}".format(**tag) for tag in json.load(sys.stdin)))')"
fails InvalidParameterValue all --copy-tags-from-source instance

# libvirt lost track: nothing more until it is started again
sql "UPDATE instance SET stale = 1"
fails IncorrectState qami create-snapshot --volume-id "$data"
fails IncorrectState all
sql "UPDATE instance SET stale = 0"
layers=$(ls "$QAMI_STORE/layers" | wc -l)
hidden "$i" create-snapshots --instance-specification "InstanceId=$i"
fails InvalidInstanceID.NotFound qami create-snapshots \
	--instance-specification InstanceId=i-0fedcba9876543210
dry all
same "$layers" "$(ls "$QAMI_STORE/layers" | wc -l)"

# at rest, and started again from where it was
qami stop -f "$i"
all >"$TMPDIR/answer"
more=,ExcludeBootVolume=true
agree $(all --query 'sort_by(Snapshots,&VolumeSize)[].SnapshotId' \
	--output text)
more=
# beyond what the account may have, if only for one of them
qami quota set --snapshots $(($(sql "SELECT count(*) FROM snapshot
	WHERE owner = '123456789012'") + 1))
fails SnapshotLimitExceeded all
qami quota set --snapshots none

# somebody who died at it has not been recovered
sql "INSERT INTO op (id, kind, account, action, request, state, payload, owner,
	boot_id, due, created, updated) VALUES ('op-x', 'snapshot', '', '', '',
	'intent', '{\"instance\":\"$i\"}', '', '', 9e15, 0, 0)"
fails Unavailable all
fails Unavailable qami start-instances --instance-ids "$i"
sql "DELETE FROM op WHERE id = 'op-x'"
qami start "$i"
says 180 "$i" 'qami-guest: ready' 2
qami rm "$i"
fails IncorrectInstanceState all
settled
