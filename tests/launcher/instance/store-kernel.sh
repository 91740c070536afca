#!/bin/sh
# takes long
# boots guests
# Kernels and ramdisks that are bundles boot the machines of bundles that name
# them, with the root that EC2's rule says: the disk itself where it has no
# partitions, else its first one.
. tests/lib.sh
. tests/bundle.sh

guests_here
PATH=$QAMI_BUILD:$PATH
tiny=$(tests/guest/build tiny)
cd "$TMPDIR"
mkdir bundle over tree
mcopy -n -i "$tiny@@1M" ::vmlinuz ::initrd .

# ramdisk WORD - the small guest's, but it tells its word and the kernel's
# command line, and goes on with the root that it finds there
ramdisk()
{
	cat >over/init <<END
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
dmesg -n 4
while read -r module; do
	insmod "/lib/modules/\$module"
done </lib/modules/order
root=\$(sed 's/.*root=\([^ ]*\).*/\1/' /proc/cmdline)
echo "ramdisk: $1 of \$(uname -v), root \$root"
mount -t ext4 "\$root" /mnt
umount /dev /sys /proc
exec switch_root /mnt /sbin/init
END
	chmod 755 over/init
	(cd over && echo init | cpio -o -H newc -R 0:0 --quiet) | gzip |
		cat initrd - >"$1"
}
ramdisk one
ramdisk two
version=$(python3 - <<'END'
data = open("vmlinuz", "rb").read()
start = int.from_bytes(data[0x20e:0x210], "little") + 0x200
words = data[start:data.index(b"\0", start)].decode().split(" ", 2)
print(words[2][words[2].index("#"):])
END
)

# roots that no firmware could boot: one without partitions, one with
(cd tree && gzip -d <../initrd | cpio -i --quiet && rm -r init lib/modules)
truncate -s 24M whole
fakeroot mke2fs -q -t ext4 -m 0 -d tree whole
truncate -s 24M parted
echo 'start=2048, type=83' | sfdisk -q -X dos parted
fakeroot mke2fs -q -t ext4 -m 0 -d tree -E offset=1048576 parted 23M

# bundled FILE [OPTION…] - bundles, uploads and registers; prints the image's id
bundled()
{
	local file

	file=$1
	shift
	ec2-bundle-image -i "$file" -d bundle -r x86_64 --batch "$@" >/dev/null
	ec2-upload-bundle -b "images/$file" -m "bundle/$file.manifest.xml" \
		>/dev/null
	ec2-register "images/$file/$file.manifest.xml" | cut -f 2
}
aki=$(bundled vmlinuz --kernel true)
one=$(bundled one --ramdisk true)
two=$(bundled two --ramdisk true)
same 'aki ari ari' "${aki%%-*} ${one%%-*} ${two%%-*}"
image_is "$aki" ImageType kernel
image_is "$two" ImageType ramdisk
# they are the store's own
ec2-delete-bundle -b images/vmlinuz -p vmlinuz --yes
ec2-delete-bundle -b images/one -p one --yes

# named by the manifest, by the registration, and by the launch
whole=$(bundled whole --kernel "$aki" --ramdisk "$one" -B ami=sda)
image_is "$whole" KernelId "$aki"
image_is "$whole" RamdiskId "$one"
image_is "$whole" RootDeviceName /dev/sda
bundled parted >/dev/null
parted=$(registered images/parted/parted.manifest.xml named \
	--kernel-id "$aki" --ramdisk-id "$two")
i=$(launch "$whole")
j=$(launch "$parted")
k=$(launch "$whole" --ramdisk-id "$two")

# booted ID WORD ROOT [COUNT] - by that ramdisk, from that root
booted()
{
	says 90 "$1" 'qami-guest: ready' "${4:-1}"
	same "${4:-1}" "$(qami logs "$1" | tr -d '\r' |
		grep -cxF "ramdisk: $2 of $version, root $3")"
	qami logs "$1" | tr -d '\r' | grep -qx "qami-guest: boot ${4:-1}"
}
booted "$i" one /dev/vda
booted "$j" two /dev/vda1
booted "$k" two /dev/vda
same "$aki $two" "$(qami describe-instances --instance-ids "$k" \
	--query 'Reservations[0].Instances[0].[KernelId, RamdiskId]' \
	--output text | tr '\t' ' ')"

# a reboot takes the same ones, which may be nobody's images any more
qami rm "$j" "$k"
for image in "$whole" "$aki" "$one"; do
	qami deregister-image --image-id "$image" >/dev/null
done
qami gc >/dev/null
qami reboot-instances --instance-ids "$i"
booted "$i" one /dev/vda 2
fails InvalidAMIID.Unavailable launch "$whole"
qami rm "$i"
fails InvalidManifest registered images/whole/whole.manifest.xml again

same '' "$(scratch_left)"
cd "$OLDPWD"
tests/audit
