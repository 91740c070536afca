#!/bin/sh
# run-instances - what the guest sees: three disks, its user data, its firmware,
# a kernel of its own, and what its own power-off means
# boots guests
# takes long
. tests/lib.sh

guests_here
tiny=$(tests/guest/build tiny)
ami=$(qami import "$tiny" --name tiny)

# a grown root, a second volume and an instance-store disk; a secret
secret=Xyzzy-$$-secret
cat >"$TMPDIR/script" <<SCRIPT
#!/bin/sh
echo "it is $secret" | sha256sum
echo "args: \$(cat /proc/cmdline)"
SCRIPT
i=$(launch "$ami" --instance-type c3.large --user-data "file://$TMPDIR/script" \
	--tag-specifications \
	'[{"ResourceType": "instance", "Tags": [{"Key": "Name",
	"Value": "a \"b\"\n: {ünï} '"'c'"'"}]}]' --block-device-mappings \
	'DeviceName=/dev/sda1,Ebs={VolumeSize=3}' \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1}' \
	DeviceName=/dev/sdb,VirtualName=ephemeral0)
says 180 "$i" 'qami-guest: ready'
qami logs "$i" | tr -d '\r' >"$TMPDIR/log"
# serial ID - a volume's in 20 characters
serial()
{
	qami describe-volumes --filters Name=attachment.device,Values="$1" \
		--output text --query 'Volumes[0].VolumeId' | tr -d - | cut -c 1-20
}
has "disk vda 3221225472 $(serial /dev/sda1)" "$TMPDIR/log"
grep -E "^qami-guest: disk vd[b-d] 1073741824 $(serial /dev/sdf)" "$TMPDIR/log"
grep -E '^qami-guest: disk vd[b-d] 17179869184 ' "$TMPDIR/log"
has "qami-guest: instance-id $i" "$TMPDIR/log"
has "$(echo "it is $secret" | sha256sum | cut -c 1-64)" "$TMPDIR/log"
has 'user-data done (exit 0)' "$TMPDIR/log"

# nobody reads user data but the guest and the owner
for file in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do
	case $file in "/proc/$$/"*) continue ;; esac
	if tr '\0' '\n' <"$file" 2>/dev/null | grep -qF -- "$secret"; then
		echo "the user data is in $file" >&2
		exit 1
	fi
done
find "$QAMI_STORE" -type f | while read -r file; do
	grep -qF -- "$secret" "$file" || continue
	case $file in
	*/qami.db | */qami.db-wal | *seed*) ;;
	*)
		echo "the user data is in $file" >&2
		exit 1
		;;
	esac
	mode=$(stat -c %a "$file")
	same 600 "$mode"
done
fails InvalidInstanceID.NotFound qami get-console-output \
	--instance-id i-0fedcba9876543210
QAMI_LOG=debug qami run-instances --dry-run --image-id "$ami" --user-data \
	"file://$TMPDIR/script" >"$TMPDIR/debug" 2>&1 || :
same 0 "$(grep -cF -- "$secret" "$TMPDIR/debug" || :)"
qami rm "$i"
same '' "$(find "$QAMI_STORE" -name '*seed*' -type f)"

# its own power-off: stop by default, terminate if so asked
printf '#!/bin/sh\npoweroff\nsleep 60\n' >"$TMPDIR/off"
stops=$(launch "$ami" --instance-type t2.nano --user-data "file://$TMPDIR/off")
ends=$(launch "$ami" --instance-type t2.nano --user-data "file://$TMPDIR/off" \
	--instance-initiated-shutdown-behavior terminate --disable-api-termination)

# and beside them: a kernel booted directly, without any boot loader
mcopy -n -i "$tiny@@1M" ::vmlinuz "$TMPDIR/vmlinuz"
mcopy -n -i "$tiny@@1M" "::$(mdir -b -i "$tiny@@1M" ::/ |
	grep -io 'init[^/]*$' | head -n 1)" "$TMPDIR/initrd"
aki=$(qami import "$TMPDIR/vmlinuz" --kind kernel --name kernel \
	--cmdline 'console=ttyS0 qami.direct=1')
ari=$(qami import "$TMPDIR/initrd" --kind ramdisk --name ramdisk)
blank=$(image blank)
direct=$(launch "$blank" --kernel-id "$aki" --ramdisk-id "$ari" \
	--user-data "file://$TMPDIR/script")
with=$(image with --kernel-id kernel --ramdisk-id ramdisk)

reaches 60 "$stops" stopped
reaches 60 "$ends" terminated
for pair in "$stops Client.InstanceInitiatedShutdown" \
	"$ends Client.InstanceInitiatedShutdown"; do
	same "${pair#* }" "$(qami describe-instances --instance-ids \
		"${pair% *}" | get Reservations.0.Instances.0.StateReason.Code)"
done
same 1 "$(qami describe-volumes --filters \
	Name=attachment.instance-id,Values="$stops" --query 'length(Volumes)')"
same 0 "$(qami describe-volumes --filters \
	Name=attachment.instance-id,Values="$ends" --query 'length(Volumes)')"

says 180 "$direct" 'qami-guest: ready'
qami logs "$direct" | grep -q 'args: .*qami.direct=1'
qami describe-instances --instance-ids "$direct" >"$TMPDIR/direct"
same "$aki" "$(get Reservations.0.Instances.0.KernelId <"$TMPDIR/direct")"
# the kernel is needed as long as an instance has it
qami rmi kernel ramdisk
qami stop-instances --force --instance-ids "$direct" >/dev/null
reaches 60 "$direct" stopped
qami start-instances --instance-ids "$direct" >/dev/null
says 180 "$direct" 'qami-guest: ready' 2
qami rm "$direct" "$stops"
same '' "$(qami ps -q)"
fails InvalidAMIID.Unavailable qami run-instances --image-id "$with" \
	--kernel-id "$aki"

# UEFI firmware
uefi=$(qami import "$(tests/guest/build uefi)" --name uefi --boot-mode uefi)
i=$(launch "$uefi")
says 120 "$i" 'qami-guest: ready'
same uefi "$(qami describe-instances --instance-ids "$i" |
	get Reservations.0.Instances.0.BootMode)"
