#!/bin/sh
# ec2-bundle-image - disks of every kind become bundles, and disks again
. tests/lib.sh

cd "$TMPDIR"
mkdir bundles disks guest
ln -s "$QAMI_BUILD/ec2-bundle" guest/ec2-bundle-image
ln -s "$QAMI_BUILD/ec2-bundle" guest/ec2-unbundle
PATH=$QAMI_BUILD:$PATH

# a sparse disk with something in it
truncate -s 24M disk.raw
head -c 3000000 /dev/urandom | dd of=disk.raw bs=1M seek=4 conv=notrunc status=none
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
	-subj /CN=me -days 9 2>/dev/null

# with the user's own keys, inside the program for guests and out of it
same bundles/disk.raw.manifest.xml "$(guest/ec2-bundle-image -i disk.raw \
	-k key.pem -c cert.pem -u 1234-5678-9012 -d bundles -r x86_64 2>err)"
same '' "$(cat err)"
has "<user>123456789012</user><type>machine</type>" \
	bundles/disk.raw.manifest.xml
same disks/disk.raw "$(qami ec2-unbundle -m bundles/disk.raw.manifest.xml \
	-k key.pem -c cert.pem -s bundles -d disks)"
cmp disk.raw disks/disk.raw
[ "$(du -k disks/disk.raw | cut -f 1)" -lt 8192 ]

# with none at all: the account gets a pair, and the store has one
same bundles/own.manifest.xml "$(ec2-bundle-image -i disk.raw -d bundles \
	-p own -r i386 --batch -B ami=sda1,root=/dev/sda1,ephemeral0=sdb \
	--kernel aki-12345678 --ramdisk ari-12345678 --productcodes AA,BB)"
has "<architecture>i386</architecture><block_device_mapping><mapping><virtual>ami</virtual><device>sda1</device></mapping><mapping><virtual>ephemeral0</virtual>" \
	bundles/own.manifest.xml
has "<kernel_id>aki-12345678</kernel_id><ramdisk_id>ari-12345678</ramdisk_id><product_codes><product_code>AA</product_code><product_code>BB</product_code></product_codes>" \
	bundles/own.manifest.xml
same "600 700" "$(stat -c %a "$QAMI_STORE/keys/123456789012.pem") $(
	stat -c %a "$QAMI_STORE/keys")"
qami bundle-cert --own >account.pem
qami ec2-unbundle -m bundles/own.manifest.xml -s bundles -d disks -c account.pem
cmp disk.raw disks/own
rm disks/own
guest/ec2-unbundle -m bundles/own.manifest.xml -s bundles -d disks \
	-k "$QAMI_STORE/keys/ec2.pem"
cmp disk.raw disks/own
fails AuthFailure guest/ec2-unbundle -m bundles/own.manifest.xml -s bundles \
	-d . -k key.pem
[ ! -e own ]
fails AuthFailure qami ec2-unbundle -m bundles/disk.raw.manifest.xml -s bundles
fails InvalidManifest qami ec2-unbundle -m bundles/own.manifest.xml -s bundles \
	-c cert.pem
fails InvalidParameterValue qami ec2-unbundle -m bundles/own.manifest.xml \
	-s bundles -d disks

# the cloud that is to launch it may be another one
guest/ec2-bundle-image -i disk.raw -k key.pem -c cert.pem -u 123456789012 \
	-d bundles -p cloud --ec2cert account.pem >/dev/null
qami ec2-unbundle -m bundles/cloud.manifest.xml -s bundles -d disks
cmp disk.raw disks/cloud

# a bundle is never written over
fails InvalidParameterValue ec2-bundle-image -i disk.raw -d bundles -p own
fails InvalidParameterValue ec2-bundle-image -i disk.raw -d nowhere
fails InvalidParameterCombination ec2-bundle-image -i disk.raw -d bundles \
	-p pair -k key.pem -c account.pem
: >empty
fails ClientError.UnsupportedImage ec2-bundle-image -i empty -d bundles -p no

# kernels and ramdisks, packed as they may be
gzip -c disk.raw >vmlinuz
ec2-bundle-image -i vmlinuz -d bundles -p kern --kernel true >/dev/null
has "<kernel_id>true</kernel_id>" bundles/kern.manifest.xml
has "<type>kernel</type>" bundles/kern.manifest.xml
ec2-unbundle -m bundles/kern.manifest.xml -s bundles -d disks >/dev/null
cmp vmlinuz disks/kern
fails ClientError.UnsupportedImage ec2-bundle-image -i vmlinuz -d bundles -p no

# a qcow2 file of the user's, unless it names another one
qemu-img convert -c -f raw -O qcow2 disk.raw disk.qcow2
ec2-bundle-image -i disk.qcow2 -d bundles -p qcow >/dev/null
ec2-unbundle -m bundles/qcow.manifest.xml -s bundles -d disks >/dev/null
cmp disk.raw disks/qcow
qemu-img create -q -f qcow2 -b disk.raw -F raw hostile.qcow2
fails ClientError.UnsupportedImage ec2-bundle-image -i hostile.qcow2 \
	-d bundles -p no

# a snapshot, by id and by name, and a volume
ami=$(qami import disk.raw --name web)
snap=$(qami describe-images --image-ids "$ami" |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
ec2-bundle-image -i "$snap" -d bundles >/dev/null
ec2-unbundle -m "bundles/$snap.manifest.xml" -s bundles -d disks >/dev/null
cmp disk.raw "disks/$snap"
vol=$(qami create-volume --availability-zone us-east-1a --snapshot-id "$snap" \
	--tag-specifications 'ResourceType=volume,Tags=[{Key=Name,Value=data}]' |
	get VolumeId)
ec2-bundle-image -i data -d bundles >/dev/null
ec2-unbundle -m bundles/data.manifest.xml -s bundles -d disks >/dev/null
cmp -n 24M disk.raw disks/data
same 1073741824 "$(stat -c %s disks/data)"
same 1 "$(qami describe-snapshots --owner-ids self --query 'length(Snapshots)')"
same "$vol" "$(qami describe-volumes --volume-ids "$vol" | get Volumes.0.VolumeId)"

# what one may not see is not there
hidden "$snap" ec2-bundle-image -i "$snap" -d bundles -p hidden
hidden "$vol" ec2-bundle-image -i "$vol" -d bundles -p hidden
fails InvalidInstanceID.NotFound ec2-bundle-image -i i-0fedcba9876543210 -d bundles
same '' "$(find bundles -name 'no*' -o -name 'hidden*' -o -name 'pair*')"

fails InvalidSnapshot.NotFound ec2-bundle-image -i snap-0fedcba9876543210 -d bundles
fails InvalidVolume.NotFound ec2-bundle-image -i vol-0fedcba9876543210 -d bundles
fails InvalidUserID.Malformed ec2-bundle-image -i disk.raw -d bundles -u 1
fails InvalidBlockDeviceMapping ec2-bundle-image -i disk.raw -d bundles -B x=

# where there is no room, nothing is left
if has_small_disk; then
	cp disk.raw "$TMPDIR/random.raw"
	head -c 9000000 /dev/urandom |
		dd of=random.raw bs=1M conv=notrunc status=none
	fails InsufficientVolumeCapacity small_disk '
		qami bundle-cert >/dev/null
		ec2-bundle-image -i "$OLDPWD/random.raw" -d .'
	same '' "$(find small -name '*part*' -o -name '*manifest*')"
fi

# killed at any moment it leaves no snapshot and nothing that looks whole
for pause in 0.05 0.1 0.2 0.3 0.5; do
	ec2-bundle-image -i "$vol" -d bundles -p killed >/dev/null 2>&1 &
	pid=$!
	sleep $pause
	kill -9 $pid 2>/dev/null || :
	wait $pid || :
	if [ -e bundles/killed.manifest.xml ]; then
		rm bundles/killed.*
	fi
	qami describe-snapshots >/dev/null
	qami describe-snapshots --owner-ids self >snapshots
	same "1 after $pause" \
		"$(get Snapshots <snapshots | grep -o SnapshotId | wc -l) after $pause"
done
ec2-bundle-image -i "$vol" -d bundles -p killed >/dev/null

# interrupted, or its terminal closed, it takes everything back
for signal in INT HUP; do
	ec2-bundle-image -i "$vol" -d bundles -p stopped >/dev/null 2>err &
	pid=$!
	# it has begun, and hears signals; or it has ended already
	until [ -n "$(find bundles -name '*stopped*')" ] ||
		! [ -e "/proc/$pid/exe" ]; do
		sleep 0.05
	done
	kill -$signal $pid 2>/dev/null || :
	code=0
	wait $pid || code=$?
	if [ "$code" = 0 ]; then
		rm bundles/stopped.*
	else
		same "130 interrupted" "$code $(sed 's/.*: //' err)"
	fi
done
same '' "$(find bundles -name '*stopped*')"
same 1 "$(qami describe-snapshots --owner-ids self --query 'length(Snapshots)')"

# at a terminal it asks for what nobody said and nothing knows
answers i386 ec2-bundle-image -i disk.raw -d bundles -p asked >out
has "Architecture (x86_64 or i386)? [x86_64]" out
has "<architecture>i386</architecture>" bundles/asked.manifest.xml
answers i386 ec2-bundle-image -i disk.raw -d bundles -p batch --batch >out
same "" "$(grep Architecture out || :)"
has "<architecture>x86_64</architecture>" bundles/batch.manifest.xml
