# snapshot-live - CreateSnapshots of a running guest's two disks against virsh,
# and what the 250th snapshot of a guest costs that was never stopped
#
# Both guests sit in the same libvirt; each round both chains become one layer
# longer. virsh lets qemu-img make its overlays and keeps no record of them.
export QAMI_ACCEL=tcg
qami import "$(tests/guest/build tiny)" --name live >/dev/null

# other_guest URI - starts "other" under it, with two disks of its own
other_guest()
{
	mkdir -m 711 -p "$work/disks"
	qemu-img create -q -f qcow2 "$work/disks/a.qcow2" 1G
	qemu-img create -q -f qcow2 "$work/disks/b.qcow2" 1G
	virt-install --connect "$1" --import --name other --memory 1024 \
		--vcpus 2 --virt-type qemu --osinfo generic --graphics none \
		--sound none --noautoconsole --transient --machine q35 \
		--network none --disk "$work/disks/a.qcow2,bus=virtio" \
		--disk "$work/disks/b.qcow2,bus=virtio" >/dev/null 2>&1
}

daemon_start
export QAMI_CONNECT=$daemon
id=$(qami run-instances --image-id "$(qami images -q)" --output text \
	--query 'Instances[0].InstanceId' --block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1,DeleteOnTermination=true}')
other_guest $daemon
tests/bench/compare 9 1.15 \
	"qami create-snapshots --instance-specification InstanceId=$id" \
	"n=\$(date +%N); virsh -q -c $daemon snapshot-create-as other --disk-only \
		--atomic --no-metadata --diskspec vda,file=$work/disks/a\$n.qcow2 \
		--diskspec vdb,file=$work/disks/b\$n.qcow2" \
	: 'two live disks: virsh snapshot-create-as --atomic'
virsh -q -c $daemon destroy other
qami rm "$id"
daemon_end

# The 250: the guest runs all the time, and jobs shorten its chain. Then by turns
# with a guest that has just been started, in a store of its own.
export QAMI_CONNECT=embed
id=$(qami run live)
volume=$(qami describe-volumes --query 'Volumes[0].VolumeId' --output text)
tests/bench/sequence 250 "qami create-snapshot --volume-id $volume" \
	'live snapshots of one guest: the last 10, the first 10'
old=$QAMI_STORE
QAMI_STORE=$work/young
qami import "$(tests/guest/build tiny)" --name live >/dev/null
young=$(qami run live)
other=$(qami describe-volumes --query 'Volumes[0].VolumeId' --output text)
tests/bench/compare 20 1.0 \
	"qami --store $old create-snapshot --volume-id $volume" \
	"qami --store $work/young create-snapshot --volume-id $other" \
	: 'live snapshot after 250: of a guest just started'
qami rm "$young"
QAMI_STORE=$old
qami rm "$id"
