#!/bin/sh
# A stock Debian guest is bundled twice, from inside and from outside; each
# bundle is uploaded, registered and launched as instance store. What was in
# the guest is there and its secrets are not; what is written then outlives a
# reboot, and nothing of it is left on this host after the end. Some ten
# minutes where machines are emulated.
set -eu
cd "$(dirname "$0")/../.."
TMPDIR=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-bundle.XXXXXX")
chmod 711 "$TMPDIR"
QAMI_BUILD=$PWD/build
QAMI_STORE=$TMPDIR/store
PATH=$QAMI_BUILD:$PATH:/usr/sbin:/sbin
export TMPDIR QAMI_BUILD QAMI_STORE PATH
. tests/lib.sh

guests_here
trap 'end_guests; rm -rf "$TMPDIR"' EXIT
disk=$(tests/guest/build debian) || skip "the Debian guest cannot be built"
began=$(date +%s)

# step TEXT - with the seconds so far
step()
{
	echo "[$(($(date +%s) - began))] $*"
}

# the tools and their keys get into the guest on a disk of their own
mkdir "$TMPDIR/tools"
cp build/ec2-bundle "$TMPDIR/tools"
for tool in bundle-vol upload-bundle; do
	ln -s ec2-bundle "$TMPDIR/tools/ec2-$tool"
done
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=guest -days 30 \
	-keyout "$TMPDIR/tools/key.pem" -out "$TMPDIR/tools/cert.pem" \
	2>/dev/null
qami bundle-cert >"$TMPDIR/tools/cloud.pem"
truncate -s 2G "$TMPDIR/tools.raw"
mke2fs -q -t ext4 -L tools -d "$TMPDIR/tools" "$TMPDIR/tools.raw"
qami import "$disk" --name debian >/dev/null
tools=$(qami import-snapshot --disk-container "File=$TMPDIR/tools.raw" |
	get SnapshotTaskDetail.SnapshotId)

cat >"$TMPDIR/inside" <<'END'
#!/bin/sh
# run by cloud-init, with the console for its output
echo made-before >/var/lib/made
mkdir -p /root/.ssh
echo SECRET-KEY >/root/.ssh/id_rsa
echo SECRET-HISTORY >/root/.bash_history
mkdir /mnt/tools
mount LABEL=tools /mnt/tools
cd /mnt/tools
mkdir -p /etc/ec2/amitools
cp cloud.pem /etc/ec2/amitools/cert-ec2.pem
./ec2-bundle-vol -k key.pem -c cert.pem -u 123456789012 -d /mnt/tools \
	-p inside -s 1500 --batch
echo "bundled: $?"
cd /
umount /mnt/tools
losetup -a
grep -c tools /proc/mounts
echo "inside: over"
END
cat >"$TMPDIR/user-data" <<END
#cloud-config
write_files:
- path: /root/inside
  encoding: b64
  content: $(base64 -w 0 <"$TMPDIR/inside")
runcmd:
- sh /root/inside >/dev/console 2>&1
END
i=$(launch "$(qami describe-images --filters Name=name,Values=debian |
	get Images.0.ImageId)" --user-data "file://$TMPDIR/user-data" \
	--block-device-mappings "DeviceName=/dev/sdf,Ebs={SnapshotId=$tools,DeleteOnTermination=false}")
log=$QAMI_STORE/instances/$i/console.log
seen 900 'inside: over' "$log"
tr -d '\r' <"$log" | sed -n '/bundle-vol\|bundled:/,$p' | head -n 20
has 'bundled: 0' "$log"
step 'bundled from inside'

# from outside, while it runs
mkdir "$TMPDIR/outside" "$TMPDIR/taken"
ec2-bundle-vol --instance "$i" -d "$TMPDIR/outside" -p outside -s 1500 \
	-r x86_64 --batch
step 'bundled from outside'
same '' "$(ls "$QAMI_STORE/scratch")"
qami rm "$i"

# what it bundled inside is taken out of the disk's snapshot
volume=$(qami vols -q | head -n 1)
layer=$(sql "SELECT layer FROM volume WHERE id = '$volume'")
qemu-img convert -O raw "$QAMI_STORE/layers/$layer" "$TMPDIR/taken.raw"
debugfs -R "ls -p /" "$TMPDIR/taken.raw" 2>/dev/null | awk -F/ '$6 ~ /^inside\./ {
	print "dump /" $6 " '"$TMPDIR"'/taken/" $6 }' >"$TMPDIR/commands"
debugfs -f "$TMPDIR/commands" "$TMPDIR/taken.raw" >/dev/null 2>&1
ls -s "$TMPDIR/taken" "$TMPDIR/outside"

cat >"$TMPDIR/look" <<'END'
#cloud-config
bootcmd:
- 'echo "made: $(cat /var/lib/made)" >/dev/console'
- 'ls -d /root/.ssh/id_rsa /root/.bash_history 2>/dev/null | sed "s/^/secret: /" >/dev/console'
- 'if [ -e /var/lib/scratch ]; then echo "scratch: kept"; else echo SCRATCH-$((6 * 7))-MARK >/var/lib/scratch; sync; echo "scratch: made"; fi >/dev/console'
END
for way in outside taken; do
	name=$(ls "$TMPDIR/$way" | sed -n 's/\.manifest\.xml$//p')
	ec2-upload-bundle -b "images/$way" \
		-m "$TMPDIR/$way/$name.manifest.xml" --batch
	ami=$(ec2-register "images/$way/$name.manifest.xml" -n "$way" |
		grep -o 'ami-[0-9a-f]*')
	j=$(launch "$ami" --user-data "file://$TMPDIR/look")
	same instance-store "$(qami describe-instances --instance-ids "$j" |
		get Reservations.0.Instances.0.RootDeviceType)"
	log=$QAMI_STORE/instances/$j/console.log
	seen 400 'made: made-before' "$log"
	seen 60 'scratch: made' "$log"
	! grep -a 'secret: ' "$log"
	step "$way: booted"
	if [ "$way" = outside ]; then
		seen 300 'finished at' "$log"
		qami reboot-instances --instance-ids "$j"
		seen 500 'scratch: kept' "$log"
		step "$way: rebooted"
	fi
	qami rm "$j"
	same '' "$(ls "$QAMI_STORE/scratch")"
	if grep -rlaF SCRATCH-42-MARK "$QAMI_STORE"; then
		echo "something of $j is left" >&2
		exit 1
	fi
	step "$way: ended without a trace"
done
